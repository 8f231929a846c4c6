import { inspect } from 'node:util';
import { StoreError } from '../../src/errors.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';

/** A store that fails with errors that quote what it was given, in the words of many programs. */
export function quotingStore(
  make: (text: string) => unknown,
  failing: readonly ('write' | 'remove' | 'withLock')[],
): SessionStore {
  const inner = createMemoryStore();
  let last = '';
  const fail = (key: string, value = last): never => {
    throw make(
      `cannot keep ${key}: ${value} ${inspect({ value })} ${JSON.stringify({ value })} ${inspect(JSON.parse(value || '{}'))}`,
    );
  };
  const write: SessionStore['write'] = async (key, value, options) => {
    last = value;
    await inner.write(key, value, options);
    if (failing.includes('write')) fail(key, value);
  };
  return {
    ...inner,
    write,
    remove: async (key) => (failing.includes('remove') ? fail(key) : inner.remove(key)),
    withLock: async (key, task, options) =>
      failing.includes('withLock') && last !== ''
        ? fail(key)
        : inner.withLock(key, (lease) => task({ ...lease, write }), options),
  };
}

/** How a store's failure can be made. */
export const quotingErrors: readonly ((text: string) => unknown)[] = [
  (text) => new Error(text, { cause: new AggregateError([new Error(text), text]) }),
  (text) => new StoreError(text, { reason: 'unavailable', cause: new Error(text) }),
  (text) => text,
];
