import { AssertionError } from 'node:assert';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { type StoreUnderTest, storeContract } from '../../src/stores/contract.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { rejection } from '../helpers/waiting.ts';

type WithLock = SessionStore['withLock'];
/** What a store does otherwise than a good one. */
type Change = (good: SessionStore) => Partial<SessionStore>;

const changed =
  (change: Change): (() => StoreUnderTest) =>
  () => {
    const good = createMemoryStore();
    return { store: { ...good, ...change(good) } };
  };
/** Two objects on the same records, with something wrong between them. */
const twice =
  (first: Change, second: Change = () => ({})): (() => StoreUnderTest) =>
  () => {
    const good = createMemoryStore();
    return { store: { ...good, ...first(good) }, reopened: { ...good, ...second(good) } };
  };

const busy = (): StoreError => new StoreError('busy', { reason: 'busy' });

/** A lock that goes to the next in line when somebody before that one gives up, whoever holds it. */
function overtaking(): WithLock {
  let last: Promise<void> = Promise.resolve();
  return async (_, task, { waitMs }) => {
    const ahead = last;
    let release = (): void => {};
    last = new Promise((resolve) => {
      release = resolve;
    });
    const late = pause(waitMs, undefined, { ref: false }).then(() => Promise.reject(busy()));
    try {
      await Promise.race([ahead, late]);
      return await task({ signal: new AbortController().signal, write: async () => {} });
    } finally {
      release();
    }
  };
}

/** A lock that lets in whoever comes by the same object as its holder. */
function shared(good: SessionStore): WithLock {
  let inside = 0;
  return async (key, task, options) => {
    const lease = { signal: new AbortController().signal, write: good.write };
    inside += 1;
    try {
      return inside > 1 ? await task(lease) : await good.withLock(key, task, options);
    } finally {
      inside -= 1;
    }
  };
}

