import { join } from 'node:path';
import type { SystemName } from '../../src/sandbox/index.ts';
import type { SecretName } from './secrets.ts';
import { type CliStage, secretAt, whoAt } from './secrets-cli.ts';

/** A command line to run, and what it may show. */
export interface Doing {
  readonly args: readonly string[];
  readonly input?: string;
  /** Secrets that stdout may hold: it is what the verb is for. */
  readonly shows?: readonly SecretName[];
  /** Secrets that a child's environment may hold, which then must hold no other, not even one that we were given. */
  readonly hands?: readonly SecretName[];
}

type Act = (scene: CliStage, json: readonly string[]) => Doing;

const SESSIONS: readonly SecretName[] = ['token', 'cookie', 'ust', 'soapSession'];
const root = join(import.meta.dirname, '../..');

const calls: Readonly<Record<SystemName, readonly string[]>> = {
  'pulse-crm': ['getSession'],
  'zuora-rest': ['GET /v1/entities'],
  'zato-sso': ['getUser', '--param', 'user_id=zusr1'],
  'zuora-soap': ['getUserInfo'],
};

/** How each verb that uses a session is run. */
export const sessionVerbs: Readonly<Record<string, Act>> = {
  'auth login': (scene, json) => ({ args: ['auth', 'login', ...whoAt(scene), '--force', ...json] }),
  'auth status': (scene, json) => ({ args: ['auth', 'status', ...whoAt(scene), '--verify', ...json] }),
  'auth token': (scene, json) => ({ args: ['auth', 'token', ...whoAt(scene), ...json], shows: SESSIONS }),
  'auth header': (scene, json) => ({ args: ['auth', 'header', ...whoAt(scene), ...json], shows: SESSIONS }),
  'auth refresh': (scene, json) => ({ args: ['auth', 'refresh', ...whoAt(scene), ...json] }),
  'auth logout': (scene, json) => ({ args: ['auth', 'logout', ...whoAt(scene), '--clear-quarantine', ...json] }),
  'auth list': (_, json) => ({ args: ['auth', 'list', ...json] }),
  call(scene, json) {
    const [system = '', ...who] = whoAt(scene);
    return { args: ['call', system, ...calls[scene.system], ...who, ...json] };
  },
  exec: (scene, json) => ({ args: ['exec', ...whoAt(scene), ...json, '--', 'true'], hands: SESSIONS }),
  'credential-helper'(scene, json) {
    const [system, , baseUrl, , user] = whoAt(scene);
    const app = system === 'zato-sso' ? { currentApp: 'CRM' } : {};
    const input = JSON.stringify({ version: 1, action: 'get', system, baseUrl, user, ...app });
    return { args: ['credential-helper', ...json], input, shows: SESSIONS };
  },
  init(scene, json) {
    const [system = '', ...who] = whoAt(scene);
    return { args: ['init', '--name', 'new', '--system', system, ...who, '--no-input', ...json] };
  },
  doctor: (_, json) => ({ args: ['doctor', ...json] }),
};

/** How the others are run: well, and badly. */
export const otherVerbs: Readonly<
  Record<string, readonly ((scene: CliStage, json: readonly string[]) => Doing | Promise<Doing>)[]>
> = {
  sandbox: [(_, json) => ({ args: ['sandbox', '--port', '99999', ...json] })],
  generate: [
    (scene, json) => {
      const spec = join(root, 'test/unit/generate-openapi.fixture.yaml');
      return { args: ['generate', '--specs', spec, '--out', join(scene.folder, 'out'), ...json] };
    },
    (_, json) => ({ args: ['generate', '--specs', 'nowhere', ...json] }),
  ],
  regenerate: [
    (_, json) => ({ args: ['regenerate', '--no-fetch', ...json] }),
    (_, json) => ({ args: ['regenerate', '--branch', 'new', ...json] }),
  ],
  diff: [
    (_, json) => {
      const spec = join(root, 'specs/pulse-crm.openapi.yaml');
      return { args: ['diff', spec, join(root, 'specs/zato-sso.openapi.yaml'), ...json] };
    },
    (_, json) => ({ args: ['diff', 'nowhere', 'nowhere', ...json] }),
  ],
  contract: [
    (scene, json) => {
      const [, apiSecret] = secretAt({ ...scene, system: 'pulse-crm' });
      scene.env.LATCHKEY_PULSE_CRM_API_KEY = 'key-of-ada';
      scene.env.LATCHKEY_PULSE_CRM_API_SECRET = apiSecret;
      scene.stage.repeat('apiSecret', 'token');
      return { args: ['contract', '--system', 'pulse-crm', '--target', scene.url, ...json] };
    },
    async (scene, json) => {
      const [, apiSecret] = secretAt({ ...scene, system: 'pulse-crm' });
      const work = { system: 'pulse-crm', baseUrl: scene.url, user: 'key-of-ada', secretFile: 'secret.txt' };
      await scene.plant('config/latchkey/secret.txt', apiSecret);
      await scene.plant('config/latchkey/config.json', JSON.stringify({ profiles: { work } }));
      return { args: ['contract', '--profile', 'work', '--scenario', 'login', ...json] };
    },
    (_, json) => ({ args: ['contract', '--system', 'zato-sso', '--target', 'http://a.test', ...json] }),
  ],
  completion: [
    (_, json) => ({ args: ['completion', 'bash', ...json] }),
    (_, json) => ({ args: ['completion', 'tcsh', ...json] }),
  ],
};
