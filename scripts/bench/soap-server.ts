/** The server process of the benchmark `soap`. */
import { type Canned, serveCanned } from './canned-server.ts';
import { loginAnswer, PASSWORD, PATH, QUERY, queryAnswer, SESSION, USERNAME } from './soap-data.ts';

const xml = (status: number, text: string): Canned => ({
  status,
  type: 'text/xml;charset=UTF-8',
  body: Buffer.from(text),
});
const page = xml(200, queryAnswer());
const refused = xml(400, '');
const begun = new Map<string, Canned>();

serveCanned(({ method, url, headers: { host = '' } }, body) => {
  if (method !== 'POST' || url !== PATH) return refused;
  // Every variant has to do all of the work: what is no whole call fails the run.
  if (body.includes(`>${USERNAME}</`) && body.includes(`>${PASSWORD}</`)) return login(host);
  return body.includes(`>${SESSION}</`) && body.includes(`>${QUERY}</`) ? page : refused;
});

function login(host: string): Canned {
  const known = begun.get(host) ?? xml(200, loginAnswer(`http://${host}${PATH}`));
  begun.set(host, known);
  return known;
}
