import type { EventBody } from '../events.ts';
import type { Redactor } from '../redact.ts';
import type { SessionStore } from '../stores/store.ts';
import type { LoginBudget, QuarantinePolicy } from './account-ledger.ts';
import type { CredentialsOption } from './credentials.ts';
import type { SessionSource } from './source.ts';

/** Where the time comes from. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
}

/** What a keeper needs; the systems' factories fill it in. */
export interface KeeperOptions<C, F> {
  readonly source: SessionSource<C, F>;
  /** Left out: sessions are only adopted from the store, never begun. */
  readonly credentials?: CredentialsOption<C> | undefined;
  readonly store: SessionStore;
  readonly redactor: Redactor;
  readonly clock: Clock;
  /** In place of `Math.random`, for jitter. */
  readonly random: () => number;
  /** Tells `onEvent`. */
  readonly report: (event: EventBody) => void;
  /** Longest login, renewal, verification or end, in ms; waiting for somebody else's may take twice as long. */
  readonly loginTimeoutMs: number;
  /** Longest call of the store, in ms, but for the wait for a lock. @default 10_000 */
  readonly storeTimeoutMs?: number | undefined;
  readonly loginBudget: LoginBudget;
  readonly quarantine: QuarantinePolicy;
}
