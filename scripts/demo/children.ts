import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { ChildReport, ChildTask } from './child.ts';

const LONGEST_COMPLAINT = 2000;

/** The user stopped the demo. */
export class InterruptedError extends Error {
  override readonly name = 'InterruptedError';
}

/**
 * Runs a task in a process of its own, from the same built file. Resolves when that process has ended.
 * @throws Error when it ends without a report, and the signal's reason, after killing it, when the signal fires
 */
export async function runInChild(entry: string, task: ChildTask, signal: AbortSignal): Promise<ChildReport> {
  signal.throwIfAborted();
  const child = fork(entry, ['--child', JSON.stringify(task)], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  let report: unknown;
  let complaint = '';
  child.once('message', (message) => {
    report = message;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-LONGEST_COMPLAINT);
  });
  try {
    const [code, endedBy]: (number | string | null)[] = await once(child, 'close');
    signal.throwIfAborted();
    // Ctrl-C in a terminal reaches the child too, at times before the parent.
    if (endedBy === 'SIGINT') throw new InterruptedError('The demo was interrupted');
    if (code === 0 && isReport(report)) return report;
    throw new Error(`The child process ${child.pid} ended with ${endedBy ?? code} and no report. ${complaint}`.trim());
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

/** The caller's environment without its own key, in it or in a keychain: the demo's sessions are none of the caller's. */
function environment(): NodeJS.ProcessEnv {
  const { LATCHKEY_KEY: _, ...rest } = process.env;
  return { ...rest, LATCHKEY_KEYCHAIN: 'off' };
}

function isReport(value: unknown): value is ChildReport {
  return typeof value === 'object' && value !== null && 'calls' in value && 'errors' in value && 'store' in value;
}
