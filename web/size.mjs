// Says how large the built console is, and fails when it is larger than people should wait for.
// Everybody loads the shell, the words of one language and the page that is opened.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** All that one reader loads who opens every page. */
const LIMIT_BYTES = 90_000;
/** All that is served. Nobody loads it all: of the languages a reader has one. */
const SERVED_LIMIT_BYTES = 100_000;
/** What is loaded before the list of tasks is drawn, which is the first page that most people see. */
const FIRST_LIMIT_BYTES = 50_000;
const FIRST_PAGE = 'tasks';

const LANGUAGES = ['en', 'zh'];
const PAGES = ['tasks', 'task', 'import', 'export', 'scores', 'settings'];

/** Gzipped bytes by file. */
const sizes = new Map();
for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const file = readFileSync(path);
  const packed = gzipSync(file, { level: 9 }).length;
  sizes.set(path, packed);
  console.log(
    `${path.padEnd(40)} ${String(file.length).padStart(8)} ${String(packed).padStart(8)} gzipped`,
  );
}

const scripts = [...sizes.keys()].filter((path) => /assets\/.+\.js$/.test(path));

/** The script of a language or a page. A file is named after the module that it was split off for. */
function scriptOf(name) {
  const found = scripts.filter((path) => new RegExp(`/${name}-[\\w-]{8}\\.js$`).test(path));
  if (found.length !== 1) throw new Error(`${name} is not one script: ${found}`);
  return found[0];
}

/** A script and all that it imports before it runs. */
function withImports(path, seen = new Set()) {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const [, name] of readFileSync(path, 'utf8').matchAll(
    /\b(?:from|import)\s*"\.\/([^"]+)"/g,
  )) {
    withImports(join('dist/assets', name), seen);
  }
  return seen;
}

const sum = (paths) => [...new Set(paths)].reduce((total, path) => total + sizes.get(path), 0);
const shell = [
  ...[...sizes.keys()].filter((path) => !scripts.includes(path)),
  ...withImports(scriptOf('index')),
];
const languages = new Set(LANGUAGES.map(scriptOf));

let isTooLarge = false;
function say(what, total, limit = Number.POSITIVE_INFINITY) {
  const most = Number.isFinite(limit) ? `, at most ${limit}` : '';
  console.log(`${what.padEnd(40)} ${String(total).padStart(17)} gzipped${most}`);
  if (total > limit) isTooLarge = true;
}

for (const language of LANGUAGES) {
  const words = withImports(scriptOf(language));
  for (const page of PAGES) {
    const total = sum([...shell, ...words, ...withImports(scriptOf(page))]);
    say(
      `first load: ${page}, ${language}`,
      total,
      page === FIRST_PAGE ? FIRST_LIMIT_BYTES : undefined,
    );
  }
  const others = [...sizes.keys()].filter((path) => !languages.has(path));
  say(`in all: ${language}`, sum([...others, ...words]), LIMIT_BYTES);
}
say('all files, both languages', sum(sizes.keys()), SERVED_LIMIT_BYTES);
if (isTooLarge) process.exit(1);
