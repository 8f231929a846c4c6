import type { Redactor } from './redact.ts';

const BRAND = Symbol.for('latchkey.error');
const DEEPEST_CAUSE = 6;

/** What every error of the package can carry besides its message. */
export interface ErrorDetails {
  /** Which login API it is about. */
  readonly system?: string | undefined;
  /** Ids under which the service's operators find the request: `Zuora-Request-Id`, `Track-Id`, `processId`, `cid`. */
  readonly requestIds?: Readonly<Record<string, string>> | undefined;
  /** What it came from. Kept as a copy with secrets masked and without requests, headers or bodies. */
  readonly cause?: unknown;
  /** Masks message and cause. Not kept. */
  readonly redactor?: Redactor | undefined;
}

/** The base of all errors of the package. Safe to print: secrets are masked when it is made. */
export class LatchkeyError extends Error {
  /** Machine-readable reason, stable across releases. */
  readonly code: string;
  /** Which login API it is about, if it is about one. */
  readonly system: string | undefined;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** Ids under which the service's operators find the request. */
  readonly requestIds: Readonly<Record<string, string>>;

  constructor(code: string, retryable: boolean, message: string, details: ErrorDetails = {}) {
    const mask = maskOf(details);
    super(mask(message), 'cause' in details ? { cause: maskedCause(details.cause, mask, 0) } : undefined);
    this.code = code;
    this.retryable = retryable;
    this.system = details.system;
    this.requestIds = Object.fromEntries(Object.entries(details.requestIds ?? {}).map(([k, v]) => [k, mask(v)]));
    Object.defineProperty(this, 'name', { value: new.target.name, configurable: true });
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** Where the error is explained, from the package's root. */
  get docs(): string {
    return `docs/outcomes.md#${this.code.toLowerCase()}`;
  }

  /** The error as one JSON object: what logs and `--json` show. */
  toJSON(): object {
    return { ...this, name: this.name, message: this.message, docs: this.docs };
  }
}

/** Whether a value is an error of this package, of whichever copy of the package made it. */
export function isLatchkeyError(value: unknown): value is LatchkeyError {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/** What every denial can tell. */
export interface DenialDetails extends ErrorDetails {
  /** The service's own word for it, such as `90000011` or `E005001`. */
  readonly reason?: string | undefined;
  /** Whether it is about the credentials themselves, so that they are not sent again for a while. */
  readonly isRemembered?: boolean;
  /** What lets a later login in, such as `other credentials`. */
  readonly liftedBy?: string | undefined;
}

/** The service refused these credentials (`ERR_LOGIN_DENIED`). */
export class LoginDeniedError extends LatchkeyError {
  /** The service's own word for it, such as `90000011` or `E005001`. */
  readonly reason: string | undefined;
  /** Whether the credentials are put into quarantine for it. */
  readonly isRemembered: boolean;
  /** What lets a later login in, in words: the last column of docs/outcomes.md. */
  readonly liftedBy: string | undefined;
  constructor(message: string, details: DenialDetails = {}, code = 'ERR_LOGIN_DENIED') {
    super(code, false, message, details);
    // The service's own words are masked like the message: it may echo what it was sent.
    this.reason = details.reason === undefined ? undefined : maskOf(details)(details.reason);
    this.isRemembered = details.isRemembered ?? true;
    this.liftedBy = details.liftedBy;
  }
}

/** The credentials were refused before, so no request was made (`ERR_LOGIN_QUARANTINED`). */
export class LoginQuarantinedError extends LoginDeniedError {
  /** When the service refused them, ms since the epoch. */
  readonly sinceMs: number;
  /** When they may be tried again, ms since the epoch. */
  readonly untilMs: number;
  /** What lets a login in before that, in words. */
  override readonly liftedBy: string;
  constructor(message: string, details: DenialDetails & { readonly sinceMs: number; readonly untilMs: number }) {
    const { liftedBy = 'other credentials' } = details;
    super(message, { ...details, liftedBy, isRemembered: false }, 'ERR_LOGIN_QUARANTINED');
    this.liftedBy = liftedBy;
    this.sinceMs = details.sinceMs;
    this.untilMs = details.untilMs;
  }
}

/** The credentials are right, but the account is locked (`ERR_ACCOUNT_LOCKED`). Not remembered: somebody can unlock it. */
export class AccountLockedError extends LoginDeniedError {
  constructor(message: string, details: DenialDetails = {}) {
    super(message, { isRemembered: false, ...details }, 'ERR_ACCOUNT_LOCKED');
  }
}

/** The account asks for a one-time code and none was given (`ERR_TOTP_REQUIRED`). Not remembered: a code can be given. */
export class TotpRequiredError extends LoginDeniedError {
  constructor(message: string, details: DenialDetails = {}) {
    super(message, { isRemembered: false, ...details }, 'ERR_TOTP_REQUIRED');
  }
}

/** The password has expired (`ERR_PASSWORD_EXPIRED`). */
export class PasswordExpiredError extends LoginDeniedError {
  constructor(message: string, details: DenialDetails = {}) {
    super(message, details, 'ERR_PASSWORD_EXPIRED');
  }
}

/** The password must be changed at login, and no acceptable new one was given (`ERR_PASSWORD_CHANGE_REQUIRED`). */
export class PasswordChangeRequiredError extends LoginDeniedError {
  constructor(message: string, details: DenialDetails = {}) {
    super(message, details, 'ERR_PASSWORD_CHANGE_REQUIRED');
  }
}

/** The user may not enter this entity or application, or it does not exist (`ERR_ENTITY_DENIED`). Not remembered: the password is right. */
export class EntityDeniedError extends LoginDeniedError {
  constructor(message: string, details: DenialDetails = {}) {
    super(message, { isRemembered: false, ...details }, 'ERR_ENTITY_DENIED');
  }
}

/**
 * A login is needed and there is nothing to log in with: none was given, the function did not give it in time, or a command failed or printed
 * what is none (`ERR_CREDENTIALS_MISSING`). `retryable` where it was only too late.
 */
export class CredentialsMissingError extends LatchkeyError {
  constructor(message: string, details: ErrorDetails & { readonly retryable?: boolean } = {}) {
    super('ERR_CREDENTIALS_MISSING', details.retryable ?? false, message, details);
  }
}

/** The client was logged out and does not log in again by itself (`ERR_LOGGED_OUT`). */
export class LoggedOutError extends LatchkeyError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ERR_LOGGED_OUT', false, message, details);
  }
}

