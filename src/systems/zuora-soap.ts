import { service as zuoraService } from '../../generated/zuora-soap/table.ts';
import type { Operations } from '../../generated/zuora-soap/types.ts';
import { badArgument, RateLimitedError } from '../errors.ts';
import type { SessionKeeper } from '../keeper/keeper.ts';
import type { Session } from '../keeper/session.ts';
import type { Outcome } from '../keeper/source.ts';
import { createAuthorizedFetch } from '../transport/authorized-fetch.ts';
import type { OperationFacts } from '../transport/operations.ts';
import { patienceOf, withRetries } from '../transport/retry.ts';
import { sendEnvelope, writeCall } from '../transport/soap-call.ts';
import type { HeadersOf, InputOf, OutputOf, ServiceTable } from '../transport/soap-table.ts';
import { bindOnUse } from './bound-methods.ts';
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  handleOf,
  layOutClient,
  oneOf,
  type SessionHandle,
  texts,
  whoLogsIn,
  wholeNumber,
} from './client-options.ts';
import { verdictOf } from './outcomes.ts';
import { deadRowsOf } from './zuora.ts';
import { isDeadSession, zuoraFault } from './zuora-fault.ts';
import { type PagedQuery, pagedQuery } from './zuora-query.ts';
import { ZuoraSoapCarrier } from './zuora-soap-carrier.ts';
import { zuoraSoapCalls } from './zuora-soap-outcomes.ts';
import {
  ZUORA_LOGIN_FORM,
  type ZuoraLoginOptions,
  type ZuoraSoapCredentials,
  type ZuoraSoapFacts,
  zuoraSoapSource,
} from './zuora-soap-source.ts';
import { declaring } from './zuora-soap-undeclared.ts';

export type { PagedQuery } from './zuora-query.ts';
export type { ZuoraEntity, ZuoraLoginOptions, ZuoraSoapCredentials, ZuoraSoapFacts } from './zuora-soap-source.ts';

const SYSTEM = 'zuora-soap';
/** Whoever brings envelopes of their own says in them which operation they call. */
const NO_OPERATIONS: readonly OperationFacts[] = [];

/** Options of {@link createZuoraSoap}. */
export type ZuoraSoapOptions<Ops = Operations> = ClientOptions<ZuoraSoapCredentials> &
  ZuoraLoginOptions & {
    /** The endpoint with its version, such as `https://www.zuora.com/apps/services/a/91.0`. @default the address in the WSDL */
    readonly baseUrl?: string;
    /** The table generated from a tenant's own WSDL. @default the package's own */
    readonly service?: ServiceTable<Ops>;
    /** Who logs in. @default `username` of credentials given as a value */
    readonly identity?: string;
    /** Records per page of a query, at most 2,000. @default the service's, 2,000 */
    readonly batchSize?: number;
    /**
     * What becomes of `entityId`, `entityName` and `batchSize` where the WSDL of `service` does not declare them: a `TypeError`, or
     * they are sent for a service that may know them all the same.
     * @default 'refuse'
     */
    readonly undeclared?: 'refuse' | 'send';
  };

const OPTIONS = {
  ...CLIENT_OPTIONS,
  baseUrl: true,
  service: true,
  identity: true,
  batchSize: true,
  undeclared: true,
  sessionTimeoutMs: true,
  serverUrl: true,
  entityId: true,
  entityName: true,
} as const satisfies Record<keyof ZuoraSoapOptions, true>;

/** What a single SOAP call takes besides its input. */
export interface SoapCallOptions<Headers> {
  /** SOAP headers by element name; the session's is filled in. */
  readonly headers?: [Exclude<keyof Headers, 'SessionHeader'>] extends [never]
    ? Record<string, never>
    : Omit<Headers, 'SessionHeader'>;
  readonly signal?: AbortSignal;
}

type Called<Ops, Name extends keyof Ops> = (
  input: InputOf<Ops, Name>,
  options?: SoapCallOptions<HeadersOf<Ops, Name>>,
) => Name extends 'query' ? PagedQuery<OutputOf<Ops, Name>> : Promise<OutputOf<Ops, Name>>;

/** One typed method per operation of the WSDL but the login, which happens by itself, and the session's own verbs. */
export type ZuoraSoapClient<Ops = Operations> = {
  readonly [Name in Exclude<keyof Ops, 'login'>]: Called<Ops, Name>;
} & AsyncDisposable & {
    /** The authorized `fetch`: puts the session into envelopes that other SOAP clients have written. */
    readonly fetch: typeof fetch;
    readonly session: SessionHandle<ZuoraSoapFacts>;
  };

/**
 * A typed client for Zuora SOAP. `query` gives its first page when awaited, and all records when iterated.
 * @throws TypeError with a `code` for bad options, and on calls for input that does not fit the WSDL
 */
