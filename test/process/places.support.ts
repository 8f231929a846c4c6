import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type LockOwner, readOwner } from '../../src/stores/lock-owner.ts';
import { hasRedis, type RedisOptions, type RedisServer, startRedis } from '../helpers/redis-server.ts';
import type { FileStoreSetup, RedisStoreSetup, StoreSetup } from './stores.support.ts';

/** The key that all programs of a test share. */
const KEY = Buffer.alloc(32, 5).toString('base64');

/** Where programs share their sessions. */
export interface Place extends AsyncDisposable {
  /** What the n-th program is told. */
  setup(n: number): StoreSetup;
  /** Who is named by the locks that are held now. */
  holders(): Promise<LockOwner[]>;
  /** All records, by name, as they lie there. */
  records(): Promise<Readonly<Record<string, string>>>;
}

/** A folder. */
export interface FilePlace extends Place {
  readonly directory: string;
  setup(n: number): FileStoreSetup;
}

/** A Redis. */
export interface RedisPlace extends Place {
  readonly server: RedisServer;
  setup(n: number): RedisStoreSetup;
}

export interface PlaceKind {
  readonly name: string;
  /** Whether this machine has it. */
  readonly isThere: boolean;
  open(): Promise<Place>;
}

/** What every case of shared stores runs on. */
export const places: readonly PlaceKind[] = [
  { name: 'files', isThere: true, open: () => openFilePlace() },
  { name: 'Redis', isThere: hasRedis, open: () => openRedisPlace() },
];

/** @param directory a folder of the test's own, which it removes itself; one is made and removed if left out */
export async function openFilePlace(directory?: string): Promise<FilePlace> {
  const folder = directory ?? (await mkdtemp(join(tmpdir(), 'latchkey-shared-')));
  return {
    directory: folder,
    setup: () => ({ kind: 'files', directory: folder, key: KEY }),
    async holders() {
      const texts: string[] = [];
      for (const lock of await readdir(join(folder, 'locks')).catch(() => [])) {
        for (const turn of await readdir(join(folder, 'locks', lock))) {
          if (!/^\d+$/.test(turn)) continue;
          texts.push(await readFile(join(folder, 'locks', lock, turn), 'utf8').catch(() => ''));
        }
      }
      return ownersIn(texts);
    },
    async records() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.record')).sort();
      const texts = names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const);
      return Object.fromEntries(await Promise.all(texts));
    },
    async [Symbol.asyncDispose]() {
      if (directory === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Programs take turns in which client they use: what one has written the other reads. */
export async function openRedisPlace({
  timeoutMs,
  ...options
}: RedisOptions & { readonly timeoutMs?: number } = {}): Promise<RedisPlace> {
  const server = await startRedis(options);
  // Looks in through a connection of its own, made when it is needed.
  const look = async <T>(read: (redis: Redis) => Promise<T>): Promise<T> => {
    redis ??= new Redis({ host: '127.0.0.1', port: server.port }).on('error', () => {});
    return read(redis);
  };
  let redis: Redis | undefined;
  const textsOf = async (wanted: (name: string) => boolean): Promise<(readonly [string, string])[]> =>
    look(async (client) => {
      const names = (await client.keys('latchkey:*')).filter(wanted).sort();
      const texts = names.length > 0 ? await client.mget(names) : [];
      return names.flatMap((name, at) => (typeof texts[at] === 'string' ? [[name, texts[at]] as const] : []));
    });
  const isLock = (name: string): boolean => name.endsWith(':lock');
  return {
    server,
    setup: (n) => ({
      kind: 'redis',
      port: server.port,
      library: n % 2 === 0 ? 'ioredis' : 'redis',
      key: KEY,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    }),
    holders: async () => ownersIn((await textsOf(isLock)).map(([, text]) => text)),
    records: async () => Object.fromEntries(await textsOf((name) => !isLock(name))),
    async [Symbol.asyncDispose]() {
      redis?.disconnect();
      await server[Symbol.asyncDispose]();
    },
  };
}

function ownersIn(texts: readonly string[]): LockOwner[] {
  return texts.flatMap((text) => readOwner(text) ?? []);
}
