import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createSandbox, type Sandbox, type SandboxOptions, type SystemName } from '../../src/sandbox/index.ts';
import { createFolder, type Finished, latchkey, type Started, type StartOptions, start } from './built.support.ts';

/** Somebody who can log in at the sandbox. */
export interface Person {
  readonly system: SystemName;
  readonly user: string;
  readonly secret: string;
  /** The environment's name of who logs in, and of the secret. */
  readonly userVariable: string;
  readonly secretVariable: string;
  /** What the base URL has behind the origin. */
  readonly path: string;
  readonly extras: readonly string[];
}

/** One for each system. */
export const people: Readonly<Record<SystemName, Person>> = {
  'pulse-crm': {
    system: 'pulse-crm',
    user: 'apiKey-000000000001',
    secret: 'secret-000000000001',
    userVariable: 'LATCHKEY_PULSE_CRM_API_KEY',
    secretVariable: 'LATCHKEY_PULSE_CRM_API_SECRET',
    path: '',
    extras: [],
  },
  'zato-sso': {
    system: 'zato-sso',
    user: 'user1',
    secret: 'SD:n25a9-?Z8e-49bQ  D%',
    userVariable: 'LATCHKEY_ZATO_SSO_USERNAME',
    secretVariable: 'LATCHKEY_ZATO_SSO_PASSWORD',
    path: '',
    extras: ['--current-app', 'CRM'],
  },
  'zuora-rest': {
    system: 'zuora-rest',
    user: 'username@company.com',
    secret: 'password',
    userVariable: 'LATCHKEY_ZUORA_REST_API_ACCESS_KEY_ID',
    secretVariable: 'LATCHKEY_ZUORA_REST_API_SECRET_ACCESS_KEY',
    path: '',
    extras: [],
  },
  'zuora-soap': {
    system: 'zuora-soap',
    user: 'username@zuora.com',
    secret: 'password',
    userVariable: 'LATCHKEY_ZUORA_SOAP_USERNAME',
    secretVariable: 'LATCHKEY_ZUORA_SOAP_PASSWORD',
    path: '/apps/services/a/91.0',
    extras: [],
  },
};

export const everybody: readonly Person[] = Object.values(people);

/** Another user of Zato's with the sandbox's own kind of password. */
export const zatoUser = (user: string): Person => ({ ...people['zato-sso'], user, secret: `${user}-Pa55-phrase` });

/** What a JSON output holds, as far as tests look at it. */
export interface Document {
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Somebody's desk: folders of its own, the command, and services next door. */
export interface Desk extends AsyncDisposable {
  readonly sandbox: Sandbox;
  /** Origin of all services. */
  readonly url: string;
  /** Holds everything that the command may write to. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  start(args: readonly string[], options?: StartOptions): Started;
  run(args: readonly string[], options?: StartOptions): Promise<Finished>;
  /** Runs with `--json` and reads what is printed; fails where that is no document. */
  ask(args: readonly string[], options?: StartOptions): Promise<Document & { readonly exit: number | null }>;
  /** The words that say whose session is meant. */
  who(person: Person): string[];
  /** Logs in with the secret on stdin; fails if that does. */
  login(person: Person, ...more: readonly string[]): Promise<Document>;
}

/** A desk may have its services elsewhere, or share them with another one. */
export interface DeskOptions {
  readonly sandbox?: SandboxOptions;
  readonly url?: string;
}

export async function openDesk({ sandbox: options, url: elsewhere }: DeskOptions = {}): Promise<Desk> {
  const home = await createFolder();
  const folder = home.path;
  const sandbox = createSandbox({ seed: 'desk', ...options });
  const listening = await sandbox.listen();
  const url = elsewhere ?? listening.url;
  await mkdir(join(folder, 'tmp'));
  const env = {
    HOME: folder,
    XDG_STATE_HOME: join(folder, 'state'),
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_CACHE_HOME: join(folder, 'cache'),
    TMPDIR: join(folder, 'tmp'),
    LATCHKEY_KEYCHAIN: 'off',
    CI: '',
  };
  const desk: Desk = {
    sandbox,
    url,
    folder,
    env,
    start: (args, { env: more, ...options } = {}) =>
      start(latchkey, args, { cwd: folder, ...options, env: { ...env, ...more } }),
    async run(args, options) {
      await using program = desk.start(args, options);
      return await program.finished;
    },
    async ask(args, options) {
      const { code, stdout, stderr } = await desk.run([...args, '--json'], options);
      try {
        const document: Document = JSON.parse(stdout);
        return { ...document, exit: code };
      } catch {
        throw new Error(`latchkey ${args.join(' ')} ended with ${code} and no document: ${stdout}${stderr}`);
      }
    },
    who: ({ system, user, path, extras }) => [system, '--base-url', url + path, '--user', user, ...extras],
    async login(person, ...more) {
      const args = ['auth', 'login', ...desk.who(person), '--password-stdin', ...more];
      const answer = await desk.ask(args, { input: person.secret });
      if (!answer.ok) throw new Error(`${args.join(' ')}: ${answer.message}`);
      return answer;
    },
    async [Symbol.asyncDispose]() {
      await listening.close();
      await home[Symbol.asyncDispose]();
    },
  };
  return desk;
}
