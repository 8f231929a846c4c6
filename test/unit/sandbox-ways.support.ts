import { createSandbox, type Sandbox, type SandboxOptions, type SystemName } from '../../src/sandbox/index.ts';

export const NOW_MS = Date.UTC(2026, 9, 2, 12, 0, 0);
export const create = (options: SandboxOptions = {}): Sandbox =>
  createSandbox({ clock: { nowMs: () => NOW_MS }, seed: 'everywhere', ...options });

/** One system, as scenarios that hold for all see it: how to log in, and how to use what that gave. */
export interface Way {
  readonly system: SystemName;
  login(sandbox: Sandbox): Promise<Response>;
  /** The session in the answer of a login; nothing where there is none. */
  sessionIn(answer: Response): Promise<string | undefined>;
  call(sandbox: Sandbox, session: string): Promise<Response>;
}

export const send = (sandbox: Sandbox, path: string, init: RequestInit) =>
  sandbox.handle(new Request(`https://any.test${path}`, init));
export const soap = (sandbox: Sandbox, header: string, payload: string) =>
  send(sandbox, '/apps/services/a/91.0', {
    method: 'POST',
    body: `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://api.zuora.com/"><s:Header>${header}</s:Header><s:Body>${payload}</s:Body></s:Envelope>`,
  });

export const pulse: Way = {
  system: 'pulse-crm',
  login: (sandbox) =>
    send(sandbox, '/auth/login', {
      method: 'POST',
      body: JSON.stringify({ apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' }),
    }),
  sessionIn: async (answer) => /"token":"([^"]+)"/.exec(await answer.text())?.[1],
  call: (sandbox, session) => send(sandbox, '/auth/session', { headers: { Authorization: `Bearer ${session}` } }),
};
export const zato: Way = {
  system: 'zato-sso',
  login: (sandbox) =>
    send(sandbox, '/zato/sso/user/login', {
      method: 'POST',
      headers: { 'User-Agent': 'test' },
      body: JSON.stringify({ username: 'superuser1', password: 'superuser1-Pa55-phrase', current_app: 'CRM' }),
    }),
  sessionIn: async (answer) => /"ust":"([^"]+)"/.exec(await answer.text())?.[1],
  call: (sandbox, session) =>
    send(sandbox, `/zato/sso/user?${new URLSearchParams({ ust: session, current_app: 'CRM' })}`, {}),
};
export const zuoraRest: Way = {
  system: 'zuora-rest',
  login: (sandbox) =>
    send(sandbox, '/v1/connections', {
      method: 'POST',
      headers: { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' },
    }),
  sessionIn: async (answer) => /ZSession=([^;]+)/.exec(answer.headers.getSetCookie().join())?.[1],
  call: (sandbox, session) => send(sandbox, '/v1/entities', { headers: { Cookie: `ZSession=${session}` } }),
};
export const zuoraSoap: Way = {
  system: 'zuora-soap',
  login: (sandbox) =>
    soap(sandbox, '', '<login><username>username@company.com</username><password>password</password></login>'),
  sessionIn: async (answer) => /Session>([^<]+)</.exec(await answer.text())?.[1],
  call: (sandbox, session) =>
    soap(sandbox, `<SessionHeader><session>${session}</session></SessionHeader>`, '<getUserInfo/>'),
};
export const ways = [zuoraRest, zuoraSoap, zato, pulse];

export const logIn = async (sandbox: Sandbox, { login, sessionIn }: Way): Promise<string> => {
  const session = await sessionIn(await login(sandbox));
  if (session === undefined) throw new Error('nobody could log in');
  return session;
};
export const isGood = async (sandbox: Sandbox, way: Way, session: string) =>
  (await way.call(sandbox, session)).status === 200;
