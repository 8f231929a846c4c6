import { createRequire } from 'node:module';
import { badArgument } from '../errors.ts';

/** Under this name our entries are listed in the keychain. */
export const KEYCHAIN_SERVICE = 'latchkey';

const LIBRARY = '@napi-rs/keyring';

/** The OS keychain, as far as a store needs it. All methods reject with an `Error` that says in words what went wrong. */
export interface Keychain {
  /** Why it is not to be asked at all: it is turned off, or its package is not installed. `null` if it may be asked. */
  whyNot(): string | null;
  /** The secret of an entry, or `null` if there is no such entry. */
  get(account: string): Promise<string | null>;
  /** Makes an entry, and reads it back. */
  set(account: string, secret: string): Promise<void>;
  remove(account: string): Promise<void>;
}

/** Options of {@link openKeychain}, for tests. */
export interface KeychainOptions {
  /** Finds the library's file. @throws if it is not installed */
  readonly find?: () => string;
  /** Longest time that a question may take, in ms: somebody may have to type a password. @default 60_000 */
  readonly limitMs?: number;
  /** How long a keychain that has failed is left alone, in ms: each question may show a prompt. @default 60_000 */
  readonly restMs?: number;
}

interface Question {
  readonly operation: 'get' | 'set' | 'remove';
  readonly account: string;
  readonly secret?: string;
}

/**
 * Opens the keychain of the operating system. Nothing is looked up or asked before the first need.
 * @throws TypeError with code `ERR_OPTION` if `LATCHKEY_KEYCHAIN` is neither `on` nor `off`
 */
export function openKeychain({
  find = findLibrary,
  limitMs = 60_000,
  restMs = 60_000,
}: KeychainOptions = {}): Keychain {
  const { LATCHKEY_KEYCHAIN: set = 'on' } = process.env;
  if (!['', 'on', 'off'].includes(set)) throw badArgument('ERR_OPTION', 'LATCHKEY_KEYCHAIN must be on or off');
  let library: string | undefined;
  let failure: { readonly error: unknown; readonly atMs: number } | undefined;

  const whyNot = (): string | null => {
    if (set === 'off') return 'LATCHKEY_KEYCHAIN=off turns it off';
    // Where an Electron app is the program that runs, starting it again for a question would open its windows.
    if ('electron' in process.versions) return 'this is an Electron app';
    try {
      library ??= find();
      return null;
    } catch {
      return `the package ${LIBRARY} is not installed`;
    }
  };
  const ask = async (question: Question): Promise<string | null> => {
    const reason = whyNot();
    if (reason !== null || library === undefined) throw new Error(reason ?? 'its library was not found');
    if (failure && performance.now() - failure.atMs < restMs) throw failure.error;
    try {
      return await answerOf(library, question, limitMs);
    } catch (error) {
      failure = { error, atMs: performance.now() };
      throw error;
    }
  };

  return {
    whyNot,
    get: (account) => ask({ operation: 'get', account }),
    async set(account, secret) {
      const kept = await ask({ operation: 'set', account, secret });
      if (kept !== secret) throw new Error('it did not keep what was put into it');
    },
    async remove(account) {
      await ask({ operation: 'remove', account });
    },
  };
}

function findLibrary(): string {
  return createRequire(import.meta.url).resolve(LIBRARY);
}

/**
 * Runs in a process of its own, because the library blocks the thread that calls it for as long as the keychain says nothing, and a
 * blocked thread, of whatever kind, keeps a process from ending. For the same reason a thread of its own ends this one: when its time is
 * up, or when whoever asked is gone. On Linux only the Secret Service is asked: the library would take the kernel's keyring in its
 * place, which forgets all at the next start.
 */
const PROGRAM = `
const { Worker } = require('node:worker_threads');
const [limitMs] = process.argv.slice(1);
const watch = 'const parent = process.ppid;' +
  'setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, "SIGKILL"); }, 200);' +
  'setTimeout(() => process.kill(process.pid, "SIGKILL"), ' + Number(limitMs) + ');';
new Worker(watch, { eval: true }).unref();
let asked = '';
process.stdin.on('data', (piece) => { asked += piece; }).on('end', () => {
  const { library, operation, service, account, secret } = JSON.parse(asked);
  let answer;
  try {
    const { Entry } = require(library);
    const entry = new Entry(service, account, { linux: { store: 'secret-service' } });
    if (operation === 'set') entry.setPassword(secret);
    if (operation === 'remove') entry.deletePassword();
    answer = { secret: operation === 'remove' ? null : entry.getPassword() };
  } catch (error) {
    answer = { failure: String(error && error.message) };
  }
  process.stdout.write(JSON.stringify(answer));
});
`;

async function answerOf(library: string, question: Question, limitMs: number): Promise<string | null> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    // What a debugger or a test runner loads into this process is not for that one.
    const { NODE_OPTIONS: _, ...env } = process.env;
    const child = spawn(process.execPath, ['--input-type=commonjs', '-e', PROGRAM, String(limitMs)], {
      env,
      stdio: ['pipe', 'pipe', 'ignore'],
      windowsHide: true,
    });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      printed += piece;
    });
    child.once('error', reject);
    child.once('close', (code, endedBy) => {
      const { secret, failure } = readAnswer(printed);
      if (secret !== undefined) resolve(secret);
      else if (failure !== undefined) reject(new Error(failure));
      else if (endedBy === 'SIGKILL') reject(new Error(`it gave no answer within ${limitMs} ms`));
      else reject(new Error(`its library ended with ${endedBy ?? code}`));
    });
    // One that ends before it has read the question says so by ending.
    child.stdin.on('error', () => {});
    child.stdin.end(JSON.stringify({ library, service: KEYCHAIN_SERVICE, ...question }));
    // Whoever waits for the answer keeps this process alive for as long as it is worth waiting.
    for (const handle of [child, child.stdin, child.stdout]) unref(handle);
  });
}

function readAnswer(printed: string): { readonly secret?: string | null; readonly failure?: string } {
  try {
    const { secret, failure }: { secret?: unknown; failure?: unknown } = JSON.parse(printed);
    if (typeof secret === 'string' || secret === null) return { secret };
    return typeof failure === 'string' ? { failure } : {};
  } catch {
    return {};
  }
}

/** The ends of pipes are sockets, which their types do not tell. */
function unref(handle: object): void {
  if ('unref' in handle && typeof handle.unref === 'function') handle.unref();
}
