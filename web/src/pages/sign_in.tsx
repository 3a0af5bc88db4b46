// Asks for a token, once.

import { useState } from 'preact/hooks';
import { Note } from '../parts/basics';
import { words } from '../state/look';
import { readToken, signedOut, signIn } from '../state/session';

export function SignIn() {
  const t = words.value.session;
  const [text, setText] = useState('');
  const [keep, setKeep] = useState(false);
  const [problem, setProblem] = useState('');

  const submit = (event: Event) => {
    event.preventDefault();
    const read = readToken(text);
    if (!read) setProblem(t.wrong);
    else if (read.expiresAt !== null && read.expiresAt < Date.now()) setProblem(t.old);
    else signIn(read, keep);
  };
  return (
    <form class="card narrow" onSubmit={submit}>
      <h1>{t.title}</h1>
      <p>{t[signedOut.value]}</p>
      <label class="field">
        <span>{t.token}</span>
        <textarea
          rows={4}
          autocomplete="off"
          spellcheck={false}
          value={text}
          aria-invalid={problem !== ''}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setProblem('');
          }}
        />
      </label>
      {problem && <Note kind="bad">{problem}</Note>}
      <label class="check">
        <input
          type="checkbox"
          checked={keep}
          onChange={(event) => setKeep(event.currentTarget.checked)}
        />
        {t.keep}
      </label>
      <button type="submit" class="primary" disabled={text.trim() === ''}>
        {t.submit}
      </button>
    </form>
  );
}
