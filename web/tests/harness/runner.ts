// The local runner, started for a test: on free ports, with a data folder of its own.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = resolve(process.env.SLUICE_BINARY ?? '../target/debug/sluice');

export class Runner {
  private constructor(
    private readonly child: ChildProcess,
    readonly folder: string,
    /** Where the console, the API and S3 are. */
    readonly url: string,
    /** The address that signs in. */
    readonly link: string,
    readonly token: string,
    private readonly arguments_: string[],
  ) {}

  static async start(station = 'demo', ...more: string[]): Promise<Runner> {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-web-'));
    const port = String(await freePort());
    return Runner.startIn(folder, ['--station', station, '--port', port, ...more]);
  }

  private static async startIn(folder: string, arguments_: string[]): Promise<Runner> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is not built: cargo build -p sluice`);
    const child = spawn(BINARY, ['--data-dir', folder, ...arguments_], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const printed = await new Promise<string>((done, fail) => {
      let text = '';
      child.stdout?.on('data', (piece) => {
        text += piece;
        if (/^eyJ\S+$/m.test(text)) done(text);
      });
      child.on('exit', (code) => fail(new Error(`the runner ended with ${code}: ${text}`)));
    });
    const one = (pattern: RegExp) => {
      const found = pattern.exec(printed)?.[1];
      if (!found) throw new Error(`the runner does not print ${pattern}: ${printed}`);
      return found;
    };
    const url = one(/HTTP API\s+(\S+)/);
    return new Runner(child, folder, url, one(/Console\s+(\S+)/), one(/^(eyJ\S+)$/m), arguments_);
  }

  /** Ends the process and keeps what is stored. */
  async kill(): Promise<void> {
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGKILL');
    await ended;
  }

  /** Starts it again where it was, with a token for a station. */
  async again(station = 'demo'): Promise<Runner> {
    const port = new URL(this.url).port;
    const others = this.arguments_.slice(4);
    return Runner.startIn(this.folder, ['--station', station, '--port', port, ...others]);
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Calls the API beside the browser. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  async get(path: string, token = this.token): Promise<any> {
    const answer = await fetch(this.url + path, { headers: { authorization: `Bearer ${token}` } });
    return ((await answer.json()) as { data: unknown }).data;
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  post(path: string, body: object): Promise<any> {
    return this.send('POST', path, body);
  }

  // biome-ignore lint/suspicious/noExplicitAny: tests read what they expect.
  put(path: string, body: object): Promise<any> {
    return this.send('PUT', path, body);
  }

  private async send(method: string, path: string, body: object): Promise<unknown> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const { data, code, msg } = (await answer.json()) as { data: unknown } & Record<string, string>;
    if (Number(code) !== 0) throw new Error(`${path}: ${code} ${msg}`);
    return data;
  }

  /** Writes a member file. */
  static generate(path: string, ...options: string[]): void {
    const made = spawnSync(BINARY, ['generate', path, ...options], { stdio: 'pipe' });
    if (made.status !== 0) throw new Error(String(made.stderr));
  }
}

/**
 * A port that is free with the two after it, below those that a system gives to whoever asks for
 * any: a runner that is started again needs the same ones, and nobody else may have them by then.
 */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const free = await Promise.all([port, port + 1, port + 2].map(isFree));
    if (free.every(Boolean)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
