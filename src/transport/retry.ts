import { setTimeout as pause } from 'node:timers/promises';
import { RateLimitedError, ServiceUnreachableError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { SessionSource } from '../keeper/source.ts';

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
  const patiently = <T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> =>
    withRetries(patienceOf(policy, signal), task);
  const { renew, verify, end } = source;
  let quietUntilMs = Number.NEGATIVE_INFINITY;
  return {
    ...source,
    async login(credentials, io) {
      const quietMs = quietUntilMs - io.nowMs();
      if (quietMs > 0) {
        const { system } = source;
        throw new RateLimitedError(`${system} asked to be left alone for ${quietMs} ms more; no login was sent`, {
          system,
          retryAfterMs: quietMs,
        });
      }
      try {
        return await patiently(io.signal, () => source.login(credentials, io));
      } catch (error) {
        if (error instanceof RateLimitedError && error.retryAfterMs !== undefined)
          quietUntilMs = io.nowMs() + Math.min(error.retryAfterMs, LONGEST_QUIET_MS);
        throw error;
      }
    },
    ...(renew && { renew: (session, io) => patiently(io.signal, () => renew(session, io)) }),
    ...(verify && { verify: (session, io) => patiently(io.signal, () => verify(session, io)) }),
    ...(end && { end: (session, io) => patiently(io.signal, () => end(session, io)) }),
  };
}
