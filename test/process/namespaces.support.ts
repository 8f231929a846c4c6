import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const UNSHARE = ['unshare', '--fork', '--pid', '--mount-proc', '--kill-child'] as const;

/** Runs what follows as another process and waits for it, without a word if it is killed. */
const KEEP = 'exec 9>&2 2>/dev/null; "$@" 2>&9 9>&- & wait $!';

/** Whether programs can be started that do not see each other's processes; says so once if not. */
export const hasNamespaces = spawnSync(UNSHARE[0], [...UNSHARE.slice(1), 'true']).status === 0;
if (!hasNamespaces) {
  process.stderr.write(
    'Skipped: all that needs pid namespaces. `unshare --pid` cannot be run here: apt-get install util-linux, and run as root\n',
  );
}

/** Runs a program in a pid namespace of its own, as its first process: as a container does. It ends with the one that was started. */
export const asFirst: readonly string[] = UNSHARE;

/** The same, with a shell as the first process: the program has another pid. */
export const asSecond: readonly string[] = [...UNSHARE, 'sh', '-c', KEEP, 'sh'];

/** A pid namespace that programs come and go in. */
export interface PidNamespace extends AsyncDisposable {
  /** Runs a program in it, with this pid, which nobody may have. */
  withPid(pid: number): readonly string[];
  /** Runs a program in it to its end; gives what it prints. */
  run(command: string, ...args: readonly string[]): Promise<string>;
}

/** Opens a namespace; all that runs in it ends with the test's block. */
export async function openNamespace(): Promise<PidNamespace> {
  const [command, ...args] = [...UNSHARE, 'sleep', 'infinity'];
  const opened = spawn(command, args, { stdio: 'ignore' });
  const first = await firstChildOf(opened.pid ?? 0);
  const enter = ['nsenter', '--target', first, '--pid', '--mount'];
  return {
    // The next process gets the next pid.
    withPid: (pid) => [...enter, 'sh', '-c', `echo ${pid - 1} > /proc/sys/kernel/ns_last_pid; ${KEEP}`, 'sh'],
    async run(program, ...words) {
      const [within = '', ...rest] = enter;
      return (await promisify(execFile)(within, [...rest, program, ...words])).stdout.trim();
    },
    async [Symbol.asyncDispose]() {
      if (opened.exitCode !== null || opened.signalCode !== null) return;
      opened.kill('SIGKILL');
      await once(opened, 'exit');
    },
  };
}

async function firstChildOf(pid: number): Promise<string> {
  for (let tries = 0; tries < 500; tries += 1) {
    const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')).split(' ');
    // Until it runs what it is to run, it is a copy of its parent.
    const name = child ? await readFile(`/proc/${child}/comm`, 'utf8').catch(() => '') : '';
    if (child && name.trim() === 'sleep') return child;
    await pause(10);
  }
  throw new Error('The pid namespace did not open');
}
