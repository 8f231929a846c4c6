/**
 * A process that measures one cold start: `node soap-cold-client.js <variant>`. The time runs from the import until the first
 * envelope is handed over to what would send it. Nothing but built-in modules is loaded before.
 */
import { fileURLToPath } from 'node:url';
import { answerQuestions } from './questions.ts';

const ENDPOINT = 'http://127.0.0.1:9/apps/services/a/91.0';
const CREDENTIALS = { username: 'api.user@harbor-foods.test', password: 'not-a-real-password' };
const QUERY = 'SELECT Id FROM Account';

/** Takes the envelope, so that the clock can be stopped. */
type HandOver = (envelope: unknown) => void;

const VARIANTS: Readonly<Record<string, (handOver: HandOver) => Promise<unknown>>> = {
  async latchkey(handOver) {
    const { createZuoraSoap } = await import('../../src/systems/zuora-soap.ts');
    const client = createZuoraSoap({
      baseUrl: ENDPOINT,
      credentials: CREDENTIALS,
      fetch(_url, init) {
        handOver(init?.body);
        return Promise.reject(new Error('Nothing is sent here'));
      },
    });
    return client.query({ queryString: QUERY });
  },
  async 'node-soap'(handOver) {
    const { createClientAsync } = await import('soap');
    const client = await createClientAsync(fileURLToPath(new URL('../../../specs/zuora-soap.wsdl', import.meta.url)), {
      endpoint: ENDPOINT,
      httpClient: {
        request(_url, body) {
          handOver(body);
          return Promise.reject(new Error('Nothing is sent here'));
        },
      },
    });
    return client.loginAsync(CREDENTIALS);
  },
};

const [wanted = ''] = process.argv.slice(2);
const begin = VARIANTS[wanted];
if (!begin) throw new Error(`There is no variant ${wanted}`);

answerQuestions(
  () =>
    new Promise((resolve, reject) => {
      // The first touch of any web API loads Node's own fetch; that is nobody's merit or fault.
      new Headers({ accept: 'text/xml' }).get('accept');
      const startedAt = performance.now();
      begin((envelope) => {
        const took = performance.now() - startedAt;
        if (typeof envelope === 'string' && envelope.includes(`>${CREDENTIALS.username}</`)) resolve(took);
        else reject(new Error('What was handed over is no login'));
      }).catch(reject);
    }),
);
