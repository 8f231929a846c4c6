import { createFileStore } from '../../src/stores/file.ts';
import { createRedisStore } from '../../src/stores/redis.ts';
import type { SessionStore } from '../../src/stores/store.ts';

/** Which store a program opens, in words that can be sent to it. */
export type StoreSetup = FileStoreSetup | RedisStoreSetup;

export interface FileStoreSetup {
  readonly kind: 'files';
  readonly directory: string;
  readonly key: string;
}

export interface RedisStoreSetup {
  readonly kind: 'redis';
  readonly port: number;
  readonly library: 'ioredis' | 'redis';
  readonly key: string;
  readonly timeoutMs?: number;
}

/** Opens the store. A Redis that cannot be reached is no error: its client goes on trying. */
export async function openStore(setup: StoreSetup): Promise<SessionStore> {
  if (setup.kind === 'files') return createFileStore({ directory: setup.directory, key: setup.key });
  const { key, timeoutMs } = setup;
  const sendCommand = await connect(setup);
  return createRedisStore({ sendCommand, key, ...(timeoutMs === undefined ? {} : { timeoutMs }) });
}

/** As programs do that have a client already: nothing set but where Redis is, and someone who hears of errors. */
async function connect({ port, library }: RedisStoreSetup): Promise<(args: string[]) => Promise<unknown>> {
  if (library === 'ioredis') {
    const { default: ioredis } = await import('ioredis');
    const client = new ioredis.Redis({ host: '127.0.0.1', port });
    client.on('error', () => {});
    return ([command = '', ...args]) => client.call(command, ...args);
  }
  const { default: redis } = await import('redis');
  const client = redis.createClient({ socket: { host: '127.0.0.1', port } });
  client.on('error', () => {});
  // Resolves when there is a connection, which may be much later.
  client.connect().catch(() => {});
  return (args) => client.sendCommand(args);
}
