import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { CallerSetup, CallOrder, CallReport, ChangeOrder } from './caller.child.ts';

/** A program under way that calls. */
export interface Caller extends AsyncDisposable {
  /** Of the program, or of what it was started within. */
  readonly pid: number;
  readonly hasEnded: boolean;
  /** Resolves when the order is carried out. */
  call(order: CallOrder): Promise<CallReport>;
  /** Starts what does not end by itself. */
  keepCalling(pauseMs: number): void;
  /** Changes its clock or its password. */
  change(to: ChangeOrder['change']): Promise<void>;
  /** What has come of it so far. */
  report(): Promise<CallReport>;
  signal(name: NodeJS.Signals): void;
}

/** The program as files that start in a fraction of the time that its sources take. */
export type CallerProgram = Awaited<ReturnType<typeof buildCaller>>;

export async function buildCaller(): Promise<{ readonly file: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-caller-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  await build({
    entryPoints: { caller: join(import.meta.dirname, 'caller.child.ts') },
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    // The clients of Redis are loaded by those alone who use them.
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // What they are made of asks for Node's own modules in the old way.
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    logLevel: 'error',
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return { file: join(folder, 'caller.mjs'), [Symbol.asyncDispose]: remove };
}

/**
 * Starts the program; resolves when it is ready for orders.
 * @param within a command line that runs the one that follows it
 */
export async function startCaller(file: string, setup: CallerSetup, within: readonly string[] = []): Promise<Caller> {
  const [command = '', ...args] = [...within, process.execPath, file, JSON.stringify(setup)];
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // Whoever ends the tests in the middle leaves nobody behind: a program whose parent is gone ends by itself, unless it stands still.
  const killIt = (): void => void child.kill('SIGKILL');
  process.once('exit', killIt);
  child.once('exit', () => process.off('exit', killIt));
  process.setMaxListeners(0);
  await nextMessage(child);
  const ask = (order: CallOrder | ChangeOrder | 'report'): Promise<CallReport> => {
    const answer = nextMessage(child);
    // A test that fails for another reason does not come to wait for it.
    answer.catch(() => {});
    child.send(order, (error) => {
      // That it has ended is what the answer says.
      if (error && !hasEnded()) child.emit('error', error);
    });
    return answer;
  };
  return {
    pid: child.pid ?? 0,
    get hasEnded() {
      return hasEnded();
    },
    call: ask,
    keepCalling(pauseMs) {
      child.send({ pauseMs } satisfies CallOrder);
    },
    async change(change) {
      await ask({ change });
    },
    report: () => ask('report'),
    signal: (name) => {
      child.kill(name);
    },
    async [Symbol.asyncDispose]() {
      if (hasEnded()) return;
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
      child.off('error', onError);
      finish();
    };
    // All that the program sends are reports, and that it is ready.
    const onMessage = (message: unknown): void => settle(() => resolve(message as CallReport));
    const onExit = (): void =>
      settle(() => reject(new Error(`The caller ended with ${child.signalCode ?? child.exitCode}`)));
    const onError = (error: Error): void => settle(() => reject(error));
    child.on('message', onMessage);
    child.on('exit', onExit);
    child.on('error', onError);
  });
}
