import type { EventListener } from '../../src/events.ts';
import type { KeeperStatus } from '../../src/keeper/keeper.ts';
import type { SystemName } from '../../src/sandbox/index.ts';
import type { SessionStore } from '../../src/stores/store.ts';

/** What every system's client is opened with. */
interface OpenOptions {
  readonly baseUrl: string;
  readonly store: SessionStore;
  readonly onEvent: EventListener;
  /** Whether to log in with a password that the service does not take. */
  readonly isPasswordWrong: boolean;
}

/** A client, and three typed calls to make with it. Each call rejects when the answer is not the one expected. */
interface OpenClient {
  readonly calls: readonly [Call, Call, Call];
  status(): Promise<KeeperStatus>;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

type Call = () => Promise<void>;

/** A system of the demo. To add one, write a function that opens its client and name it in {@link demoSystems}. */
export interface DemoSystem {
  readonly system: SystemName;
  open(options: OpenOptions): Promise<OpenClient>;
}

/** All systems, in the order in which they are shown. The users are the sandbox's own, listed in `docs/sandbox.md`. */
export const demoSystems: readonly DemoSystem[] = [
  { system: 'pulse-crm', open: openPulseCrm },
  { system: 'zato-sso', open: openZatoSso },
  { system: 'zuora-rest', open: openZuoraRest },
  { system: 'zuora-soap', open: openZuoraSoap },
];

async function openPulseCrm({ isPasswordWrong, ...common }: OpenOptions): Promise<OpenClient> {
  const { createPulseCrm } = await import('../../src/systems/pulse-crm.ts');
  const apiSecret = isPasswordWrong ? 'wrong-secret-000001' : 'secret-000000000001';
  const client = createPulseCrm({ ...common, credentials: { apiKey: 'apiKey-000000000001', apiSecret } });
  const whoAmI = async (): Promise<void> => {
    const { data } = await client.GET('/auth/session');
    expectAnswer('GET /auth/session', data?.email, 'ada@pulse.example.test');
  };
  return opened(client, [whoAmI, whoAmI, whoAmI]);
}

async function openZatoSso({ isPasswordWrong, ...common }: OpenOptions): Promise<OpenClient> {
  const { createZatoSso } = await import('../../src/systems/zato-sso.ts');
  const password = isPasswordWrong ? 'not the password of user1' : 'SD:n25a9-?Z8e-49bQ  D%';
  const client = createZatoSso({ ...common, currentApp: 'CRM', credentials: { username: 'user1', password } });
  return opened(client, [
    async () => {
      const { data } = await client.GET('/zato/sso/user');
      expectAnswer('GET /zato/sso/user', data?.username, 'user1');
    },
    async () => {
      const { data } = await client.PATCH('/zato/sso/user', { body: { display_name: 'Ada Example' } });
      expectAnswer('PATCH /zato/sso/user', data?.status, 'ok');
    },
    async () => {
      const { data } = await client.GET('/zato/sso/user/session/list');
      expectAnswer('GET /zato/sso/user/session/list', data?.status, 'ok');
    },
  ]);
}

async function openZuoraRest({ isPasswordWrong, ...common }: OpenOptions): Promise<OpenClient> {
  const { createZuoraRest } = await import('../../src/systems/zuora-rest.ts');
  const apiSecretAccessKey = isPasswordWrong ? 'not-the-password' : 'password';
  const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey };
  const client = createZuoraRest({ ...common, credentials });
  const entities = async (): Promise<void> => {
    const { data } = await client.GET('/v1/entities');
    expectAnswer('GET /v1/entities', data?.success, true);
  };
  return opened(client, [entities, entities, entities]);
}

async function openZuoraSoap({ isPasswordWrong, baseUrl, ...common }: OpenOptions): Promise<OpenClient> {
  const { createZuoraSoap } = await import('../../src/systems/zuora-soap.ts');
  // Not the user of REST: both are one account, where a password refused to one is not sent by the other either.
  const username = 'username@zuora.com';
  const credentials = { username, password: isPasswordWrong ? 'not-the-password' : 'password' };
  const client = createZuoraSoap({ ...common, baseUrl: `${baseUrl}/apps/services/a/91.0`, credentials });
  const whoAmI = async (): Promise<void> => {
    const { Username } = await client.getUserInfo({});
    expectAnswer('getUserInfo', Username, username);
  };
  const accounts = async (): Promise<void> => {
    const { result } = await client.query({ queryString: 'select Id, Name from Account' });
    expectAnswer('query', result.done, true);
  };
  return opened(client, [whoAmI, accounts, whoAmI]);
}

function opened(
  client: { readonly session: Pick<OpenClient, 'status'> } & AsyncDisposable,
  calls: OpenClient['calls'],
): OpenClient {
  return { calls, status: () => client.session.status(), [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

function expectAnswer(call: string, found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`${call} did not answer as expected`);
}
