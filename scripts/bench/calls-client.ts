/** The client process of the benchmark `calls`: `node calls-client.js <base URL>`. */
import { Agent } from 'node:http';
import axios from 'axios';
import createClient from 'openapi-fetch';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { type Call, serveBlocks } from './blocks.ts';
import { ACCOUNT_ID, API_KEY, type BenchPaths, CONTACT, SAVED, TOKEN, USER } from './calls-data.ts';

const [baseUrl = ''] = process.argv.slice(2);
const headers = { authorization: `Bearer ${TOKEN}`, 'x-account-id': ACCOUNT_ID };
const jsonHeaders = { ...headers, 'content-type': 'application/json' };

const latchkey = createPulseCrm<BenchPaths>({ baseUrl, credentials: API_KEY });
const bare = createClient<BenchPaths>({ baseUrl, headers });
const httpAgent = new Agent({ keepAlive: true, maxSockets: 64 });
const viaAxios = axios.create({ baseURL: baseUrl, headers, proxy: false, httpAgent });

serveBlocks({
  'latchkey get': reading(async () => (await latchkey.GET('/auth/session')).data),
  'openapi-fetch get': reading(async () => (await bare.GET('/auth/session')).data),
  'fetch get': reading(async () => (await fetch(`${baseUrl}/auth/session`, { headers })).json()),
  'axios get': reading(async () => (await viaAxios.get('/auth/session')).data),
  'latchkey post': writing(async () => (await latchkey.POST('/contacts', { body: CONTACT })).data),
  'openapi-fetch post': writing(async () => (await bare.POST('/contacts', { body: CONTACT })).data),
  'fetch post': writing(async () => {
    const init = { method: 'POST', headers: jsonHeaders, body: JSON.stringify(CONTACT) };
    return (await fetch(`${baseUrl}/contacts`, init)).json();
  }),
  'axios post': writing(async () => (await viaAxios.post('/contacts', CONTACT)).data),
});

function reading(call: () => Promise<unknown>): Call {
  return expecting(call, USER.id);
}

function writing(call: () => Promise<unknown>): Call {
  return expecting(call, SAVED.id);
}

function expecting(call: () => Promise<unknown>, expected: number): Call {
  return async () => {
    const found = await call();
    const id = typeof found === 'object' && found !== null && 'id' in found ? found.id : undefined;
    if (id !== expected) throw new Error(`Expected the answer with id ${expected}, got ${String(id)}`);
  };
}
