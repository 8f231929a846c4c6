import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';

/** How a command is run. */
export interface CommandOptions {
  readonly cwd: string;
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Longest time that it may take, in ms. */
  readonly timeoutMs: number;
  /** Most that it may print on stdout, in bytes; of no account where the output is handed on. */
  readonly mostBytes?: number;
  /** Takes what it prints on stdout, which is not kept then. */
  readonly onOutput?: ((text: string) => void) | undefined;
  /** Where its stderr goes. @default 'inherit' */
  readonly stderr?: 'inherit' | 'keep';
}

/** What a command came to. */
export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Empty unless kept. */
  readonly stderr: string;
  /** Why it was ended before its time, in words: `took more than 5 ms`. */
  readonly ended?: string | undefined;
}

/** Between the wish that it ends and its end by force. */
const GRACE_MS = 700;
/** What it started and left running may hold its output open: after its end, so long a silence is taken for the end of that too. */
const SILENCE_MS = 2000;
const MOST_STDERR = 64 * 1024;

/**
 * Runs a command: a program and its arguments, which no shell sees. It is ended, with what it started, when it takes too long, prints too
 * much, the signal fires, or this process exits.
 * @throws the error of the system when it cannot be started
 */
export function runCommand(command: readonly string[], options: CommandOptions): Promise<CommandEnd> {
  const { cwd, env, signal, timeoutMs, mostBytes = 0, onOutput, stderr = 'inherit' } = options;
  const [program = '', ...args] = command;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    // A group of its own, so that what it starts can be ended with it. Windows has no such groups.
    const detached = process.platform !== 'win32';
    const child = spawn(program, args, {
      cwd,
      ...(env && { env: { ...process.env, ...env } }),
      detached,
      stdio: ['ignore', 'pipe', stderr === 'keep' ? 'pipe' : 'inherit'],
      windowsHide: true,
    });
    const kill = (how: 'SIGTERM' | 'SIGKILL'): void => {
      if (child.pid === undefined) return;
      try {
        if (detached) process.kill(-child.pid, how);
        else child.kill(how);
      } catch {
        // It is gone.
      }
    };
    let ended: string | undefined;
    let force: NodeJS.Timeout | undefined;
    let silence: NodeJS.Timeout | undefined;
    const closePipes = (): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    };
    const end = (why: string): void => {
      if (ended !== undefined) return;
      ended = why;
      kill('SIGTERM');
      force = setTimeout(() => {
        kill('SIGKILL');
        // What left the group may hold the pipes open.
        closePipes();
      }, GRACE_MS);
    };
    const endNow = (): void => kill('SIGKILL');
    const abort = (): void => end('was interrupted');
    const late = setTimeout(() => end(`took more than ${timeoutMs} ms`), timeoutMs);
    signal?.addEventListener('abort', abort, { once: true });
    process.on('exit', endNow);
    const settle = (): void => {
      clearTimeout(late);
      clearTimeout(force);
      clearTimeout(silence);
      signal?.removeEventListener('abort', abort);
      process.off('exit', endNow);
    };
    const printed: Buffer[] = [];
    let size = 0;
    const decoder = new StringDecoder('utf8');
    child.stdout?.on('data', (piece: Buffer) => {
      silence?.refresh();
      if (onOutput !== undefined) return onOutput(decoder.write(piece));
      size += piece.byteLength;
      if (size > mostBytes) return end(`printed more than ${mostBytes} bytes`);
      printed.push(piece);
    });
    let told = '';
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      told = (told + piece).slice(-MOST_STDERR);
    });
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    child.once('exit', () => {
      silence = setTimeout(closePipes, SILENCE_MS);
    });
    child.once('close', (code) => {
      settle();
      resolve({ code, stdout: Buffer.concat(printed), stderr: told, ended });
    });
  });
}

/** A command as people read it; it is not for a shell. */
export function commandLine(command: readonly string[]): string {
  return command.map((part) => (/^[\w@%+=:,./-]+$/.test(part) ? part : JSON.stringify(part))).join(' ');
}
