import { join } from 'node:path';
import type { SystemName } from '../../src/sandbox/index.ts';
import { openServer } from './local-server.ts';
import { formsOf, type SecretName, secrets } from './secrets.ts';
import { soapFault } from './secrets-service.ts';
import { type Stage, soapLogin, zatoRefusal } from './secrets-stage.ts';

/** Where the command is run: its folder, what it is told by the environment, and the services that it talks to. */
export interface CliStage {
  readonly stage: Stage;
  readonly folder: string;
  readonly system: SystemName;
  /** Origin of the services that it is sent to. */
  url: string;
  /** Set before each run; a scene may change it. */
  env: Record<string, string>;
  /** Files that a scene put there itself, secrets and all. */
  readonly planted: string[];
  /** Runs the command, to get somewhere before the run that counts. */
  run(args: readonly string[]): Promise<unknown>;
  plant(path: string, text: string): Promise<string>;
}

/** What happens to whoever runs a verb. */
export type Happening = (scene: CliStage) => unknown;

const variables: Readonly<Record<SystemName, readonly [user: string, variable: string, secret: SecretName]>> = {
  'pulse-crm': ['key-of-ada', 'LATCHKEY_PULSE_CRM_API_SECRET', 'apiSecret'],
  'zato-sso': ['ada', 'LATCHKEY_ZATO_SSO_PASSWORD', 'password'],
  'zuora-rest': ['ada@company.test', 'LATCHKEY_ZUORA_REST_API_SECRET_ACCESS_KEY', 'apiSecret'],
  'zuora-soap': ['ada@company.test', 'LATCHKEY_ZUORA_SOAP_PASSWORD', 'password'],
};

/** Words that say whose session is meant. */
export function whoAt({ system, url }: CliStage): string[] {
  const path = system === 'zuora-soap' ? '/apps/services/a/91.0' : '';
  const app = system === 'zato-sso' ? ['--current-app', 'CRM'] : [];
  return [system, '--base-url', url + path, '--user', variables[system][0], ...app];
}

/** The variable of a system's secret, and the secret. */
export function secretAt({ system }: CliStage): readonly [variable: string, value: string] {
  const [, variable, name] = variables[system];
  return [variable, secrets[name]];
}

const logins = ['POST /auth/login', 'POST /v1/connections', 'POST /zato/sso/user/login', 'SOAP login'] as const;

const sessions: Readonly<Record<SystemName, SecretName>> = {
  'pulse-crm': 'token',
  'zato-sso': 'ust',
  'zuora-rest': 'cookie',
  'zuora-soap': 'soapSession',
};

/** Lets the service repeat the secret that it is sent. */
function repeatSecret({ stage, system }: CliStage): string {
  return stage.repeat(variables[system][2]);
}

function giveValue(scene: CliStage): void {
  const [variable, value] = secretAt(scene);
  scene.env[variable] = value;
}

async function loggedIn(scene: CliStage): Promise<void> {
  giveValue(scene);
  await scene.run(['auth', 'login', ...whoAt(scene)]);
}

function loginsAnswer({ stage }: CliStage, reply: Parameters<Stage['answer']>[0][string]): void {
  stage.answer(Object.fromEntries(logins.map((login) => [login, reply])));
}

function deny(scene: CliStage): void {
  const { stage } = scene;
  const text = repeatSecret(scene);
  stage.answer({
    'POST /auth/login': { status: 401 },
    'POST /v1/connections': { status: 401, body: { success: false, reasons: [{ code: 90000011, message: text }] } },
    'POST /zato/sso/user/login': zatoRefusal(stage, 'E005001'),
    'SOAP login': soapFault('INVALID_VALUE', text, 'LoginFault'),
  });
}

