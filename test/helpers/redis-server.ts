import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const LONGEST_START_MS = 10_000;
const PORTS_TRIED = 20;

/** Whether this machine has a Redis to start; says so once if not. Tests that need it: `describe.skipIf(!hasRedis)`. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;
if (!hasRedis) {
  process.stderr.write(
    'Skipped: all that needs Redis. redis-server is not on the PATH: apt-get install redis-server\n',
  );
}

/** How a Redis is started. */
export interface RedisOptions {
  /** Whether each command is on disk before it is answered, so that records and locks outlive a kill. @default false */
  readonly appendOnly?: boolean;
  /** More arguments of `redis-server`. */
  readonly args?: readonly string[];
}

/** A Redis of the test's own, on loopback, in a scratch folder; ended when the test's block ends. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** The process that runs now: another one after a restart. */
  readonly pid: number;
  /** Ends it, by `SIGTERM` unless told otherwise. `restart` starts it again. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Lets it stand still: connections stay open, nothing is answered. */
  pause(): void;
  resume(): void;
  /** Kills it and starts it on the same port and folder. */
  restart(): Promise<void>;
  /** Runs `redis-cli`; gives what it prints. */
  cli(...args: readonly string[]): Promise<string>;
}

/** Starts a Redis that keeps nothing on disk unless told to; resolves when it answers. */
export async function startRedis({ appendOnly = false, args = [] }: RedisOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-redis-'));
  const removeFolder = (): void => rmSync(folder, { recursive: true, force: true });
  const settings = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', appendOnly ? 'yes' : 'no'];
  const start = (onPort: number): Promise<Running> =>
    launch(onPort, [...settings, '--port', String(onPort), '--appendfsync', 'always', ...args]);
  let { port, running } = await startOnFreePort(start).catch((error: unknown) => {
    removeFolder();
    throw error;
  });
  // Heard after the server has been killed, which listens since before.
  process.once('exit', removeFolder);
  const server: RedisServer = {
    port,
    url: `redis://127.0.0.1:${port}`,
    get pid() {
      return running.child.pid ?? 0;
    },
    stop: (signal = 'SIGTERM') => running.end(signal),
    pause: () => void running.child.kill('SIGSTOP'),
    resume: () => void running.child.kill('SIGCONT'),
    async restart() {
      await running.end('SIGKILL');
      running = await start(port);
    },
    async cli(...words) {
      const toUs = ['-h', '127.0.0.1', '-p', String(port)];
      const { stdout } = await promisify(execFile)('redis-cli', [...toUs, ...words], { timeout: LONGEST_START_MS });
      return stdout.trimEnd();
    },
    async [Symbol.asyncDispose]() {
      await running.end('SIGKILL');
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
  return server;
}

interface Running {
  readonly child: ChildProcess;
  end(signal: NodeJS.Signals): Promise<void>;
}

async function startOnFreePort(start: (port: number) => Promise<Running>): Promise<{ port: number; running: Running }> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    try {
      return { port, running: await start(port) };
    } catch (error) {
      // Somebody else may have taken the port since it was found free.
      if (tries === PORTS_TRIED) throw error;
    }
  }
}

async function launch(port: number, args: readonly string[]): Promise<Running> {
  const child = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed = `${printed}${text}`.slice(-4000);
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // Whoever ends this process in the middle of a test leaves no server behind.
  const killIt = (): void => void child.kill('SIGKILL');
  process.once('exit', killIt);
  child.once('exit', () => process.off('exit', killIt));
  const deadline = Date.now() + LONGEST_START_MS;
  while (!(await isReady(port, child.pid))) {
    if (hasEnded() || Date.now() > deadline) {
      killIt();
      throw new Error(`redis-server does not answer on port ${port}: ${printed}`);
    }
    await sleep(10);
  }
  return {
    child,
    async end(signal) {
      if (hasEnded()) return;
      const isOver = once(child, 'exit');
      child.kill(signal);
      await isOver;
    },
  };
}

/** Whether this very process answers on the port, and is ready for commands. */
function isReady(port: number, pid: number | undefined): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\nINFO server\r\n'));
    let answer = '';
    const settle = (): void => {
      socket.destroy();
      resolve(answer.startsWith('+PONG') && answer.includes(`process_id:${pid}\r\n`));
    };
    socket.setTimeout(1000, settle);
    socket.on('data', (data) => {
      answer += data.toString();
      if (!answer.startsWith('+PONG') || answer.includes('uptime_in_seconds')) settle();
    });
    socket.once('error', settle);
    socket.once('close', settle);
  });
}

/**
 * A free port below those that the system gives to outgoing connections: while the server is down, such a connection could take one of
 * those, or a client that tries to reconnect could even reach itself.
 */
async function freePort(): Promise<number> {
  const below = firstOutgoingPort();
  for (;;) {
    const port = below === undefined ? 0 : 10_000 + Math.floor(Math.random() * (below - 10_000));
    const probe = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true));
    });
    const address = probe.address();
    if (!isFree || typeof address !== 'object' || address === null) continue;
    await new Promise((resolve) => probe.close(resolve));
    return address.port;
  }
}

function firstOutgoingPort(): number | undefined {
  try {
    const first = Number.parseInt(readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8'), 10);
    return first > 11_000 ? first : undefined;
  } catch {
    return undefined;
  }
}
