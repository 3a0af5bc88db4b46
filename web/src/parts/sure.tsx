// A question before something that cannot be taken back.

import { useEffect, useRef } from 'preact/hooks';

/** Asks before something is ended or taken back. The focus is on the harmless answer, and Escape gives it. */
export function Sure(props: {
  label: string;
  text: string;
  yes: string;
  no: string;
  busy: boolean;
  onYes: () => void;
  onNo: () => void;
}) {
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => no.current?.focus(), []);
  return (
    <span
      class="sure"
      role="alertdialog"
      aria-label={props.label}
      onKeyDown={(event) => {
        if (event.key === 'Escape') props.onNo();
      }}
    >
      {props.text}
      <button type="button" class="danger" disabled={props.busy} onClick={props.onYes}>
        {props.yes}
      </button>
      <button type="button" ref={no} onClick={props.onNo}>
        {props.no}
      </button>
    </span>
  );
}
