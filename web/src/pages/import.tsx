// Importing: a business, files, what is seen of them, and starting.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { Business } from '../api/types';
import { Trouble } from '../parts/basics';
import { BusinessChoice } from '../parts/business_choice';
import { exampleFile } from '../preview/example';
import { go } from '../route';
import { businesses, businessTrouble, loadBusinesses } from '../state/businesses';
import { addFiles, drafts, isReady, start } from '../state/drafts';
import { language, words } from '../state/look';
import { loadNotifySetting } from '../state/tell';
import { Card } from './import/card';
import { Unfinished } from './import/unfinished';

export function Import({ business }: { business: string }) {
  const t = words.value.import;
  const all = businesses.value;
  useEffect(() => {
    void loadBusinesses();
    void loadNotifySetting();
    return () => {
      drafts.value = drafts.value.filter((draft) => draft.stage.value.kind !== 'sent');
    };
  }, []);
  const chosen = all?.find((one) => one.business === business) ?? all?.[0];
  const waiting = drafts.value.filter((draft) => isReady(draft));
  return (
    <>
      <h1>{t.title}</h1>
      {businessTrouble.value && (
        <Trouble error={businessTrouble.value} onAgain={() => void loadBusinesses()} />
      )}
      {all?.length === 0 && <p>{t.noBusiness}</p>}
      {!all && !businessTrouble.value && <div class="card skeleton tall" aria-hidden="true" />}
      {all && chosen && (
        <>
          <Choice all={all} chosen={chosen} />
          <Unfinished all={all} />
          {drafts.value.map((draft) => (
            <Card key={draft.key} draft={draft} all={all} />
          ))}
          {waiting.length > 1 && (
            <p class="actions">
              <button
                type="button"
                class="primary"
                onClick={() => {
                  for (const draft of waiting) void start(draft, false);
                }}
              >
                {t.startAll(waiting.length)}
              </button>
            </p>
          )}
        </>
      )}
    </>
  );
}

function Choice({ all, chosen }: { all: Business[]; chosen: Business }) {
  const t = words.value.import;
  return (
    <section class="card choice">
      <div class="line">
        <BusinessChoice
          label={t.business}
          all={all}
          chosen={chosen.business}
          onChoose={(one) => go(`/import?business=${one}`, true)}
        />
        <Example business={chosen} />
      </div>
      <Drop business={chosen} />
      <Columns business={chosen} />
    </section>
  );
}

function Example({ business }: { business: Business }) {
  const download = () => {
    const file = new Blob([exampleFile(business, language.value === 'zh')], { type: 'text/csv' });
    const url = URL.createObjectURL(file);
    const link = document.createElement('a');
    link.href = url;
    link.download = `${business.business}_example.csv`;
    link.click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <button type="button" onClick={download}>
      {words.value.import.example}
    </button>
  );
}

function Drop({ business }: { business: Business }) {
  const t = words.value.import;
  const over = useSignal(false);
  const add = (files: FileList | null | undefined) => {
    if (files && files.length > 0) addFiles(files, business);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is for mice; the button is for all.
    <div
      class={over.value ? 'drop over' : 'drop'}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={() => {
        over.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        over.value = false;
        add(event.dataTransfer?.files);
      }}
    >
      <strong>{t.drop}</strong>
      <span>{t.or}</span>
      <label class="button primary">
        {t.pick}
        <input
          class="unseen"
          type="file"
          multiple
          accept=".csv,.tsv,.txt,.gz,.xlsx"
          onChange={(event) => {
            add(event.currentTarget.files);
            // The same file can be chosen again.
            event.currentTarget.value = '';
          }}
        />
      </label>
      <span class="muted">{t.accepts}</span>
    </div>
  );
}

function Columns({ business }: { business: Business }) {
  const t = words.value.import;
  return (
    <details>
      <summary>{t.columns}</summary>
      <ul class="names">
        {business.columns.map((column) => (
          <li key={column.name}>
            <code>{column.name}</code> {column.required && <strong>{t.required}</strong>}{' '}
            {column.unique && <span>{t.unique}</span>}{' '}
            <span class="muted">
              {column.headers.join(', ')}
              {column.allowed.length > 0 && ` (${column.allowed.join(' / ')})`}
            </span>
          </li>
        ))}
      </ul>
    </details>
  );
}
