/** A client process of the benchmark `storm`: `node storm-client.js <setup>`. */
import { Redis } from 'ioredis';
import { createFileStore } from '../../src/stores/file.ts';
import { createRedisStore } from '../../src/stores/redis.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { USER } from './calls-data.ts';
import { createRefreshingClient } from './google-peer.ts';
import { answerQuestions } from './questions.ts';
import { setupOfThisProcess } from './sessions-data.ts';

const { baseUrl, directory, key, redisPort } = setupOfThisProcess();

const viaGoogle = createRefreshingClient(baseUrl);
const calls: Record<string, () => Promise<unknown>> = {
  'latchkey memory': callOf('memory'),
  'latchkey file': callOf('file', createFileStore({ directory, key })),
  'google-auth-library': async () => (await viaGoogle.request({ url: `${baseUrl}/auth/session` })).data,
};
if (redisPort !== null) {
  const redis = new Redis({ port: redisPort });
  const sendCommand = ([command = '', ...args]: string[]): Promise<unknown> => redis.call(command, ...args);
  calls['latchkey redis'] = callOf('redis', createRedisStore({ sendCommand, key }));
}

/** A call of a client of its own; the budget is never used up, and its window so short that the book of logins stays short. */
function callOf(who: string, store?: SessionStore): () => Promise<unknown> {
  const client = createPulseCrm({
    baseUrl,
    credentials: { apiKey: who, apiSecret: 'not-a-real-secret-5c1e' },
    loginBudgetMax: 1_000_000,
    loginBudgetWindowMs: 5,
    ...(store && { store }),
  });
  return async () => (await client.GET('/auth/session')).data;
}

// All calls at once; the answer is the time until the last of them has its own, in ms.
answerQuestions(async ({ about, calls: count }) => {
  const call = calls[about];
  if (!call) throw new Error(`There is no variant ${about}`);
  const startedAt = performance.now();
  const found = await Promise.all(Array.from({ length: count }, call));
  const took = performance.now() - startedAt;
  const isAnswer = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && 'id' in value && value.id === USER.id;
  if (!found.every(isAnswer)) throw new Error(`${about}: a call was not answered`);
  return took;
});
