import type { Sandbox } from '../../src/sandbox/index.ts';
import { loginEnvelope, PATH } from './soap-data.ts';

/** A key of the sandbox's first user of Pulse. */
export const PULSE_LOGIN = JSON.stringify({ apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' });

const json = { 'content-type': 'application/json', 'user-agent': 'bench' };

type Opener = (handle: Sandbox['handle'], origin: string) => Promise<Response>;

/** A login and a call with its session, by system. */
const openers: Readonly<Record<string, Opener>> = {
  'pulse-crm': async (handle, origin) => {
    const login = await handle(
      new Request(`${origin}/auth/login`, { method: 'POST', headers: json, body: PULSE_LOGIN }),
    );
    const { token } = await login.json();
    return handle(new Request(`${origin}/auth/session`, { headers: { authorization: `Bearer ${token}` } }));
  },
  'zuora-rest': async (handle, origin) => {
    const keys = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
    const headers = { ...json, ...keys };
    const login = await handle(new Request(`${origin}/v1/connections`, { method: 'POST', headers, body: '{}' }));
    const [cookie = ''] = login.headers.getSetCookie()[0]?.split(';') ?? [];
    return handle(new Request(`${origin}/v1/entities`, { headers: { cookie } }));
  },
  'zuora-soap': async (handle, origin) => {
    const headers = { 'content-type': 'text/xml', soapaction: '""' };
    const send = (body: string) => handle(new Request(origin + PATH, { method: 'POST', headers, body }));
    const login = await send(loginEnvelope('username@company.com', 'password'));
    const [, session = ''] = /Session>([^<]+)</.exec(await login.text()) ?? [];
    return send(
      `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/"><e:Header><z:SessionHeader><z:session>${session}</z:session></z:SessionHeader></e:Header><e:Body><z:getUserInfo/></e:Body></e:Envelope>`,
    );
  },
  'zato-sso': async (handle, origin) => {
    const form = { username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%', current_app: 'CRM' };
    const body = JSON.stringify(form);
    const login = await handle(new Request(`${origin}/zato/sso/user/login`, { method: 'POST', headers: json, body }));
    const { ust } = await login.json();
    const query = new URLSearchParams({ ust, current_app: 'CRM' });
    return handle(new Request(`${origin}/zato/sso/user?${query}`, { headers: json }));
  },
};

/** The systems whose sessions can be opened. */
export const SANDBOX_SYSTEMS = Object.keys(openers);

/** Opens a session and uses it. @throws Error if either was refused */
export async function openSandboxSession(sandbox: Sandbox, system: string): Promise<void> {
  const open = openers[system];
  if (!open) throw new Error(`There is no system ${system}`);
  const [, origin = ''] = Object.entries(sandbox.origins).find(([name]) => name === system) ?? [];
  const response = await open((request) => sandbox.handle(request), origin);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`${system} answered a call with ${response.status}`);
}
