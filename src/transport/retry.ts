import { setTimeout as pause } from 'node:timers/promises';
import { RateLimitedError, ServiceUnreachableError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { Lifetime } from '../keeper/session.ts';
import type { LoginResult, SessionSource, SourceIo } from '../keeper/source.ts';

/** The longest pause before the first retry, in ms; doubled for each further one up to the cap, and drawn from zero up each time. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** A service that asks to be left alone for longer is asked again after this, in ms: an hour. */
const LONGEST_QUIET_MS = 3_600_000;

/** How failures that pass are met. */
export interface RetryPolicy {
  /** The most retries of one call, whatever its session. */
  readonly retries: number;
  /** No retry begins later than this after the call's first failure, in ms. */
  readonly withinMs: number;
  /** The dice, from 0 to below 1. */
  readonly random: () => number;
  /** Tells `onEvent`. */
  readonly report: (event: EventBody) => void;
}

/** What one call has left of its policy. */
export interface Patience {
  /**
   * Takes one more retry, at a moment drawn so that many do not come at once.
   * @param reason what is told of it: an error's code, or a status
   * @param afterMs what the service asks for, if it does
   * @returns the wait for it; `undefined` if the call has had its retries, or its time would be over
   */
  retry(reason: string, afterMs: number | undefined): (() => Promise<void>) | undefined;
}

/** The patience of one call, made when it is needed for the first time. @param signal ends a wait, with its reason */
export function patienceOf(policy: RetryPolicy, signal: AbortSignal | undefined): () => Patience {
  let patience: Patience | undefined;
  return () => {
    patience ??= createPatience(policy, signal);
    return patience;
  };
}

function createPatience(policy: RetryPolicy, signal: AbortSignal | undefined): Patience {
  const { retries, withinMs, random, report } = policy;
  let left = retries;
  let endsAtMs: number | undefined;
  return {
    retry(reason, afterMs) {
      if (left === 0) return undefined;
      endsAtMs ??= performance.now() + withinMs;
      const spreadMs = random() * Math.min(FIRST_PAUSE_MS * 2 ** (retries - left), LONGEST_PAUSE_MS);
      const pauseMs = Math.round((afterMs ?? 0) + spreadMs);
      if (performance.now() + pauseMs > endsAtMs) return undefined;
      left -= 1;
      report({ type: 'retry', reason, afterMs: pauseMs });
      return () =>
        pause(pauseMs, undefined, signal ? { signal } : {}).catch((error: unknown) => {
          throw signal?.aborted ? signal.reason : error;
        });
    },
  };
}

/** Whether a failure proves that the service has done nothing: the request never left, or was turned away for coming too often. */
export function provesNothingDone(error: unknown): error is RateLimitedError | ServiceUnreachableError {
  if (error instanceof RateLimitedError) return error.status !== 503;
  return error instanceof ServiceUnreachableError && error.neverSent;
}

/** Runs a task again while its failures prove that nothing was done. */
export async function withRetries<T>(patience: () => Patience, task: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await task();
    } catch (error) {
      if (!provesNothingDone(error)) throw error;
      const afterMs = error instanceof RateLimitedError ? error.retryAfterMs : undefined;
      const wait = patience().retry(error.code, afterMs);
      if (!wait) throw error;
      await wait();
    }
  }
}

/**
 * A source whose own requests are sent again as well, where that cannot count against the account. While a service asks not to be called,
 * there are no logins: they fail as the one did that was told so.
 */
export function patientSource<C, F>(source: SessionSource<C, F>, policy: RetryPolicy): SessionSource<C, F> {
  return new PatientSource(source, policy);
}

class PatientSource<C, F> implements SessionSource<C, F> {
  readonly #source: SessionSource<C, F>;
  readonly #policy: RetryPolicy;
  #quietUntilMs = Number.NEGATIVE_INFINITY;
  /** How long the service asked to be left alone: a clock that is set back since must not make it longer. */
  #quietForMs = 0;

  constructor(source: SessionSource<C, F>, policy: RetryPolicy) {
    this.#source = source;
    this.#policy = policy;
  }

  get system(): string {
    return this.#source.system;
  }

  get identity(): readonly string[] {
    return this.#source.identity;
  }

  get account(): readonly string[] {
    return this.#source.account;
  }

  get lifetime(): Lifetime {
    return this.#source.lifetime;
  }

  get credentialsForm(): string {
    return this.#source.credentialsForm;
  }

  fingerprintOf(credentials: C): readonly string[] {
    return this.#source.fingerprintOf(credentials);
  }

  secretsOf(credentials: C): readonly string[] {
    return this.#source.secretsOf(credentials);
  }

  readFacts(value: unknown): F | undefined {
    return this.#source.readFacts(value);
  }

  async login(credentials: C, io: SourceIo): Promise<LoginResult<F>> {
    const quietMs = this.#quietUntilMs - io.nowMs();
    if (quietMs > 0 && quietMs <= this.#quietForMs) {
      const what = `${this.system} asked to be left alone for ${quietMs} ms more; no login was sent`;
      throw new RateLimitedError(what, { system: this.system, retryAfterMs: quietMs });
    }
    try {
      return await this.#patiently(io, () => this.#source.login(credentials, io));
    } catch (error) {
      if (error instanceof RateLimitedError && error.retryAfterMs !== undefined) {
        this.#quietForMs = Math.min(error.retryAfterMs, LONGEST_QUIET_MS);
        this.#quietUntilMs = io.nowMs() + this.#quietForMs;
      }
      throw error;
    }
  }

  get renew(): SessionSource<C, F>['renew'] {
    const { renew } = this.#source;
    return renew && ((session, io) => this.#patiently(io, () => renew(session, io)));
  }

  get verify(): SessionSource<C, F>['verify'] {
    const { verify } = this.#source;
    return verify && ((session, io) => this.#patiently(io, () => verify(session, io)));
  }

  get end(): SessionSource<C, F>['end'] {
    const { end } = this.#source;
    return end && ((session, io) => this.#patiently(io, () => end(session, io)));
  }

  #patiently<T>({ signal }: SourceIo, task: () => Promise<T>): Promise<T> {
    return withRetries(patienceOf(this.#policy, signal), task);
  }
}
