// Signs in at the deployment's provider, or by a token.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Note } from '../parts/basics';
import { words } from '../state/look';
import { findProvider, leaveFor, type Provider, refused } from '../state/provider';
import { readToken, signedOut, signIn } from '../state/session';

export function SignIn() {
  const t = words.value.session;
  const provider = useSignal<Provider | null>(null);
  const text = useSignal('');
  const keep = useSignal(false);
  const problem = useSignal('');
  useEffect(() => {
    void findProvider().then((found) => {
      provider.value = found;
    });
  }, []);
  const submit = (event: Event) => {
    event.preventDefault();
    const read = readToken(text.value);
    if (!read) problem.value = t.wrong;
    else if (read.expiresAt !== null && read.expiresAt < Date.now()) problem.value = t.old;
    else signIn(read, keep.value);
  };
  const to = provider.value;
  const token = (
    <>
      <label class="field">
        <span>{t.token}</span>
        <textarea
          rows={4}
          autocomplete="off"
          spellcheck={false}
          value={text.value}
          aria-invalid={problem.value !== ''}
          onInput={(event) => {
            text.value = event.currentTarget.value;
            problem.value = '';
          }}
        />
        <span class="muted">{t.hint}</span>
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={keep.value}
          onChange={(event) => {
            keep.value = event.currentTarget.checked;
          }}
        />
        {t.keep}
      </label>
      <button type="submit" class={to ? '' : 'primary'} disabled={text.value.trim() === ''}>
        {t.submit}
      </button>
    </>
  );
  return (
    <form class="card narrow" onSubmit={submit}>
      <h1>{t.title}</h1>
      <p>{t[signedOut.value]}</p>
      {to && (
        <button type="button" class="primary" onClick={() => void leaveFor(to).catch(refused)}>
          {t.provider}
        </button>
      )}
      {problem.value && <Note kind="bad">{problem.value}</Note>}
      {to ? (
        <details>
          <summary>{t.byToken}</summary>
          {token}
        </details>
      ) : (
        token
      )}
    </form>
  );
}
