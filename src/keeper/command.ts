import { spawn } from 'node:child_process';
import { badArgument, CredentialsMissingError } from '../errors.ts';

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
    const printed = await outputOf(program, args, { timeoutMs, env, cwd });
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
  { timeoutMs, env, cwd }: { timeoutMs: number; env: CommandOptions['env']; cwd: string | undefined },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true });
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      finish();
    };
    const giveUp = (why: string, isPassing: boolean): void => {
      child.kill('SIGKILL');
      // What it started may hold its stdout open for longer than it lives.
      child.stdout.destroy();
      settle(() => reject(failure(program, why, isPassing)));
    };
    const timer = setTimeout(() => giveUp(`was not done within ${timeoutMs} ms`, true), timeoutMs);
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.byteLength;
      if (size > MOST_PRINTED) giveUp(`printed more than ${MOST_PRINTED} bytes`, false);
      else pieces.push(piece);
    });
    child.once('error', (cause) => settle(() => reject(failure(program, 'could not be started', false, cause))));
    child.once('close', (code, signal) => {
      if (code === 0) settle(() => resolve(Buffer.concat(pieces).toString('utf8')));
      else settle(() => reject(failure(program, `ended with ${signal ?? code}`, false)));
    });
  });
}

function failure(program: string, why: string, retryable: boolean, cause?: unknown): CredentialsMissingError {
  const message = `The command ${program}, which was to print credentials, ${why}`;
  return new CredentialsMissingError(message, { retryable, ...(cause === undefined ? {} : { cause }) });
}
