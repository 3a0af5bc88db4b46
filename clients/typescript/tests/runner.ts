// The local runner, started for a test: on free ports, with a data folder of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = resolve(process.env.SLUICE_BINARY ?? '../../target/debug/sluice');

export class Runner {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly url: string,
    readonly token: string,
  ) {}

  static async start(): Promise<Runner> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-client-'));
    const options = ['--data-dir', folder, '--port', '0'];
    const child = spawn(BINARY, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    const printed = await new Promise<string>((done, fail) => {
      let text = '';
      child.stdout.on('data', (piece) => {
        text += piece;
        if (/^eyJ\S+$/m.test(text)) done(text);
      });
      child.on('error', fail);
      child.on('exit', (code) => fail(new Error(`the runner ended with ${code}: ${text}`)));
    });
    const one = (pattern: RegExp) => pattern.exec(printed)?.[1] ?? '';
    return new Runner(child, folder, one(/HTTP API\s+(\S+)/), one(/^(eyJ\S+)$/m));
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
