/**
 * The process of the benchmark `many`: `node --expose-gc many-client.js <base URL>`. It opens identities by the thousand and tells what
 * memory is used when there are so many, in bytes; or it calls on so many of them in turn and tells how long that took, in ms.
 */
import type { paths } from '../../generated/pulse-crm/types.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { createZatoSso } from '../../src/systems/zato-sso.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { type BareKeeper, openBareKeeper } from './bare-keepers.ts';
import { USER } from './calls-data.ts';
import { createElsewhereStore, recordOf } from './elsewhere-store.ts';
import { memoryInUse } from './memory.ts';
import { answerQuestions } from './questions.ts';
import { loginAnswer, PATH } from './soap-data.ts';

const ANSWER = { verdict: 'accepted', value: 1 } as const;
/** Nothing is sent there. */
const NOWHERE = 'http://127.0.0.1:9';
const SECRET = 'not-a-real-secret-5c1e';

const [baseUrl = ''] = process.argv.slice(2);
const none = createElsewhereStore(null);
const left = createElsewhereStore(await recordOf((store) => openBareKeeper('ada', store).login()));
const inMemory = createMemoryStore();
let answered = 0;

/** Opens the identity of a number, and brings it to where it is idle. */
type Opener = (number: number) => Promise<unknown>;

const openers: Readonly<Record<string, Opener>> = {
  'keeper, made': async (number) => openBareKeeper(`user-${number}`, none),
  'keeper, adopted': async (number) => used(openBareKeeper(`user-${number}`, left)),
  'keeper, logged in': async (number) => used(openBareKeeper(`user-${number}`, none)),
  'keeper, logged in, with its records in memory': async (number) => used(openBareKeeper(`user-${number}`, inMemory)),
  'pulse-crm, logged in': async (number) => {
    const credentials = { apiKey: `key-${number}`, apiSecret: SECRET };
    const client = createPulseCrm({ baseUrl: NOWHERE, credentials, store: none, fetch: answerPulse });
    await client.GET('/auth/session');
    return client;
  },
  'zuora-rest, logged in': async (number) => {
    const credentials = { apiAccessKeyId: `user-${number}`, apiSecretAccessKey: SECRET };
    const client = createZuoraRest({ baseUrl: NOWHERE, credentials, store: none, fetch: answerZuora });
    await client.GET('/v1/entities');
    return client;
  },
  'zato-sso, logged in': async (number) => {
    const credentials = { username: `user-${number}`, password: SECRET };
    const options = { baseUrl: NOWHERE, credentials, store: none, fetch: answerZato, currentApp: 'CRM' };
    const client = createZatoSso(options);
    await client.session.login();
    return client;
  },
  'zuora-soap, logged in': async (number) => {
    const credentials = { username: `user-${number}`, password: SECRET };
    const client = createZuoraSoap({ baseUrl: NOWHERE + PATH, credentials, store: none, fetch: answerSoap });
    await client.session.login();
    return client;
  },
};

const opened: unknown[] = [];
const keepers: BareKeeper[] = [];
const clients: ReturnType<typeof createPulseCrm<paths>>[] = [];
let next = 0;

answerQuestions(async ({ about, calls }) => {
  if (about === 'open') return open(calls);
  if (about === 'keepers') return timed(calls, async (number) => keepers[number % keepers.length]?.run(answer));
  if (about === 'clients')
    return timed(calls, async (number) => clients[number % clients.length]?.GET('/auth/session'));
  const opener = openers[about];
  if (!opener) throw new Error(`There are no identities of the kind ${about}`);
  for (let number = opened.length; number < calls; number += 1) opened.push(await opener(number));
  return memoryInUse();
});

/** Opens keepers and clients whose service answers, each with a session. */
async function open(count: number): Promise<number> {
  for (let number = 0; number < count; number += 1) {
    const keeper = openBareKeeper(`user-${number}`, none);
    const client = createPulseCrm({
      baseUrl,
      credentials: { apiKey: `key-${number}`, apiSecret: SECRET },
      store: none,
    });
    await Promise.all([keeper.login(), client.session.login()]);
    keepers.push(keeper);
    clients.push(client);
  }
  return count;
}

async function timed(count: number, call: (number: number) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  for (let made = 0; made < count; made += 1) {
    if ((await call(next)) === undefined) throw new Error('Nothing was answered');
    next += 1;
  }
  return performance.now() - startedAt;
}

async function used(keeper: BareKeeper): Promise<BareKeeper> {
  await keeper.run(answer);
  return keeper;
}

async function answer(): Promise<typeof ANSWER> {
  return ANSWER;
}

/** A session of its own for each login. */
function newSecret(): string {
  answered += 1;
  return `bench-session-${answered}`.padEnd(64, 'qT7vXw0aLs9');
}

async function answerPulse(): Promise<Response> {
  return Response.json({ ...USER, token: newSecret() });
}

async function answerZuora(): Promise<Response> {
  return Response.json({ success: true }, { headers: { 'set-cookie': `ZSession=${newSecret()}; Path=/` } });
}

async function answerZato(): Promise<Response> {
  return Response.json({ status: 'ok', ust: newSecret(), cid: 'cid-1' });
}

async function answerSoap(): Promise<Response> {
  return new Response(loginAnswer(NOWHERE + PATH), { headers: { 'content-type': 'text/xml' } });
}
