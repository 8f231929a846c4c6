import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import type { Gate } from './waiting.ts';

/** What tests see and steer of a store. */
export interface SpyStore extends SessionStore {
  /** Each call in order, such as `read session`, `lock account`, `write session`. */
  readonly log: string[];
  /** While set, these methods fail with it. */
  fails: Partial<Record<'read' | 'write' | 'remove' | 'withLock' | 'digest', unknown>>;
  /** Runs after the session's lock was taken and before the keeper's task: what somebody else did meanwhile. */
  underLock: (() => Promise<void>) | undefined;
  /** While set, reads wait for it. */
  readGate: Gate | undefined;
  /** Holds the lock of the session, as another process would, until the task is done. */
  holdLock(task: () => Promise<void>): Promise<void>;
  /** The same records for somebody who does not have to wait for the lock. */
  readonly unlocked: SessionStore;
}

/** A memory store that keeps a log, and fails when told. */
export function createSpyStore(inner: SessionStore = createMemoryStore()): SpyStore {
  const log: string[] = [];
  let sessionKey = '';
  const kindOf = (key: string): string => key.replace(/-.*/, '');
  const note = (what: keyof SpyStore['fails'], key: string): void => {
    if (kindOf(key) === 'session') sessionKey = key;
    log.push(`${what === 'withLock' ? 'lock' : what} ${kindOf(key)}`);
    const failure = spy.fails[what];
    if (failure !== undefined) throw failure;
  };
  const spy: SpyStore = {
    log,
    fails: {},
    underLock: undefined,
    readGate: undefined,
    holdLock: (task) => inner.withLock(sessionKey, task, { waitMs: 0 }),
    unlocked: {
      ...inner,
      withLock: (_key, task) => task({ signal: new AbortController().signal, write: inner.write }),
    },
    async read(key) {
      note('read', key);
      await spy.readGate?.passed;
      return inner.read(key);
    },
    async write(key, value, options) {
      note('write', key);
      return inner.write(key, value, options);
    },
    async remove(key) {
      note('remove', key);
      return inner.remove(key);
    },
    async withLock(key, task, options) {
      note('withLock', key);
      return inner.withLock(
        key,
        async (lease) => {
          if (kindOf(key) === 'session') await spy.underLock?.();
          return task({ signal: lease.signal, write: spy.write });
        },
        options,
      );
    },
    async digest(text) {
      note('digest', 'digest');
      return inner.digest?.(text) ?? '';
    },
  };
  return spy;
}

/** A store that is down. */
export const storeIsDown = (): StoreError => new StoreError('The store is down', { reason: 'unavailable' });
