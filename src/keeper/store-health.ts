import { isLatchkeyError, StoreError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { Redactor } from '../redact.ts';

/** Whether the store does its work, and who is told when it does not. */
export interface StoreHealth {
  /** Why it could not be used when it was last tried; `null` if it could. */
  readonly failure: string | null;
  /** Notes and tells a failure: the same one only once until the store has worked again. */
  failed(cause: unknown): void;
  worked(): void;
  /** What a call fails with when somebody else has held a lock for too long. The store works, so it is told as another thing than a failure. */
  busy(cause: StoreError, waitMs: number): StoreError;
  /** What a store threw, which may be anybody's and quote the record, as an error of ours. */
  errorOf(cause: unknown): StoreError;
}

/** Keeps an eye on one keeper's store. */
export function watchStore(options: {
  readonly system: string;
  readonly redactor: Redactor;
  readonly report: (event: EventBody) => void;
}): StoreHealth {
  const { system, redactor, report } = options;
  const told = new Set<string>();
  let failure: string | null = null;
  const errorOf = (failed: unknown): StoreError => {
    const isOurs = isLatchkeyError(failed);
    const { message, cause } = isOurs ? failed : { message: 'The session store failed', cause: failed };
    const reason = failed instanceof StoreError ? failed.reason : 'unavailable';
    const inner = isLatchkeyError(cause) ? errorOf(cause) : cause;
    return new StoreError(message, { reason, system, redactor, ...(inner === undefined ? {} : { cause: inner }) });
  };
  return {
    get failure() {
      return failure;
    },
    failed(cause) {
      const error = errorOf(cause);
      failure = error.message;
      if (told.has(failure)) return;
      told.add(failure);
      report({ type: 'warning', code: 'store-failed', message: error.message, error });
    },
    busy(cause, waitMs) {
      const error = errorOf(cause);
      // Whoever takes the lock at once or not at all goes on without it.
      if (waitMs > 0) report({ type: 'warning', code: 'store-busy', message: error.message, error });
      return error;
    },
    worked() {
      failure = null;
      told.clear();
    },
    errorOf,
  };
}
