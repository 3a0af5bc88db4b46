// The server's clock: times of tasks are its own, and a browser's clock can be wrong.

let skewMs = 0;

/** Takes the time of an answer. It is whole seconds: small differences mean nothing. */
export function noteServerTime(date: string | null): void {
  const at = date ? Date.parse(date) : Number.NaN;
  if (Number.isNaN(at)) return;
  const skew = at - Date.now();
  skewMs = Math.abs(skew) > 2000 ? skew : 0;
}

/** Now, in milliseconds, as the server has it. */
export const serverNow = () => Date.now() + skewMs;
