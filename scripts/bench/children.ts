import { type ChildProcess, fork } from 'node:child_process';
import { isReply, type Question, type Reply } from './questions.ts';

/** A process of the benchmark's own. */
export interface Child {
  /** @throws Error when the process fails, ends, or does not answer within `limitMs` */
  ask(question: Partial<Question> & Pick<Question, 'about'>, limitMs: number): Promise<number>;
  end(): Promise<void>;
}

/** Starts processes, and ends each one that it started. */
export interface Children {
  /** @param file a built module @param flags of Node itself */
  start(file: string, args: readonly string[], flags?: readonly string[]): Child;
  endAll(): Promise<void>;
  /** Ends all, and starts none any more: whatever is under way comes to its own end. */
  close(): Promise<void>;
}

/** How long a process has to go by itself before it is killed, in ms. */
const GRACE_MS = 2_000;
/** Variables that would change what is measured: loaders, and proxies between client and server. */
const LEFT_OUT = /^(?:NODE_OPTIONS|NODE_V8_COVERAGE|NODE_DEBUG|DEBUG|(?:https?|all|no)_proxy)$/i;

/** Opens the set of processes. */
export function openChildren(): Children {
  const running = new Set<Child>();
  let isClosed = false;
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !LEFT_OUT.test(name)));
  return {
    start(file, args, flags = []) {
      if (isClosed) throw new Error('The run has been stopped');
      const fresh = fork(file, args, { env, execArgv: [...flags], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
      const child = childOf(fresh, file, () => running.delete(child));
      running.add(child);
      return child;
    },
    async endAll() {
      await Promise.all([...running].map((child) => child.end()));
    },
    close() {
      isClosed = true;
      return this.endAll();
    },
  };
}

function childOf(own: ChildProcess, file: string, onEnd: () => void): Child {
  let said = '';
  own.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4_000);
  });
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    const finish = (): void => {
      isOver = true;
      onEnd();
      resolve();
    };
    // Not 'close': it never comes after a disconnect from this side.
    own.once('exit', finish);
    own.on('error', (error) => {
      said += error.message;
      if (own.pid === undefined) finish();
    });
  });
  const failure = (what: string): Error => new Error(`${file} ${what}${said && `:\n${said}`}`);
  return {
    ask: ({ about, calls = 1, concurrency = 1 }, limitMs) =>
      new Promise((resolve, reject) => {
        if (isOver) return reject(failure('has ended'));
        const settle = (reply: Reply): void => {
          clearTimeout(limit);
          own.off('message', listen);
          if ('value' in reply) resolve(reply.value);
          else reject(failure(`failed (${about}): ${reply.problem}`));
        };
        const listen = (message: unknown): void => {
          if (isReply(message)) settle(message);
        };
        const limit = setTimeout(() => settle({ problem: `no answer within ${limitMs} ms` }), limitMs);
        own.on('message', listen);
        over.then(() => settle({ problem: 'it ended' }));
        own.send({ about, calls, concurrency } satisfies Question, (error) => {
          if (error) settle({ problem: error.message });
        });
      }),
    async end() {
      if (own.connected) own.disconnect();
      const late = setTimeout(() => own.kill('SIGKILL'), GRACE_MS);
      await over;
      clearTimeout(late);
    },
  };
}
