import { badArgument, CredentialsMissingError, refuseUnknownOptions } from '../errors.ts';
import { withinTime } from './waiting.ts';

/** Options of {@link fromCommand}. */
export interface CommandOptions {
  /**
   * What it prints: one JSON document, or a text, of which the line ends behind it are taken off, as one-time codes are.
   * @default 'json'
   */
  readonly output?: 'json' | 'text';
  /** Longest time that the command may take, in ms; then it is killed. Credentials are waited for until `loginTimeoutMs` at most. @default 30_000 */
  readonly timeoutMs?: number;
  /** Its environment. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Its working directory. @default this process's */
  readonly cwd?: string;
}

/** The most that a command may print, in bytes: credentials are small. */
const MOST_PRINTED = 64 * 1024;

/**
 * Makes a function that runs a command and gives what it prints: for `credentials`, asked at each login, and for `totp` (with `output: 'text'`,
 * as JSON has no numbers that begin with 0). The command is a list of arguments and no shell sees it; what counts is its stdout, its stderr is
 * this process's. What it printed is in no error. It is killed when nobody waits for it any more.
 * @throws TypeError with code `ERR_OPTION` for what is no command, and for options that are none
 * @returns a function that rejects with CredentialsMissingError if the command cannot be started, ends with another code than 0, takes
 * too long, or prints too much or no JSON
 */
export function fromCommand<T>(
  command: readonly [program: string, ...args: string[]],
  options: CommandOptions = {},
): (asked?: { readonly signal?: AbortSignal }) => Promise<T> {
  refuseUnknownOptions('fromCommand', options, { output: true, timeoutMs: true, env: true, cwd: true } satisfies Record<
    keyof CommandOptions,
    true
  >);
  const { output = 'json', timeoutMs = 30_000, env, cwd } = options;
  if (output !== 'json' && output !== 'text')
    throw badArgument('ERR_OPTION', "fromCommand: output is 'json' or 'text'");
  if (!(timeoutMs > 0)) throw badArgument('ERR_OPTION', 'fromCommand: timeoutMs is a number of ms above 0');
  const [program, ...args] = Array.isArray(command) ? command : [];
  if (typeof program !== 'string' || program === '' || args.some((arg) => typeof arg !== 'string')) {
    throw badArgument('ERR_OPTION', 'a command is a list of texts: a program and its arguments');
  }
  return async ({ signal: asked } = {}) => {
    const late = (): Error => failure(program, `was not done within ${timeoutMs} ms`, true);
    const printed = await withinTime(timeoutMs, late, (limit) => {
      const signal = asked ? AbortSignal.any([asked, limit]) : limit;
      return outputOf(program, args, { env, cwd, signal });
    });
    // Whoever asks for a text says so in the type.
    if (output === 'text') return printed.replace(/[\r\n]+$/, '') as T;
    try {
      // The caller says what its command prints; credentials are looked at again before they are used.
      return JSON.parse(printed) as T;
    } catch {
      // The parser would quote it.
      throw failure(program, 'printed no JSON', false);
    }
  };
}

async function outputOf(
  program: string,
  args: readonly string[],
  { env, cwd, signal }: { env: CommandOptions['env']; cwd: string | undefined; signal: AbortSignal },
): Promise<string> {
  // Most programs that could have a command never run one.
  const { spawn } = await import('node:child_process');
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, cwd, stdio: ['ignore', 'pipe', 'inherit'], windowsHide: true });
    const pieces: Buffer[] = [];
    let size = 0;
    const kill = (): void => {
      child.kill('SIGKILL');
      // What it started may hold its stdout open for longer than it lives.
      child.stdout.destroy();
    };
    if (signal.aborted) kill();
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
  const message = `The command ${program}, which was to print credentials or a code, ${why}`;
  return new CredentialsMissingError(message, { retryable, ...(cause === undefined ? {} : { cause }) });
}
