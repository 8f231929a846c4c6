import { describe, expect, it } from 'vitest';
import { storeContract } from '../../src/stores/contract.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { LockOptions, SessionStore, WriteOptions } from '../../src/stores/store.ts';

/** What the cases ask of a store. */
interface Asked {
  readonly keys: Set<string>;
  readonly values: Set<string>;
  readonly writes: WriteOptions[];
  readonly locks: LockOptions[];
}

/** A store that is right, and notes what it is asked. */
function watched({ keys, values, writes, locks }: Asked): SessionStore {
  const good = createMemoryStore();
  return {
    ...good,
    read: (key) => {
      keys.add(key);
      return good.read(key);
    },
    write: (key, value, options) => {
      keys.add(key);
      values.add(value);
      writes.push(options);
      return good.write(key, value, options);
    },
    withLock: (key, task, options) => {
      keys.add(key);
      locks.push(options);
      return good.withLock(key, task, options);
    },
  };
}

async function asked(): Promise<Asked> {
  const seen: Asked = { keys: new Set(), values: new Set(), writes: [], locks: [] };
  for (const { run } of storeContract) await run(() => ({ store: watched(seen) }));
  return seen;
}

/** A store as another may have made it: it drops what has expired, and has nothing but what it must. */
function plain(): SessionStore {
  const { read, write, remove, withLock } = createMemoryStore();
  return {
    read,
    write: (key, value, options) =>
      options.expiresAtMs !== null && options.expiresAtMs <= Date.now() ? remove(key) : write(key, value, options),
    remove,
    withLock,
  };
}

describe('the cases of the contract', () => {
  it('say what they hold a store to', () => {
    expect(storeContract.map(({ name }) => name)).toEqual([
      'a record is absent until it is written',
      'a record comes back as it was written: JSON',
      'a record comes back as it was written: the empty string',
      'a record comes back as it was written: other scripts, quotes and line ends',
      'a record comes back as it was written: half a megabyte',
      'a record is replaced by the next write, and kept apart from those of other keys',
      'a record is gone when it is removed, and removing what is not there is no error',
      'a record that is written many times at once is one of them, whole',
      'a lock lets one task run at a time, and all of them in the end',
      'locks of different keys do not wait for each other',
      'a lock gives back what its task came to, good or bad, and is free afterwards',
      'a lock that is held is busy for whoever waits 0 ms, whose task then never runs',
      'a lock that is held is busy for whoever waits 15 ms, whose task then never runs',
      'a lock is not waited for once the signal has fired; the reason is the signal’s',
      'a lock stays with its holder when somebody who waits gives up',
      'a lock comes with a lease that writes while it is held',
      'a lock does not hinder reading and writing',
      'a digest is alike for what is alike, other for what differs, and does not hold the text',
      'a store shows no record when it is printed, described, or fails',
    ]);
  });

  it.each(storeContract)('are kept by a store that drops what has expired and has no digests: $name', ({ run }) =>
    run(() => ({ store: plain() })),
  );

  it('ask with keys like those of the package, and with all that the methods are promised', async () => {
    const { keys, writes, locks } = await asked();
    expect([...keys].toSorted()).toEqual(['session-v1-a', 'session-v1-b']);
    const ends = writes.map(({ expiresAtMs }) => expiresAtMs);
    expect(ends).toContain(null);
    expect(ends.filter((end) => end !== null)).toEqual([expect.any(Number)]);
    expect(new Set(locks.map(({ waitMs }) => waitMs))).toEqual(new Set([0, 5, 15, 10_000]));
  });

  it('write short records, long ones, empty ones and those of other scripts', async () => {
    const { values } = await asked();
    expect(values).toContain('');
    expect(values).toContain('{"v":1,"secret":"s3cret","facts":{"region":"here"}}');
    expect(values).toContain('žluťoučký "kůň"\r\n\t\u0000 😀 \\ \u2028');
    expect(Math.max(...[...values].map((value) => value.length))).toBe(524_288);
  });
});
