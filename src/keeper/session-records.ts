import { StoreError } from '../errors.ts';
import type { Lease, LockOptions, SessionStore } from '../stores/store.ts';
import { decodeRecord, encodeRecord, type SessionRecord } from './session.ts';
import type { StoreHealth } from './store-health.ts';

/** One identity's record in the store. A store that fails costs a warning, never a call: the process goes on from memory. */
export interface SessionRecords<F> {
  /** The record, or `null` if there is none, none that can be read, or no store to ask. */
  read(): Promise<SessionRecord<F> | null>;
  /** Writes the record unless the store already holds one of a session that was obtained later. */
  write(record: SessionRecord<F>, lease?: Lease): Promise<void>;
  /** Removes the record. @throws StoreError if it may still be there */
  remove(): Promise<void>;
}

interface RecordsOptions<F> {
  readonly store: SessionStore;
  readonly key: string;
  readonly readFacts: (value: unknown) => F | undefined;
  readonly onFailure: (error: unknown) => void;
  readonly onSuccess: () => void;
  readonly onUnreadable: () => void;
}

/** Opens the record of one identity. */
export function openSessionRecords<F>({ store, key, ...options }: RecordsOptions<F>): SessionRecords<F> {
  const read = async (): Promise<SessionRecord<F> | null> => {
    try {
      const text = await store.read(key);
      options.onSuccess();
      if (text === null) return null;
      const record = decodeRecord(text, options.readFacts);
      if (!record) options.onUnreadable();
      return record;
    } catch (error) {
      if (error instanceof StoreError && error.reason === 'unreadable') options.onUnreadable();
      else options.onFailure(error);
      return null;
    }
  };
  return {
    read,
    async write(record, lease) {
      const { session } = record;
      try {
        if (!lease) {
          const stored = await read();
          if (stored && stored.session.id !== session.id && stored.session.obtainedAtMs > session.obtainedAtMs) return;
        }
        await (lease?.write ?? store.write)(key, encodeRecord(record), { expiresAtMs: session.expiresAtMs });
        options.onSuccess();
      } catch (error) {
        options.onFailure(error);
      }
    },
    remove: () => store.remove(key),
  };
}

/**
 * Runs a task under the store's lock; without it where the store cannot lock at all. Both that and a lock that stays busy are told.
 * @throws StoreError with reason `busy` when somebody else holds the lock for too long
 */
export async function exclusively<T>(
  store: SessionStore,
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
