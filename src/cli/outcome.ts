import { isLatchkeyError } from '../errors.ts';
import { isoOf } from './life.ts';
import { ownWords } from './own-words.ts';

/** What a verb comes to: one JSON document, or lines for people. */
export interface Outcome {
  /** `OK`, or what went wrong in a machine-readable word; the exit code follows from it. */
  readonly code: string;
  /** One sentence. */
  readonly message: string;
  /** What the JSON document holds besides. */
  readonly fields?: object;
  /** What people are shown in place of the message. */
  readonly text?: string;
  /** Whether everything there is to print has been printed, by the verb or by a command that it ran. */
  readonly isPrinted?: boolean;
  /** What the process ends with where `code` does not decide it: the exit code of a command that was run. */
  readonly exitCode?: number;
}

/** What a verb is run with. */
export interface VerbIo {
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  /** The words behind `--`: a command with its arguments. Absent where there is no `--`. */
  readonly behindDashes: readonly string[] | undefined;
  /** Hands over the signals that would end the process; from now on it ends when the verb does. */
  handOverSignals(to: (signal: NodeJS.Signals) => void): void;
  /** Prints the outcome now; for verbs that go on after it. */
  publish(outcome: Outcome): Promise<void>;
  /** Tells people something that is no result, on stderr. */
  note(text: string): void;
  /** Takes what the verb came to, printed when it ends unless an outcome was published. */
  finish(outcome: Outcome): void;
}

/** The verb was stopped by Ctrl-C. */
export const interrupted: Outcome = { code: 'ERR_INTERRUPTED', message: 'Interrupted' };

/** The envelope that `--json` prints. */
export function envelopeOf({ code, message, fields }: Outcome): object {
  return { ok: code === 'OK', code, message, ...fields };
}

/** What an error comes to. Messages of this package's errors are free of secrets. */
export function outcomeOf(error: unknown): Outcome {
  if (isLatchkeyError(error)) {
    const { code = error.code, message: _, ...fields }: { code?: string; message?: string } = { ...error.toJSON() };
    return { code, message: ownWords(error), fields: withTimes(fields) };
  }
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'ERR_FAILED';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** What programs know in ms since the epoch, as JSON outputs have times. */
const TIMES: Readonly<Record<string, string>> = { sinceMs: 'deniedAt', untilMs: 'heldUntil' };

function withTimes(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const time = TIMES[name];
      return time === undefined || typeof value !== 'number' ? [name, value] : [time, isoOf(value)];
    }),
  );
}
