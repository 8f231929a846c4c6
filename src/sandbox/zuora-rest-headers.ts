import { gunzipSync, gzipSync } from 'node:zlib';
import type { Answer, Incoming } from './exchange.ts';
import { concurrencyHeaders, concurrencyLimit } from './zuora-rest-faults.ts';
import type { ZuoraDenial, ZuoraTenant } from './zuora-tenant.ts';
import type { ZuoraUser } from './zuora-users.ts';

const gzipOverBytes = 1000;
const maxUnzippedBytes = 16 * 1024 * 1024;
const zippedTypes = /^(application\/json|application\/xml|text\/html|text\/csv|text\/plain)(;|$)/i;

/** Whether a request brings credentials instead of a session. HTTP Basic is taken on the old hosts' paths only. */
export function hasCredentials({ headers, path }: Incoming): boolean {
  return hasKeyHeaders(headers) || (path.startsWith('/rest/') && basicCredentials(headers) !== undefined);
}

function hasKeyHeaders(headers: Incoming['headers']): boolean {
  return headers.apiaccesskeyid !== undefined || headers.apisecretaccesskey !== undefined;
}

/** User name and password of HTTP Basic. */
function basicCredentials({ authorization }: Incoming['headers']): [username: string, password: string] | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/=]+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [username = '', ...password] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return [username, password.join(':')];
}

/** The user of the key headers, or of HTTP Basic where there are none. */
export function userByCredentials(tenant: ZuoraTenant, { headers, remoteAddress }: Incoming): ZuoraUser | ZuoraDenial {
  const basic = hasKeyHeaders(headers) ? undefined : basicCredentials(headers);
  const [username, password] = basic ?? [headers.apiaccesskeyid ?? '', headers.apisecretaccesskey ?? ''];
  return tenant.authenticate(username, password, remoteAddress);
}

/** The session value of a request, from where clients put it. */
export function sessionSecret({ headers }: Incoming): string | undefined {
  const [, inAuthorization] = /^ZSession +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  const [, inCookie] = /(?:^|;\s*)ZSession=([^;\s]*)/.exec(headers.cookie ?? '') ?? [];
  return inAuthorization ?? inCookie;
}

/** The body as it was before the caller compressed it; empty when it cannot be read. */
export function unzipped({ headers, body }: Incoming): Buffer {
  if (headers['content-encoding']?.toLowerCase() !== 'gzip') return body;
  try {
    return gunzipSync(body, { maxOutputLength: maxUnzippedBytes });
  } catch {
    return Buffer.alloc(0);
  }
}

function zippedBody({ body, headers }: Answer, incoming: Incoming): Uint8Array | undefined {
  if (body === null || !/\bgzip\b/i.test(incoming.headers['accept-encoding'] ?? '')) return undefined;
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (!zippedTypes.test(type) || Buffer.byteLength(body) <= gzipOverBytes) return undefined;
  return gzipSync(body);
}

const maxTrackId = 64;
const isGoodTrackId = (id: string) => id.length <= maxTrackId && /^[\x20-\x7e]*$/.test(id) && !/[:;"']/.test(id);

/** What every answer gets: its request id, the caller's track id, and compression for who accepts it. */
export function withServiceHeaders(
  bare: Answer,
  incoming: Incoming,
  { settings }: ZuoraTenant,
  newRequestId: () => string,
): Answer {
  const headers: Array<readonly [string, string]> = [...bare.headers];
  if (settings.hasRequestId) headers.push(['Zuora-Request-Id', newRequestId()]);
  const trackId = incoming.headers['zuora-track-id'];
  if (trackId !== undefined && (settings.badTrackId === 'echoed' || isGoodTrackId(trackId))) {
    headers.push(['Zuora-Track-Id', trackId]);
  }
  const zipped = zippedBody(bare, incoming);
  if (zipped !== undefined) headers.push(['Content-Encoding', 'gzip']);
  return { ...bare, headers, body: zipped ?? bare.body };
}

/** What the answer to a call with a live session tells about concurrency: nobody else is calling. */
export const quietConcurrency = concurrencyHeaders(concurrencyLimit - 1);
