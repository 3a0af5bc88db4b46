// Says how large the built console is, and fails when it is larger than people should wait for.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const LIMIT_BYTES = 90_000;

let total = 0;
for (const entry of readdirSync('dist', { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const path = join(entry.parentPath, entry.name);
  const file = readFileSync(path);
  const packed = gzipSync(file, { level: 9 }).length;
  total += packed;
  console.log(
    `${path.padEnd(40)} ${String(file.length).padStart(8)} ${String(packed).padStart(8)} gzipped`,
  );
}
console.log(`${'in all'.padEnd(40)} ${String(total).padStart(17)} gzipped, at most ${LIMIT_BYTES}`);
if (total > LIMIT_BYTES) process.exit(1);
