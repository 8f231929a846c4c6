/** The client process of the benchmark `sandbox`: `node sandbox-client.js <origin of ours> <origin of the peer's>`. */
import { Agent, request } from 'undici';
import { type Call, serveBlocks } from './blocks.ts';
import { PULSE_LOGIN } from './sandbox-data.ts';

const [ours = '', peers = ''] = process.argv.slice(2);
const dispatcher = new Agent({ connections: 50, pipelining: 1 });

async function login(origin: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const { statusCode, body } = await request(`${origin}/auth/login`, {
    dispatcher,
    method: 'POST',
    headers,
    body: PULSE_LOGIN,
  });
  const user: unknown = await body.json();
  const token = typeof user === 'object' && user !== null && 'token' in user ? user.token : undefined;
  if (statusCode !== 200 || typeof token !== 'string') throw new Error(`The login was answered with ${statusCode}`);
  return token;
}

function sessionCall(origin: string): Call {
  let token: Promise<string> | undefined;
  return async () => {
    token ??= login(origin);
    const headers = { authorization: `Bearer ${await token}` };
    const { statusCode, body } = await request(`${origin}/auth/session`, { dispatcher, headers });
    await body.json();
    if (statusCode !== 200) throw new Error(`The call was answered with ${statusCode}`);
  };
}

const loginCall =
  (origin: string): Call =>
  async () => {
    await login(origin);
  };

serveBlocks({
  'latchkey login': loginCall(ours),
  '@mswjs/http-middleware login': loginCall(peers),
  'latchkey session': sessionCall(ours),
  '@mswjs/http-middleware session': sessionCall(peers),
});
