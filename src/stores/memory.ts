import { createHmac, randomBytes } from 'node:crypto';
import { createProcessLocks } from './process-locks.ts';
import type { SessionStore } from './store.ts';

const inMemory = new WeakSet<SessionStore>();

/** Whether a store is one in memory, so that nothing it does can hang. */
export function isInMemory(store: SessionStore): boolean {
  return inMemory.has(store);
}

/** Makes a store in the process's memory: the default. Clients that are given the same one share sessions. */
export function createMemoryStore(): SessionStore {
  const records = new Map<string, string>();
  const locks = createProcessLocks();
  const key = randomBytes(32);
  const store: SessionStore = {
    async read(recordKey) {
      return records.get(recordKey) ?? null;
    },
    async write(recordKey, value) {
      records.set(recordKey, value);
    },
    async remove(recordKey) {
      records.delete(recordKey);
    },
    withLock(recordKey, task, options) {
      return locks.run(recordKey, (signal) => task({ signal, write: store.write }), options);
    },
    async digest(text) {
      return createHmac('sha256', key).update(text).digest('base64url');
    },
    describe() {
      return { kind: 'memory', location: null, protection: 'only this process can read it; gone when it ends' };
    },
  };
  inMemory.add(store);
  return store;
}
