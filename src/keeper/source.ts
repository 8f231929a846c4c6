import type { EventBody } from '../events.ts';
import type { Lifetime, Session, SessionNews } from './session.ts';

/** What a source is given for one login, renewal, verification or end. */
export interface SourceIo {
  /** Fires when the keeper gives up waiting. */
  readonly signal: AbortSignal;
  nowMs(): number;
  /**
   * Wraps each request to the login operation, so that it counts against the account's login budget, unless it
   * certainly never reached the service.
   * @throws LoginBudgetError without running the request when the budget is used up
   */
  spend<T>(request: () => Promise<T>): Promise<T>;
  /** Tells `onEvent`. */
  report(event: EventBody): void;
}

/** What a login hands back. */
export interface LoginResult<F> {
  readonly secret: string;
  readonly facts: F;
  /** Where the service tells it; otherwise it follows from the source's lifetime. */
  readonly expiresAtMs?: number | null;
}

/** How a system's session begins, is renewed, verified and ended. */
export interface SessionSource<Credentials, F> {
  readonly system: string;
  /** What a session is bound to: base URL, who, entity. Holds no secret; its hash is the store's key. */
  readonly identity: readonly string[];
  /** What a lockout counts. Holds no secret. */
  readonly account: readonly string[];
  readonly lifetime: Lifetime;
  /** The form of credentials in words, such as `{ apiKey, apiSecret }`. */
  readonly credentialsForm: string;
  /** The parts of credentials that tell one set from another, without one-time codes: each a text that is not empty. */
  fingerprintOf(credentials: Credentials): readonly string[];
  /** The parts of credentials that must never be printed. */
  secretsOf(credentials: Credentials): readonly string[];
  /** Facts as they were stored, or `undefined` if they are not this source's. */
  readFacts(value: unknown): F | undefined;
  /** Begins a session. Throws `LoginDeniedError` (these credentials were refused) or `ServiceUnreachableError`. */
  login(credentials: Credentials, io: SourceIo): Promise<LoginResult<F>>;
  /** Prolongs a session; `'refused'` if the service no longer knows it. */
  readonly renew?: ((session: Session<F>, io: SourceIo) => Promise<SessionNews<F> | 'refused'>) | undefined;
  /** Whether the service still knows the session. */
  readonly verify?: ((session: Session<F>, io: SourceIo) => Promise<boolean>) | undefined;
  /** Ends the session, and says what the service tells of that. */
  readonly end?: ((session: Session<F>, io: SourceIo) => Promise<EndOutcome>) | undefined;
}

/** What came of asking a service to end a session. */
export interface EndOutcome {
  /** Whether the service ended the session: some cannot, some do not tell. */
  readonly endedAtService: boolean | 'unknown';
  /** Until when it may live on at the service, ms since the epoch, where asking has moved that; `null` if not known or ended. */
  readonly mayLiveUntilMs?: number | null;
}

/** What came of one try of a call. */
export type Outcome<T, F> =
  | { readonly verdict: 'accepted'; readonly value: T; readonly news?: SessionNews<F> | undefined }
  /** `distrust`: the value stands, but the session is not to be used again. */
  | { readonly verdict: 'distrust'; readonly value: T }
  | { readonly verdict: 'refused' | 'unsure'; readonly value: T };

/** One try of a call with a session. Its closure owns the input and builds the request afresh each time. */
export type Attempt<T, F> = (session: Session<F>) => Promise<Outcome<T, F>>;
