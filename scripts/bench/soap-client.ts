/** A client process of the benchmark `soap`: `node soap-client.js <base URL> <variant>`. */
import { Agent } from 'node:http';
import { fileURLToPath } from 'node:url';
import { type Call, serveBlocks } from './blocks.ts';
import { LAST_NAME, NAMESPACE, PASSWORD, PATH, QUERY, RECORDS, SESSION, USERNAME } from './soap-data.ts';

/** What each variant makes of the two calls. */
interface Variant {
  /** A whole login; the session that it brought. */
  login(): Promise<unknown>;
  /** A query's records. */
  query(): Promise<unknown>;
}

const [origin = '', wanted = ''] = process.argv.slice(2);
const endpoint = origin + PATH;

const VARIANTS: Readonly<Record<string, () => Promise<Variant>>> = {
  async latchkey() {
    const { createZuoraSoap } = await import('../../src/systems/zuora-soap.ts');
    const client = createZuoraSoap({
      baseUrl: endpoint,
      credentials: { username: USERNAME, password: PASSWORD },
      // Never used up, and with a window so short that the book of logins is no longer than in real life.
      loginBudgetMax: 1_000_000,
      loginBudgetWindowMs: 5,
    });
    return {
      login: async () => (await client.session.login()).secret,
      query: async () => (await client.query({ queryString: QUERY })).result.records,
    };
  },
  async 'node-soap'() {
    const { createClientAsync } = await import('soap');
    const wsdl = fileURLToPath(new URL('../../../specs/zuora-soap.wsdl', import.meta.url));
    const options = { httpAgent: new Agent({ keepAlive: true, maxSockets: 64 }), proxy: false };
    const starting = await createClientAsync(wsdl, { endpoint });
    const client = await createClientAsync(wsdl, { endpoint });
    // Headers belong to the whole client there, and a login must have none.
    client.addSoapHeader({ SessionHeader: { session: SESSION } }, '', 'zns', NAMESPACE);
    return {
      login: async () => {
        const [answer] = await starting.loginAsync({ username: USERNAME, password: PASSWORD }, options);
        return answer.result.Session;
      },
      query: async () => (await client.queryAsync({ queryString: QUERY }, options))[0].result.records,
    };
  },
};

const variant = await VARIANTS[wanted]?.();
if (!variant) throw new Error(`There is no variant ${wanted}`);

serveBlocks({
  login: checked(
    () => variant.login(),
    (session) => session === SESSION,
  ),
  query200: checked(
    () => variant.query(),
    (records) => Array.isArray(records) && records.length === RECORDS && records.at(-1)?.Name === LAST_NAME,
  ),
});

function checked(call: () => Promise<unknown>, isRight: (found: unknown) => boolean): Call {
  return async () => {
    if (!isRight(await call())) throw new Error('The answer is not the one expected');
  };
}
