/** The right to write that comes with a lock. */
export interface Lease {
  /** Aborted when the lock is lost; what was being done under it should stop. */
  readonly signal: AbortSignal;
  /**
   * Writes like {@link SessionStore.write}, unless the lock was lost.
   * @throws StoreError with reason `lease-lost` if it was
   */
  write(key: string, value: string, options: WriteOptions): Promise<void>;
}

/** How long a record is worth keeping. */
export interface WriteOptions {
  /** When the record may be dropped, ms since the epoch; `null` if that is not known. */
  readonly expiresAtMs: number | null;
}

/** How long to wait for a lock. */
export interface LockOptions {
  /** Ends the wait with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait in ms, up to 18 s more while a holder gives no sign of life; 0 takes the lock now or not at all. */
  readonly waitMs: number;
}

/** Where a store keeps its records and who can read them. Shown by `status`; holds no secret. */
export interface StoreDescription {
  readonly kind: string;
  /** Folder, server or `null` for the process's memory. */
  readonly location: string | null;
  /** How the records are protected, in words. */
  readonly protection: string;
}

/**
 * Where sessions rest. Keys are short printable strings that hold no secret; values are opaque strings that do.
 * All methods reject with `StoreError` when the store cannot do its work.
 */
export interface SessionStore {
  /** The record, or `null` if there is none (or none that can be read). */
  read(key: string): Promise<string | null>;
  write(key: string, value: string, options: WriteOptions): Promise<void>;
  /** Removes the record; absent ones are no error. */
  remove(key: string): Promise<void>;
  /**
   * Runs a task that nobody else runs for this key meanwhile.
   * @throws StoreError with reason `busy` when the lock was not to be had in time
   */
  withLock<T>(key: string, task: (lease: Lease) => Promise<T>, options: LockOptions): Promise<T>;
  /** A hash under the store's own key, the same in every process that shares the store; left out by stores without a key. */
  digest?(text: string): Promise<string>;
  /** Where records are kept and who can read them. */
  describe?(): StoreDescription;
}