/** Each way in which a verb that uses a session can go, the service repeating what it knows wherever it can. */
export const happenings: Readonly<Record<string, Happening>> = {
  'a login with the secret as a value': giveValue,
  async 'a login with the secret in a file'(scene) {
    const [variable, value] = secretAt(scene);
    scene.env[`${variable}_FILE`] = await scene.plant('secret file', value);
  },
  async 'a login with the secret from a command'(scene) {
    const [variable, value] = secretAt(scene);
    scene.env[`${variable}_COMMAND`] = JSON.stringify(['cat', await scene.plant('secret file', value)]);
  },
  'a session that is there': loggedIn,
  async 'a session that the service no longer knows'(scene) {
    await loggedIn(scene);
    scene.stage.repeat(sessions[scene.system]);
    scene.stage.service.answer = ({ call }) =>
      call.startsWith('SOAP') ? soapFault('INVALID_SESSION', scene.stage.service.text()) : { status: 401 };
  },
  async 'a session whose service fails'(scene) {
    await loggedIn(scene);
    const session = secrets[sessions[scene.system]];
    const inBase64 = ['', 'a', 'ab', 'abc'].map((before) => Buffer.from(`${before}${session}:more`));
    const page = [
      ...Object.values(formsOf(session)),
      ...inBase64.flatMap((bytes) => [bytes.toString('base64'), bytes.toString('base64url')]),
    ];
    scene.stage.service.answer = () => ({ status: 500, body: page.join(' | ') });
  },
  'a denied login'(scene) {
    giveValue(scene);
    deny(scene);
  },
  async 'a quarantine'(scene) {
    giveValue(scene);
    deny(scene);
    await scene.run(['auth', 'login', ...whoAt(scene)]);
  },
  'a broken proxy'(scene) {
    giveValue(scene);
    const text = repeatSecret(scene);
    loginsAnswer(scene, { status: 502, body: `<html>${text}</html>` });
  },
  'half an answer'(scene) {
    giveValue(scene);
    loginsAnswer(scene, { isCut: true });
  },
  'a page in place of an answer'(scene) {
    giveValue(scene);
    const text = repeatSecret(scene);
    loginsAnswer(scene, { status: 200, body: `<html>${text}</html>` });
  },
  'a limit on logins'(scene) {
    giveValue(scene);
    repeatSecret(scene);
    loginsAnswer(scene, { status: 429, headers: { 'retry-after': '3600' } });
  },
  'an answer that breaks the spec'(scene) {
    giveValue(scene);
    const text = repeatSecret(scene);
    const broken = { body: { id: text, token: { text }, ust: [text], success: text } };
    scene.stage.answer({
      'POST /auth/login': broken,
      'POST /v1/connections': broken,
      'POST /zato/sso/user/login': broken,
      'SOAP login': soapLogin('', text),
    });
  },
  'a redirect that quotes'(scene) {
    giveValue(scene);
    const [, secret] = secretAt(scene);
    loginsAnswer(scene, { status: 302, headers: { location: `https://a.test/?p=${encodeURIComponent(secret)}` } });
  },
  async 'no service at all'(scene) {
    giveValue(scene);
    await using gone = await openServer(() => {});
    scene.url = gone.url;
  },
  async 'a secret that is missing'(scene) {
    // Somebody else's is there.
    scene.env.LATCHKEY_TEST_SECRET = secretAt(scene)[1];
  },
  async 'a command that fails after it printed the secret'(scene) {
    const [variable, value] = secretAt(scene);
    const file = await scene.plant('secret file', value);
    scene.env[`${variable}_COMMAND`] = JSON.stringify(['sh', '-c', 'cat "$0"; exit 3', file]);
  },
  'a command that only a shell could read'(scene) {
    const [variable, value] = secretAt(scene);
    scene.env[`${variable}_COMMAND`] = `echo '${value}' | cat`;
  },
  async 'a store that cannot be written'(scene) {
    giveValue(scene);
    scene.env.LATCHKEY_STORE = join(await scene.plant('no folder', ''), 'records');
  },
  async 'a store with another key'(scene) {
    await loggedIn(scene);
    scene.env.LATCHKEY_KEY = Buffer.alloc(32, 3).toString('base64');
  },
  'a key that is none'(scene) {
    giveValue(scene);
    scene.env.LATCHKEY_KEY = secrets.password;
  },
  async 'a file of profiles with a secret in it'(scene) {
    const profile = { system: scene.system, user: 'ada', password: secrets.password };
    await scene.plant('config/latchkey/config.json', JSON.stringify({ profiles: { work: profile } }, null, 2));
  },
  async 'a file of profiles that is broken at a secret'(scene) {
    const text = `{"profiles": {"work": {"system": "pulse-crm", "password": ${secrets.password}}}}`;
    await scene.plant('config/latchkey/config.json', text);
  },
};
