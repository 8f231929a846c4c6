import type { VerbIo } from './outcome.ts';

/** One of several answers. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** Somebody at a terminal who can be asked. */
export interface Asker {
  text(message: string, options?: { readonly placeholder?: string; readonly initial?: string }): Promise<string>;
  /** Asks for what nobody may see: nothing is shown of what is typed. */
  secret(message: string): Promise<string>;
  confirm(message: string, initial?: boolean): Promise<boolean>;
  choose<T extends string>(message: string, choices: readonly Choice<T>[]): Promise<T>;
}

/** The question was answered with Ctrl-C or Escape. */
class Cancelled extends Error {
  readonly code = 'ERR_INTERRUPTED';
}

/**
 * Whoever sits at the terminal; `undefined` where nobody does: without a terminal for questions and answers, in CI, and with `--no-input`.
 * Questions are written to stderr, so that a shell can take the result from stdout.
 */
export function askerAt(io: Pick<VerbIo, 'signal'>, flags: { readonly input?: boolean }): Asker | undefined {
  if (!process.stdin.isTTY || !process.stderr.isTTY || flags.input === false || process.env.CI) return undefined;
  const load = () => import('@clack/prompts');
  const common = { output: process.stderr, signal: io.signal, withGuide: false };
  const notEmpty = (value: string | undefined): string | undefined => (value ? undefined : 'Something must be entered');
  const given = async <T extends string | boolean>(answer: Promise<T | symbol>): Promise<T> => {
    const value = await answer;
    if (typeof value === 'symbol') throw new Cancelled('Interrupted');
    return value;
  };
  return {
    text: async (message, { placeholder, initial } = {}) =>
      given<string>(
        (await load()).text({
          ...common,
          message,
          validate: notEmpty,
          ...(placeholder !== undefined && { placeholder }),
          ...(initial !== undefined && { initialValue: initial }),
        }),
      ),
    secret: async (message) =>
      given<string>((await load()).password({ ...common, message, mask: '', validate: notEmpty })),
    confirm: async (message, initialValue = false) =>
      given<boolean>((await load()).confirm({ ...common, message, initialValue })),
    choose: async <T extends string>(message: string, choices: readonly Choice<T>[]) => {
      const options = choices.map(({ value, label }) => ({ value: String(value), label }));
      const value = await given<string>((await load()).select({ ...common, message, options }));
      const chosen = choices.find((choice) => choice.value === value);
      if (chosen === undefined) throw new Cancelled('Interrupted');
      return chosen.value;
    },
  };
}
