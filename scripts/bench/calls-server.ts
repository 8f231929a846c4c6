/** The server process of the benchmark `calls`. */
import { ACCOUNT_ID, CONTACT, SAVED, TOKEN, USER } from './calls-data.ts';
import { type Canned, serveCanned } from './canned-server.ts';

const json = (status: number, value: unknown): Canned => ({
  status,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
});
const user = json(200, USER);
const saved = json(200, SAVED);
const refused = json(400, { error: 'not what this benchmark sends' });
const contact = JSON.stringify(CONTACT);

serveCanned(({ method, url, headers }, body) => {
  if (url === '/auth/login') return user;
  // Every variant has to do all of the work: what is not a whole, authorized call fails the run.
  const isAuthorized = headers.authorization === `Bearer ${TOKEN}` && headers['x-account-id'] === ACCOUNT_ID;
  if (isAuthorized && method === 'GET' && url === '/auth/session') return user;
  const isJson = headers['content-type']?.startsWith('application/json');
  if (isAuthorized && isJson && method === 'POST' && url === '/contacts' && body === contact) return saved;
  return refused;
});
