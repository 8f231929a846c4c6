import { AssertionError } from 'node:assert';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { storeContract } from '../../src/stores/contract.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { rejection } from '../helpers/waiting.ts';

/** A memory store with one thing wrong. */
const withDefect = (change: (good: SessionStore) => Partial<SessionStore>): (() => { store: SessionStore }) => {
  return () => {
    const good = createMemoryStore();
    return { store: { ...good, ...change(good) } };
  };
};

const defects: ReadonlyArray<readonly [string, RegExp, (good: SessionStore) => Partial<SessionStore>]> = [
  ['gives what is absent as empty', /absent until/, (good) => ({ read: async (key) => (await good.read(key)) ?? '' })],
  ['loses the empty record', /the empty string/, (good) => ({ read: async (key) => (await good.read(key)) || null })],
  [
    'knows one key only',
    /kept apart/,
    (good) => ({ read: () => good.read('one'), write: (_, value, o) => good.write('one', value, o) }),
  ],
  ['removes nothing', /gone when it is removed/, () => ({ remove: async () => {} })],
  [
    'does not lock',
    /one task run at a time/,
    (good) => ({ withLock: (_, task) => task({ signal: new AbortController().signal, write: good.write }) }),
  ],
  [
    'has one lock for all keys',
    /different keys/,
    (good) => ({ withLock: (_, task, options) => good.withLock('one', task, options) }),
  ],
  [
    'says busy in words of its own',
    /busy for whoever waits 0 ms/,
    (good) => ({
      withLock: (key, task, options) =>
        good.withLock(key, task, options).catch((error: unknown) => {
          throw error instanceof StoreError ? new Error('busy') : error;
        }),
    }),
  ],
  [
    'does not hear the signal',
    /once the signal has fired/,
    (good) => ({ withLock: (key, task, { waitMs }) => good.withLock(key, task, { waitMs: Math.min(waitMs, 50) }) }),
  ],
  [
    'has a lease that writes nothing',
    /a lease that writes/,
    (good) => ({
      withLock: (key, task, options) =>
        good.withLock(key, ({ signal }) => task({ signal, write: async () => {} }), options),
    }),
  ],
  ['hashes by leaving as it is', /a digest is/, () => ({ digest: async (text) => text })],
  ['prints its records', /shows no record/, (good) => ({ ...good, last: 's3cret-value' }) as Partial<SessionStore>],
];

describe('the contract of stores', () => {
  it.each(storeContract)('is kept by the memory store: $name', ({ run }) =>
    run(() => ({ store: createMemoryStore() })),
  );

  it.each(defects)('is not kept by a store that %s', async (_, name, change) => {
    const cases = storeContract.filter((one) => name.test(one.name));
    expect(cases).toHaveLength(1);
    for (const { run } of cases) {
      const error = await rejection(run(withDefect(change)));
      expect(error instanceof AssertionError || error instanceof StoreError).toBe(true);
    }
  });
});
