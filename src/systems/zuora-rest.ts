import { validators } from '../../generated/zuora-rest/login-validators.ts';
import { operations } from '../../generated/zuora-rest/operations.ts';
import type { components, paths } from '../../generated/zuora-rest/types.ts';
import { badArgument, ContractViolationError } from '../errors.ts';
import type { SessionSource } from '../keeper/source.ts';
import { refuseNoLogin, refuseUnbelievable } from '../transport/believe.ts';
import { checkAnswer } from '../transport/contract-check.ts';
import { cookieOf } from '../transport/cookies.ts';
import type { Answer } from '../transport/send.ts';
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  type ClientParts,
  layOutClient,
  oneOf,
  positive,
  texts,
  whoLogsIn,
} from './client-options.ts';
import { denialOf, outcomeOf } from './outcomes.ts';
import { assembleRestClient, type SessionRestClient } from './rest-client.ts';
import { zuoraAccount } from './zuora.ts';
import { COOKIE, type ZuoraCarrierOptions, ZuoraRestCarrier } from './zuora-rest-carrier.ts';
import { zuoraRestLogins } from './zuora-rest-outcomes.ts';

const SYSTEM = 'zuora-rest';
const LOGIN = 'POST /v1/connections';
const FORM = '{ apiAccessKeyId, apiSecretAccessKey }';

/** A Zuora API user: its name and password, under the names of the headers that carry them. */
export interface ZuoraRestCredentials {
  readonly apiAccessKeyId: string;
  readonly apiSecretAccessKey: string;
}

/** Zuora's REST login tells nothing besides the cookie. */
export type ZuoraRestFacts = Readonly<Record<string, never>>;

/** Options of {@link createZuoraRest}. */
export interface ZuoraRestOptions extends ClientOptions<ZuoraRestCredentials>, ZuoraCarrierOptions {
  /** The data centre, such as `https://rest.na.zuora.com`, or `https://api.zuora.com/rest` for the legacy hosts. */
  readonly baseUrl: string;
  /** Who logs in. @default `apiAccessKeyId` of credentials given as a value */
  readonly identity?: string;
  /** The tenant's session timeout, which restarts with each call, in ms. @default 900_000 (15 minutes) */
  readonly sessionTimeoutMs?: number;
  /** The entity by id for tenants on the older Multi-entity headers; sent at the login too. Not together with `entityName`. @default none */
  readonly entityId?: string;
  /** The entity by name, likewise. @default none */
  readonly entityName?: string;
}

const OPTIONS = {
  ...CLIENT_OPTIONS,
  baseUrl: true,
  identity: true,
  sessionTimeoutMs: true,
  entityId: true,
  entityName: true,
  sessionAs: true,
  entityIds: true,
} as const satisfies Record<keyof ZuoraRestOptions, true>;

type Answered = components['schemas']['CommonResponse'];

/**
 * A typed client for Zuora REST on a session cookie. The cookie is re-issued by each answer and the newest is used.
 *
 * Zuora calls this login legacy and recommends OAuth; an account used for it should never log into the Zuora UI.
 * `Paths` widens the client to the rest of the API.
 * @throws TypeError with a `code` for bad options, and on calls for a bad `Zuora-Track-Id` or `Idempotency-Key`
 */
export function createZuoraRest<Paths extends {} = paths>(
  options: ZuoraRestOptions,
): SessionRestClient<Paths, ZuoraRestFacts> {
  const parts = layOutClient(SYSTEM, options, OPTIONS);
  if (options.entityId !== undefined && options.entityName !== undefined) {
    throw badArgument('ERR_ENTITY', 'entityId and entityName exclude each other');
  }
  const who = whoLogsIn(SYSTEM, options, FORM, ({ apiAccessKeyId }) => apiAccessKeyId);
  const { entityId, entityName, entityIds } = options;
  texts({ entityId, entityName, entityIds });
  oneOf('sessionAs', options.sessionAs, ['cookie', 'authorization']);
  const keeper = parts.openKeeper(sourceOf(parts, options, who));
  return assembleRestClient<Paths, ZuoraRestCredentials, ZuoraRestFacts>(
    parts,
    { system: SYSTEM, operations },
    keeper,
    new ZuoraRestCarrier(options, entityHeaders(options), parts.report),
  );
}

