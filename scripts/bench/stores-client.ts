/** The process of the benchmark `stores`: `node stores-client.js <setup>`. */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createFileStore } from '../../src/stores/file.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createRedisStore } from '../../src/stores/redis.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { openBareKeeper } from './bare-keepers.ts';
import { type Call, serveBlocks } from './blocks.ts';
import { setupOfThisProcess } from './sessions-data.ts';

const { directory, key, redisPort } = setupOfThisProcess();
/** As long as a sealed record of these sessions. */
const RECORD = randomBytes(330).toString('base64url');
const LEASE_MS = '15000';
const RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

const calls: Record<string, Call> = {
  ...(await storeCalls('memory', createMemoryStore())),
  ...(await storeCalls('file', createFileStore({ directory, key }))),
  ...(await rawFileCalls()),
};
if (redisPort !== null) {
  const redis = new Redis({ port: redisPort });
  const sendCommand = ([command = '', ...args]: string[]): Promise<unknown> => redis.call(command, ...args);
  Object.assign(calls, await storeCalls('redis', createRedisStore({ sendCommand, key })), await rawRedisCalls(redis));
}
serveBlocks(calls);

/** A session in memory; one that another keeper has left in the store; a new one under the lock. */
async function storeCalls(kind: string, store: SessionStore): Promise<Record<string, Call>> {
  const keeper = openBareKeeper('ada', store);
  const { id } = await keeper.login();
  const isThe = (found: { readonly id: string }): void => {
    if (found.id !== id) throw new Error(`The session was not the one in the ${kind} store`);
  };
  const writer = openBareKeeper('grace', store);
  let latest = await writer.login();
  return {
    [`latchkey hit ${kind}`]: async () => isThe(await keeper.get()),
    [`latchkey adopt ${kind}`]: async () => isThe(await openBareKeeper('ada', store).get()),
    [`latchkey login ${kind}`]: async () => {
      const session = await writer.login();
      if (session.id === latest.id) throw new Error('The login brought no new session');
      latest = session;
    },
  };
}

/** What nobody who shares files can do without: reading one; making a lock file, writing a record to the disk, and giving the lock back. */
async function rawFileCalls(): Promise<Record<string, Call>> {
  const record = join(directory, 'raw.record');
  const lock = join(directory, 'raw.lock');
  const replace = async (): Promise<void> => {
    await (await open(lock, 'wx', 0o600)).close();
    const file = await open(`${record}.tmp`, 'w', 0o600);
    await file.writeFile(RECORD);
    await file.sync();
    await file.close();
    await rename(`${record}.tmp`, record);
    await unlink(lock);
  };
  await replace();
  return {
    'raw adopt file': async () => isRecord(await readFile(record, 'utf8')),
    'raw login file': replace,
  };
}

/** The same in Redis: GET; SET NX PX, SET, and a release that looks whose lock it is. */
async function rawRedisCalls(redis: Redis): Promise<Record<string, Call>> {
  await redis.set('raw', RECORD);
  return {
    'raw adopt redis': async () => isRecord(await redis.get('raw')),
    'raw login redis': async () => {
      const owner = randomBytes(12).toString('base64url');
      if ((await redis.set('raw:lock', owner, 'PX', LEASE_MS, 'NX')) !== 'OK') throw new Error('The lock was not free');
      await redis.set('raw', RECORD, 'PX', 3_600_000);
      await redis.eval(RELEASE, 1, 'raw:lock', owner);
    },
  };
}

function isRecord(found: string | null): void {
  if (found !== RECORD) throw new Error('The record is another one');
}
