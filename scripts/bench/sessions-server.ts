/**
 * The server process of the benchmarks of shared sessions: Pulse CRM's login and a call, an OAuth token endpoint whose tokens are good for
 * the same call, and Zuora's SOAP login with a small query. It counts logins, and can be made to take long for them, or to end all sessions.
 */
import type { IncomingMessage } from 'node:http';
import { USER } from './calls-data.ts';
import { type Canned, serveCanned } from './canned-server.ts';
import { loginAnswer, PATH, queryAnswer, USERNAME } from './soap-data.ts';

const json = (status: number, value: unknown): Canned => ({
  status,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
});
const xml = (text: string): Canned => ({ status: 200, type: 'text/xml;charset=UTF-8', body: Buffer.from(text) });

const user = json(200, USER);
const ended = json(401, { error: 'the session has ended' });
const unknown = json(404, { error: 'not what this benchmark sends' });
const page = xml(queryAnswer(1));

const live = new Set<string>();
let begun = 0;
let logins = 0;
let loginTakesMs = 0;

serveCanned(answerTo, {
  'end all sessions': () => {
    live.clear();
    return 0;
  },
  'logins take': (ms) => {
    loginTakesMs = ms;
    return ms;
  },
  'logins since': () => {
    const since = logins;
    logins = 0;
    return since;
  },
});

function answerTo({ method, url, headers }: IncomingMessage, body: string): Canned {
  if (method === 'GET') return isLive(headers.authorization) ? user : ended;
  if (url === '/auth/login') return begin((token) => json(200, { ...USER, token }));
  if (url === '/token') {
    return begin((token) => json(200, { access_token: token, token_type: 'Bearer', expires_in: 3_600 }));
  }
  if (url !== PATH) return unknown;
  const isLogin = body.includes(`>${USERNAME}</`);
  return isLogin ? begin(() => xml(loginAnswer(`http://${headers.host}${PATH}`))) : page;
}

function begin(answerWith: (token: string) => Canned): Canned {
  begun += 1;
  logins += 1;
  const token = `bench-session-${begun}`.padEnd(64, 'qT7vXw0aLs9');
  live.add(token);
  return { ...answerWith(token), afterMs: loginTakesMs };
}

function isLive(authorization = ''): boolean {
  return live.has(authorization.replace(/^Bearer /, ''));
}
