import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { CallerSetup, CallOrder, CallReport } from './caller.child.ts';

/** A program under way that calls. */
export interface Caller extends AsyncDisposable {
  readonly pid: number;
  readonly hasEnded: boolean;
  /** Resolves when the order is carried out. */
  call(order: CallOrder): Promise<CallReport>;
  /** Starts what does not end by itself. */
  keepCalling(pauseMs: number): void;
  /** What has come of it so far. */
  report(): Promise<CallReport>;
  signal(name: NodeJS.Signals): void;
}

/** The program as one file, which starts in a fraction of the time that its sources take. */
export async function buildCaller(): Promise<{ readonly file: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-caller-'));
  const file = join(folder, 'caller.mjs');
  const entry = join(import.meta.dirname, 'caller.child.ts');
  await build({ entryPoints: [entry], outfile: file, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return { file, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Starts the program; resolves when it is ready for orders. */
export async function startCaller(file: string, setup: CallerSetup): Promise<Caller> {
  const child = fork(file, [JSON.stringify(setup)], { execArgv: [] });
  await nextMessage(child);
  return {
    pid: child.pid ?? 0,
    get hasEnded() {
      return child.exitCode !== null || child.signalCode !== null;
    },
    async call(order) {
      child.send(order);
      return nextMessage(child);
    },
    keepCalling(pauseMs) {
      child.send({ pauseMs } satisfies CallOrder);
    },
    async report() {
      child.send('report');
      return nextMessage(child);
    },
    signal: (name) => {
      child.kill(name);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function nextMessage(child: ChildProcess): Promise<CallReport> {
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      finish();
    };
    // All that the program sends are reports, and that it is ready.
    const onMessage = (message: unknown): void => settle(() => resolve(message as CallReport));
    const onExit = (): void =>
      settle(() => reject(new Error(`The caller ended with ${child.signalCode ?? child.exitCode}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
}

/** Ends them all. */
export async function endAll(callers: readonly Caller[]): Promise<void> {
  await Promise.all(callers.map((caller) => caller[Symbol.asyncDispose]()));
}