/** A session that the service had only just handed out was refused too (`ERR_SESSION_REFUSED`). */
export class SessionRefusedError extends LatchkeyError {
  /** How often the call was sent. */
  readonly sends: number;
  constructor(message: string, details: ErrorDetails & { sends: number }) {
    super('ERR_SESSION_REFUSED', true, message, details);
    this.sends = details.sends;
  }
}

/** The service limits how often it may be called (`ERR_RATE_LIMITED`). */
export class RateLimitedError extends LatchkeyError {
  /** How long the service asks to wait, in ms; `undefined` where it does not say. */
  readonly retryAfterMs: number | undefined;
  /** HTTP status of the answer, if there was one. A 503 does not prove that nothing was done. */
  readonly status: number | undefined;
  constructor(
    message: string,
    details: ErrorDetails & { retryAfterMs?: number | undefined; status?: number | undefined } = {},
  ) {
    super('ERR_RATE_LIMITED', true, message, details);
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
  }
}

/** No answer, or none worth believing: a network failure, a time-out, a proxy's page, a crash (`ERR_SERVICE_UNREACHABLE`). */
export class ServiceUnreachableError extends LatchkeyError {
  /** Whether the request certainly never reached the service. */
  readonly neverSent: boolean;
  /** HTTP status of the answer, if there was one. */
  readonly status: number | undefined;
  constructor(message: string, details: ErrorDetails & { neverSent?: boolean; status?: number | undefined } = {}) {
    super('ERR_SERVICE_UNREACHABLE', true, message, details);
    this.neverSent = details.neverSent ?? false;
    this.status = details.status;
  }
}

/** The account's login budget is used up (`ERR_LOGIN_BUDGET`). No request was made. */
export class LoginBudgetError extends LatchkeyError {
  /** When the next login is allowed, ms since the epoch. */
  readonly untilMs: number;
  constructor(message: string, details: ErrorDetails & { untilMs: number }) {
    super('ERR_LOGIN_BUDGET', true, message, details);
    this.untilMs = details.untilMs;
  }
}

