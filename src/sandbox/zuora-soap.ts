import { existsSync, readFileSync } from 'node:fs';
import type { LoginResult } from '../../generated/zuora-soap/types.ts';
import type { Answer, HeaderPairs, Incoming } from './exchange.ts';
import type { Outcome } from './journal.ts';
import { readSoapRequest, type SoapRequest, type SoapVersion, UnreadableSoapError } from './soap-reader.ts';
import { element, envelope, escapeXml, faultXml, operationsNamespace, payload, type SoapFault } from './soap-writer.ts';
import type { Call, Twin, TwinContext } from './twin.ts';
import { firstOutOfPlace } from './zuora-objects.ts';
import { batchSizeOf, isSingleTransaction, sessionValue, versionMeant } from './zuora-soap-headers.ts';
import { createZuoraSoapOperations, SoapFaultRaised, unexpectedSubelement } from './zuora-soap-operations.ts';
import type { ZuoraDenial, ZuoraSession, ZuoraTenant } from './zuora-tenant.ts';

const prefix = '/apps/services/a/';
// From which versions on a thing exists; between 52 and 64 for the first, so the sure one is taken.
const sinceQueryMore = 64;
const sinceLimitCode = 51;
// The only version known to be without it.
const withoutUserInfo = 1;
const rowOperations = new Set(['create', 'update', 'delete']);

const denials: Readonly<Record<ZuoraDenial, string>> = {
  password: 'Invalid login. User name and password do not match.',
  locked: 'Invalid login. The user account is locked.',
  address: 'Your IP address may be restricted. Please contact the administrator at your company for help.',
};

/** Larger answers come in chunks, in characters. That they do is captured; from where on is a guess. */
const longestUnchunked = 8_192;
const chunked: HeaderPairs = [['Transfer-Encoding', 'chunked']];

