import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { expect } from 'vitest';
import { latchkey, root } from './built.support.ts';

/** What a program left of its terminal. */
export interface TerminalEnd {
  readonly code: number;
  /** Settings of the terminal as `stty -a` tells them, after the program has ended. */
  readonly settings: string;
  /** Command lines of what still runs in the terminal's session, but for the shell. */
  readonly running: readonly string[];
}

/** A pseudo-terminal with somebody before it. */
export interface Screen extends AsyncDisposable {
  /** All that was written to the terminal so far, escape sequences and all. */
  raw(): string;
  /** What the person sees: the lines of the screen and above it, without blanks at their ends. */
  screen(): string;
  /** Resolves once the screen shows the text. Rejects if the program ends without. */
  shows(text: string): Promise<string>;
  type(text: string): void;
  resize(columns: number): void;
  /** Closes the window. */
  hangUp(): void;
}

/** A pseudo-terminal in which the command runs. */
export interface Terminal extends Screen {
  /** The pid of the program. */
  pid(): number;
  /** Resolves when the program has ended. */
  readonly ended: Promise<TerminalEnd>;
}

export interface TerminalOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly columns?: number;
  /** Redirections of the program, as a shell takes them. */
  readonly redirect?: string;
  readonly cwd?: string;
}

export const keys = {
  enter: '\r',
  escape: '\x1b',
  ctrlC: '\x03',
  ctrlD: '\x04',
  ctrlZ: '\x1a',
  down: '\x1b[B',
} as const;

/** Runs the built command in a terminal of its own. */
export function openTerminal(args: readonly string[], options: TerminalOptions = {}): Terminal {
  const { redirect = '' } = options;
  // The shell outlives the program, so that the terminal can be looked at. Ctrl-C reaches both.
  const script = `trap : INT
    sh -c 'echo "[pid $$]"; exec "$@" ${redirect}' program "$@"
    echo "[ended $?]"; stty -a; echo "[running]"; ps -o args= --sid $$; echo "[end]"; read -r _`;
  const command = ['-c', script, 'shell', ...commandLine(args)];
  const hasEnded = (drawn: string): boolean => drawn.includes('\n[end]');
  const { until, ...terminal } = openScreen('sh', command, options, hasEnded);
  const endIn = (): TerminalEnd | undefined => {
    const [, code, settings = '', running = ''] =
      /\[ended (\d+)\]\r\n([\s\S]*)\[running\]\r\n([\s\S]*)\[end\]/.exec(terminal.raw()) ?? [];
    if (code === undefined) return undefined;
    const others = running.split('\r\n').filter((line) => !/^(sh -c|ps -o|$)/.test(line));
    return { code: Number(code), settings, running: others };
  };
  const ended = until(endIn, 'an end');
  // Whoever does not ask for the end need not hear that there was none.
  ended.catch(() => {});
  return {
    ...terminal,
    pid() {
      const pid = /\[pid (\d+)\]/.exec(terminal.raw())?.[1];
      if (pid === undefined) throw new Error('the program has not been started');
      return Number(pid);
    },
    ended,
  };
}

/** The words that run the built command. */
export function commandLine(args: readonly string[]): readonly string[] {
  return [process.execPath, join(root, 'dist', latchkey), ...args];
}

/** Opens a terminal with a shell at which commands are typed, with jobs that can be stopped and continued. */
export function openShell(options: TerminalOptions = {}): Screen {
  const { until: _, ...shell } = openScreen('bash', ['--norc', '--noprofile', '-i'], options);
  return shell;
}

interface OpenScreen extends Screen {
  /** Waits for what can be seen. */
  until<T>(find: () => T | undefined, what: string): Promise<T>;
}

function openScreen(
  file: string,
  args: readonly string[],
  { env = {}, columns = 80, cwd = root }: TerminalOptions,
  hasEnded: (drawn: string) => boolean = () => false,
): OpenScreen {
  const { PATH = '' } = process.env;
  const terminal = spawn(file, [...args], {
    name: env.TERM ?? 'xterm-256color',
    cols: columns,
    rows: 30,
    cwd,
    env: { PATH, LATCHKEY_KEYCHAIN: 'off', ...env },
  });
  const shown = new xterm.Terminal({ cols: columns, rows: 30, allowProposedApi: true });
  let raw = '';
  /** Of what was written, as much as the screen shows. */
  let drawn = '';
  let isGone = false;
  const watchers = new Set<() => void>();
  const look = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  terminal.onData((text) => {
    raw += text;
    shown.write(text, () => {
      drawn += text;
      look();
    });
  });
  const gone = new Promise<void>((resolve) => {
    terminal.onExit(() => {
      isGone = true;
      look();
      resolve();
    });
  });
  const screen = (): string => {
    const { length } = shown.buffer.active;
    const lines = Array.from({ length }, (_, row) => shown.buffer.active.getLine(row)?.translateToString(true) ?? '');
    return lines.join('\n').trimEnd();
  };
  const until: OpenScreen['until'] = (find, what) =>
    new Promise((resolve, reject) => {
      const watcher = (): void => {
        const found = find();
        if (found === undefined && !isGone && !hasEnded(drawn)) return;
        watchers.delete(watcher);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the terminal ended without ${what}:\n${screen()}`));
      };
      watchers.add(watcher);
      watcher();
    });
  return {
    raw: () => raw,
    screen,
    until,
    shows: (text) => until(() => (screen().includes(text) ? screen() : undefined), `"${text}"`),
    type: (text) => terminal.write(text),
    resize(to) {
      terminal.resize(to, 30);
      shown.resize(to, 30);
    },
    hangUp: () => terminal.kill('SIGHUP'),
    async [Symbol.asyncDispose]() {
      if (!isGone) terminal.kill('SIGKILL');
      await gone;
      shown.dispose();
    },
  };
}

/** Expects a terminal as a shell wants it: lines, signals, an echo, nothing left that runs, and the cursor back. */
export function expectLeftInOrder(terminal: Terminal, { settings, running }: TerminalEnd): void {
  for (const mode of ['icanon', 'isig', 'echo', 'icrnl', 'opost', 'onlcr']) {
    expect(settings.split(/\s+/), settings).toContain(mode);
  }
  expect(running).toEqual([]);
  const raw = terminal.raw();
  expect(raw.lastIndexOf('\x1b[?25h')).toBeGreaterThanOrEqual(raw.lastIndexOf('\x1b[?25l'));
}
