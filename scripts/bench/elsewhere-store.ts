import type { SessionStore } from '../../src/stores/store.ts';

/** A store whose records take no memory of this process, as on disk or in Redis: none is there for who logs in, and one for who adopts. */
export function createElsewhereStore(record: string | null): SessionStore {
  const never = new AbortController().signal;
  // As long as the digests of the stores that have a key.
  const digest = 'd'.repeat(43);
  const store: SessionStore = {
    read: async (key) => (key.startsWith('session') ? record : null),
    write: async () => {},
    remove: async () => {},
    withLock: async (_key, task) => task({ signal: never, write: store.write }),
    digest: async () => digest,
  };
  return store;
}

/** What somebody has written to the store under the key of a session. */
export async function recordOf(write: (store: SessionStore) => Promise<unknown>): Promise<string> {
  let record = '';
  const store = createElsewhereStore(null);
  const noting = async (key: string, value: string): Promise<void> => {
    if (key.startsWith('session')) record = value;
  };
  await write({
    ...store,
    write: noting,
    withLock: (key, task, options) =>
      store.withLock(key, (lease) => task({ signal: lease.signal, write: noting }), options),
  });
  if (record === '') throw new Error('Nothing was written under the key of a session');
  return record;
}
