import type { Operations } from '../../generated/zuora-soap/types.ts';
import { ContractViolationError, ServiceUnreachableError } from '../errors.ts';
import type { SessionSource } from '../keeper/source.ts';
import { refuseNoLogin } from '../transport/believe.ts';
import { followAddress } from '../transport/domains.ts';
import { sendEnvelope, writeCall } from '../transport/soap-call.ts';
import type { ServiceTable } from '../transport/soap-table.ts';
import { writeEnvelope } from '../transport/soap-writer.ts';
import { type ClientParts, positive } from './client-options.ts';
import { zuoraAccount } from './zuora.ts';
import { isDeadSession, zuoraFault, zuoraLoginFault } from './zuora-fault.ts';

const SYSTEM = 'zuora-soap';

/** The form of {@link ZuoraSoapCredentials} in words. */
export const ZUORA_LOGIN_FORM = '{ username, password }';

/** A Zuora API user. */
export interface ZuoraSoapCredentials {
  readonly username: string;
  readonly password: string;
}

/** What Zuora's SOAP login tells besides the session. */
export interface ZuoraSoapFacts {
  /** Where calls go. */
  readonly serverUrl: string;
}

/** The entity to log in to: by id, by name, or the one in which the user was created. Never two of them. */
export type ZuoraEntity =
  | { readonly entityId?: string; readonly entityName?: never }
  | { readonly entityId?: never; readonly entityName?: string };

/** What the login and the life of its session depend on. */
export type ZuoraLoginOptions = ZuoraEntity & {
  /** The tenant's session timeout, counted from the login, in ms. A call after two thirds to five sixths of it renews the session. @default 900_000 (15 minutes) */
  readonly sessionTimeoutMs?: number;
  /** Whether calls go to the `ServerUrl` of the login's answer, or stay with `baseUrl`. @default 'follow' */
  readonly serverUrl?: 'follow' | 'ignore';
};

/** How a Zuora SOAP session begins: `login`, whose answer also names the server for all further calls. */
export function zuoraSoapSource<Ops>(
  { baseUrl, sender, redactor }: ClientParts<ZuoraSoapCredentials>,
  tenantService: ServiceTable<Ops>,
  options: ZuoraLoginOptions,
  who: string,
): SessionSource<ZuoraSoapCredentials, ZuoraSoapFacts> {
  const { entityId, entityName } = options;
  const entity = entityId !== undefined ? { entityId } : entityName !== undefined ? { entityName } : {};
  // Login and getUserInfo are alike in every Zuora WSDL; a tenant's differ in objects and fields.
  const service = tenantService as unknown as ServiceTable<Operations>;
  const via = { service, system: SYSTEM, sender, redactor };
  const verify: SessionSource<ZuoraSoapCredentials, ZuoraSoapFacts>['verify'] = async ({ secret, facts }, io) => {
    const envelope = writeCall(service, 'getUserInfo', {}, {})(secret);
    const { status, headers, answer } = await sendEnvelope(via, 'getUserInfo', {
      url: facts.serverUrl,
      envelope,
      signal: io.signal,
    });
    if (answer.kind === 'result') return true;
    if (isDeadSession(answer)) return false;
    throw zuoraFault('getUserInfo', answer, { status, headers }, via);
  };
  return {
    system: SYSTEM,
    // A SOAP session is bound to the entity that it was begun for.
    identity: [baseUrl, who, ...Object.entries(entity).flat()],
    account: zuoraAccount(baseUrl, who),
    lifetime: { kind: 'fixed', ms: positive('sessionTimeoutMs', options.sessionTimeoutMs, 900_000) },
    credentialsForm: ZUORA_LOGIN_FORM,
    verify: Object.hasOwn(service.operations, 'getUserInfo') ? verify : undefined,
    fingerprintOf,
    secretsOf,
    readFacts,
    async login({ username, password }, io) {
      const envelope = writeEnvelope(service, 'login', { username, password, ...entity });
      const { status, headers, answer } = await io.spend(() =>
        sendEnvelope(via, 'login', { url: baseUrl, envelope, signal: io.signal }).catch((error: unknown) => {
          // Of what is no envelope only the status tells what answers there.
          if (error instanceof ServiceUnreachableError)
            refuseNoLogin(sender, { login: 'login', baseUrl }, error.status);
          throw error;
        }),
      );
      if (answer.kind === 'fault') throw zuoraLoginFault(answer, { status, headers }, via);
      const { Session: secret, ServerUrl } = answer.value.result ?? { Session: null, ServerUrl: null };
      if (!secret) {
        const place = 'loginResponse.result.Session';
        throw new ContractViolationError(`${SYSTEM}: the answer to login holds no session`, {
          system: SYSTEM,
          place,
          expected: 'a session',
          found: 'nothing',
        });
      }
      redactor.hide(secret);
      if (options.serverUrl === 'ignore' || !ServerUrl) return { secret, facts: { serverUrl: baseUrl } };
      // An address with the session inside would be shown with the session's facts.
      const holdsSecret = ServerUrl.includes(secret) || ServerUrl.includes(encodeURIComponent(secret));
      const serverUrl = holdsSecret ? null : followAddress(baseUrl, ServerUrl);
      if (serverUrl !== null) return { secret, facts: { serverUrl } };
      const target = !holdsSecret && URL.canParse(ServerUrl) ? new URL(ServerUrl).origin : 'no address to be followed';
      throw sender.unreachable(
        `the login's ServerUrl leads to ${target}, where a session of ${new URL(baseUrl).origin} must not go; serverUrl: 'ignore' stays with baseUrl`,
        { status },
      );
    },
  };
}

function fingerprintOf({ username, password }: ZuoraSoapCredentials): readonly string[] {
  return [username, password];
}

function secretsOf({ password }: ZuoraSoapCredentials): readonly string[] {
  return [password];
}

function readFacts(value: unknown): ZuoraSoapFacts | undefined {
  const serverUrl = typeof value === 'object' && value !== null && 'serverUrl' in value ? value.serverUrl : undefined;
  return typeof serverUrl === 'string' ? { serverUrl } : undefined;
}
