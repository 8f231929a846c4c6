import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { isErrno } from './files.ts';

/** Who holds a lock, as written into the lock file. */
export interface LockOwner {
  readonly v: 1;
  /** The machine, its boot and its pid namespace: only within the same does a pid mean the same process. */
  readonly place: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid; `null` where the system does not tell. */
  readonly startedAt: string | null;
}

/** This process. */
export async function thisOwner(): Promise<LockOwner> {
  return { v: 1, place: await placeOfProcesses(), pid: process.pid, startedAt: await startOf(process.pid) };
}

/** The owner that a lock file names, or `null` for text that names none. */
export function readOwner(text: string): LockOwner | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  const { v, place, pid, startedAt }: Partial<Record<string, unknown>> = { ...value };
  if (v !== 1 || typeof place !== 'string' || typeof pid !== 'number') return null;
  return { v, place, pid, startedAt: typeof startedAt === 'string' ? startedAt : null };
}

/** Whether the owner certainly has ended. Owners elsewhere cannot be judged: their locks end with their lease. */
export async function hasEnded(owner: LockOwner): Promise<boolean> {
  if (owner.place !== (await placeOfProcesses())) return false;
  if (!isRunning(owner.pid)) return true;
  const startedAt = await startOf(owner.pid);
  return startedAt !== null && owner.startedAt !== null && startedAt !== owner.startedAt;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other failure, such as not being allowed to signal it, says that it runs.
    return !isErrno(error, 'ESRCH');
  }
}

async function placeOfProcesses(): Promise<string> {
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${hostname()} ${boot.trim()} ${namespace}`;
}

/** When a process began, in the system's own count since boot; `null` where it does not tell. */
async function startOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in brackets, which may hold anything; the state is the 3rd, the start the 22nd.
  const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ');
  // A zombie holds nothing: it only waits for its parent to look.
  return state === 'Z' ? 'ended' : (fields[18] ?? null);
}
