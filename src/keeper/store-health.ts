import { isLatchkeyError, StoreError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { Redactor } from '../redact.ts';

/** What watching a store depends on. */
interface WatchOptions {
  readonly source: { readonly system: string };
  readonly redactor: Redactor;
  readonly report: (event: EventBody) => void;
}

/** Whether one keeper's store does its work, and who is told when it does not. */
export class StoreHealth {
  readonly #options: WatchOptions;
  #failure: string | null = null;
  /** What was told since the store worked last. */
  #told: Set<string> | undefined;

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Why the store could not be used when it was last tried; `null` if it could. */
  get failure(): string | null {
    return this.#failure;
  }

  /** Notes and tells a failure: the same one only once until the store has worked again. */
  failed(cause: unknown): void {
    const error = this.errorOf(cause);
    this.#failure = error.message;
    this.#told ??= new Set();
    if (this.#told.has(error.message)) return;
    this.#told.add(error.message);
    this.#options.report({ type: 'warning', code: 'store-failed', message: error.message, error });
  }

  worked(): void {
    this.#failure = null;
    this.#told = undefined;
  }

  /** What a call fails with when somebody else has held a lock for too long. The store works, so it is told as another thing than a failure. */
  busy(cause: StoreError, waitMs: number): StoreError {
    const error = this.errorOf(cause);
    // Whoever takes the lock at once or not at all goes on without it.
    if (waitMs > 0) this.#options.report({ type: 'warning', code: 'store-busy', message: error.message, error });
    return error;
  }

  /** What a store threw, which may be anybody's and quote the record, as an error of ours. */
  errorOf(failed: unknown): StoreError {
    const { source, redactor } = this.#options;
    const isOurs = isLatchkeyError(failed);
    const { message, cause } = isOurs ? failed : { message: 'The session store failed', cause: failed };
    const reason = failed instanceof StoreError ? failed.reason : 'unavailable';
    const inner = isLatchkeyError(cause) ? this.errorOf(cause) : cause;
    const details = { reason, system: source.system, redactor } as const;
    return new StoreError(message, inner === undefined ? details : { ...details, cause: inner });
  }
}
