/** How a column is called. */
export type Called = (column: string) => string;

/** What is said of what a pattern has found: `$1` stands for the first, as in a replacement. */
export type Said = string | ((found: string[], called: Called) => string);

/** Patterns of the API's sentences, the first that fits counts. */
export type Sayings = [RegExp, Said][];