export function createZuoraSoapTwin({ random }: TwinContext, tenant: ZuoraTenant): Twin {
  const { settings, objects } = tenant;
  const operations = createZuoraSoapOperations(tenant.records, random, objects);
  let rowRefusals: { which: 'all' | 'first'; left: number } = { which: 'all', left: 0 };

  const answer = (version: SoapVersion, status: number, content: string, outcome: Outcome): Answer => {
    const body = envelope(version, content);
    const type = version === '1.1' ? 'text/xml;charset=UTF-8' : 'application/soap+xml;charset=UTF-8';
    const headers: HeaderPairs = [
      ['Server', 'Zuora App'],
      ['Content-Type', type],
      ...(body.length > longestUnchunked ? chunked : []),
    ];
    return { status, headers, body, outcome };
  };
  const fault = (version: SoapVersion, what: SoapFault, outcome: Outcome, more: HeaderPairs = []): Answer => {
    const bare = answer(version, 500, faultXml(version, what), outcome);
    return { ...bare, headers: [...bare.headers, ...more] };
  };

  /** One request too many: a fault with the word that this version of the API has for it. */
  const overload = (incoming: Incoming, seconds: number, outcome: Outcome): Answer => {
    const code = versionOf(incoming) >= sinceLimitCode ? 'REQUEST_EXCEEDED_LIMIT' : 'UNKNOWN_ERROR';
    const message = 'The total number of concurrent requests has exceeded the limit allowed by the system.';
    const what: SoapFault = { kind: 'UnexpectedErrorFault', code, message };
    return { ...fault(versionMeant(incoming), what, outcome, [['Retry-After', String(seconds)]]), status: 429 };
  };
  const limited = (kind: 'AUTH' | 'API', incoming: Incoming, run: () => Answer): Answer => {
    const { refusal } = tenant.limits.take(kind, incoming);
    return refusal === undefined ? run() : overload(incoming, refusal.seconds, 'failed');
  };

  const denyLogin = (version: SoapVersion, message: string): Answer =>
    fault(version, { kind: 'LoginFault', code: 'INVALID_VALUE', message }, 'login-denied', [['Connection', 'close']]);
  const login = (request: SoapRequest, incoming: Incoming): Answer => {
    const given = new Map(request.payload.children.map(({ name, text }) => [name, text]));
    const deny = (message: string): Answer => denyLogin(request.version, message);
    const [entityId, entityName] = [given.get('entityId'), given.get('entityName')];
    if (entityId !== undefined && entityName !== undefined) {
      return deny('Only one of entityId and entityName may be specified.');
    }
    const { remoteAddress } = incoming;
    const user = tenant.authenticate(given.get('username') ?? '', given.get('password') ?? '', remoteAddress);
    if (typeof user === 'string') {
      return deny(denials[user === 'locked' && settings.lockedAnswer === 'as-wrong-password' ? 'password' : user]);
    }
    const entity = user.entities.find(
      ({ id, name }, index) =>
        id === entityId || name === entityName || (entityId === undefined && entityName === undefined && index === 0),
    );
    if (entity === undefined) return deny('Invalid login. The entity is not valid or not permitted.');
    const session = tenant.open('zuora-soap', user, entity);
    const origin = settings.serverUrlScheme === 'http' ? incoming.origin.replace(/^https:/, 'http:') : incoming.origin;
    const result: LoginResult = { Session: tenant.issue(session), ServerUrl: `${origin}${incoming.path}` };
    const fields = Object.entries(result).map(([name, value]) => element(name, value ?? ''));
    const content = payload('loginResponse', `<ns1:result>${fields.join('')}</ns1:result>`);
    return { ...answer(request.version, 200, content, 'login-accepted'), session: session.label };
  };

  /** @throws SoapFaultRaised for the first child that is not where the WSDL has it */
  const checkOrder = (operation: string, { payload: request }: SoapRequest): void => {
    const stranger = request.children.find(({ namespace }) => namespace !== operationsNamespace)?.name;
    const names = request.children.map(({ name }) => name);
    const misplaced = stranger ?? firstOutOfPlace(names, objects.argumentsOf(operation) ?? []);
    if (misplaced !== undefined) throw unexpectedSubelement(misplaced);
  };

  const sessionOf = (request: SoapRequest): ZuoraSession | undefined => {
    const secret = sessionValue(request);
    return secret === undefined ? undefined : tenant.find('zuora-soap', secret);
  };
  const invalidSession = (version: SoapVersion): Answer => {
    const { invalidSessionMessage: message, invalidSessionStatus: status } = settings;
    const what: SoapFault = { kind: 'UnexpectedErrorFault', code: 'INVALID_SESSION', message };
    return { ...fault(version, what, 'refused'), status };
  };

  /** Which rows of this call a scenario turns away; used up by the call. */
  const takeRowRefusals = (name: string): 'none' | 'all' | 'first' => {
    if (rowRefusals.left <= 0 || !rowOperations.has(name)) return 'none';
    rowRefusals.left -= 1;
    return rowRefusals.which;
  };

  const run = (name: string, request: SoapRequest, incoming: Incoming): Answer => {
    const { version } = request;
    try {
      const session = sessionOf(request);
      if (session === undefined) return invalidSession(version);
      checkOrder(name, request);
      if (settings.doesSoapUseExtend) tenant.extend(session);
      const refused = takeRowRefusals(name);
      const isRowRefused = (index: number) => refused === 'all' || (refused === 'first' && index === 0);
      const isPaged = versionOf(incoming) >= sinceQueryMore && (name === 'query' || name === 'queryMore');
      const batchSize = isPaged ? batchSizeOf(request) : undefined;
      const isAllOrNothing = name === 'create' && isSingleTransaction(request);
      const content = operations[name]?.({
        session,
        payload: request.payload,
        batchSize,
        isAllOrNothing,
        isRowRefused,
        invalidSessionMessage: settings.invalidSessionMessage,
      });
      if (content === undefined) return fault(version, noOperation(incoming), 'failed');
      const outcome = refused === 'all' ? 'refused' : 'accepted';
      return { ...answer(version, 200, content, outcome), session: session.label };
    } catch (error) {
      if (error instanceof SoapFaultRaised) return fault(version, error.fault, 'failed');
      throw error;
    }
  };

  const callOf = (incoming: Incoming): Call => {
    const other = (run: () => Answer): Call => ({ operation: 'unknown', role: 'call', answer: run });
    if (incoming.method !== 'POST') return other(() => wsdlAnswer(incoming));
    let request: SoapRequest;
    try {
      request = readSoapRequest(incoming.body);
    } catch (error) {
      if (!(error instanceof UnreadableSoapError)) throw error;
      return other(() => fault(versionMeant(incoming), { code: 'UNKNOWN_ERROR', message: error.message }, 'failed'));
    }
    const { name, namespace } = request.payload;
    const isThere =
      namespace === operationsNamespace &&
      objects.argumentsOf(name) !== undefined &&
      (name !== 'queryMore' || versionOf(incoming) >= sinceQueryMore) &&
      (name !== 'getUserInfo' || versionOf(incoming) > withoutUserInfo);
    if (!isThere) return other(() => fault(request.version, noOperation(incoming), 'failed'));
    if (name !== 'login') {
      const role = name === 'getUserInfo' ? 'verify' : 'call';
      const respond = () => limited('API', incoming, () => run(name, request, incoming));
      return { operation: name, role, answer: respond };
    }
    const logIn = (): Answer => {
      try {
        checkOrder(name, request);
      } catch (error) {
        if (!(error instanceof SoapFaultRaised)) throw error;
        return fault(request.version, error.fault, 'failed');
      }
      return login(request, incoming);
    };
    return { operation: 'login', role: 'login', answer: () => limited('AUTH', incoming, logIn) };
  };

  return {
    system: 'zuora-soap',
    owns: (path) => path.startsWith(prefix),
    identify: callOf,
    settingsChanged: tenant.settingsChanged,
    sessions: tenant.sessionsOf('zuora-soap'),
    failure(incoming) {
      const what: SoapFault = { kind: 'UnexpectedErrorFault', code: 'UNKNOWN_ERROR', message: 'Unexpected error.' };
      return fault(versionMeant(incoming), what, 'failed');
    },
    denied: (incoming) => denyLogin(versionMeant(incoming), denials.password),
    scenarios: {
      ...tenant.scenarios,
      'rows-invalid-session'(args) {
        const which = args.choice('which', ['all', 'first'], 'all');
        const times = args.number('times', { min: 1, fallback: 1, isWhole: true });
        return () => {
          rowRefusals = { which, left: times };
          return { times };
        };
      },
    },
    canned: {
      'rate-limit'(args) {
        const seconds = args.number('retryAfterSeconds', { min: 0, fallback: 120, isWhole: true });
        return (incoming) => overload(incoming, seconds, 'canned');
      },
    },
    clear() {
      rowRefusals = { which: 'all', left: 0 };
    },
  };
}

