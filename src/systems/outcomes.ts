import {
  AccountLockedError,
  type DenialDetails,
  EntityDeniedError,
  LoginDeniedError,
  PasswordChangeRequiredError,
  PasswordExpiredError,
  TotpRequiredError,
} from '../errors.ts';
import type { Verdict } from '../transport/carrier.ts';

/** The errors that speak of who logs in. */
const denials = {
  LoginDeniedError,
  AccountLockedError,
  TotpRequiredError,
  PasswordExpiredError,
  PasswordChangeRequiredError,
  EntityDeniedError,
};

interface Row<Signal> {
  /** The signal as docs/outcomes.md names it, in Markdown. */
  readonly signal: string;
  matches(signal: Signal): boolean;
}

/** A signal at a login that speaks of who logs in. */
export interface Denial<Signal> extends Row<Signal> {
  readonly error: keyof typeof denials;
  /** Whether it is about the credentials themselves, so that they are not sent again for a while. */
  readonly isRemembered: boolean;
  /** What lets a later login in. */
  readonly liftedBy: string;
  /** What was refused, or why, in the words of the error's message. */
  readonly says: string;
}

/** A signal at a login that says nothing of who logs in, with the errors that a system makes of such. */
interface Trouble<Signal, Errors extends string> extends Row<Signal> {
  readonly error: Errors;
  readonly liftedBy: string;
}

/** A signal at a login and what it means. Of a system's rows the first that matches counts. */
export type LoginOutcome<
  Signal,
  Errors extends string = 'RateLimitedError' | 'ServiceUnreachableError' | 'SoapFaultError',
> = Denial<Signal> | Trouble<Signal, Errors>;

/** A signal in the answer to a call, or to a renewal, and what it says of the session. Of a system's rows the first that matches counts. */
export interface CallOutcome<Signal> extends Row<Signal> {
  readonly verdict: Verdict;
  /** What the caller gets where that is not the answer as it came: an error. */
  readonly error?: 'RateLimitedError' | 'SoapFaultError';
  /** Whether the same call may come through a little later, where the error does not say that by itself. */
  readonly isRetryable?: boolean;
}

/** The first row that matches. */
export function outcomeOf<Signal, Found>(
  rows: readonly (Found & Row<Signal>)[],
  signal: NoInfer<Signal>,
): Found | undefined {
  return rows.find((row) => row.matches(signal));
}

/** What an answer says of the session; one that no row speaks of did its work. */
export function verdictOf<Signal>(rows: readonly CallOutcome<Signal>[], signal: NoInfer<Signal>): Verdict {
  return outcomeOf(rows, signal)?.verdict ?? 'accepted';
}

/** The error of a denial. */
export function denialOf<Signal>(
  { error, isRemembered, liftedBy }: Denial<Signal>,
  message: string,
  details: DenialDetails,
): LoginDeniedError {
  return new denials[error](message, { ...details, isRemembered, liftedBy });
}
