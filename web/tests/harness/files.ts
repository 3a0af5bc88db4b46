// Files to import: made once for all tests, in a folder of their own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Runner } from './runner';

export class Files {
  readonly folder = mkdtempSync(join(tmpdir(), 'sluice-files-'));

  /** A file with this content. */
  write(name: string, content: string | Buffer): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    return path;
  }

  /** Members as they come. */
  members(name: string, rows: number, ...options: string[]): string {
    const path = join(this.folder, name);
    Runner.generate(path, '--rows', String(rows), ...options);
    return path;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
