import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { build } from 'esbuild';
import { root } from './built.support.ts';
import type { KeychainReport, KeychainTask } from './keychain.child.ts';

/** The programs that a real keychain takes, and whether they are here; says so where they are not. */
export function hasKeychain(): boolean {
  const missing = ['gnome-keyring-daemon', 'dbus-run-session'].filter(
    (program) => spawnSync(program, ['--version']).status !== 0,
  );
  if (missing.length === 0) return true;
  console.warn(
    `The OS keychain is not tested: there is no ${missing.join(' and no ')} here (apt-get install gnome-keyring dbus-daemon).`,
  );
  return false;
}

/** Whether a program can be started without a keychain; says so where every program has one. */
export function canHaveNone(): boolean {
  if (process.platform === 'linux') return true;
  console.warn(
    `Life without an OS keychain is not tested: on ${process.platform} there always is one (run it on Linux).`,
  );
  return false;
}

/** A user's home of the test's own, and everything that runs in it. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly directory: string;
  readonly keyFile: string;
  /** Logs the user in: a message bus, with a keychain on it that is unlocked or locked. */
  logIn(keychain: 'unlocked' | 'locked'): Promise<Login>;
  /** A message bus that takes connections and never says a word. */
  logInToNothing(): Promise<Login>;
  /** Runs the program, where there is no message bus if none is named. */
  run(task: KeychainTask, options?: RunOptions): Promise<Ran>;
  /** The texts of all files but the keychain's own. */
  texts(): Promise<string>;
  /** Pids of what runs in this home. */
  running(): Promise<number[]>;
}

/** A login that lasts until it is disposed of. */
export interface Login extends AsyncDisposable {
  /** Where its message bus is. */
  readonly bus: string;
}

interface RunOptions {
  readonly login?: Login;
  readonly env?: Readonly<Record<string, string>>;
  /** Runs it from where the keychain's package is not installed. */
  readonly isWithoutPackage?: boolean;
}

/** What a run came to. */
export interface Ran extends KeychainReport {
  readonly code: number | null;
  readonly stderr: string;
}

/** The program as two files: one lies beside the project's packages, the other beside none. */
export interface KeychainProgram extends AsyncDisposable {
  readonly file: string;
  readonly fileWithoutPackage: string;
}

export async function buildKeychainProgram(): Promise<KeychainProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-keychain-'));
  const file = join(folder, 'with', 'program.mjs');
  const fileWithoutPackage = join(folder, 'without', 'program.mjs');
  const entryPoints = [join(import.meta.dirname, 'keychain.child.ts')];
  for (const outfile of [file, fileWithoutPackage]) {
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  }
  await symlink(join(root, 'node_modules'), join(folder, 'with', 'node_modules'));
  return { file, fileWithoutPackage, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

export async function openHome(program: KeychainProgram): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-home-'));
  const data = join(path, 'data');
  await mkdir(join(path, 'run'), { mode: 0o700 });
  const logins: Login[] = [];
  const env = { PATH: process.env.PATH ?? '', HOME: path, XDG_RUNTIME_DIR: join(path, 'run'), XDG_DATA_HOME: data };

  const begun = (login: Login): Login => {
    logins.push(login);
    return login;
  };
  const running = async (): Promise<number[]> => {
    const pids = (await readdir('/proc').catch(() => [])).map(Number).filter((pid) => pid > 0);
    const mine = await Promise.all(
      pids.map(async (pid) =>
        (await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')).includes(`HOME=${path}\0`),
      ),
    );
    return pids.filter((_, at) => mine[at]);
  };
  return {
    path,
    directory: join(path, 'state'),
    keyFile: join(path, 'config', 'store.key'),
    async logIn(keychain) {
      // The daemon goes on in the background once it is there to be asked; where nobody starts it, the bus starts one that is locked.
      const unlock = 'printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1;';
      const script = `${keychain === 'unlocked' ? unlock : ''} echo "$DBUS_SESSION_BUS_ADDRESS"; exec cat`;
      const session = spawn('dbus-run-session', ['--', 'sh', '-c', script], { env, stdio: ['pipe', 'pipe', 'ignore'] });
      const bus = (await firstLine(session)).trim();
      return begun({
        bus,
        async [Symbol.asyncDispose]() {
          if (session.exitCode !== null || session.signalCode !== null) return;
          session.stdin.end();
          await once(session, 'exit');
        },
      });
    },
    async logInToNothing() {
      const sockets = new Set<Socket>();
      const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
      const bus = join(path, 'run', 'silent');
      server.listen(bus);
      await once(server, 'listening');
      return begun({
        bus: `unix:path=${bus}`,
        async [Symbol.asyncDispose]() {
          for (const socket of sockets) socket.destroy();
          if (server.listening) await new Promise((resolve) => server.close(resolve));
        },
      });
    },
    async run(task, { login, env: more = {}, isWithoutPackage = false } = {}) {
      const bus = login ? { DBUS_SESSION_BUS_ADDRESS: login.bus } : {};
      const file = isWithoutPackage ? program.fileWithoutPackage : program.file;
      const child = spawn(process.execPath, [file, JSON.stringify(task)], {
        env: { ...env, ...bus, ...more },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const printed = { stdout: '', stderr: '' };
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (piece: string) => {
          printed[name] += piece;
        });
      }
      const [code]: (number | null)[] = await once(child, 'close');
      const { stdout, stderr } = printed;
      if (!stdout.startsWith('{')) throw new Error(`The program printed no report: ${stdout}${stderr}`);
      // The program is of the same source.
      return { ...(JSON.parse(stdout) as KeychainReport), code: code ?? null, stderr };
    },
    async texts() {
      const files = await readdir(path, { recursive: true, withFileTypes: true });
      const own = files.filter((file) => file.isFile() && !file.parentPath.startsWith(data));
      return (await Promise.all(own.map((file) => readFile(join(file.parentPath, file.name), 'latin1')))).join('\n');
    },
    running,
    async [Symbol.asyncDispose]() {
      for (const login of logins) await login[Symbol.asyncDispose]();
      // A keychain ends when its bus does, by itself.
      const patienceEndsAt = Date.now() + 5_000;
      for (let left = await running(); left.length > 0; left = await running()) {
        if (Date.now() > patienceEndsAt) {
          for (const pid of left) process.kill(pid, 'SIGKILL');
          throw new Error(`Left running in ${path}: ${left.join(', ')}`);
        }
        await pause(50);
      }
      await rm(path, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('\n')) resolve(text);
    });
    child.once('exit', (code) => reject(new Error(`The message bus ended with ${code}`)));
  });
}
