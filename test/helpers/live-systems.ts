import { createSandbox, type Sandbox, type SandboxOptions, type SystemName } from '../../src/sandbox/index.ts';
import type { ClientOptions, SessionHandle } from '../../src/systems/client-options.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';

/** A sandbox that listens on loopback, closed when the test's block ends. */
export interface LiveSandbox extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly url: string;
}

export async function openSandbox(options: SandboxOptions = {}): Promise<LiveSandbox> {
  const sandbox = createSandbox({ seed: 'live', ...options });
  const listening = await sandbox.listen();
  return { sandbox, url: listening.url, [Symbol.asyncDispose]: () => listening.close() };
}

/** What every system's client takes, whatever its credentials look like. */
export type CommonOptions = Omit<ClientOptions<never>, 'credentials'>;

/** A client whose calls are numbered, so that each answer can be told from the others and from a wrong one. */
export interface LiveClient extends AsyncDisposable {
  readonly session: SessionHandle<unknown>;
  /** Makes the n-th call and gives what its answer says. */
  call(n: number): Promise<unknown>;
  /** What the n-th call has to say; known after the first call of all. */
  expected(n: number): unknown;
}

/** One system as tests that run over all of them see it. */
export interface LiveSystem {
  readonly system: SystemName;
  /** Tells a login from other requests. */
  isLogin(url: string, body: unknown): boolean;
  /** Opens a client with right credentials and makes its first calls. */
  open(live: LiveSandbox, options: CommonOptions): Promise<LiveClient>;
}

const TENANT_ACCOUNTS = 50;

interface AccountPaths {
  '/v1/accounts/{key}': {
    get: {
      parameters: { path: { key: string } };
      responses: { 200: { content: { 'application/json': { basicInfo: { accountNumber: string } } } } };
    };
  };
}

const pulse: LiveSystem = {
  system: 'pulse-crm',
  isLogin: (url) => url.endsWith('/auth/login'),
  async open({ url }, options) {
    const client = createPulseCrm({
      ...options,
      baseUrl: url,
      credentials: { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' },
    });
    const call = async (n: number): Promise<unknown> => {
      const { data, response } = await client.GET('/auth/session', {
        params: { header: { 'X-Account-ID': n % 2 === 0 ? 'acct-0001' : 'acct-0002' } },
      });
      return { status: response.status, id: data?.id, email: data?.email };
    };
    await call(0);
    return {
      session: client.session,
      call,
      expected: () => ({ status: 200, id: 1001, email: 'ada@pulse.example.test' }),
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

const zuoraRest: LiveSystem = {
  system: 'zuora-rest',
  isLogin: (url) => url.endsWith('/v1/connections'),
  async open({ url, sandbox }, options) {
    sandbox.scenario('zuora-rest', 'accounts', { count: TENANT_ACCOUNTS });
    const client = createZuoraRest<AccountPaths>({
      ...options,
      baseUrl: url,
      credentials: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' },
    });
    const number = (n: number): string => `A${String(1 + (n % TENANT_ACCOUNTS)).padStart(8, '0')}`;
    const call = async (n: number): Promise<unknown> => {
      const { data } = await client.GET('/v1/accounts/{key}', { params: { path: { key: number(n) } } });
      return data?.basicInfo.accountNumber;
    };
    await call(0);
    return {
      session: client.session,
      call,
      expected: number,
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

const zuoraSoap: LiveSystem = {
  system: 'zuora-soap',
  isLogin: (_, body) => typeof body === 'string' && /<(?:\w+:)?login[\s>]/.test(body),
  async open({ url, sandbox }, options) {
    sandbox.scenario('zuora-soap', 'accounts', { count: TENANT_ACCOUNTS });
    const client = createZuoraSoap({
      ...options,
      baseUrl: `${url}/apps/services/a/91.0`,
      credentials: { username: 'username@company.com', password: 'password' },
    });
    const { result } = await client.query({ queryString: 'select Id from Account' });
    const ids = (result.records ?? []).map((record) => record?.Id ?? 'none');
    const idAt = (n: number): string => ids[n % ids.length] ?? 'no record was found';
    return {
      session: client.session,
      async call(n) {
        const answer = await client.query({ queryString: `select Id from Account where Id = '${idAt(n)}'` });
        return answer.result.records?.map((record) => record?.Id);
      },
      expected: (n) => [idAt(n)],
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

const zatoSso: LiveSystem = {
  system: 'zato-sso',
  isLogin: (url) => url.endsWith('/zato/sso/user/login'),
  async open({ url }, options) {
    const client = createZatoSso({
      ...options,
      baseUrl: url,
      currentApp: 'CRM',
      credentials: { username: 'superuser1', password: 'superuser1-Pa55-phrase' },
    });
    const { data } = await client.POST('/zato/sso/user/search', { body: {} });
    const users = data?.result ?? [];
    const userAt = (n: number) => users[n % users.length];
    return {
      session: client.session,
      async call(n) {
        const userId = userAt(n)?.user_id ?? 'none';
        const answer = await client.GET('/zato/sso/user', { params: { query: { user_id: userId } } });
        return answer.data?.username;
      },
      expected: (n) => userAt(n)?.username ?? 'no user was found',
      [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
    };
  },
};

/** Every system, for tests that hold for each of them. A new system is one entry here. */
export const liveSystems: readonly LiveSystem[] = [pulse, zuoraRest, zatoSso, zuoraSoap];
