import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import type { StoreDescription } from '../../src/stores/store.ts';
import type { ChildReport, ChildTask } from './child.ts';
import { runInChild } from './children.ts';
import { type DemoSystem, demoSystems } from './systems.ts';

/** What one system's part came to. `logins` are those that the service's journal counted. */
export interface DemoRow {
  readonly system: string;
  readonly firstProcess: { readonly calls: number; readonly logins: number };
  readonly secondProcess: { readonly calls: number; readonly logins: number };
  readonly afterExpiry: { readonly calls: number; readonly logins: number; readonly replays: number };
  /** `error` is the name of the first attempt's. */
  readonly wrongPassword: { readonly attempts: number; readonly logins: number; readonly error: string | null };
}

/** A row, and what only people are shown. */
export interface DemoResult {
  readonly row: DemoRow;
  readonly parts: readonly DemoPart[];
  readonly store: StoreDescription;
}

/** What one process came to. */
interface DemoPart extends Pick<ChildReport, 'calls' | 'replays' | 'errors'> {
  readonly name: string;
  readonly logins: number;
  /** Calls that were begun, answered or not. */
  readonly attempts: number;
}

/** Told a line whenever something has happened. */
export type Progress = (line: string) => void;

/**
 * Plays all systems, side by side, against a sandbox of its own, with the sessions in a temporary folder. Whatever happens, the children
 * have ended, the port is free and the folder is gone when this returns or throws.
 * @param entry the file that children run
 */
export async function runDemo(entry: string, progress: Progress, signal: AbortSignal): Promise<DemoResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-demo-'));
  try {
    const sandbox = createSandbox();
    await using service = await sandbox.listen();
    progress(`Sandbox on ${service.url}, sessions in ${folder}`);
    const failure = new AbortController();
    const stop = AbortSignal.any([signal, failure.signal]);
    const plays = demoSystems.map(async (demo) => {
      const start = (what: ChildTask['do']): Promise<ChildReport> =>
        runInChild(entry, { system: demo.system, baseUrl: service.url, folder, do: what }, stop);
      try {
        return await playSystem(demo, sandbox, start, progress);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    });
    // All of them, also when one has failed: none may outlive the folder and the sandbox.
    await Promise.allSettled(plays);
    return await Promise.all(plays);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function playSystem(
  { system }: DemoSystem,
  sandbox: Sandbox,
  start: (what: ChildTask['do']) => Promise<ChildReport>,
  progress: Progress,
): Promise<DemoResult> {
  const play = async (name: string, what: ChildTask['do']): Promise<DemoPart & ChildReport> => {
    const before = sandbox.counts(system).logins;
    const report = await start(what);
    const attempts = report.calls + report.errors.length;
    const part = { ...report, name, attempts, logins: sandbox.counts(system).logins - before };
    progress(`${system.padEnd(10)}  ${name.padEnd(14)}  ${described(part)}`);
    return part;
  };

  const first = await play('first process', 'call three times');
  const second = await play('second process', 'call three times');
  // At the service only: the stored session's end, as clients know it, is still to come.
  sandbox.scenario(system, 'expire-now');
  const third = await play('after expiry', 'call three times');
  const fourth = await play('wrong password', 'try a wrong password twice');
  return {
    row: {
      system,
      firstProcess: { calls: first.calls, logins: first.logins },
      secondProcess: { calls: second.calls, logins: second.logins },
      afterExpiry: { calls: third.calls, logins: third.logins, replays: third.replays },
      wrongPassword: {
        attempts: fourth.attempts,
        logins: fourth.logins,
        error: fourth.errors[0]?.name ?? null,
      },
    },
    parts: [first, second, third, fourth],
    store: first.store,
  };
}

function described({ attempts, logins, replays, errors }: DemoPart): string {
  const parts = [counted(attempts, 'call'), counted(logins, 'login')];
  if (replays > 0) parts.push(counted(replays, 'replay'));
  return [parts.join(', '), ...errors.map(({ name }) => name)].join('; ');
}

/** `1 login`, `2 logins`. */
function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
