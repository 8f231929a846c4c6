import { gunzipSync, gzipSync } from 'node:zlib';
import type { Answer, HeaderPairs, Incoming } from './exchange.ts';
import { httpDate } from './http-date.ts';
import type { Outcome } from './journal.ts';
import { jsonValue } from './json.ts';
import { isRecord } from './scenario-args.ts';
import type { Call, Twin, TwinContext } from './twin.ts';
import {
  accountBody,
  businessFailure,
  entitiesBody,
  loggedIn,
  noSuchEntity,
  noSuchKey,
  prettyJson,
  signInFirst,
  twoEntities,
  type ZuoraReason,
} from './zuora-rest-answers.ts';
import { zuoraRestCanned } from './zuora-rest-faults.ts';
import type { ZuoraSession, ZuoraTenant } from './zuora-tenant.ts';
import type { ZuoraEntity, ZuoraUser } from './zuora-users.ts';

const ownPath = /^(?:\/rest)?\/v1(?=\/|$)/;
const gzipOverBytes = 1000;
const maxUnzippedBytes = 16 * 1024 * 1024;

export function createZuoraRestTwin({ clock, random }: TwinContext, tenant: ZuoraTenant): Twin {
  const { settings } = tenant;

  const answer = (status: number, body: unknown, outcome: Outcome, more: HeaderPairs = []): Answer => {
    const date = httpDate(clock.nowMs());
    const headers: HeaderPairs = [
      ['Server', 'Zuora App'],
      ['Content-Type', 'application/json;charset=utf-8'],
      ['Cache-Control', 'max-age=0, no-cache, no-store'],
      ['Pragma', 'no-cache'],
      ['Expires', date],
      ...more,
    ];
    return { status, headers, body: prettyJson(body), outcome };
  };
  const processId = () => random.hex(8).toUpperCase();
  const cookieFor = (session: ZuoraSession): HeaderPairs => [
    ['Set-Cookie', `ZSession=${tenant.issue(session)}; Path=/; ${settings.isCookieSecure ? 'Secure; ' : ''}HttpOnly`],
  ];

  /** The entity a request is for, or why it cannot be had. */
  const entityFor = (user: ZuoraUser, { headers }: Incoming, fallback?: ZuoraEntity): ZuoraEntity | ZuoraReason => {
    const id = headers['zuora-entity-ids'] ?? headers.entityid;
    const name = headers.entityname;
    if (headers.entityid !== undefined && name !== undefined) return twoEntities();
    if (id === undefined && name === undefined) return fallback ?? user.entities[0] ?? noSuchEntity();
    const wantedId = id === undefined ? undefined : normalId(id);
    return (
      user.entities.find((entity) => (id === undefined ? entity.name === name : normalId(entity.id) === wantedId)) ??
      noSuchEntity()
    );
  };

  const login = (incoming: Incoming): Answer => {
    const user = userByKeyHeaders(tenant, incoming);
    if (user === undefined) return answer(401, signInFirst, 'login-denied', [['Connection', 'close']]);
    const entity = entityFor(user, incoming);
    if ('code' in entity) {
      return answer(settings.entityRefusalStatus, businessFailure(processId(), entity), 'login-denied');
    }
    const session = tenant.open('zuora-rest', user, entity);
    return { ...answer(200, loggedIn, 'login-accepted', cookieFor(session)), session: session.label };
  };

  const authenticate = (incoming: Incoming): ZuoraSession | undefined => {
    if (hasKeyHeaders(incoming)) {
      const user = userByKeyHeaders(tenant, incoming);
      const [entity] = user?.entities ?? [];
      return user && entity && tenant.open('zuora-rest', user, entity);
    }
    const secret = sessionSecret(incoming);
    return secret === undefined ? undefined : tenant.find('zuora-rest', secret);
  };

  const authorized = (incoming: Incoming, run: (session: ZuoraSession) => [body: unknown, status?: number]): Answer => {
    const session = authenticate(incoming);
    if (session === undefined) return answer(401, signInFirst, 'refused');
    const entity = entityFor(session.user, incoming, session.entity);
    const isEntityRefused = 'code' in entity;
    const [body, status = 200] = isEntityRefused
      ? [businessFailure(processId(), entity), settings.entityRefusalStatus]
      : run(session);
    const outcome = status !== 200 || isEntityRefused ? 'failed' : 'accepted';
    if (status === 200) tenant.extend(session);
    const cookie = status === 200 ? cookieFor(session) : [];
    return { ...answer(status, body, outcome, cookie), session: session.label };
  };

  const createAccount = (incoming: Incoming): [body: unknown] => {
    const body = jsonValue(unzipped(incoming));
    const name = isRecord(body) ? body.name : undefined;
    if (typeof name !== 'string') {
      return [businessFailure(processId(), { code: 53100022, message: "Missing required field: 'name'." })];
    }
    const account = tenant.records.create('Account', new Map([['Name', name]]));
    return [{ success: true, accountId: account.id, accountNumber: account.values.get('AccountNumber') }];
  };

  const readAccount = (key: string): [body: unknown] => {
    const account = tenant.records.findAccount(key);
    return [account ? accountBody(account) : businessFailure(processId(), noSuchKey(key))];
  };

  const callOf = (operation: string, incoming: Incoming, run: Parameters<typeof authorized>[1]): Call => ({
    operation,
    role: 'call',
    answer: () => authorized(incoming, run),
  });

  return {
    system: 'zuora-rest',
    owns: (path) => ownPath.test(path),
    identify(incoming) {
      const route = `${incoming.method} ${incoming.path.replace(ownPath, '')}`;
      if (route === 'POST /connections') {
        return { operation: 'createConnection', role: 'login', answer: () => login(incoming) };
      }
      if (route === 'GET /entities') {
        return callOf('getEntities', incoming, (session) => [entitiesBody(session.user.entities)]);
      }
      if (route === 'POST /accounts') return callOf('createAccount', incoming, () => createAccount(incoming));
      const [, key] = /^GET \/accounts\/([^/]+)$/.exec(route) ?? [];
      if (key !== undefined) return callOf('getAccount', incoming, () => readAccount(unescaped(key)));
      return callOf('unknown', incoming, () => [
        businessFailure(processId(), { code: 50000040, message: 'HTTP 404 Not Found' }),
        404,
      ]);
    },
    sessions: tenant.sessionsOf('zuora-rest'),
    scenarios: tenant.scenarios,
    canned: zuoraRestCanned,
    decorate(bare, incoming) {
      const headers: Array<readonly [string, string]> = [...bare.headers];
      if (settings.hasRequestId) headers.push(['Zuora-Request-Id', random.uuid()]);
      const trackId = incoming.headers['zuora-track-id'];
      if (trackId !== undefined) headers.push(['Zuora-Track-Id', trackId]);
      const zipped = zippedBody(bare, incoming);
      if (zipped !== undefined) headers.push(['Content-Encoding', 'gzip']);
      return { ...bare, headers, body: zipped ?? bare.body };
    },
  };
}

