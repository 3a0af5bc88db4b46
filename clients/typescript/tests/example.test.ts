// The example of README.md, as it stands there, with the package as it is built.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { Runner } from './runner.js';

test('the example of the page runs', async () => {
  const example = readFileSync('tests/example.ts', 'utf8');
  expect(readFileSync('README.md', 'utf8')).toContain(`\`\`\`ts\n${example}\`\`\``);

  const folder = mkdtempSync(join(tmpdir(), 'sluice-example-'));
  const runner = await Runner.start();
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const file = join(folder, 'members.csv');
    writeFileSync(file, 'member_no,name,email\nA1,Ann,\nA2,Bo,bo@\n');
    vi.stubEnv('SLUICE_API', runner.url);
    vi.stubEnv('SLUICE_TOKEN', runner.token);
    vi.stubEnv('FILE', file);
    await import('./example.js');
    expect(log.mock.calls.map((words) => words[0])).toEqual([4, 3]);
    expect(log.mock.calls[1]?.[1]).toContain('email');
  } finally {
    log.mockRestore();
    await runner.stop();
    rmSync(folder, { recursive: true });
  }
});
