// Long names and long lists, so that they fit and can still be told apart.

/** A name of at most `most` characters: the middle is left out, as names often differ at the end. */
export function shortened(name: string, most = 60): string {
  const characters = Array.from(name);
  if (characters.length <= most) return name;
  const end = Math.floor((most - 1) / 2);
  const start = most - 1 - end;
  return `${characters.slice(0, start).join('')}…${characters.slice(-end).join('')}`;
}

/** The first names, and how many there are beside them. */
export function firstOf(names: string[], andMore: (n: number) => string, most = 8): string {
  // One more name takes no more room than the words for it.
  const shown = names.length > most + 1 ? names.slice(0, most) : names;
  const text = shown.map((name) => shortened(name, 40)).join(', ');
  const left = names.length - shown.length;
  return left > 0 ? `${text} ${andMore(left)}` : text;
}