/** The service no longer speaks its spec (`ERR_CONTRACT_VIOLATION`). */
export class ContractViolationError extends LatchkeyError {
  /** JSON pointer or element path of the offending place. */
  readonly place: string;
  readonly expected: string;
  /** Type of what was found; never the value. */
  readonly found: string;
  constructor(message: string, details: ErrorDetails & { place: string; expected: string; found: string }) {
    super('ERR_CONTRACT_VIOLATION', false, message, details);
    const mask = maskOf(details);
    this.place = mask(details.place);
    this.expected = mask(details.expected);
    this.found = mask(details.found);
  }
}

/** A SOAP fault that is about the call and not about its session (`ERR_SOAP_FAULT`). */
export class SoapFaultError extends LatchkeyError {
  /** Local name of the fault's code, such as `INVALID_VALUE` or `MALFORMED_QUERY`. */
  readonly faultCode: string;
  /** Local name of the detail's element, such as `MalformedQueryFault`, if there is one. */
  readonly faultType: string | undefined;
  readonly status: number;
  constructor(
    message: string,
    details: ErrorDetails & { faultCode: string; faultType?: string | undefined; status: number; retryable?: boolean },
  ) {
    super('ERR_SOAP_FAULT', details.retryable ?? false, message, details);
    const mask = maskOf(details);
    this.faultCode = mask(details.faultCode);
    this.faultType = details.faultType === undefined ? undefined : mask(details.faultType);
    this.status = details.status;
  }
}

/** Why a store could not do its work. */
export type StoreErrorReason = 'busy' | 'lease-lost' | 'unreadable' | 'unavailable' | 'unsafe';

/** A store could not read, write or lock (`ERR_STORE`). */
export class StoreError extends LatchkeyError {
  readonly reason: StoreErrorReason;
  constructor(message: string, details: ErrorDetails & { reason: StoreErrorReason }) {
    super('ERR_STORE', details.reason === 'busy' || details.reason === 'unavailable', message, details);
    this.reason = details.reason;
  }
}

/** The session was renewed, but the call's body could be sent only once (`ERR_BODY_NOT_REPLAYABLE`). */
export class BodyNotReplayableError extends LatchkeyError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('ERR_BODY_NOT_REPLAYABLE', true, message, details);
  }
}

/** A `TypeError` for a bad argument, with a machine-readable `code`. */
export function badArgument(code: string, message: string): TypeError & { readonly code: string } {
  return Object.assign(new TypeError(message), { code });
}

/**
 * Checks that options have no name that nobody knows: a misspelt one would be left out in silence.
 * @throws TypeError with code `ERR_OPTION`
 */
export function refuseUnknownOptions(of: string, options: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(known, name));
  if (unknown.length === 0) return;
  const names = Object.keys(known).sort().join(', ');
  throw badArgument('ERR_OPTION', `${of} has no option ${unknown.join(', ')}; it knows ${names}`);
}

type Mask = (text: string) => string;

function maskOf({ redactor }: ErrorDetails): Mask {
  return (text) => redactor?.text(text) ?? text;
}

function maskedCause(cause: unknown, mask: Mask, depth: number): unknown {
  if (isLatchkeyError(cause)) return cause;
  if (!(cause instanceof Error)) return cause === undefined ? undefined : mask(printed(cause));
  if (depth >= DEEPEST_CAUSE) return undefined;
  // Only name, message, stack and code survive: HTTP clients hang requests, headers and bodies on their errors.
  const parts = cause instanceof AggregateError ? cause.errors.map((part) => maskedCause(part, mask, depth + 1)) : null;
  const message = mask(printed(cause.message));
  const copy = parts ? new AggregateError(parts, message) : new Error(message);
  Object.defineProperty(copy, 'name', { value: printed(cause.name), configurable: true });
  copy.stack = mask(printed(cause.stack ?? ''));
  if ('code' in cause && typeof cause.code === 'string') Object.assign(copy, { code: mask(cause.code) });
  if (cause.cause !== undefined) copy.cause = maskedCause(cause.cause, mask, depth + 1);
  return copy;
}

/** Anything as text: what is thrown need not be an error, nor an error's parts be text. */
function printed(value: unknown): string {
  try {
    return String(value);
  } catch {
    return typeof value;
  }
}