export function createZuoraSoap<Ops = Operations>(options: ZuoraSoapOptions<Ops>): ZuoraSoapClient<Ops> {
  // The default table's operations are the default type argument.
  const given = (options.service ?? zuoraService) as ServiceTable<Ops>;
  const baseUrl = options.baseUrl ?? given.location;
  const parts = layOutClient(SYSTEM, { ...options, baseUrl }, OPTIONS);
  texts({ entityId: options.entityId, entityName: options.entityName });
  oneOf('serverUrl', options.serverUrl, ['follow', 'ignore']);
  oneOf('undeclared', options.undeclared, ['refuse', 'send']);
  const batchSize = wholeNumber('batchSize', options.batchSize, 2000);
  const service = declaring(given, options);
  const { fetch, nowMs, redactor, sender, retry, report } = parts;
  const who = whoLogsIn(SYSTEM, options, ZUORA_LOGIN_FORM, ({ username }) => username);
  const source = zuoraSoapSource(parts, service, options, who);
  const keeper: SessionKeeper<ZuoraSoapFacts> = parts.openKeeper(source);

  const call = async <Name extends keyof Ops & string>(
    operation: Name,
    input: InputOf<Ops, Name>,
    { headers = {}, signal }: { headers?: object | undefined; signal?: AbortSignal | undefined } = {},
  ): Promise<OutputOf<Ops, Name>> => {
    const envelopeFor = writeCall(service, operation, input, headers);
    const patience = patienceOf(retry, signal);
    type Value = { readonly output: OutputOf<Ops, Name> } | { readonly fault: Error };
    const attempt = async ({ secret, facts }: Session<ZuoraSoapFacts>): Promise<Outcome<Value, ZuoraSoapFacts>> => {
      const request = { url: facts.serverUrl, envelope: envelopeFor(secret), signal };
      const {
        status,
        headers: answered,
        answer,
      } = await sendEnvelope({ service, system: SYSTEM, sender }, operation, request);
      if (answer.unknown.length > 0) {
        const message = `The answer to ${operation} has elements that the WSDL does not declare: ${answer.unknown.slice(0, 10).join(', ')}`;
        report({ type: 'warning', code: 'unknown-element', message });
      }
      if (answer.kind === 'fault') {
        const fault = zuoraFault(operation, answer, { status, headers: answered }, { sender, redactor });
        if (fault instanceof RateLimitedError) throw fault;
        return { verdict: isDeadSession(answer) ? 'refused' : 'accepted', value: { fault } };
      }
      const verdict = verdictOf(zuoraSoapCalls, { deadRows: deadRowsOf(answer.value) });
      return { verdict, value: { output: answer.value } };
    };
    const value = await keeper.run((session) => withRetries(patience, () => attempt(session)), { signal });
    if ('fault' in value) throw value.fault;
    return value.output;
  };

  const paging = batchSize === undefined ? {} : { QueryOptions: { batchSize } };
  const query = (input: never, given: SoapCallOptions<object> = {}): PagedQuery<unknown> => {
    const withPaging = { ...given, headers: { ...paging, ...given.headers } };
    return pagedQuery(service, call, input, withPaging);
  };
  const carrier = new ZuoraSoapCarrier<ZuoraSoapFacts>(service);
  // One by one: of spread objects, each would be of a shape of its own.
  const through = {
    system: SYSTEM,
    operations: NO_OPERATIONS,
    baseUrl,
    fetch,
    nowMs,
    redactor,
    sender,
    retry,
    keeper,
    carrier,
  };
  const Client = clientClassOf(service);
  // The methods were made from the same table that the type is made from.
  return new Client(call, query, keeper, createAuthorizedFetch(through)) as unknown as ZuoraSoapClient<Ops>;
}

type Call = (operation: never, input: never, given?: SoapCallOptions<object>) => unknown;
type Query = (input: never, given?: SoapCallOptions<object>) => unknown;

class SoapClient {
  readonly fetch: typeof fetch;
  readonly session: SessionHandle<ZuoraSoapFacts>;
  readonly #call: Call;
  readonly #query: Query;
  readonly #keeper: SessionKeeper<ZuoraSoapFacts>;

  constructor(call: Call, query: Query, keeper: SessionKeeper<ZuoraSoapFacts>, authorizedFetch: typeof fetch) {
    this.#call = call;
    this.#query = query;
    this.#keeper = keeper;
    this.fetch = authorizedFetch;
    this.session = handleOf(keeper);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#keeper[Symbol.asyncDispose]();
  }

  /** The method of an operation. */
  static methodOf(name: string): (this: SoapClient, input: never, given?: SoapCallOptions<object>) => unknown {
    if (name === 'query')
      return function (input, given) {
        return this.#query(input, given);
      };
    // The names are those of the table that the client was made with.
    return function (input, given) {
      return this.#call(name as never, input, given);
    };
  }
}

const clientClasses = new WeakMap<object, typeof SoapClient>();

/** The class whose clients have the operations of a table as methods, made once for each table. */
function clientClassOf(service: { readonly operations: object }): typeof SoapClient {
  const known = clientClasses.get(service);
  if (known) return known;
  const made = class extends SoapClient {};
  for (const name of Object.keys(service.operations)) {
    if (name === 'login') continue;
    if (name === 'then') {
      throw badArgument('ERR_OPTION', 'service: its operation "then" would be called by whoever awaits the client');
    }
    if (name === 'fetch' || name === 'session') {
      throw badArgument('ERR_OPTION', `service: its operation "${name}" has the name of something else of the client`);
    }
    Object.defineProperty(made.prototype, name, { value: SoapClient.methodOf(name), configurable: true });
  }
  bindOnUse(made.prototype);
  clientClasses.set(service, made);
  return made;
}