/** What the store does, the case that finds it out, and what that one says. */
const defects: ReadonlyArray<readonly [string, string, RegExp, () => StoreUnderTest]> = [
  [
    'gives records of other scripts back in ASCII',
    'a record comes back as it was written: other scripts, quotes and line ends',
    /žluťoučký/,
    changed((good) => ({ read: async (key) => (await good.read(key))?.replace(/[^ -~]/g, '?') ?? null })),
  ],
  [
    'cuts long records',
    'a record comes back as it was written: half a megabyte',
    /Expected values to be strictly equal/,
    changed((good) => ({ write: (key, value, options) => good.write(key, value.slice(0, 2 ** 16), options) })),
  ],
  [
    'does not see what another object wrote',
    'a record comes back as it was written: JSON',
    /null.*\{"v":1,"secret":"s3cret","facts":\{"region":"here"\}\}/s,
    twice(
      () => ({}),
      () => ({ read: async () => null }),
    ),
  ],
  [
    'adds to what is there in the place of replacing it',
    'a record is replaced by the next write, and kept apart from those of other keys',
    /onetwo/,
    changed((good) => ({
      write: async (key, value, options) => good.write(key, `${(await good.read(key)) ?? ''}${value}`, options),
    })),
  ],
  [
    'removes nothing but empty records',
    'a record is gone when it is removed, and removing what is not there is no error',
    /one/,
    changed((good) => ({
      remove: async (key) => void ((await good.read(key)) === '' && (await good.remove(key))),
    })),
  ],
  [
    'mixes what is written at once',
    'a record that is written many times at once is one of them, whole',
    /^the record is none of those that were written$/,
    changed((good) => {
      let last = '';
      return {
        write: (key, value, options) => {
          const mixed = last.slice(0, 500) + value.slice(500);
          last = value;
          return good.write(key, mixed, options);
        },
      };
    }),
  ],
  [
    'loses what is written at once',
    'a record that is written many times at once is one of them, whole',
    /^the record is none of those that were written$/,
    changed(() => ({ write: async () => {} })),
  ],
  [
    'locks each object for itself',
    'a lock lets one task run at a time, and all of them in the end',
    /most: 2/,
    () => ({ store: createMemoryStore(), reopened: createMemoryStore() }),
  ],
  [
    'lets its own object in twice',
    'a lock lets one task run at a time, and all of them in the end',
    /most: 10/,
    twice((good) => ({ withLock: shared(good) })),
  ],
  [
    'wraps the failure of a task',
    'a lock gives back what its task came to, good or bad, and is free afterwards',
    /from the task/,
    changed((good) => ({
      withLock: (key, task, options) =>
        good.withLock(key, task, options).catch((cause: unknown) => {
          throw new Error('wrapped', { cause });
        }),
    })),
  ],
  [
    'stays locked once a task has failed',
    'a lock gives back what its task came to, good or bad, and is free afterwards',
    /^busy$/,
    changed((good) => {
      let isStuck = false;
      return {
        withLock: (key, task, options) =>
          isStuck
            ? Promise.reject(busy())
            : good.withLock(key, task, options).catch((error: unknown) => {
                isStuck = true;
                throw error;
              }),
      };
    }),
  ],
  [
    'is busy in words of its own',
    'a lock that is held is busy for whoever waits 15 ms, whose task then never runs',
    /^busy is a StoreError, not Error: in use/,
    changed((good) => ({
      withLock: (key, task, options) => good.withLock(key, task, options).catch(() => Promise.reject(Error('in use'))),
    })),
  ],
  ...[0, 15].map(
    (waitMs) =>
      [
        `runs the task of somebody who gave up after ${waitMs} ms`,
        `a lock that is held is busy for whoever waits ${waitMs} ms, whose task then never runs`,
        /^the task of somebody who gave up has run/,
        changed((good) => ({
          withLock: async (key, task, options) => {
            const running = good.withLock(key, task, { waitMs: 10_000 });
            if (options.waitMs < 10_000) throw busy();
            return running;
          },
        })),
      ] as const,
  ),
  [
    'is never busy',
    'a lock that is held is busy for whoever waits 0 ms, whose task then never runs',
    /^the store should have failed, and did not$/,
    changed((good) => ({
      withLock: (_, task) => task({ signal: new AbortController().signal, write: good.write }),
    })),
  ],
  [
    'looks at the signal before it waits only',
    'a lock is not waited for once the signal has fired; the reason is the signal’s',
    /gave up/,
    changed((good) => ({
      withLock: async (key, task, { waitMs, signal }) => {
        signal?.throwIfAborted();
        return good.withLock(key, task, { waitMs: Math.min(waitMs, 30) });
      },
    })),
  ],
  [
    'takes the lock for a signal that has fired before',
    'a lock is not waited for once the signal has fired; the reason is the signal’s',
    /^the store should have failed, and did not$/,
    changed((good) => ({
      withLock: (key, task, { waitMs, signal }) =>
        good.withLock(key, task, signal?.aborted ? { waitMs } : { waitMs, signal }),
    })),
  ],
  [
    'gives the lock to the next when somebody gives up',
    'a lock stays with its holder when somebody who waits gives up',
    /1 !== 0/,
    changed(() => ({ withLock: overtaking() })),
  ],
  ...(['read', 'write'] as const).map(
    (method) =>
      [
        `cannot ${method} while it is locked`,
        'a lock does not hinder reading and writing',
        /not free within 0 ms/,
        changed((good) =>
          method === 'read'
            ? { read: (key) => good.withLock(key, () => good.read(key), { waitMs: 0 }) }
            : { write: (key, ...rest) => good.withLock(key, () => good.write(key, ...rest), { waitMs: 0 }) },
        ),
      ] as const,
  ),
  [
    'has one digest for all texts',
    'a digest is alike for what is alike, other for what differs, and does not hold the text',
    /Expected "actual" to be strictly unequal to: 'one'/,
    changed(() => ({ digest: async (text) => (text === '' ? 'none' : 'one') })),
  ],
  [
    'hashes by adding something',
    'a digest is alike for what is alike, other for what differs, and does not hold the text',
    /^the digest holds the text$/,
    changed(() => ({ digest: async (text) => `#${text}` })),
  ],
  [
    'has digests in one of its objects only',
    'a digest is alike for what is alike, other for what differs, and does not hold the text',
    /undefined/,
    () => {
      const store = createMemoryStore();
      const { digest: _, ...reopened } = store;
      return { store, reopened };
    },
  ],
  ...(
    [
      ['in a hidden place', () => Object.defineProperty({}, 'last', { value: 's3cret-value' })],
      ['in JSON', () => ({ toJSON: () => ({ last: 's3cret-value' }) })],
      ['in its description', () => ({ describe: () => ({ kind: '', location: 's3cret-value', protection: '' }) })],
    ] as const
  ).map(
    ([where, add]) =>
      [
        `shows its records ${where}`,
        'a store shows no record when it is printed, described, or fails',
        /^the store shows a record$/,
        // With what is hidden, which a copy of the object would leave behind.
        () => ({ store: Object.defineProperties(createMemoryStore(), Object.getOwnPropertyDescriptors(add())) }),
      ] as const,
  ),
  [
    'fails with anything',
    'a store shows no record when it is printed, described, or fails',
    /^a store fails with a StoreError$/,
    changed((good) => ({
      withLock: (key, task, options) => good.withLock(key, task, options).catch(() => Promise.reject(Error('in use'))),
    })),
  ],
  [
    'describes itself in numbers',
    'a store shows no record when it is printed, described, or fails',
    /'number'/,
    // As a store in plain JavaScript might.
    changed(() => ({ describe: () => JSON.parse('{"kind":1,"location":null,"protection":2}') })),
  ],
];

describe('a store that', () => {
  it.each(defects)('%s is found out', async (_, name, message, open) => {
    const cases = storeContract.filter((one) => one.name === name);
    expect(cases).toHaveLength(1);
    for (const { run } of cases) {
      const error = await rejection(run(open));
      expect(error instanceof AssertionError || error instanceof StoreError).toBe(true);
      expect(error).toHaveProperty('message', expect.stringMatching(message));
    }
  });
});
