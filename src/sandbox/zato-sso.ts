import type { components } from '../../generated/zato-sso/types.ts';
import type { Answer, HeaderPairs, Incoming } from './exchange.ts';
import type { Outcome } from './journal.ts';
import type { Call, Twin, TwinContext } from './twin.ts';
import { readZatoInput, SsoRefusal, SystemFailure } from './zato-input.ts';
import { type ZatoOperation, type ZatoResult, zatoOperations } from './zato-operations.ts';
import { zatoScenarios } from './zato-scenarios.ts';
import { createZatoService, type ZatoSession, type ZatoSettings } from './zato-service.ts';
import type { ZatoUser } from './zato-users.ts';

type Schemas = components['schemas'];

const prefix = '/zato/sso/';
const methods = new Set(['GET', 'POST', 'DELETE', 'PUT', 'PATCH', 'HEAD', 'OPTIONS']);
// Services of the real server that have no twin.
const unmodelled = /^(user\/(signup|linked|attr(\/.*)?)|session\/attr(\/.*)?|password\/reset)$/;

export function createZatoTwin(context: TwinContext, users: readonly ZatoUser[], settings: ZatoSettings): Twin {
  const service = createZatoService(context, users, settings);
  const operations = zatoOperations(service);

  const cidHeader = (cid: string): HeaderPairs => (settings.needsXZatoCid ? [['X-Zato-CID', cid]] : []);
  const json = (status: number, body: { cid: string }, outcome: Outcome, session?: ZatoSession): Answer => ({
    status,
    headers: [['Content-Type', 'application/json'], ...cidHeader(body.cid)],
    body: JSON.stringify(body),
    outcome,
    ...(session === undefined ? {} : { session: session.label }),
  });
  const ssoError = (status: number, code: string, outcome: Outcome): Answer => {
    const body: Schemas['SsoError'] = { status: 'error', cid: service.tokens.cid(), sub_status: [code] };
    return json(status, body, outcome);
  };
  const systemError = ({ status, details }: SystemFailure, outcome: Outcome): Answer => {
    const body: Schemas['SystemError'] = { result: 'Error', cid: service.tokens.cid() };
    if (status === 500 && !settings.returnTracebacks) body.details = 'An error has occurred';
    else if (details !== undefined) body.details = typeof details === 'string' ? details : [...details];
    return json(status, body, outcome);
  };

  const done = ({ fields = {}, warning, outcome, session }: ZatoResult): Answer => {
    const codes = warning === undefined ? [] : [warning];
    const common: Schemas['CommonAnswer'] = {
      status: warning === undefined ? 'ok' : 'warning',
      cid: service.tokens.cid(),
    };
    const hasSubStatus = codes.length > 0 || settings.subStatusOnSuccess === 'always';
    const subStatus: Pick<Schemas['CommonAnswer'], 'sub_status'> = hasSubStatus ? { sub_status: codes } : {};
    // The service prints what is always there first, then the rest by name.
    const rest = Object.entries({ ...fields, ...subStatus }).sort(([a], [b]) => (a < b ? -1 : 1));
    return json(200, { ...common, ...Object.fromEntries(rest) }, outcome, session);
  };

  const answer = (operation: ZatoOperation, incoming: Incoming): Answer => {
    const failed: Outcome = operation.role === 'login' ? 'login-denied' : 'failed';
    try {
      const input = readZatoInput(incoming);
      const app = input.required('current_app') ?? '';
      for (const name of operation.required ?? []) input.required(name);
      if (!settings.apps.includes(app)) {
        return ssoError(200, settings.informIfAppInvalid ? 'E004001' : 'E005001', failed);
      }
      return done(operation.run(input, incoming));
    } catch (error) {
      if (error instanceof SsoRefusal) {
        const outcome = error.code === 'E007001' ? 'refused' : failed;
        return ssoError(403, operation.doesHide && error.isHidden ? 'E005001' : error.code, outcome);
      }
      if (error instanceof SystemFailure) return systemError(error, error.isAboutToken ? 'refused' : 'failed');
      throw error;
    }
  };

  /** A service that dispatches on the verb finds out late, by failing, that it has no handler for this one. */
  const withoutHandler: ZatoOperation = {
    id: 'unknown',
    role: 'call',
    run() {
      throw new SystemFailure(500, ['no handler']);
    },
  };
  const withoutOperation = (method: string, name: string, incoming: Incoming): Answer => {
    const hasOtherVerb = Object.keys(operations).some((key) => key.endsWith(` ${name}`));
    if (hasOtherVerb) return answer(withoutHandler, incoming);
    const cid = service.tokens.cid();
    const headers: HeaderPairs = [['Content-Type', 'text/plain'], ...cidHeader(cid)];
    return unmodelled.test(name)
      ? { status: 501, headers, body: `The sandbox does not play ${method} ${prefix}${name}.`, outcome: 'failed' }
      : { status: 404, headers, body: `URL not found (CID:${cid})`, outcome: 'failed' };
  };

  return {
    system: 'zato-sso',
    owns: (path) => path.startsWith(prefix),
    identify(incoming): Call {
      const { method, path } = incoming;
      const name = path.slice(prefix.length);
      if (!methods.has(method)) {
        const refuse = () => systemError(new SystemFailure(405, 'Unsupported HTTP method'), 'failed');
        return { operation: 'unknown', role: 'call', answer: refuse };
      }
      const operation = operations[`${method} ${name}`] ?? operations[`* ${name}`];
      return operation === undefined
        ? { operation: 'unknown', role: 'call', answer: () => withoutOperation(method, name, incoming) }
        : { operation: operation.id, role: operation.role, answer: () => answer(operation, incoming) };
    },
    sessions: {
      revoke: service.sessions.revoke,
      refuseAll: service.sessions.refuseAll,
      keyOf: (secret) => service.tokens.plain(secret),
      count: () => service.sessions.live().length,
      cap: service.sessions.cap,
    },
    failure: () => systemError(new SystemFailure(500, ['Internal error']), 'failed'),
    denied: () => ssoError(403, 'E005001', 'login-denied'),
    scenarios: zatoScenarios(service),
    canned: {
      'rate-limit'(args) {
        const kind = args.choice('kind', ['rate', 'address'], 'rate');
        const failure =
          kind === 'rate'
            ? new SystemFailure(429, 'Error 429 Too Many Requests')
            : new SystemFailure(403, 'Error 403 Forbidden');
        return () => systemError(failure, 'canned');
      },
      'channel-security'(args) {
        const isChallenged = args.choice('kind', ['unauthorized', 'forbidden'], 'unauthorized') === 'unauthorized';
        const status = isChallenged ? 401 : 403;
        const challenge: HeaderPairs = isChallenged ? [['WWW-Authenticate', 'Basic realm="Zato"']] : [];
        return () => {
          const bare = systemError(new SystemFailure(status, 'You are not authorized'), 'canned');
          return { ...bare, headers: [...bare.headers, ...challenge] };
        };
      },
    },
  };
}
