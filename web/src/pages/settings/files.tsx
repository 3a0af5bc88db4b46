// How the station's files write times, dates and phone numbers, and in which language its failed-rows files are.

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { getConfig, putConfig } from '../../api/calls';
import { Refusal } from '../../api/refusal';
import type { StationConfig } from '../../api/types';
import { useAct } from '../../parts/act';
import { Note, Trouble, troubleWords } from '../../parts/basics';
import { NotifyChoice } from '../../parts/notify';
import { ZONES_ID, Zones } from '../../parts/zones';
import { countriesIn } from '../../state/countries';
import { language, words } from '../../state/look';

const ORDERS = ['year_first', 'day_first', 'month_first'] as const;
/** By their own names. */
const LANGUAGES = { en: 'English', zh: '中文' };

export function Files() {
  const t = words.value;
  const config = useSignal<StationConfig | null>(null);
  const isSaved = useSignal(false);
  const problem = useSignal<Error | null>(null);
  const load = () => {
    problem.value = null;
    isSaved.value = false;
    getConfig()
      .then((found) => {
        config.value = found;
      })
      .catch((error: Error) => {
        problem.value = error;
      });
  };
  useEffect(load, []);
  return (
    <>
      {problem.value && <Trouble error={problem.value} onAgain={load} />}
      {!config.value && !problem.value && <div class="card skeleton tall" aria-hidden="true" />}
      {config.value && (
        <Form
          key={config.value.version}
          config={config.value}
          isSaved={isSaved.value}
          onSaved={(saved) => {
            isSaved.value = true;
            config.value = saved;
          }}
          onStale={load}
        />
      )}
      <section class="card">
        <h2>{t.settings.browser}</h2>
        <NotifyChoice />
      </section>
    </>
  );
}

function Form(props: {
  config: StationConfig;
  isSaved: boolean;
  onSaved: (saved: StationConfig) => void;
  onStale: () => void;
}) {
  const t = words.value;
  const { config, isSaved, onSaved, onStale } = props;
  const zone = useSignal<string>(config.time_zone);
  const country = useSignal<string>(config.country);
  const order = useSignal(config.date_order);
  const spoken = useSignal(config.language);
  const { busy, problem, act } = useAct();
  const isChanged =
    zone.value !== config.time_zone ||
    country.value !== config.country ||
    order.value !== config.date_order ||
    spoken.value !== config.language;
  const save = async (event: Event) => {
    event.preventDefault();
    await act(async () => {
      const changed = { version: config.version, time_zone: zone.value, country: country.value };
      const said = { ...changed, date_order: order.value, language: spoken.value };
      onSaved(await putConfig(said as StationConfig));
    });
  };
  const isStale = problem.value instanceof Refusal && problem.value.code === 40901;
  return (
    <form class="card" onSubmit={(event) => void save(event)}>
      <p class="muted">{t.settings.hint}</p>
      <label class="field">
        <span>{t.settings.zone}</span>
        <input
          type="text"
          list={ZONES_ID}
          required
          autocomplete="off"
          value={zone.value}
          onInput={(event) => (zone.value = event.currentTarget.value.trim())}
        />
        <span class="muted">{t.settings.zoneHint}</span>
      </label>
      <Zones />
      <label class="field">
        <span>{t.settings.country}</span>
        <select
          value={country.value}
          onChange={(event) => (country.value = event.currentTarget.value)}
        >
          {countriesIn(language.value, config.country).map(([code, name]) => (
            <option key={code} value={code}>
              {name}
            </option>
          ))}
        </select>
        <span class="muted">{t.settings.countryHint}</span>
      </label>
      <label class="field">
        <span>{t.settings.order}</span>
        <select
          value={order.value}
          onChange={(event) => {
            order.value = event.currentTarget.value as StationConfig['date_order'];
          }}
        >
          {ORDERS.map((one) => (
            <option key={one} value={one}>
              {t.settings.orders[one]}
            </option>
          ))}
        </select>
      </label>
      <label class="field">
        <span>{t.settings.reports}</span>
        <select
          value={spoken.value}
          onChange={(event) => {
            spoken.value = event.currentTarget.value as StationConfig['language'];
          }}
        >
          {Object.entries(LANGUAGES).map(([one, name]) => (
            <option key={one} value={one}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {problem.value && (
        <Note kind="bad">
          <p>{isStale ? t.settings.stale : refusalWords(problem.value)}</p>
          {isStale && (
            <button type="button" onClick={onStale}>
              {t.settings.reload}
            </button>
          )}
        </Note>
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={busy.value || !isChanged}>
          {t.settings.save}
        </button>
        <span class="muted" role="status">
          {isSaved && !isChanged && t.settings.saved}
        </span>
      </div>
    </form>
  );
}

/** What is wrong with a setting, in the language of the console. */
function refusalWords(error: Error): string {
  const t = words.value.settings;
  if (error instanceof Refusal && error.code === 40001) {
    if (error.message.startsWith('time_zone: ')) return t.zoneWrong;
    if (error.message.startsWith('country: ')) return t.countryWrong;
  }
  return troubleWords(error);
}
