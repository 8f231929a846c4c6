import { validators } from '../../generated/pulse-crm/login-validators.ts';
import { operations } from '../../generated/pulse-crm/operations.ts';
import type { components, paths } from '../../generated/pulse-crm/types.ts';
import type { Session } from '../keeper/session.ts';
import type { LoginResult, SessionSource } from '../keeper/source.ts';
import { refuseNoLogin, refuseUnbelievable, skewOf } from '../transport/believe.ts';
import type { CallDraft, SessionCarrier, Verdict } from '../transport/carrier.ts';
import { checkAnswer } from '../transport/contract-check.ts';
import type { Answer, OwnRequest } from '../transport/send.ts';
import {
  CLIENT_OPTIONS,
  type ClientOptions,
  type ClientParts,
  layOutClient,
  texts,
  whoLogsIn,
} from './client-options.ts';
import { denialOf, outcomeOf, verdictOf } from './outcomes.ts';
import { pulseCalls, pulseLogins } from './pulse-crm-outcomes.ts';
import { assembleRestClient, type SessionRestClient } from './rest-client.ts';

const SYSTEM = 'pulse-crm';
const LOGIN = 'POST /auth/login';
const FORM = '{ apiKey, apiSecret } or { email, password }';

/** An API key, recommended for programs, or a person's email address and password; never parts of both. */
export type PulseCrmCredentials =
  | { readonly apiKey: string; readonly apiSecret: string; readonly email?: never; readonly password?: never }
  | { readonly email: string; readonly password: string; readonly apiKey?: never; readonly apiSecret?: never };

/** What Pulse's login tells besides the token. */
export interface PulseCrmFacts {
  readonly userId: number;
  /** What `X-Account-ID` is filled with unless the option or the request says otherwise; `null` if the user has none. */
  readonly primaryAccountId: string | null;
}

/** Options of {@link createPulseCrm}. */
export interface PulseCrmOptions extends ClientOptions<PulseCrmCredentials> {
  /** Each customer has its own; there is no default. */
  readonly baseUrl: string;
  /** The account that calls are about. @default the primary account of who logs in */
  readonly accountId?: string;
  /** Who logs in: API key or email address. @default taken from credentials given as a value */
  readonly identity?: string;
}

const OPTIONS = {
  ...CLIENT_OPTIONS,
  baseUrl: true,
  accountId: true,
  identity: true,
} as const satisfies Record<keyof PulseCrmOptions, true>;

type LoginForm = components['schemas']['ApiKeyLogin'] | components['schemas']['PasswordLogin'];
type LoginBody = components['schemas']['ApiKeyLoginResponse'];

/**
 * A typed client for Pulse CRM that logs in by itself, and again when the token has ended.
 *
 * The token's life is not documented: it counts as live until a 401, unless it is a JWT with an `exp`. A 403 is about
 * permission and keeps the session. `Paths` widens the client to the rest of the vendor's API.
 * @throws TypeError with a `code` for bad options
 */
export function createPulseCrm<Paths extends {} = paths>(
  options: PulseCrmOptions,
): SessionRestClient<Paths, PulseCrmFacts> {
  const parts = layOutClient(SYSTEM, options, OPTIONS);
  texts({ accountId: options.accountId });
  const who = whoLogsIn(SYSTEM, options, FORM, ({ apiKey, email }) => apiKey ?? email);
  const keeper = parts.openKeeper(sourceOf(parts, who, options.accountId));
  return assembleRestClient<Paths, PulseCrmCredentials, PulseCrmFacts>(
    parts,
    { system: SYSTEM, operations },
    keeper,
    new PulseCarrier(options.accountId),
  );
}

