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

/** Where the system tells about its processes. A file that is not there, or must not be read, tells nothing. */
export interface SystemFiles {
  /** @throws whatever reading a file throws */
  read(path: string): Promise<string>;
  /** @throws whatever reading a link throws */
  readLink(path: string): Promise<string>;
}

const PROC: SystemFiles = { read: (path) => readFile(path, 'utf8'), readLink: (path) => readlink(path) };

/** The processes of this machine, as owners of locks. */
export class Processes {
  readonly #files: SystemFiles;
  /** Where this process runs and when it began does not change; kept once the system has told all of it. */
  #own: LockOwner | undefined;

  constructor(files: SystemFiles = PROC) {
    this.#files = files;
  }

  /** This process. */
  async own(): Promise<LockOwner> {
    if (this.#own) return this.#own;
    const [boot, namespace, startedAt] = await Promise.all([
      this.#files.read('/proc/sys/kernel/random/boot_id').catch(() => ''),
      this.#files.readLink('/proc/self/ns/pid').catch(() => ''),
      this.#startOf(process.pid),
    ]);
    const isTold = boot !== '' && namespace !== '';
    // A machine may get its name while programs run on it; its boot is its own.
    const place = isTold ? `${boot.trim()} ${namespace}` : `${hostname()} ${boot.trim()} ${namespace}`;
    const own: LockOwner = { v: 1, place, pid: process.pid, startedAt };
    if (isTold && startedAt !== null) this.#own = own;
    return own;
  }

  /** Whether the owner certainly has ended. Owners elsewhere cannot be judged: their locks end with their lease. */
  async hasEnded(owner: LockOwner): Promise<boolean> {
    if (owner.place !== (await this.own()).place) return false;
    if (!isRunning(owner.pid)) return true;
    const startedAt = await this.#startOf(owner.pid);
    return startedAt !== null && owner.startedAt !== null && startedAt !== owner.startedAt;
  }

  /** When a process began, in the system's own count since boot; `null` where it does not tell. */
  async #startOf(pid: number): Promise<string | null> {
    const line = await this.#files.read(`/proc/${pid}/stat`).catch(() => '');
    // The second field is the program's name in brackets, which may hold anything; the state is the 3rd, the start the 22nd.
    const [state, ...fields] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    // A zombie holds nothing: it only waits for its parent to look.
    return state === 'Z' ? 'ended' : (fields[18] ?? null);
  }
}

/** Those of the machine that this runs on. */
export const processes = new Processes();

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Any other failure, such as not being allowed to signal it, says that it runs.
    return !isErrno(error, 'ESRCH');
  }
}
