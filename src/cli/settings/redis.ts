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
  // What goes wrong is told by the commands, through the store; of a lost connection they say only that there is none.
  let lost: Error | undefined;
  redis.on('error', (error) => {
    lost = error;
  });
  const sendCommand = async ([command = '', ...args]: readonly string[]): Promise<unknown> =>
    redis.call(command, ...args).catch((error: unknown) => {
      throw Object(error).name === 'MaxRetriesPerRequestError' ? (lost ?? error) : error;
    });
  try {
    const store = createRedisStore({ sendCommand });
    return { store, [Symbol.asyncDispose]: async () => redis.disconnect() };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}
