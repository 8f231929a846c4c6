import type { ChildProcess, spawn as Spawn } from 'node:child_process';

/** Tells signals that went to our whole process group from those that went to us alone. */
export interface GroupWatch {
  /** Whether a signal that has just reached us went to the group, as those of a terminal's keys do. Asked of one signal at a time. */
  hasReached(signal: NodeJS.Signals): Promise<boolean>;
  end(): Promise<void>;
}

/** How long the watch may have heard of a signal before we do. */
const LONGEST_AHEAD_MS = 200;
/** How long it is asked: one that is stopped does not answer. */
const LONGEST_WAIT_MS = 1000;

/**
 * Watches our process group. Node says of no signal who sent it, so something else in the group has to tell: a `cat` that hands back what it is given.
 * A signal to the group ends it before it could. Where there is no `cat`, each signal counts as ours alone.
 */
export function watchGroup(spawn: typeof Spawn): GroupWatch {
  const { PATH } = process.env;
  let watcher: ChildProcess | undefined;
  let isOver = false;
  /** What ended the latest one while nobody asked. */
  let ended: { readonly by: NodeJS.Signals; readonly atMs: number } | undefined;
  let asked: { readonly signal: NodeJS.Signals; answer(isReached: boolean): void } | undefined;
  const start = (): void => {
    const cat = spawn('cat', [], {
      stdio: ['pipe', 'pipe', 'ignore'],
      // Where Ctrl-\ leaves no core file, and with nothing that is worth reading.
      cwd: '/',
      env: PATH === undefined ? {} : { PATH },
    });
    watcher = cat;
    cat.stdin.on('error', () => {});
    cat.stdout.on('data', () => asked?.answer(false));
    cat.once('error', () => {
      watcher = undefined;
    });
    cat.once('exit', (_, by) => {
      watcher = undefined;
      if (by === null || isOver) return asked?.answer(false);
      if (asked) asked.answer(by === asked.signal);
      else ended = { by, atMs: performance.now() };
      start();
    });
  };
  start();
  return {
    async hasReached(signal) {
      const before = ended;
      ended = undefined;
      if (before?.by === signal && performance.now() - before.atMs < LONGEST_AHEAD_MS) return true;
      if (watcher === undefined) return false;
      let late: NodeJS.Timeout | undefined;
      const isReached = await new Promise<boolean>((resolve) => {
        asked = { signal, answer: resolve };
        late = setTimeout(resolve, LONGEST_WAIT_MS, false);
        watcher?.stdin?.write('.');
      });
      asked = undefined;
      clearTimeout(late);
      return isReached;
    },
    async end() {
      isOver = true;
      const left = watcher;
      if (left === undefined) return;
      await new Promise((resolve) => {
        left.once('close', resolve);
        left.kill('SIGKILL');
      });
    },
  };
}
