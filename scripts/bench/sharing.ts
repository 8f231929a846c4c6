import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchContext } from './bench.ts';
import { builtPath } from './built-code.ts';
import type { Child } from './children.ts';
import { startRedis } from './redis-process.ts';
import { makeStoreKey, type SharingSetup } from './sessions-data.ts';

const START_LIMIT_MS = 20_000;

/** What the benchmarks of shared sessions run on. */
export interface Sharing {
  readonly setup: SharingSetup;
  /** The server process, `sessions-server.ts`. */
  readonly service: Child;
  /** Version of Redis; `undefined` where there is none. */
  readonly redisVersion: string | undefined;
}

/** Starts the service and, where there is one, Redis; makes a folder for the file store; ends and removes all of it afterwards. */
export async function withSharing<T>({ children }: BenchContext, work: (sharing: Sharing) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const redis = await startRedis();
  const service = children.start(builtPath('scripts/bench/sessions-server.ts'), []);
  try {
    const port = await service.ask({ about: 'listen' }, START_LIMIT_MS);
    const baseUrl = `http://127.0.0.1:${port}`;
    const setup = { baseUrl, directory, key: makeStoreKey(), redisPort: redis?.port ?? null };
    return await work({ setup, service, redisVersion: redis?.version });
  } finally {
    // Whoever uses the folder or Redis goes first.
    await children.endAll();
    await redis?.end();
    await rm(directory, { recursive: true, force: true });
  }
}
