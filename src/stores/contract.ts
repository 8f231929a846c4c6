import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { isLatchkeyError, StoreError } from '../errors.ts';
import type { SessionStore } from './store.ts';

/** A store to be held to the contract. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** The same records through another store object, as another process has it; left out where the kind of store has no such thing. */
  readonly reopened?: SessionStore;
}

/** One thing that every store has to do. */
export interface StoreContractCase {
  readonly name: string;
  /**
   * Holds a store to it.
   * @param open gives a store without records, another one each time
   * @throws AssertionError that says what the store did otherwise, or what the store itself threw
   */
  run(open: () => StoreUnderTest | Promise<StoreUnderTest>): Promise<void>;
}

const KEY = 'session-v1-a';
const OTHER = 'session-v1-b';
const SECRET = 's3cret-value';
const forever = { expiresAtMs: null };
const patient = { waitMs: 10_000 };
const atOnce = { waitMs: 0 };

const records: readonly StoreContractCase[] = [
  {
    name: 'a record is absent until it is written',
    async run(open) {
      const { store } = await open();
      assert.equal(await store.read(KEY), null);
    },
  },
  ...[
    ['JSON', '{"v":1,"secret":"s3cret","facts":{"region":"here"}}'],
    ['the empty string', ''],
    ['other scripts, quotes and line ends', 'žluťoučký "kůň"\r\n\t\u0000 😀 \\ \u2028'],
    ['half a megabyte', 'x'.repeat(2 ** 19)],
  ].map(([kind = '', value = '']) => ({
    name: `a record comes back as it was written: ${kind}`,
    async run(open: () => StoreUnderTest | Promise<StoreUnderTest>) {
      const { store, reopened = store } = await open();
      await store.write(KEY, value, forever);
      assert.equal(await store.read(KEY), value);
      assert.equal(await reopened.read(KEY), value);
    },
  })),
  {
    name: 'a record is replaced by the next write, and kept apart from those of other keys',
    async run(open) {
      const { store } = await open();
      await store.write(KEY, 'one', forever);
      await store.write(OTHER, 'other', { expiresAtMs: Date.now() + 60_000 });
      await store.write(KEY, 'two', forever);
      assert.deepEqual([await store.read(KEY), await store.read(OTHER)], ['two', 'other']);
    },
  },
  {
    name: 'a record is gone when it is removed, and removing what is not there is no error',
    async run(open) {
      const { store } = await open();
      await store.write(KEY, 'one', forever);
      await store.remove(KEY);
      await store.remove(KEY);
      assert.equal(await store.read(KEY), null);
    },
  },
  {
    name: 'a record that is written many times at once is one of them, whole',
    async run(open) {
      const { store } = await open();
      const values = Array.from({ length: 30 }, (_, n) => `${n}:`.repeat(1000));
      await Promise.all(values.map((value) => store.write(KEY, value, forever)));
      assert.ok(values.includes((await store.read(KEY)) ?? ''), 'the record is none of those that were written');
    },
  },
];

