import { StoreError } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { Lease, LockOptions } from '../stores/store.ts';
import { decodeRecord, encodeRecord, recordKey, type SessionRecord } from './session.ts';
import type { SessionSource } from './source.ts';
import type { GuardedStore } from './store-guard.ts';
import type { StoreHealth } from './store-health.ts';

/** What keeping a record depends on. */
interface RecordsOptions<F> {
  readonly source: Pick<SessionSource<never, F>, 'system' | 'identity' | 'readFacts'>;
  readonly report: (event: EventBody) => void;
}

/** One identity's record in the store. A store that fails costs a warning, never a call: the process goes on from memory. */
export class SessionRecords<F> {
  readonly #options: RecordsOptions<F>;
  readonly #store: GuardedStore;
  readonly #health: StoreHealth;

  constructor(options: RecordsOptions<F>, store: GuardedStore, health: StoreHealth) {
    this.#options = options;
    this.#store = store;
    this.#health = health;
  }

  /** Where the record is kept, and under which lock it is written. Made anew each time: it is needed only where the store is. */
  get key(): string {
    const { system, identity } = this.#options.source;
    return recordKey('session', [system, ...identity]);
  }

  /** The record, or `null` if there is none, none that can be read, or no store to ask. */
  async read(): Promise<SessionRecord<F> | null> {
    try {
      const text = await this.#store.read(this.key);
      this.#health.worked();
      if (text === null) return null;
      const record = decodeRecord(text, (value) => this.#options.source.readFacts(value));
      if (!record) this.#tellUnreadable();
      return record;
    } catch (error) {
      if (error instanceof StoreError && error.reason === 'unreadable') this.#tellUnreadable();
      else this.#health.failed(error);
      return null;
    }
  }

  /** Writes the record unless the store already holds one of a session that was obtained later. */
  async write(record: SessionRecord<F>, lease?: Lease): Promise<void> {
    const { session } = record;
    try {
      if (!lease) {
        const stored = await this.read();
        if (stored && stored.session.obtainedAtMs > session.obtainedAtMs) return;
      }
      const { expiresAtMs } = session;
      await (lease ?? this.#store).write(this.key, encodeRecord(record), { expiresAtMs });
      this.#health.worked();
    } catch (error) {
      this.#health.failed(error);
    }
  }

  /** Removes the record. @throws StoreError if it may still be there */
  remove(): Promise<void> {
    return this.#store.remove(this.key);
  }

  #tellUnreadable(): void {
    const message = `The stored record ${this.key} cannot be read and counts as absent`;
    this.#options.report({ type: 'warning', code: 'record-unreadable', message });
  }
}

/**
 * Runs a task under the store's lock; without it where the store cannot lock at all. Both that and a lock that stays busy are told.
 * @throws StoreError with reason `busy` when somebody else holds the lock for too long
 */
export async function exclusively<T>(
  store: GuardedStore,
  key: string,
  options: LockOptions,
  health: Pick<StoreHealth, 'failed' | 'busy'>,
  task: (lease: Lease | undefined) => Promise<T>,
): Promise<T> {
  let run: Promise<T> | undefined;
  try {
    return await store.withLock(
      key,
      (lease) => {
        run = task(lease);
        return run;
      },
      options,
    );
  } catch (error) {
    // What the task itself came to counts, even if the lock could not be given back properly.
    if (run) {
      const value = await run;
      health.failed(error);
      return value;
    }
    if (error instanceof StoreError && error.reason === 'busy') {
      throw health.busy(error, options.waitMs);
    }
    health.failed(error);
    return task(undefined);
  }
}