function hasKeyHeaders({ headers }: Incoming): boolean {
  return headers.apiaccesskeyid !== undefined || headers.apisecretaccesskey !== undefined;
}

function userByKeyHeaders(tenant: ZuoraTenant, { headers }: Incoming): ZuoraUser | undefined {
  return tenant.authenticate(headers.apiaccesskeyid ?? '', headers.apisecretaccesskey ?? '');
}

function sessionSecret({ headers }: Incoming): string | undefined {
  const [, inAuthorization] = /^ZSession +(\S+)$/.exec(headers.authorization ?? '') ?? [];
  const [, inCookie] = /(?:^|;\s*)ZSession=([^;\s]*)/.exec(headers.cookie ?? '') ?? [];
  return inAuthorization ?? inCookie;
}

/** Entity ids are UUIDs; clients write them with and without dashes. */
function normalId(id: string): string {
  return id.replaceAll('-', '').toLowerCase();
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unzipped({ headers, body }: Incoming): Buffer {
  if (headers['content-encoding']?.toLowerCase() !== 'gzip') return body;
  try {
    return gunzipSync(body, { maxOutputLength: maxUnzippedBytes });
  } catch {
    return Buffer.alloc(0);
  }
}

const zippedTypes = /^(application\/json|application\/xml|text\/html|text\/csv|text\/plain)(;|$)/i;

function zippedBody({ body, headers }: Answer, incoming: Incoming): Uint8Array | undefined {
  if (body === null || !/\bgzip\b/i.test(incoming.headers['accept-encoding'] ?? '')) return undefined;
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? '';
  if (!zippedTypes.test(type) || Buffer.byteLength(body) <= gzipOverBytes) return undefined;
  return gzipSync(body);
}