function versionOf({ path }: Incoming): number {
  return Number.parseFloat(path.slice(prefix.length)) || 0;
}

function noOperation({ origin, path }: Incoming): SoapFault {
  const message = `The endpoint reference (EPR) for the Operation not found is ${origin}${path} and the WSA Action = null`;
  return { code: 'UNKNOWN_ERROR', message };
}

// The folder of the specs, seen from the sources and from the built package.
const wsdlPlaces = ['../../specs/zuora-soap.wsdl', '../../../specs/zuora-soap.wsdl'];

/** `?wsdl` gives the description of the service, with the endpoint that was asked as its address. */
function wsdlAnswer({ method, origin, path, query }: Incoming): Answer {
  const place = wsdlPlaces.map((relative) => new URL(relative, import.meta.url)).find((url) => existsSync(url));
  if (method !== 'GET' || query.toLowerCase() !== 'wsdl' || place === undefined) {
    return { status: 405, headers: [['Allow', 'POST']], body: null, outcome: 'failed' };
  }
  const address = `<soap:address location="${escapeXml(`${origin}${path}`).replaceAll('"', '&quot;')}"`;
  const body = readFileSync(place, 'utf8').replace(/<soap:address\s+location="[^"]*"/, () => address);
  return { status: 200, headers: [['Content-Type', 'text/xml;charset=UTF-8']], body, outcome: 'public' };
}
