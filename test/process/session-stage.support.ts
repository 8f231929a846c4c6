import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSandbox, type SandboxOptions, type SystemName } from '../../src/sandbox/index.ts';
import { createFolder, type Finished, latchkey, root } from './built.support.ts';

/** Who logs in to each system of the sandbox, as the command's environment says it. */
const logins = {
  'pulse-crm': { API_KEY: 'apiKey-000000000001', API_SECRET: 'secret-000000000001' },
  'zato-sso': { USERNAME: 'superuser1', PASSWORD: 'superuser1-Pa55-phrase', CURRENT_APP: 'CRM' },
  'zuora-rest': { API_ACCESS_KEY_ID: 'username@company.com', API_SECRET_ACCESS_KEY: 'password' },
  'zuora-soap': { USERNAME: 'username@company.com', PASSWORD: 'password' },
} as const;

/** A sandbox over HTTP and a home of its own, for commands that use sessions. */
export interface SessionStage extends AsyncDisposable {
  readonly sandbox: ReturnType<typeof createSandbox>;
  readonly url: string;
  readonly folder: string;
  /** What finds folder and sandbox, and the credentials of each system. */
  readonly env: Readonly<Record<string, string>>;
  /** The same without credentials. */
  readonly plainEnv: Readonly<Record<string, string>>;
  /** Runs the built command with these credentials, or in another environment, with this text on its stdin. */
  latchkey(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Logs in, and gives the session as a program would see it. */
  token(system: SystemName): Promise<string>;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Opens a stage of its own for a test. */
export async function openSessionStage(options: SandboxOptions = {}): Promise<SessionStage> {
  const folder = await createFolder();
  const sandbox = createSandbox(options);
  const server = await sandbox.listen();
  for (const name of ['state', 'config', 'home']) await mkdir(join(folder.path, name));
  const plainEnv = {
    PATH: process.env.PATH ?? '',
    HOME: join(folder.path, 'home'),
    XDG_STATE_HOME: join(folder.path, 'state'),
    XDG_CONFIG_HOME: join(folder.path, 'config'),
    LATCHKEY_KEYCHAIN: 'off',
  };
  const env: Record<string, string> = { ...plainEnv };
  for (const [system, values] of Object.entries(logins)) {
    const prefix = `LATCHKEY_${system.toUpperCase().replaceAll('-', '_')}`;
    env[`${prefix}_BASE_URL`] = server.url + (system === 'zuora-soap' ? '/apps/services/a/91.0' : '');
    for (const [name, value] of Object.entries(values)) env[`${prefix}_${name}`] = value;
  }
  const run = (args: readonly string[], { env: given = env, input }: RunOptions = {}): Promise<Finished> =>
    runProgram(process.execPath, [join(root, 'dist', latchkey), ...args], { env: given, input });
  return {
    sandbox,
    url: server.url,
    folder: folder.path,
    env,
    plainEnv,
    latchkey: run,
    async token(system) {
      const { stdout } = await run(['auth', 'token', system]);
      return stdout.trimEnd();
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

interface ProgramOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string | undefined;
  /** Does something to the program while it runs. */
  readonly started?: (pid: number) => Promise<void>;
}

/** Runs a program to its end, in this environment and no other. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { env, input, started }: ProgramOptions,
): Promise<Finished> {
  const child = spawn(program, args, { env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] });
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (piece: string) => {
      text[name] += piece;
    });
  }
  // Whoever ends without reading all of it is judged by how it ends.
  child.stdin?.on('error', () => {}).end(input);
  const closed = once(child, 'close');
  try {
    await started?.(child.pid ?? 0);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const [code, endedBy]: [number | null, NodeJS.Signals | null] = await closed.then(([ended, by]) => [ended, by]);
  return { code, endedBy, ...text };
}
