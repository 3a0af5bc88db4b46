// Whether there is little room, as on phones: the width is that of the style sheets.

import { signal } from '@preact/signals';

const little = matchMedia('(max-width: 40rem)');

export const isNarrow = signal(little.matches);
little.addEventListener('change', (event) => {
  isNarrow.value = event.matches;
});
