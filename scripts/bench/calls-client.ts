/**
 * A client process of the benchmark `calls`: `node calls-client.js <base URL> <variant>`. Each variant has a process of its own,
 * so that none runs in a heap, or through code, that another has shaped.
 */
import { Agent } from 'node:http';
import { type Call, serveBlocks } from './blocks.ts';
import { ACCOUNT_ID, API_KEY, type BenchPaths, CONTACT, SAVED, TOKEN, USER } from './calls-data.ts';

/** What each variant makes of the two calls: the parsed answers. */
interface Variant {
  read(): Promise<unknown>;
  write(): Promise<unknown>;
}

const [baseUrl = '', wanted = ''] = process.argv.slice(2);
const headers = { authorization: `Bearer ${TOKEN}`, 'x-account-id': ACCOUNT_ID };

const VARIANTS: Readonly<Record<string, () => Promise<Variant>>> = {
  async latchkey() {
    const { createPulseCrm } = await import('../../src/systems/pulse-crm.ts');
    const client = createPulseCrm<BenchPaths>({ baseUrl, credentials: API_KEY });
    return {
      read: async () => (await client.GET('/auth/session')).data,
      write: async () => (await client.POST('/contacts', { body: CONTACT })).data,
    };
  },
  async 'openapi-fetch'() {
    const { default: createClient } = await import('openapi-fetch');
    const client = createClient<BenchPaths>({ baseUrl, headers });
    return {
      read: async () => (await client.GET('/auth/session')).data,
      write: async () => (await client.POST('/contacts', { body: CONTACT })).data,
    };
  },
  async fetch() {
    const method = 'POST';
    const writing = { ...headers, 'content-type': 'application/json' };
    return {
      read: async () => (await fetch(`${baseUrl}/auth/session`, { headers })).json(),
      write: async () => {
        const body = JSON.stringify(CONTACT);
        return (await fetch(`${baseUrl}/contacts`, { method, headers: writing, body })).json();
      },
    };
  },
  async axios() {
    const { default: axios } = await import('axios');
    const httpAgent = new Agent({ keepAlive: true, maxSockets: 64 });
    const client = axios.create({ baseURL: baseUrl, headers, proxy: false, httpAgent });
    return {
      read: async () => (await client.get('/auth/session')).data,
      write: async () => (await client.post('/contacts', CONTACT)).data,
    };
  },
};

const variant = await VARIANTS[wanted]?.();
if (!variant) throw new Error(`There is no variant ${wanted}`);

serveBlocks({
  get: checked(() => variant.read(), USER.id),
  post: checked(() => variant.write(), SAVED.id),
});

function checked(call: () => Promise<unknown>, expected: number): Call {
  return async () => {
    const found = await call();
    const id = typeof found === 'object' && found !== null && 'id' in found ? found.id : undefined;
    if (id !== expected) throw new Error(`Expected the answer with id ${expected}, got ${String(id)}`);
  };
}
