import { spawn } from 'node:child_process';
import { badArgument, CredentialsMissingError } from '../errors.ts';
import { withinTime } from './waiting.ts';

/** Options of {@link fromCommand}. */
export interface CommandOptions {
  /** Longest time that the command may take, in ms; then it is killed. @default 30_000 */
  readonly timeoutMs?: number;
  /** Its environment. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its working directory. @default this process's */
  readonly cwd?: string;
}

/** The most that a command may print, in bytes: credentials are small. */
const MOST_PRINTED = 64 * 1024;

/**
 * Makes a function that runs a command and gives what it prints: for `credentials`, asked at each login, and for `totp`. The command is a
 * list of arguments and no shell sees it; it prints one JSON document on its stdout; its stderr is this process's. What it printed is
 * in no error.
 * @throws TypeError with code `ERR_OPTION` for what is no command
 * @returns a function that rejects with CredentialsMissingError if the command cannot be started, ends with another code than 0, takes
 * too long, or prints too much or no JSON
 */
export function fromCommand<T>(
  command: readonly [program: string, ...args: string[]],
  { timeoutMs = 30_000, env, cwd }: CommandOptions = {},
): () => Promise<T> {
  const [program, ...args] = Array.isArray(command) ? command : [];
  if (typeof program !== 'string' || program === '' || args.some((arg) => typeof arg !== 'string')) {
    throw badArgument('ERR_OPTION', 'a command is a list of texts: a program and its arguments');
  }
  return async () => {
    const late = (): Error => failure(program, `was not done within ${timeoutMs} ms`, true);
    const printed = await withinTime(timeoutMs, late, (signal) => outputOf(program, args, { env, cwd, signal }));
    try {
      // The caller says what its command prints; credentials are looked at again before they are used.
      return JSON.parse(printed) as T;
    } catch {
      // The parser would quote it.
      throw failure(program, 'printed no JSON', false);
    }
  };
}

function outputOf(
  program: string,
  args: readonly string[],
  { env, cwd, signal }: { env: CommandOptions['env']; cwd: string | undefined; signal: AbortSignal },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true });
    const pieces: Buffer[] = [];
    let size = 0;
    const kill = (): void => {
      child.kill('SIGKILL');
      // What it started may hold its stdout open for longer than it lives.
      child.stdout.destroy();
    };
    signal.addEventListener('abort', kill, { once: true });
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.byteLength;
      pieces.push(piece);
      if (size <= MOST_PRINTED) return;
      kill();
      reject(failure(program, `printed more than ${MOST_PRINTED} bytes`, false));
    });
    child.once('error', (cause) => reject(failure(program, 'could not be started', false, cause)));
    child.once('close', (code, endedBy) => {
      if (code === 0) resolve(Buffer.concat(pieces).toString('utf8'));
      else reject(failure(program, `ended with ${endedBy ?? code}`, false));
    });
  });
}

function failure(program: string, why: string, retryable: boolean, cause?: unknown): CredentialsMissingError {
  const message = `The command ${program}, which was to print credentials, ${why}`;
  return new CredentialsMissingError(message, { retryable, ...(cause === undefined ? {} : { cause }) });
}
