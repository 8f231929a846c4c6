import type { Answer, HeaderPairs, Incoming } from './exchange.ts';
import { httpDate } from './http-date.ts';
import type { Outcome } from './journal.ts';
import { jsonValue } from './json.ts';
import { isRecord } from './scenario-args.ts';
import type { Call, Twin, TwinContext } from './twin.ts';
import { createZuoraReplays } from './zuora-replays.ts';
import { actionFault, actionQuery } from './zuora-rest-actions.ts';
import {
  accountBody,
  businessFailure,
  entitiesBody,
  loggedIn,
  noSuchEntity,
  noSuchKey,
  prettyJson,
  refusalBody,
  replayProblems,
  twoEntities,
  type ZuoraReason,
} from './zuora-rest-answers.ts';
import { crashAnswer, rateAnswer, zuoraRestCanned } from './zuora-rest-faults.ts';
import {
  hasCredentials,
  quietConcurrency,
  sessionSecret,
  unzipped,
  userByCredentials,
  withServiceHeaders,
} from './zuora-rest-headers.ts';
import type { ZuoraDenial, ZuoraSession, ZuoraTenant } from './zuora-tenant.ts';
import type { ZuoraEntity, ZuoraUser } from './zuora-users.ts';

const ownPath = /^(?:\/rest)?\/v1(?=\/|$)/;

/** One route that needs a session. */
interface SessionCall {
  readonly operation: string;
  run(session: ZuoraSession): [body: unknown, status?: number];
  /** What is said to a caller without a session, where that is not what the others say. */
  readonly refusal?: object;
}

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

  const replays = createZuoraReplays(clock, settings, (problem) => {
    const { status, reason } = replayProblems[problem];
    return answer(status, businessFailure(processId(), reason), 'failed');
  });

  /**
   * Runs a request through all that stands before it: the limits, the answers kept for its idempotency key, and the check
   * of who calls, in the order that the settings say.
   */
  const throughChecks = <Who extends object>(
    kind: 'AUTH' | 'API',
    incoming: Incoming,
    arrival: number,
    { who, refuse, run }: { who(): Who | ZuoraDenial; refuse(denial: ZuoraDenial): Answer; run(caller: Who): Answer },
  ): Answer => {
    const { headers, refusal } = tenant.limits.take(kind, incoming);
    if (refusal !== undefined) return rateAnswer(refusal.window, refusal.seconds, headers);
    const checked = (rest: (caller: Who) => Answer): Answer => {
      const caller = who();
      return typeof caller === 'string' ? refuse(caller) : rest(caller);
    };
    const bare = settings.isSessionCheckedBeforeReplay
      ? checked((caller) => replays.answer(incoming, arrival, () => run(caller)))
      : replays.answer(incoming, arrival, () => checked(run));
    return headers.length === 0 ? bare : { ...bare, headers: [...bare.headers, ...headers] };
  };

  const denied = (incoming: Incoming, denial: ZuoraDenial = 'password'): Answer =>
    answer(401, refusalBody(settings, incoming.path, denial), 'login-denied', [['Connection', 'close']]);
  const login = (incoming: Incoming, arrival: number): Answer =>
    throughChecks('AUTH', incoming, arrival, {
      who: () => userByCredentials(tenant, incoming),
      refuse: (denial) => denied(incoming, denial),
      run(user) {
        const entity = entityFor(user, incoming);
        if ('code' in entity) {
          return answer(settings.entityRefusalStatus, businessFailure(processId(), entity), 'login-denied');
        }
        const session = tenant.open('zuora-rest', user, entity);
        return { ...answer(200, loggedIn, 'login-accepted', cookieFor(session)), session: session.label };
      },
    });

  const sessionFor = (incoming: Incoming): ZuoraSession | ZuoraDenial => {
    if (hasCredentials(incoming)) {
      const user = userByCredentials(tenant, incoming);
      if (typeof user === 'string') return user;
      const [entity] = user.entities;
      return entity === undefined ? 'password' : tenant.open('zuora-rest', user, entity);
    }
    const secret = sessionSecret(incoming);
    return (secret === undefined ? undefined : tenant.find('zuora-rest', secret)) ?? 'password';
  };

  const authorized = (session: ZuoraSession, incoming: Incoming, run: SessionCall['run']): Answer => {
    const entity = entityFor(session.user, incoming, session.entity);
    const isEntityRefused = 'code' in entity;
    const [body, status = 200] = isEntityRefused
      ? [businessFailure(processId(), entity), settings.entityRefusalStatus]
      : run(session);
    const outcome = status !== 200 || isEntityRefused ? 'failed' : 'accepted';
    if (status === 200) tenant.extend(session);
    const cookie = status === 200 ? cookieFor(session) : [];
    const concurrency = settings.hasConcurrencyHeaders ? quietConcurrency : [];
    return { ...answer(status, body, outcome, [...cookie, ...concurrency]), session: session.label };
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

  const routeOf = (route: string, incoming: Incoming): SessionCall => {
    switch (route) {
      case 'GET /entities':
        return { operation: 'getEntities', run: ({ user }) => [entitiesBody(user.entities)] };
      case 'POST /accounts':
        return { operation: 'createAccount', run: () => createAccount(incoming) };
      case 'POST /action/query':
        return {
          operation: 'actionQuery',
          run: () => actionQuery(tenant, unzipped(incoming)),
          refusal: actionFault('INVALID_SESSION', settings.invalidSessionMessage),
        };
      default:
    }
    const [, key] = /^GET \/accounts\/([^/]+)$/.exec(route) ?? [];
    if (key !== undefined) return { operation: 'getAccount', run: () => readAccount(unescaped(key)) };
    const missing: ZuoraReason = { code: 50000040, message: 'HTTP 404 Not Found' };
    return { operation: 'unknown', run: () => [businessFailure(processId(), missing), 404] };
  };

  return {
    system: 'zuora-rest',
    owns: (path) => ownPath.test(path),
    identify(incoming): Call {
      const arrival = replays.arrive();
      const route = `${incoming.method} ${incoming.path.replace(ownPath, '')}`;
      if (route === 'POST /connections') {
        return { operation: 'createConnection', role: 'login', answer: () => login(incoming, arrival) };
      }
      const { operation, run, refusal } = routeOf(route, incoming);
      const respond = (): Answer =>
        throughChecks('API', incoming, arrival, {
          who: () => sessionFor(incoming),
          refuse: (denial) => answer(401, refusal ?? refusalBody(settings, incoming.path, denial), 'refused'),
          run: (session) => authorized(session, incoming, run),
        });
      return { operation, role: 'call', answer: respond };
    },
    settingsChanged: tenant.settingsChanged,
    sessions: tenant.sessionsOf('zuora-rest'),
    denied,
    failure: () => ({ ...crashAnswer, outcome: 'failed' }),
    scenarios: tenant.scenarios,
    canned: zuoraRestCanned,
    decorate: (bare, incoming) => withServiceHeaders(bare, incoming, tenant, () => random.uuid()),
  };
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
