import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRedisStore, type RedisStoreOptions } from '../../src/stores/redis.ts';
import { rejection } from '../helpers/waiting.ts';

const KEY = 'ab'.repeat(32);
type SendCommand = RedisStoreOptions['sendCommand'];

/** A store over a client that answers as told; real servers are in the other files. */
const over = (sendCommand: SendCommand, options: Partial<RedisStoreOptions> = {}) =>
  createRedisStore({ sendCommand, key: KEY, ...options });
const never: SendCommand = () => new Promise(() => {});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('what a Redis store says of its options', () => {
  const made = (options: object) => () => createRedisStore({ sendCommand: never, key: KEY, ...options });

  it.each<[object, string, string]>([
    [{ sendCommand: 'GET' }, 'ERR_OPTION', 'sendCommand must be a function'],
    [{ prefix: '{a}' }, 'ERR_OPTION', 'prefix must be a text without braces, which say where a cluster keeps a key'],
    [{ prefix: 7 }, 'ERR_OPTION', 'prefix must be a text without braces, which say where a cluster keeps a key'],
    [{ encryption: 'aes' }, 'ERR_OPTION', "encryption must be 'none', or left out for AES-256-GCM"],
    [{ encryption: 'none' }, 'ERR_OPTION', "encryption: 'none' and a key were given: which of them is meant?"],
    [{ leaseMs: 99 }, 'ERR_OPTION', 'leaseMs must be a number from 100 to 3600000'],
    [{ leaseMs: 3_600_001 }, 'ERR_OPTION', 'leaseMs must be a number from 100 to 3600000'],
    [{ timeoutMs: '200' }, 'ERR_OPTION', 'timeoutMs must be a number from 100 to 3600000'],
    [{ timeoutMs: Number.NaN }, 'ERR_OPTION', 'timeoutMs must be a number from 100 to 3600000'],
  ])('%j', (options, code, message) => {
    expect(made(options)).toThrow(expect.objectContaining({ name: 'TypeError', code, message }));
  });

  it('nothing, up to the limits', () => {
    expect(made({ leaseMs: 100, timeoutMs: 3_600_000 })).not.toThrow();
  });

  it('that a key is missing, and how one is made', () => {
    vi.stubEnv('LATCHKEY_KEY', '');
    const message =
      "A store that is shared needs a key that is shared: set LATCHKEY_KEY or the key option (make one with: openssl rand -base64 32), or say encryption: 'none'";
    expect(() => createRedisStore({ sendCommand: never })).toThrow(
      expect.objectContaining({ code: 'ERR_KEY', message }),
    );
    vi.unstubAllEnvs();
  });
});

describe('what a Redis store says of itself', () => {
  it('where its records lie, and who can read them', () => {
    expect(over(never).describe?.()).toEqual({
      kind: 'redis',
      location: 'keys that begin with latchkey:',
      protection: 'AES-256-GCM; readable by whoever can read this Redis and has the key from the key option',
    });
    expect(createRedisStore({ sendCommand: never, encryption: 'none', prefix: 'p:' }).describe?.()).toEqual({
      kind: 'redis',
      location: 'keys that begin with p:',
      protection: 'not encrypted: readable by whoever can read this Redis, its backups and its replicas',
    });
  });

  it('that it is not encrypted, though a key is in the environment, where it was told so', () => {
    vi.stubEnv('LATCHKEY_KEY', KEY);
    const { protection } = createRedisStore({ sendCommand: never, encryption: 'none' }).describe?.() ?? {};
    expect(protection).toMatch(/^not encrypted/);
    vi.unstubAllEnvs();
  });

  it('a digest only where there is a key', async () => {
    const store = over(never);
    expect(await store.digest?.('a')).toBe(await over(never).digest?.('a'));
    expect(await store.digest?.('a')).not.toBe(await store.digest?.('b'));
    expect(createRedisStore({ sendCommand: never, encryption: 'none' }).digest).toBeUndefined();
  });
});

