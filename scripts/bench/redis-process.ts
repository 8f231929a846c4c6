import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';

const START_LIMIT_MS = 10_000;
const PORTS_TRIED = 5;

/** What to say where there is no Redis to start. */
export const NO_REDIS = 'there is no redis-server on the PATH (Debian, Ubuntu: apt-get install redis-server)';

/** A Redis of the benchmark's own, on loopback; it keeps nothing on disk. */
export interface RedisProcess {
  readonly port: number;
  readonly version: string;
  end(): Promise<void>;
}

/** Starts a Redis; `undefined` where there is none to start. @throws Error if it does not come up */
export async function startRedis(): Promise<RedisProcess | undefined> {
  const { stdout, error } = spawnSync('redis-server', ['--version'], { encoding: 'utf8' });
  if (error) return undefined;
  const [, version = 'unknown'] = /v=(\S+)/.exec(stdout) ?? [];
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const child = spawn('redis-server', settingsFor(port), { stdio: 'ignore' });
    const end = endOf(child);
    if (await isUp(child, port)) return { port, version, end };
    await end();
    // Somebody else may have taken the port since it was found free.
    if (tries === PORTS_TRIED) throw new Error(`redis-server did not answer on port ${port}`);
  }
}

function settingsFor(port: number): string[] {
  const onLoopback = ['--bind', '127.0.0.1', '--port', String(port)];
  return [...onLoopback, '--dir', tmpdir(), '--save', '', '--appendonly', 'no'];
}

function endOf(child: ChildProcess): () => Promise<void> {
  // However this process ends, it leaves no server behind.
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  return async () => {
    process.off('exit', kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const isOver = once(child, 'exit');
    kill();
    await isOver;
  };
}

async function isUp(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + START_LIMIT_MS;
  const redis = new Redis({ port, lazyConnect: true, retryStrategy: () => 20 });
  redis.on('error', () => {});
  redis.connect().catch(() => {});
  try {
    while (child.exitCode === null && performance.now() < deadline) {
      if (redis.status === 'ready') return (await redis.info('server')).includes(`process_id:${child.pid}\r\n`);
      await pause(20);
    }
    return false;
  } finally {
    redis.disconnect();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('There is no free port');
  return address.port;
}
