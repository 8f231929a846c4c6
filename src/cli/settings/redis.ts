import { asMissingPackage } from '../../../scripts/generate/missing-package.ts';
import { createRedisStore } from '../../stores/redis.ts';
import type { OpenStore } from './open-store.ts';

/** Longest wait for Redis to be connected to, in ms; commands have limits of their own. */
const CONNECT_MS = 5_000;

/**
 * Opens a store in the Redis at an address, through the package `ioredis`.
 * @throws TypeError with code `ERR_KEY` without `LATCHKEY_KEY`, Error where the package is missing
 */
export async function openRedis(address: string): Promise<OpenStore> {
  const { Redis } = await import('ioredis').catch((error: unknown) => {
    throw asMissingPackage(error, 'a store in Redis') ?? error;
  });
  const redis = new Redis(address, { lazyConnect: true, connectTimeout: CONNECT_MS, maxRetriesPerRequest: 1 });
  // What goes wrong is told by the commands, through the store.
  redis.on('error', () => {});
  try {
    const store = createRedisStore({ sendCommand: ([command = '', ...args]) => redis.call(command, ...args) });
    return { store, [Symbol.asyncDispose]: async () => redis.disconnect() };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
