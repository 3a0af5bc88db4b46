// The time zones that this browser knows, offered while people type.

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** For the `list` of a field. */
export const ZONES_ID = 'zones';

export function Zones() {
  return (
    <datalist id={ZONES_ID}>
      {ZONES.map((one) => (
        <option key={one} value={one} />
      ))}
    </datalist>
  );
}
