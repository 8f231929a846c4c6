import type { VerbIo } from './outcome.ts';
import type { Choice, TextOptions, Ways } from './question-ways.ts';
import { type Question, withTerminal } from './terminal-input.ts';

/** Somebody at a terminal who can be asked. */
export interface Asker {
  /** Asks for a line; blanks around it are taken off. */
  text(message: string, options?: TextOptions): Promise<string>;
  /** Asks for what nobody may see: nothing is shown of what is typed, and nothing of its length. */
  secret(message: string): Promise<string>;
  confirm(message: string, initial?: boolean): Promise<boolean>;
  choose<T extends string>(message: string, choices: readonly Choice<T>[]): Promise<T>;
  /**
   * Gives the terminal back. After a text nothing of what is typed is shown until the next question, so that a secret that is typed before it is
   * asked for stays hidden, too; whoever has no more questions says so.
   */
  rest(): void;
}

/** The question was answered with Ctrl-C, Ctrl-D or Escape. */
class Cancelled extends Error {
  readonly code = 'ERR_INTERRUPTED';
}

/**
 * Whoever sits at the terminal; `undefined` where nobody does: without a terminal for questions and answers, in CI, and with `--no-input`.
 * Questions are written to stderr, so that a shell can take the result from stdout.
 */
export function askerAt(io: Pick<VerbIo, 'signal'>, flags: { readonly input?: boolean }): Asker | undefined {
  const { CI, TERM } = process.env;
  const isCi = CI !== undefined && !['', '0', 'false'].includes(CI);
  if (!process.stdin.isTTY || !process.stderr.isTTY || flags.input === false || isCi) return undefined;
  const terminal = withTerminal(process.stdin, process.stderr, io.signal);
  let loading: Promise<Ways> | undefined;
  /** A terminal that knows no escape sequences gets none. */
  const load = (): Promise<Ways> =>
    TERM === 'dumb' ? import('./asker-plain.ts').then(({ plainWays }) => plainWays) : clackWays();
  const ask = async <T extends string | boolean>(
    question: (ways: Ways, how: Question) => Promise<T | symbol>,
    after: 'hide' | 'show' = 'show',
  ): Promise<T> => {
    loading ??= load();
    const ways = await loading;
    const answer = await terminal.ask((how) => question(ways, how), after);
    if (typeof answer === 'symbol') throw new Cancelled('Interrupted');
    return answer;
  };
  return {
    text: async (message, options = {}) => {
      const check = (answer: string): string | undefined =>
        answer.trim() === '' && !options.isOptional ? 'Something must be entered' : options.check?.(answer.trim());
      return (await ask<string>((via, how) => via.text(message, { ...options, check }, how), 'hide')).trim();
    },
    secret: (message) => ask<string>((via, how) => via.secret(message, how)),
    confirm: (message, initial = false) => ask<boolean>((via, how) => via.confirm(message, initial, how)),
    choose: async <T extends string>(message: string, choices: readonly Choice<T>[]) => {
      const value = await ask<string>((via, how) => via.choose(message, choices, how));
      const chosen = choices.find((choice) => choice.value === value);
      if (chosen === undefined) throw new Cancelled('Interrupted');
      return chosen.value;
    },
    rest: terminal.rest,
  };
}

async function clackWays(): Promise<Ways> {
  const { text, password, confirm, select } = await import('@clack/prompts');
  const at = ({ keyboard, output, signal }: Question) => ({ input: keyboard, output, signal, withGuide: false });
  return {
    text: (message, { placeholder, initial, check }, how) =>
      text({
        ...at(how),
        message,
        validate: (value = '') => check?.(value),
        ...(placeholder !== undefined && { placeholder }),
        ...(initial !== undefined && { initialValue: initial }),
      }),
    secret: (message, how) =>
      password({
        ...at(how),
        message,
        mask: '',
        validate: (value) => (value ? undefined : 'Something must be entered'),
      }),
    confirm: (message, initialValue, how) => confirm({ ...at(how), message, initialValue }),
    choose: (message, choices, how) =>
      select({ ...at(how), message, options: choices.map(({ value, label }) => ({ value, label })) }),
  };
}