const locks: readonly StoreContractCase[] = [
  {
    name: 'a lock lets one task run at a time, and all of them in the end',
    async run(open) {
      const { store, reopened = store } = await open();
      let inside = 0;
      let most = 0;
      let done = 0;
      const task = async (): Promise<void> => {
        inside += 1;
        most = Math.max(most, inside);
        await pause(1);
        inside -= 1;
        done += 1;
      };
      const waiting = Array.from({ length: 20 }, (_, n) =>
        (n % 2 === 0 ? store : reopened).withLock(KEY, task, patient),
      );
      await Promise.all(waiting);
      assert.deepEqual({ most, done }, { most: 1, done: 20 });
    },
  },
  {
    name: 'locks of different keys do not wait for each other',
    async run(open) {
      const { store } = await open();
      await heldMeanwhile(store, async () => {
        assert.equal(await store.withLock(OTHER, async () => 'free', atOnce), 'free');
      });
    },
  },
  {
    name: 'a lock gives back what its task came to, good or bad, and is free afterwards',
    async run(open) {
      const { store, reopened = store } = await open();
      assert.equal(await store.withLock(KEY, async () => 42, patient), 42);
      const failure = new Error('from the task');
      assert.equal(await failureOf(store.withLock(KEY, () => Promise.reject(failure), patient)), failure);
      for (let n = 0; n < 5; n += 1) assert.equal(await reopened.withLock(KEY, async () => 'free', atOnce), 'free');
    },
  },
  ...[0, 15].map((waitMs) => ({
    name: `a lock that is held is busy for whoever waits ${waitMs} ms, whose task then never runs`,
    async run(open: () => StoreUnderTest | Promise<StoreUnderTest>) {
      const { store, reopened = store } = await open();
      let hasRun = false;
      const task = async (): Promise<void> => {
        hasRun = true;
      };
      await heldMeanwhile(store, async () => {
        for (const other of [store, reopened]) {
          const error = await failureOf(other.withLock(KEY, task, { waitMs }));
          assert.ok(error instanceof StoreError, `busy is a StoreError, not ${inspect(error)}`);
          assert.deepEqual([error.reason, error.retryable], ['busy', true]);
        }
      });
      await pause(20);
      assert.equal(hasRun, false, 'the task of somebody who gave up has run');
    },
  })),
  {
    name: 'a lock is not waited for once the signal has fired; the reason is the signal’s',
    async run(open) {
      const { store } = await open();
      const reason = new Error('gave up');
      await heldMeanwhile(store, async () => {
        const controller = new AbortController();
        const waiting = failureOf(store.withLock(KEY, async () => {}, { ...patient, signal: controller.signal }));
        await pause(5);
        controller.abort(reason);
        assert.equal(await waiting, reason);
      });
      const early = store.withLock(KEY, async () => {}, { ...patient, signal: AbortSignal.abort(reason) });
      assert.equal(await failureOf(early), reason);
    },
  },
  {
    name: 'a lock stays with its holder when somebody who waits gives up',
    async run(open) {
      const { store } = await open();
      const log: string[] = [];
      let next: Promise<void> = Promise.resolve();
      await heldMeanwhile(store, async () => {
        const leaving = failureOf(store.withLock(KEY, async () => {}, { waitMs: 5 }));
        next = store.withLock(KEY, async () => void log.push('next'), patient);
        await leaving;
        await pause(20);
        assert.equal(log.length, 0);
        log.push('holder');
      });
      await next;
      assert.deepEqual(log, ['holder', 'next']);
    },
  },
  {
    name: 'a lock comes with a lease that writes while it is held',
    async run(open) {
      const { store, reopened = store } = await open();
      await store.withLock(
        KEY,
        async (lease) => {
          assert.equal(lease.signal.aborted, false);
          await lease.write(KEY, 'under the lock', forever);
        },
        patient,
      );
      assert.equal(await reopened.read(KEY), 'under the lock');
    },
  },
  {
    name: 'a lock does not hinder reading and writing',
    async run(open) {
      const { store, reopened = store } = await open();
      await heldMeanwhile(store, async () => {
        await reopened.write(KEY, 'beside the lock', forever);
        assert.equal(await reopened.read(KEY), 'beside the lock');
      });
    },
  },
];

const discretion: readonly StoreContractCase[] = [
  {
    name: 'a digest is alike for what is alike, other for what differs, and does not hold the text',
    async run(open) {
      const { store, reopened = store } = await open();
      if (!store.digest) return;
      const [a, b] = [await store.digest('right-password'), await store.digest('another-password')];
      assert.equal(await reopened.digest?.('right-password'), a);
      assert.notEqual(a, b);
      assert.ok(!a.includes('right-password'), 'the digest holds the text');
    },
  },
  {
    name: 'a store shows no record when it is printed, described, or fails',
    async run(open) {
      const { store } = await open();
      await store.write(KEY, SECRET, forever);
      const described = store.describe?.();
      const error = await failureOf(store.withLock(KEY, () => store.withLock(KEY, async () => {}, atOnce), patient));
      const shown = [
        inspect(store, { depth: null, showHidden: true }),
        inspect(error),
        JSON.stringify([store, described]),
      ];
      assert.ok(!shown.join().includes(SECRET), 'the store shows a record');
      assert.ok(isLatchkeyError(error), 'a store fails with a StoreError');
      if (!described) return;
      assert.deepEqual([typeof described.kind, typeof described.protection], ['string', 'string']);
    },
  },
];

/**
 * What the package expects of a {@link SessionStore}, as cases for any test runner:
 * `for (const { name, run } of storeContract) test(name, () => run(() => ({ store: createMyStore() })))`.
 */
export const storeContract: readonly StoreContractCase[] = [...records, ...locks, ...discretion];

/** Runs a task while somebody else holds the lock of the key. */
async function heldMeanwhile(store: SessionStore, task: () => Promise<void>): Promise<void> {
  let letGo: () => void = () => {};
  const isOver = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let isHeld: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    isHeld = resolve;
  });
  const holding = store.withLock(
    KEY,
    async () => {
      isHeld();
      await isOver;
    },
    patient,
  );
  // A lock that cannot be had at all fails here.
  await Promise.race([held, holding]);
  try {
    await task();
  } finally {
    letGo();
    await holding;
  }
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const [result] = await Promise.allSettled([promise]);
  if (result?.status === 'rejected') return result.reason;
  throw new assert.AssertionError({ message: 'the store should have failed, and did not' });
}
