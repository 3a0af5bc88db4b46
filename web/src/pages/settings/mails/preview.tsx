// The e-mail that a template and its sample make, as the server would send it.

import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { previewMail } from '../../../api/mail_calls';
import type { Texts, Values } from '../../../api/mails';
import { Refused } from '../../../parts/refused';
import { showHtml } from '../../../preview/mail_html';
import { useAnswer } from '../../../state/answer';
import { words } from '../../../state/look';

/** So long after the last key it is asked for. */
const TYPING_MS = 400;

export function Preview({ texts, values }: { texts: Texts; values: Values }) {
  const t = words.value.templates;
  const now = JSON.stringify([texts, values]);
  const asked = useSignal({ text: now, turn: 0 });
  useEffect(() => {
    if (asked.value.text === now) return;
    const timer = setTimeout(() => {
      asked.value = { text: now, turn: asked.value.turn + 1 };
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [now, asked]);
  const isEmpty = !texts.text && !texts.html;
  const { found, problem } = useAnswer(
    isEmpty ? 'empty' : 'preview',
    async () => (isEmpty ? null : previewMail(texts, values)),
    asked.value.turn,
  );
  return (
    <section class="mail" aria-label={t.preview}>
      <h4>{t.preview}</h4>
      {isEmpty && <p class="muted">{t.previewEmpty}</p>}
      {problem && !isEmpty && <Refused error={problem} scope="task:read" />}
      {found && (
        <>
          <p>
            <span class="muted">
              {t.subject}
              {words.value.colon}
            </span>
            <strong>{found.subject}</strong>
          </p>
          {found.html !== null && <Frame html={found.html} />}
          {found.text !== null && (
            <>
              <h5>{t.text}</h5>
              <pre>{found.text}</pre>
            </>
          )}
        </>
      )}
    </section>
  );
}

/** HTML in a frame that runs no scripts and loads nothing. */
function Frame({ html }: { html: string }) {
  const t = words.value.templates;
  const frame = useRef<HTMLIFrameElement>(null);
  const show = () => {
    if (frame.current) showHtml(frame.current, html);
  };
  useEffect(show, [html]);
  return (
    <>
      <iframe
        ref={frame}
        title={t.frame}
        sandbox="allow-same-origin"
        srcdoc="<!doctype html><title>.</title>"
        onLoad={show}
      />
      <p class="muted">{t.pictures}</p>
    </>
  );
}