describe('what a Redis store says of answers', () => {
  const unavailable = (message: string) => ({ code: 'ERR_STORE', reason: 'unavailable', message });

  it.each<[string, unknown]>([
    ['a number', 7],
    ['a list', []],
    ['an object', {}],
    ['a truth', true],
  ])('that are none: %s', async (_, answer) => {
    expect(await rejection(over(async () => answer).read('a'))).toMatchObject(
      unavailable('sendCommand brought something else than the reply of Redis'),
    );
  });

  it.each<[string, unknown]>([
    ['nothing', null],
    ['a text', 'ok'],
    ['an empty list', []],
    ['a list of nothing', [null]],
    ['a list of numbers', [7]],
  ])('to scripts that are none: %s', async (_, answer) => {
    expect(await rejection(over(async () => answer).remove('a'))).toMatchObject(
      unavailable('sendCommand brought something else than the reply of Redis'),
    );
  });

  it.each([
    ['READONLY You can not write against a read only replica.', 'Redis could not do its work (READONLY)'],
    ['LOADING dataset in memory', 'Redis could not do its work (LOADING)'],
    ['ERR s3cret', 'Redis could not do its work'],
    ['it said READONLY', 'Redis could not do its work'],
    ['READONLYs3cret', 'Redis could not do its work'],
    ['', 'Redis could not do its work'],
  ])('that are refusals, by their word alone: %s', async (said, message) => {
    expect(await rejection(over(() => Promise.reject(new Error(said))).read('a'))).toMatchObject(unavailable(message));
  });

  it('that are no errors at all', async () => {
    const store = over(() => Promise.reject('READONLY'));
    expect(await rejection(store.read('a'))).toMatchObject(unavailable('Redis could not do its work'));
  });

  it('that somebody else wrote', async () => {
    const store = over(async () => 'somebody else’s', { prefix: 'p:' });
    expect(await rejection(store.read('a'))).toMatchObject({
      reason: 'unreadable',
      message: 'p:{a} was written with another key or by another version, and is left as it is',
    });
  });

  it('that come too late, and asks one thing at a time until one comes in time', async () => {
    let nowMs = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
    let sends = 0;
    let answer: Promise<unknown> = new Promise(() => {});
    const store = over(
      () => {
        sends += 1;
        return answer;
      },
      { timeoutMs: 100 },
    );
    const late = unavailable('Redis did not answer within 100 ms');
    expect(await rejection(store.read('a'))).toMatchObject(late);
    expect(sends).toBe(1);
    // Left alone for twice the time.
    nowMs = 199;
    expect(await rejection(store.read('a'))).toMatchObject(late);
    expect(sends).toBe(1);
    nowMs = 200;
    const [first, second] = [rejection(store.read('a')), rejection(store.read('a'))];
    expect(await second).toMatchObject(late);
    expect(await first).toMatchObject(late);
    expect(sends).toBe(2);
    nowMs = 400;
    answer = Promise.resolve(null);
    expect(await store.read('a')).toBeNull();
    expect(await Promise.all([store.read('a'), store.read('b')])).toEqual([null, null]);
    expect(sends).toBe(5);
  });
});

describe('what a Redis store says of its locks', () => {
  /** A Redis whose lock is ours until it is told otherwise. */
  const lockable = (state: { word: string }, options: Partial<RedisStoreOptions> = {}) =>
    over(async () => [state.word], { leaseMs: 100, prefix: 'p:', ...options });

  it('that they were lost, by name, and only once by the signal', async () => {
    const state = { word: 'ok' };
    const store = lockable(state);
    const error = await rejection(
      store.withLock(
        'a',
        async (lease) => {
          state.word = 'lost';
          const lost = await rejection(lease.write('a', 'x', { expiresAtMs: null }));
          expect(lease.signal.reason).toBe(lost);
          await lease.write('a', 'x', { expiresAtMs: null });
        },
        { waitMs: 0 },
      ),
    );
    expect(error).toMatchObject({ reason: 'lease-lost', message: 'The lock p:{a}:lock was lost to somebody else' });
  });

  it('that they are lost when Redis cannot be asked until the lease has ended', async () => {
    let isAway = false;
    const store = over(async () => (isAway ? Promise.reject(new Error('away')) : ['ok']), { leaseMs: 100 });
    const seen = await rejection(
      store.withLock(
        'a',
        async ({ signal }) => {
          isAway = true;
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          throw signal.reason;
        },
        { waitMs: 0 },
      ),
    );
    expect(seen).toMatchObject({ code: 'ERR_STORE' });
  });
});