function sourceOf(
  { baseUrl, sender }: ClientParts<ZuoraRestCredentials>,
  options: ZuoraRestOptions,
  who: string,
): SessionSource<ZuoraRestCredentials, ZuoraRestFacts> {
  const entity = entityHeaders(options);
  return {
    system: SYSTEM,
    identity: [baseUrl, who, ...Object.entries(entity).flat()],
    account: zuoraAccount(baseUrl, who),
    lifetime: { kind: 'sliding', ms: positive('sessionTimeoutMs', options.sessionTimeoutMs, 900_000) },
    credentialsForm: FORM,
    fingerprintOf,
    secretsOf,
    readFacts,
    async login({ apiAccessKeyId, apiSecretAccessKey }, io) {
      const headers = {
        'content-type': 'application/json',
        accept: 'application/json',
        apiAccessKeyId,
        apiSecretAccessKey,
        ...entity,
      };
      // No Idempotency-Key: the service would replay the stored answer for a day, an old cookie or a stale 401 with it.
      const answer = await io.spend(() =>
        sender.send({ method: 'POST', url: `${baseUrl}/v1/connections`, headers, body: '{}', signal: io.signal }),
      );
      return { secret: cookieFrom(answer, { baseUrl, sender }), facts: {} };
    },
  };
}

function fingerprintOf(given: ZuoraRestCredentials): readonly string[] {
  return [given.apiAccessKeyId, given.apiSecretAccessKey];
}

function secretsOf(given: ZuoraRestCredentials): readonly string[] {
  return [given.apiSecretAccessKey];
}

function readFacts(): ZuoraRestFacts {
  return {};
}

/** The session cookie of a login's answer. */
function cookieFrom(
  answer: Answer,
  { baseUrl, sender }: Pick<ClientParts<ZuoraRestCredentials>, 'baseUrl' | 'sender'>,
): string {
  const { code, message, requestIds } = reasonOf(answer);
  const { redactor } = sender;
  const cookie = cookieOf(answer.headers, COOKIE);
  redactor.hide(cookie);
  const { status } = answer;
  const judge = (success: boolean | undefined, fits: boolean): void => {
    const outcome = outcomeOf(zuoraRestLogins, { status, code, success, fits });
    if (!outcome) return;
    if ('isRemembered' in outcome) {
      const details = { system: SYSTEM, redactor, requestIds, reason: code };
      throw denialOf(outcome, `Zuora refused ${outcome.says} (${code ?? status})`, details);
    }
    const why =
      success === false ? `: ${message ?? 'no reason given'} (${code ?? 'no code'})` : ` with status ${status}`;
    throw sender.unreachable(`${LOGIN} failed${why}`, { status });
  };
  judge(undefined, false);
  refuseUnbelievable(sender, LOGIN, answer, requestIds);
  // A failure in Zuora's own form comes from the right place.
  if (code === undefined) refuseNoLogin(sender, { login: LOGIN, baseUrl }, status);
  checkAnswer(SYSTEM, LOGIN, validators.createConnection, answer, { redactor, requestIds });
  // Fits: it has just been checked.
  judge(((answer.json ?? {}) as Answered).success, true);
  if (cookie) return cookie;
  throw new ContractViolationError(`${SYSTEM}: the answer to ${LOGIN} sets no ${COOKIE} cookie`, {
    system: SYSTEM,
    redactor,
    requestIds,
    place: '/headers/Set-Cookie',
    expected: `a ${COOKIE} cookie`,
    found: 'nothing',
  });
}

/** The entity headers of the older Multi-entity, which go with the login too. */
function entityHeaders({ entityId, entityName }: ZuoraRestOptions): Readonly<Record<string, string>> {
  if (entityId !== undefined) return { entityId };
  return entityName === undefined ? {} : { entityName };
}

function reasonOf(answer: Answer): {
  code?: string | undefined;
  message?: string | undefined;
  requestIds: Record<string, string>;
} {
  // Each field is looked at before it is used: failures need not fit the spec.
  const body: Answered = typeof answer.json === 'object' && answer.json !== null ? answer.json : {};
  const [reason] = Array.isArray(body.reasons) ? body.reasons : [];
  const requestIds: Record<string, string> = {};
  for (const name of ['Zuora-Request-Id', 'Zuora-Track-Id']) {
    const id = answer.headers.get(name);
    if (id !== null) requestIds[name] = id;
  }
  if (typeof body.processId === 'string') requestIds.processId = body.processId;
  return { code: reason?.code === undefined ? undefined : String(reason.code), message: reason?.message, requestIds };
}
