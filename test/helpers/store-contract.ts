import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createGate, rejection, settle } from './waiting.ts';

/** A store to be held to the contract, and a second view of the same records. */
export interface StoreUnderTest {
  readonly store: SessionStore;
  /** The same records through another store object, where the kind of store has such a thing. */
  readonly reopened?: SessionStore;
}

const forever = { expiresAtMs: null };
const patient = { waitMs: 5000 };
const nothing = async (): Promise<void> => {};

/** What every store has to do. `open` gives an empty store of its own each time. */
export function describeStoreContract(name: string, open: () => StoreUnderTest | Promise<StoreUnderTest>): void {
  describe(`${name}: records`, () => {
    it('are absent until they are written', async () => {
      const { store } = await open();
      expect(await store.read('session-v1-absent')).toBeNull();
    });

    it.each([
      ['JSON', '{"v":1,"secret":"s3cret","facts":{"region":"here"}}'],
      ['the empty string', ''],
      ['other scripts, quotes and line ends', 'žluťoučký "kůň"\r\n\t\u0000 😀 \\ \u2028'],
      ['half a megabyte', 'x'.repeat(2 ** 19)],
    ])('come back as they were written: %s', async (_, value) => {
      const { store, reopened } = await open();
      await store.write('session-v1-a', value, forever);
      expect(await store.read('session-v1-a')).toBe(value);
      if (reopened) expect(await reopened.read('session-v1-a')).toBe(value);
    });

    it('are replaced by the next write, and kept apart by key', async () => {
      const { store } = await open();
      await store.write('session-v1-a', 'one', forever);
      await store.write('session-v1-b', 'other', { expiresAtMs: Date.now() + 60_000 });
      await store.write('session-v1-a', 'two', forever);
      expect([await store.read('session-v1-a'), await store.read('session-v1-b')]).toEqual(['two', 'other']);
    });

    it('are gone when removed, and removing what is not there is no error', async () => {
      const { store } = await open();
      await store.write('session-v1-a', 'one', forever);
      await store.remove('session-v1-a');
      await store.remove('session-v1-a');
      expect(await store.read('session-v1-a')).toBeNull();
    });

    it('survive being written many times at once: one of them whole', async () => {
      const { store } = await open();
      const values = Array.from({ length: 30 }, (_, n) => `${n}:`.repeat(1000));
      await Promise.all(values.map((value) => store.write('session-v1-a', value, forever)));
      expect(values).toContain(await store.read('session-v1-a'));
    });
  });

  describe(`${name}: locks`, () => {
    it('run one task at a time, in the order in which they were asked for', async () => {
      const { store } = await open();
      const order: number[] = [];
      let inside = 0;
      let most = 0;
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          store.withLock(
            'session-v1-a',
            async () => {
              inside += 1;
              most = Math.max(most, inside);
              await settle(1);
              order.push(n);
              inside -= 1;
            },
            patient,
          ),
        ),
      );
      expect(most).toBe(1);
      expect(order).toEqual(Array.from({ length: 20 }, (_, n) => n));
    });

    it('of different keys do not wait for each other', async () => {
      const { store } = await open();
      const gate = createGate();
      const holding = store.withLock('session-v1-a', () => gate.passed, patient);
      expect(await store.withLock('session-v1-b', async () => 'free', { waitMs: 0 })).toBe('free');
      gate.open();
      await holding;
    });

    it('give back what the task came to, good or bad, and are free afterwards', async () => {
      const { store } = await open();
      expect(await store.withLock('session-v1-a', async () => 42, patient)).toBe(42);
      const failure = new Error('from the task');
      expect(await rejection(store.withLock('session-v1-a', () => Promise.reject(failure), patient))).toBe(failure);
      expect(await store.withLock('session-v1-a', async () => 'free', { waitMs: 0 })).toBe('free');
    });

    it('are busy for whoever does not want to wait', async () => {
      const { store } = await open();
      const gate = createGate();
      const holding = store.withLock('session-v1-a', () => gate.passed, patient);
      await settle();
      let hasRun = false;
      const task = async (): Promise<void> => {
        hasRun = true;
      };
      const error = await rejection(store.withLock('session-v1-a', task, { waitMs: 0 }));
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ reason: 'busy', retryable: true });
      gate.open();
      await holding;
      expect(hasRun).toBe(false);
    });

    it('are busy for whoever has waited long enough, whose task then never runs', async () => {
      const { store } = await open();
      const gate = createGate();
      const holding = store.withLock('session-v1-a', () => gate.passed, patient);
      let hasRun = false;
      const task = async (): Promise<void> => {
        hasRun = true;
      };
      expect(await rejection(store.withLock('session-v1-a', task, { waitMs: 15 }))).toMatchObject({ reason: 'busy' });
      gate.open();
      await holding;
      await settle();
      expect(hasRun).toBe(false);
    });

    it('are not waited for once the signal has fired; the reason is the signal’s', async () => {
      const { store } = await open();
      const gate = createGate();
      const holding = store.withLock('session-v1-a', () => gate.passed, patient);
      const controller = new AbortController();
      const reason = new Error('gave up');
      const waiting = rejection(store.withLock('session-v1-a', nothing, { ...patient, signal: controller.signal }));
      await settle();
      controller.abort(reason);
      expect(await waiting).toBe(reason);
      const early = rejection(
        store.withLock('session-v1-b', nothing, { ...patient, signal: AbortSignal.abort(reason) }),
      );
      expect(await early).toBe(reason);
      gate.open();
      await holding;
    });

    it('stay with their holder when somebody in the queue gives up', async () => {
      const { store } = await open();
      const gate = createGate();
      const log: string[] = [];
      const holding = store.withLock(
        'session-v1-a',
        async () => {
          await gate.passed;
          log.push('holder');
        },
        patient,
      );
      const leaving = rejection(store.withLock('session-v1-a', nothing, { waitMs: 5 }));
      const next = store.withLock('session-v1-a', async () => void log.push('next'), patient);
      await leaving;
      await settle();
      expect(log).toEqual([]);
      gate.open();
      await Promise.all([holding, next]);
      expect(log).toEqual(['holder', 'next']);
    });

    it('are free at once when their holder is done, for those who do not want to wait too', async () => {
      const { store } = await open();
      for (let n = 0; n < 5; n += 1) {
        await store.withLock('session-v1-a', async () => {}, { waitMs: 0 });
      }
    });

    it('come with a lease that writes while they are held', async () => {
      const { store } = await open();
      await store.withLock(
        'session-v1-a',
        async (lease) => {
          expect(lease.signal.aborted).toBe(false);
          await lease.write('session-v1-a', 'under the lock', forever);
        },
        patient,
      );
      expect(await store.read('session-v1-a')).toBe('under the lock');
    });

    it('do not hinder reading and writing', async () => {
      const { store } = await open();
      await store.withLock(
        'session-v1-a',
        async () => {
          await store.write('session-v1-a', 'beside the lock', forever);
          expect(await store.read('session-v1-a')).toBe('beside the lock');
        },
        patient,
      );
    });
  });

  describe(`${name}: hashes and description`, () => {
    it('hashes alike what is alike, differently what differs, and keeps the text out of it', async () => {
      const { store, reopened } = await open();
      if (!store.digest) return;
      const [a, again, b] = await Promise.all([
        store.digest('right-password'),
        store.digest('right-password'),
        store.digest('x'),
      ]);
      expect(a).toBe(again);
      expect(a).not.toBe(b);
      expect(a).not.toContain('right-password');
      if (reopened?.digest) expect(await reopened.digest('right-password')).toBe(a);
    });

    it('shows no record when it is printed or described', async () => {
      const { store } = await open();
      await store.write('session-v1-a', 's3cret-value', forever);
      const printed = inspect(store, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      expect(printed + JSON.stringify(store) + JSON.stringify(store.describe?.())).not.toContain('s3cret-value');
      expect(store.describe?.()).toMatchObject({ kind: expect.any(String), protection: expect.any(String) });
    });
  });
}
