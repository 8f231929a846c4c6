import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';

/** A piece of a line that looks the same throughout. */
export interface Run {
  readonly text: string;
  readonly isBold: boolean;
  readonly isDim: boolean;
  /** Number of a colour of the terminal, 0 to 15; absent for that of plain text. */
  readonly colour?: number;
}

/** What stands in a line, without blanks at its end. */
export type Line = readonly Run[];

/** A program on a terminal. */
export interface OnTerminal {
  /** Resolves once its output holds the text. @throws Error if it ends before, or does not print it in time */
  printed(text: string): Promise<void>;
  type(text: string): void;
  /** Resolves with its exit code. */
  readonly ended: Promise<number>;
  kill(): void;
  /** What its terminal shows. */
  lines(): Promise<readonly Line[]>;
}

/** Wider than what is shown: lines are laid out once what varies in them is replaced. */
const COLUMNS = 400;
const LONGEST_WAIT_MS = 20_000;

/** Starts a program on a terminal of its own. */
export function startOnTerminal(file: string, args: readonly string[], env: Record<string, string>): OnTerminal {
  const screen = new xterm.Terminal({ cols: COLUMNS, rows: 60, scrollback: 500, allowProposedApi: true });
  const program = spawn(file, [...args], { env: { ...env, TERM: 'xterm-256color' }, cols: COLUMNS, rows: 60 });
  let text = '';
  let written: Promise<void> = Promise.resolve();
  const watchers = new Set<() => void>();
  program.onData((data) => {
    text += data;
    written = new Promise((resolve) => screen.write(data, resolve));
    for (const look of watchers) look();
  });
  const ended = new Promise<number>((resolve) => program.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    ended,
    type: (typed) => program.write(typed),
    kill: () => program.kill('SIGTERM'),
    async printed(wanted) {
      let timer: NodeJS.Timeout | undefined;
      const fail = (why: string): never => {
        throw new Error(`${args.join(' ')}: ${why} without "${wanted}":\n${text}`);
      };
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LONGEST_WAIT_MS);
      }).then(() => fail('waited'));
      const there = new Promise<void>((resolve) => {
        const look = (): void => {
          if (text.includes(wanted)) resolve();
        };
        watchers.add(look);
        look();
      });
      await Promise.race([there, late, ended.then(() => text.includes(wanted) || fail('ended'))]);
      clearTimeout(timer);
    },
    async lines() {
      await written;
      return linesOf(screen);
    },
  };
}

function linesOf({ buffer: { active } }: InstanceType<typeof xterm.Terminal>): readonly Line[] {
  const lines = Array.from({ length: active.length }, (_, row) => runsOf(active, row));
  const last = lines.findLastIndex((line) => line.length > 0);
  return lines.slice(0, last + 1);
}

type Buffer = InstanceType<typeof xterm.Terminal>['buffer']['active'];

function runsOf(buffer: Buffer, row: number): Line {
  const line = buffer.getLine(row);
  if (line === undefined) return [];
  const length = line.translateToString(true).length;
  const runs: Run[] = [];
  for (let column = 0; column < length; column += 1) {
    const cell = line.getCell(column);
    if (cell === undefined) continue;
    const colour = cell.isFgPalette() && cell.getFgColor() < 16 ? { colour: cell.getFgColor() } : {};
    const run: Run = {
      text: cell.getChars() || ' ',
      isBold: cell.isBold() !== 0,
      isDim: cell.isDim() !== 0,
      ...colour,
    };
    const before = runs.at(-1);
    if (before && before.isBold === run.isBold && before.isDim === run.isDim && before.colour === run.colour) {
      runs[runs.length - 1] = { ...before, text: before.text + run.text };
    } else runs.push(run);
  }
  return runs;
}
