import { setTimeout as pause } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Redis, Cluster as RedisCluster } from 'ioredis';
import { createClient, createCluster } from 'redis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { storeContract } from '../../src/stores/contract.ts';
import { createRedisStore, type RedisStoreOptions } from '../../src/stores/redis.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { hasRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts';
import { rejection } from '../helpers/waiting.ts';

type SendCommand = RedisStoreOptions['sendCommand'];

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);
const forever = { expiresAtMs: null };
const patient = { waitMs: 10_000 };
const atOnce = { waitMs: 0 };

describe.skipIf(!hasRedis)('the Redis store', () => {
  let server: RedisServer;
  let single: Redis;
  let send: SendCommand;
  let stores = 0;
  const endings: Array<() => unknown> = [];

  /** A store whose keys nobody else has. */
  const open = (options: Partial<RedisStoreOptions> = {}): SessionStore & { readonly prefix: string } => {
    const { prefix = `t${++stores}:` } = options;
    return { ...createRedisStore({ sendCommand: send, key: KEY, prefix, ...options }), prefix };
  };

  beforeAll(async () => {
    server = await startRedis();
    single = new Redis({ port: server.port });
    send = (args) => single.call(...(args as [string]));
  });
  afterAll(async () => {
    for (const end of endings) await end();
    single?.disconnect();
    await server?.[Symbol.asyncDispose]();
  });

  describe('keeps the contract of stores', () => {
    const clients: Record<string, () => Promise<SendCommand>> = {
      ioredis: async () => send,
      'ioredis, bringing bytes': async () => (args) => single.callBuffer(...(args as [string])),
      'node-redis': async () => {
        const client = await createClient({ url: server.url }).connect();
        endings.push(() => client.destroy());
        return (args) => client.sendCommand(args);
      },
      'a cluster through ioredis': async () => {
        const cluster = new RedisCluster([{ host: '127.0.0.1', port: await clusterPort() }]);
        endings.push(() => cluster.disconnect());
        return (args) => cluster.call(...(args as [string]));
      },
      'a cluster through node-redis': async () => {
        const cluster = createCluster({ rootNodes: [{ url: `redis://127.0.0.1:${await clusterPort()}` }] });
        await cluster.connect();
        endings.push(() => cluster.destroy());
        return (args, key) => cluster.sendCommand(key, false, args);
      },
    };
    const opened = new Map<string, SendCommand>();
    let port: number | undefined;
    const clusterPort = async (): Promise<number> => {
      if (port !== undefined) return port;
      const cluster = await startRedis({ args: ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'] });
      endings.push(() => cluster[Symbol.asyncDispose]());
      await cluster.cli('cluster', 'addslotsrange', '0', '16383');
      while (!(await cluster.cli('cluster', 'info')).includes('cluster_state:ok')) await pause(20);
      port = cluster.port;
      return port;
    };
    for (const [name, connect] of Object.entries(clients)) {
      for (const encryption of [undefined, 'none'] as const) {
        describe(`${name}, ${encryption ? 'as plain text' : 'sealed'}`, () => {
          beforeAll(async () => {
            if (!opened.has(name)) opened.set(name, await connect());
          });
          it.each(storeContract)('$name', async ({ run }) => {
            const sendCommand = opened.get(name) ?? send;
            const how = encryption ? { encryption } : { key: KEY };
            await run(() => {
              const prefix = `t${++stores}:`;
              const one = (): SessionStore => createRedisStore({ sendCommand, prefix, ...how });
              return { store: one(), reopened: one() };
            });
          });
        });
      }
    }
  });

  describe('keeps records', () => {
    it('sealed, under names that begin with its prefix', async () => {
      const store = open();
      await store.write('session-v1-a', 's3cret-value', forever);
      expect(await server.cli('keys', `${store.prefix}*`)).toBe(`${store.prefix}{session-v1-a}`);
      expect(await server.cli('get', `${store.prefix}{session-v1-a}`)).toMatch(
        /^[\w-]{12}\.latchkey-sealed-1\.[\w-]+$/,
      );
    });

    it('with encryption none as they are', async () => {
      const store = createRedisStore({ sendCommand: send, prefix: 'plain:', encryption: 'none' });
      await store.write('a', 's3cret-value', forever);
      expect(await server.cli('get', 'plain:{a}')).toBe('plain.s3cret-value');
      expect(store.describe?.().protection).toMatch(/not encrypted/);
      expect(store.digest).toBeUndefined();
    });

    it.each([
      ['a session’s life', 3_600_000, 3_600_000],
      ['30 days where nobody knows', null, 2_592_000_000],
      ['30 days where it lives longer', 9e12, 2_592_000_000],
      ['a moment where it is over', -5000, 1000],
    ])('for %s', async (_, leftMs, keptMs) => {
      const store = open();
      const beganAtMs = Date.now();
      await store.write('a', 'value', { expiresAtMs: leftMs === null ? null : beganAtMs + leftMs });
      const ttl = Number(await server.cli('pttl', `${store.prefix}{a}`));
      expect(ttl).toBeLessThanOrEqual(keptMs);
      expect(ttl).toBeGreaterThan(keptMs - 1 - (Date.now() - beganAtMs));
    });

    it('and their locks in one slot of a cluster', async () => {
      const store = open();
      await store.withLock(
        'session-v1-a',
        async (lease) => {
          await lease.write('session-v1-a', 'value', forever);
          const names = (await server.cli('keys', `${store.prefix}*`)).split('\n').toSorted();
          expect(names).toEqual([`${store.prefix}{session-v1-a}`, `${store.prefix}{session-v1-a}:lock`]);
          for (const name of names) expect(/\{(.+?)\}/.exec(name)?.[1]).toBe('session-v1-a');
        },
        patient,
      );
      expect(await server.cli('keys', `${store.prefix}*`)).not.toContain(':lock');
    });
  });

  describe('leaves as it is', () => {
    const strangers: Record<string, (store: SessionStore & { prefix: string }) => Promise<unknown>> = {
      'a record of another key': ({ prefix }) => open({ prefix, key: OTHER_KEY }).write('a', 'theirs', forever),
      'a record as plain text': ({ prefix }) =>
        createRedisStore({ sendCommand: send, prefix, encryption: 'none' }).write('a', 'theirs', forever),
      'a record of a version to come': ({ prefix }) => server.cli('set', `${prefix}{a}`, 'v9:theirs'),
    };
    it.each(Object.keys(strangers))('%s', async (name) => {
      const store = open();
      await strangers[name]?.(store);
      const there = await server.cli('get', `${store.prefix}{a}`);
      expect(await rejection(store.read('a'))).toMatchObject({ code: 'ERR_STORE', reason: 'unreadable' });
      const under = store.withLock('a', (lease) => lease.write('a', 'mine', forever), patient);
      for (const writing of [store.write('a', 'mine', forever), under])
        expect(await rejection(writing)).toMatchObject({ code: 'ERR_STORE', reason: 'unreadable' });
      await store.remove('a');
      expect(await server.cli('get', `${store.prefix}{a}`)).toBe(there);
    });

    it('no damaged record of its own: that one is replaced', async () => {
      const store = open();
      await store.write('a', 'value', forever);
      const whole = await server.cli('get', `${store.prefix}{a}`);
      await server.cli('set', `${store.prefix}{a}`, whole.slice(0, -4));
      expect(await rejection(store.read('a'))).toMatchObject({ reason: 'unreadable' });
      await store.write('a', 'again', forever);
      expect(await store.read('a')).toBe('again');
    });
  });

  describe('locks', () => {
    it('for longer than the lease while the holder lives', async () => {
      const store = open({ leaseMs: 200 });
      await store.withLock(
        'a',
        async (lease) => {
          await pause(700);
          const other = open({ prefix: store.prefix }).withLock('a', async () => {}, atOnce);
          expect(await rejection(other)).toMatchObject({ reason: 'busy' });
          await lease.write('a', 'still mine', forever);
        },
        patient,
      );
      expect(await store.read('a')).toBe('still mine');
    });

    it('until the lease ends where the holder is elsewhere, and gives no sign of life', async () => {
      const store = open({ leaseMs: 400 });
      const elsewhere = JSON.stringify({ v: 1, place: 'another machine', pid: 1, startedAt: null });
      await server.cli('set', `${store.prefix}{a}:lock`, elsewhere, 'PX', '400');
      expect(await rejection(store.withLock('a', async () => {}, { waitMs: 50 }))).toMatchObject({ reason: 'busy' });
      expect(await store.withLock('a', async () => 'mine', patient)).toBe('mine');
    });

    it('until the lease ends, however short the wait, where the holder has missed two signs of life', async () => {
      const store = open({ leaseMs: 1000 });
      await server.cli('set', `${store.prefix}{a}:lock`, 'somebody elsewhere', 'PX', '450');
      expect(await rejection(store.withLock('a', async () => {}, atOnce))).toMatchObject({ reason: 'busy' });
      expect(await store.withLock('a', async () => 'mine', { waitMs: 50 })).toBe('mine');
    });

    it('no longer than it waits where the lock has no end', async () => {
      const store = open({ leaseMs: 1000 });
      await server.cli('set', `${store.prefix}{a}:lock`, 'somebody elsewhere');
      expect(await rejection(store.withLock('a', async () => {}, { waitMs: 50 }))).toMatchObject({ reason: 'busy' });
    });

    it('not at all where the holder was a process of this machine that has ended', async () => {
      const store = open();
      const token = await store.withLock('a', () => server.cli('get', `${store.prefix}{a}:lock`), patient);
      const dead = JSON.stringify({ ...JSON.parse(token), startedAt: '1' });
      await server.cli('set', `${store.prefix}{a}:lock`, dead, 'PX', '600000');
      expect(await store.withLock('a', async () => 'mine', atOnce)).toBe('mine');
    });

    it('and writes nothing, and says so, once the lock is lost', async () => {
      const store = open({ leaseMs: 400 });
      await store.withLock(
        'a',
        async (lease) => {
          await server.cli('set', `${store.prefix}{a}:lock`, 'somebody else');
          await store.write('a', 'theirs', forever);
          expect(await rejection(lease.write('a', 'late', forever))).toMatchObject({ reason: 'lease-lost' });
          expect(await rejection(lease.write('b', 'late', forever))).toMatchObject({ reason: 'lease-lost' });
          expect(lease.signal.aborted).toBe(true);
        },
        patient,
      );
      expect([await store.read('a'), await store.read('b')]).toEqual(['theirs', null]);
      expect(await server.cli('get', `${store.prefix}{a}:lock`)).toBe('somebody else');
    });

    it('and tells by the signal alone that the lock was lost', async () => {
      const store = open({ leaseMs: 200 });
      await store.withLock(
        'a',
        async ({ signal }) => {
          await server.cli('del', `${store.prefix}{a}:lock`);
          while (!signal.aborted) await pause(10);
          expect(signal.reason).toMatchObject({ reason: 'lease-lost' });
        },
        patient,
      );
    });

    it('and writes other records too while it holds', async () => {
      const store = open();
      await store.withLock('a', (lease) => lease.write('b', 'value', forever), patient);
      expect(await store.read('b')).toBe('value');
    });
  });

  it('is used with its own clock, wherever that stands', async () => {
    let aheadS = 3600;
    const sendCommand: SendCommand = ([command = '', script = '', ...rest], key) =>
      send([command, script.replace('clock[1]', `(clock[1] + ${aheadS})`), ...rest], key);
    const store = open({ sendCommand });
    for (const next of [3600, -3600, 0, 86_400]) {
      aheadS = next;
      await store.write('a', `${next}`, forever);
      expect(await store.read('a')).toBe(`${next}`);
    }
  });

  it.each<[string, SendCommand]>([
    ['rejects', async () => Promise.reject(new Error('s3cret-value'))],
    [
      'throws',
      () => {
        throw new Error('s3cret-value');
      },
    ],
    ['brings a number', async () => 7],
    ['brings an object', async () => ({})],
    ['brings a list of nothing', async () => [null]],
    ['brings a word that nobody knows the script to say', async () => ['late', 'no number']],
  ])('says that Redis is unavailable where sendCommand %s', async (_, sendCommand) => {
    const store = createRedisStore({ sendCommand, encryption: 'none' });
    const works = [() => store.write('a', 's3cret-value', forever), () => store.withLock('a', async () => {}, patient)];
    for (const work of works) {
      const error = await rejection(work());
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ reason: 'unavailable', retryable: true });
      expect(error).not.toMatchObject({ message: expect.stringContaining('s3cret') });
    }
  });

  it.each([
    ['no key', {}, /ERR_KEY/],
    ['a key that is none', { key: 'short' }, /ERR_KEY/],
    ['a key and none', { key: KEY, encryption: 'none' }, /ERR_OPTION/],
    ['another encryption', { encryption: 'rot13' }, /ERR_OPTION/],
    ['braces in the prefix', { key: KEY, prefix: 'a{b}' }, /ERR_OPTION/],
    ['no lease', { key: KEY, leaseMs: 0 }, /ERR_OPTION/],
    ['no time', { key: KEY, timeoutMs: Number.NaN }, /ERR_OPTION/],
    ['a misspelt option', { key: KEY, prefx: 'a' }, /ERR_OPTION/],
    ['no sendCommand', { key: KEY, sendCommand: undefined }, /ERR_OPTION/],
  ])('is not made with %s', (_, options, code) => {
    const make = (): unknown => createRedisStore({ sendCommand: send, ...(options as object) } as RedisStoreOptions);
    expect(inspect(thrown(make))).toMatch(code);
  });
});

function thrown(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}