function sourceOf(
  parts: ClientParts<PulseCrmCredentials>,
  who: string,
  accountId: string | undefined,
): SessionSource<PulseCrmCredentials, PulseCrmFacts> {
  const { baseUrl, sender } = parts;
  return {
    system: SYSTEM,
    identity: [baseUrl, who],
    account: [SYSTEM, baseUrl, who],
    lifetime: { kind: 'unknown' },
    credentialsForm: FORM,
    fingerprintOf,
    secretsOf,
    readFacts,
    async login(given, io) {
      const form: LoginForm =
        given.apiKey !== undefined
          ? { apiKey: given.apiKey, apiSecret: given.apiSecret }
          : { email: given.email, password: given.password };
      const headers = { 'content-type': 'application/json', accept: 'application/json' };
      const request: OwnRequest = {
        method: 'POST',
        url: `${baseUrl}/auth/login`,
        headers,
        body: JSON.stringify(form),
        signal: io.signal,
      };
      const answer = await io.spend(() => sender.send(request));
      const denial = outcomeOf(pulseLogins, answer);
      if (denial) {
        const reason = String(answer.status);
        throw denialOf(denial, `Pulse CRM refused ${denial.says} (${reason})`, { system: SYSTEM, reason });
      }
      refuseUnbelievable(sender, LOGIN, answer);
      refuseNoLogin(sender, { login: LOGIN, baseUrl }, answer.status);
      checkAnswer(SYSTEM, LOGIN, validators.login, answer, sender);
      return resultOf(answer, io.nowMs());
    },
    async verify(session, io) {
      const headers = {
        accept: 'application/json',
        ...headersOf(session, accountId ?? session.facts.primaryAccountId),
      };
      const answer = await sender.send({ method: 'GET', url: `${baseUrl}/auth/session`, headers, signal: io.signal });
      if (verdictOf(pulseCalls, answer) === 'refused') return false;
      refuseUnbelievable(sender, 'GET /auth/session', answer);
      return true;
    },
  };
}

function fingerprintOf(given: PulseCrmCredentials): readonly string[] {
  return given.apiKey !== undefined ? [given.apiKey, given.apiSecret] : [given.email, given.password];
}

function secretsOf(given: PulseCrmCredentials): readonly string[] {
  return given.apiKey !== undefined ? [given.apiKey, given.apiSecret] : [given.password];
}

function resultOf(answer: Answer, nowMs: number): LoginResult<PulseCrmFacts> {
  // Fits: checkAnswer has just held it against the spec that this type is generated from.
  const { id, token, primaryAccount } = answer.json as LoginBody;
  const ends = expiryOf(token);
  return {
    secret: token,
    facts: { userId: id, primaryAccountId: primaryAccount?.accountId ?? null },
    expiresAtMs: ends === null ? null : ends - skewOf(answer.headers, nowMs),
  };
}

function readFacts(value: unknown): PulseCrmFacts | undefined {
  if (typeof value !== 'object' || value === null || !('userId' in value && 'primaryAccountId' in value))
    return undefined;
  const { userId, primaryAccountId } = value;
  if (typeof userId !== 'number' || (primaryAccountId !== null && typeof primaryAccountId !== 'string'))
    return undefined;
  return { userId, primaryAccountId };
}

class PulseCarrier implements SessionCarrier<PulseCrmFacts> {
  readonly #accountId: string | undefined;

  constructor(accountId: string | undefined) {
    this.#accountId = accountId;
  }

  bringsOwn(draft: CallDraft): boolean {
    return draft.headers.has('authorization');
  }

  authorize(draft: CallDraft, session: Session<PulseCrmFacts>): CallDraft {
    const headers = new Headers(draft.headers);
    const own = headersOf(session, this.#accountId ?? session.facts.primaryAccountId);
    for (const [name, value] of Object.entries(own)) if (!headers.has(name)) headers.set(name, value);
    return { ...draft, headers };
  }

  suspect(response: Response): boolean {
    return this.judge(response) !== 'accepted';
  }

  judge(response: Response): Verdict {
    return verdictOf(pulseCalls, response);
  }
}

function headersOf(session: Session<PulseCrmFacts>, accountId: string | null): Record<string, string> {
  const authorization = `Bearer ${session.secret}`;
  return accountId === null ? { authorization } : { authorization, 'x-account-id': accountId };
}

/** The end of a token that is a JWT with `exp`, ms since the epoch; `null` for any other. */
function expiryOf(token: string): number | null {
  const [, payload, signature] = token.split('.');
  if (payload === undefined || signature === undefined) return null;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    const exp = typeof claims === 'object' && claims !== null && 'exp' in claims ? claims.exp : undefined;
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}
