/** The client process of the benchmark `soap`: `node soap-client.js <origin>`. */
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { createClientAsync } from 'soap';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { type Call, serveBlocks } from './blocks.ts';
import { LAST_NAME, NAMESPACE, PASSWORD, PATH, QUERY, RECORDS, SESSION, USERNAME } from './soap-data.ts';

const [origin = ''] = process.argv.slice(2);
const endpoint = origin + PATH;
const credentials = { username: USERNAME, password: PASSWORD };

// The budget is never used up, and its window so short that the book of logins is no longer than in real life.
const latchkey = createZuoraSoap({
  baseUrl: endpoint,
  credentials,
  loginBudgetMax: 1_000_000,
  loginBudgetWindowMs: 5,
});

const wsdl = fileURLToPath(new URL('../../../specs/zuora-soap.wsdl', import.meta.url));
const starting = await createClientAsync(wsdl, { endpoint });
const begun = await createClientAsync(wsdl, { endpoint });
// Headers belong to the whole client there, and a login must have none.
begun.addSoapHeader({ SessionHeader: { session: SESSION } }, '', 'zns', NAMESPACE);
const viaHttp = { httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }), proxy: false };

serveBlocks({
  'latchkey login': loggingIn(async () => (await latchkey.session.login()).secret),
  'node-soap login': loggingIn(async () => (await starting.loginAsync(credentials, viaHttp))[0].result.Session),
  'latchkey query200': querying(async () => (await latchkey.query({ queryString: QUERY })).result.records),
  'node-soap query200': querying(
    async () => (await begun.queryAsync({ queryString: QUERY }, viaHttp))[0].result.records,
  ),
});

function loggingIn(call: () => Promise<unknown>): Call {
  return async () => {
    if ((await call()) !== SESSION) throw new Error('The login brought no session');
  };
}

function querying(call: () => Promise<unknown>): Call {
  return async () => {
    const records = await call();
    const isWhole = Array.isArray(records) && records.length === RECORDS && records.at(-1)?.Name === LAST_NAME;
    if (!isWhole) throw new Error(`The query did not bring its ${RECORDS} records`);
  };
}
