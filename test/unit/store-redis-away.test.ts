import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRedisStore, type RedisStoreOptions } from '../../src/stores/redis.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { callOf, createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { hasRedis, type RedisServer, startRedis } from '../helpers/redis-server.ts';
import { rejection } from '../helpers/waiting.ts';

const forever = { expiresAtMs: null };
const patient = { waitMs: 10_000 };
const TIMEOUT_MS = 250;
const away = { code: 'ERR_STORE', reason: 'unavailable', retryable: true };

describe.skipIf(!hasRedis)('a Redis that does not answer', () => {
  let server: RedisServer;
  const endings: Array<() => unknown> = [];

  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    for (const end of endings.splice(0)) await end();
    await server[Symbol.asyncDispose]();
  });

  const clients: Record<string, () => Promise<RedisStoreOptions['sendCommand']>> = {
    ioredis: async () => {
      const redis = new Redis({ port: server.port, maxRetriesPerRequest: null });
      // Whoever leaves out a listener has the client print each lost connection.
      redis.on('error', () => {});
      endings.push(() => redis.disconnect());
      await redis.ping();
      return (args) => redis.call(...(args as [string]));
    },
    'node-redis': async () => {
      const client = createClient({ url: server.url });
      client.on('error', () => {});
      await client.connect();
      endings.push(() => client.destroy());
      return (args) => client.sendCommand(args);
    },
  };
  const open = async (client: string, timeoutMs = TIMEOUT_MS): Promise<SessionStore> => {
    const sendCommand = await clients[client]?.();
    if (!sendCommand) throw new Error(`no client ${client}`);
    return createRedisStore({ sendCommand, encryption: 'none', prefix: '', timeoutMs });
  };
  /** Resolves when the store answers again. */
  const untilBack = async (store: SessionStore): Promise<void> => {
    const deadline = Date.now() + 15_000;
    for (;;) {
      try {
        await store.read('a');
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
        await pause(20);
      }
    }
  };

  it.each(Object.keys(clients))(
    'costs one wait, not one a command, and is used again when it is back: %s',
    async (client) => {
      const store = await open(client);
      await store.write('a', 'before', forever);
      server.pause();
      expect(await rejection(store.read('a'))).toMatchObject(away);
      const startedAt = performance.now();
      for (let n = 0; n < 20; n += 1) expect(await rejection(store.read('a'))).toMatchObject(away);
      expect(await rejection(store.withLock('a', async () => {}, patient))).toMatchObject(away);
      // 21 waits would be 5 seconds.
      expect(performance.now() - startedAt).toBeLessThan(10 * TIMEOUT_MS);
      server.resume();
      await untilBack(store);
      expect(await store.read('a')).toBe('before');
    },
  );

  it.each(Object.keys(clients))('does not do later what was given up: %s', async (client) => {
    const store = await open(client);
    await store.write('a', 'before', forever);
    await store.write('b', 'before', forever);
    const other = await open(client);
    server.pause();
    // All at once, so that each of them is on its way when the first is given up.
    const given = [store.write('a', 'late', forever), store.remove('b'), store.withLock('c', async () => {}, patient)];
    for (const work of given) expect(await rejection(work)).toMatchObject(away);
    server.resume();
    await untilBack(other);
    await untilBack(store);
    expect([await store.read('a'), await store.read('b')]).toEqual(['before', 'before']);
    expect(await other.withLock('c', async () => 'free', { waitMs: 0 })).toBe('free');
  });

  it.each(Object.keys(clients))(
    'does not do later what was given up, slow as its first answers were: %s',
    async (client) => {
      const send = await clients[client]?.();
      let slowMs = 150;
      const sendCommand: RedisStoreOptions['sendCommand'] = async (args, key) => {
        await pause(slowMs);
        return send?.(args, key);
      };
      const store = createRedisStore({ sendCommand, encryption: 'none', prefix: '', timeoutMs: TIMEOUT_MS });
      await store.write('a', 'before', forever);
      slowMs = TIMEOUT_MS + 50;
      expect(await rejection(store.write('a', 'late', forever))).toMatchObject(away);
      await pause(150);
      const other = await open(client);
      expect(await other.read('a')).toBe('before');
    },
  );

  it.each(Object.keys(clients))('does not do after a restart what was given up before: %s', async (client) => {
    const store = await open(client);
    await store.write('a', 'before', forever);
    await server.stop('SIGKILL');
    for (const work of [store.write('a', 'late', forever), store.withLock('c', async () => {}, patient)])
      expect(await rejection(work)).toMatchObject(away);
    await server.restart();
    await untilBack(store);
    expect(await store.read('a')).toBeNull();
    expect(await store.withLock('c', async () => 'free', { waitMs: 0 })).toBe('free');
  });

  it.each(Object.keys(clients))('says READONLY after a failover, and is used again: %s', async (client) => {
    const store = await open(client);
    await store.write('a', 'before', forever);
    await server.cli('replicaof', '127.0.0.1', '1');
    const error = await rejection(store.write('a', 'after', forever));
    expect(error).toMatchObject({ ...away, message: 'Redis could not do its work (READONLY)' });
    await server.cli('replicaof', 'no', 'one');
    await store.write('a', 'after', forever);
    expect(await store.read('a')).toBe('after');
  });

  it('costs a keeper a warning and a login at most; the session is stored again when it is back', async () => {
    const service = createFakeService();
    const store = await open('node-redis');
    const { keeper, heard } = openKeeper(service, { store });
    const call = callOf(service);
    expect(await keeper.run(call)).toBe('fake-secret-1');
    server.pause();
    for (let n = 0; n < 10; n += 1) expect(await keeper.run(call)).toBe('fake-secret-1');
    expect(heard()).not.toContain('warning:store-failed');
    service.revokeAll();
    const calls = Array.from({ length: 20 }, () => keeper.run(call));
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['fake-secret-2']));
    expect(service.counts.logins).toBe(2);
    expect(heard()).toContain('warning:store-failed');
    server.resume();
    await untilBack(store);
    service.revokeAll();
    expect(await keeper.run(call)).toBe('fake-secret-3');
    const another = openKeeper(service, { store: await open('ioredis') });
    expect((await another.keeper.get()).secret).toBe('fake-secret-3');
    expect(service.counts.logins).toBe(3);
  });
});
