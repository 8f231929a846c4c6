import { validators } from '../../generated/zato-sso/login-validators.ts';
import { operations } from '../../generated/zato-sso/operations.ts';
import type { components, paths } from '../../generated/zato-sso/types.ts';
import { badArgument, ContractViolationError } from '../errors.ts';
import type { SessionSource } from '../keeper/source.ts';
import { refuseUnbelievable, skewOf } from '../transport/believe.ts';
import { checkAnswer } from '../transport/contract-check.ts';
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
import { verdictOf } from './outcomes.ts';
import { assembleRestClient, type SessionRestClient } from './rest-client.ts';
import { totpAt } from './totp.ts';
import { readZatoAnswer } from './zato-answer.ts';
import { ZatoCarrier } from './zato-carrier.ts';
import { createZatoLogin, type ZatoLoginOptions, type ZatoSsoCredentials, type ZatoSsoFacts } from './zato-login.ts';
import { zatoDenial, zatoRenewals } from './zato-outcomes.ts';

export type { ZatoLoginOptions, ZatoSsoCredentials, ZatoSsoFacts, ZatoTotp } from './zato-login.ts';
export { type ZatoStatusCode, zatoStatusName, zatoStatusNames } from './zato-status.ts';

const SYSTEM = 'zato-sso';
const FORM = '{ username, password, newPassword? }';

/** Options of {@link createZatoSso}. */
export interface ZatoSsoOptions extends ClientOptions<ZatoSsoCredentials>, ZatoLoginOptions {
  /** Where Zato answers, such as `https://sso.example.com`; its own default port is 17010. */
  readonly baseUrl: string;
  /** Who logs in. @default `username` of credentials given as a value */
  readonly identity?: string;
  /** How long a session lives from its login or renewal, in ms. @default 3_600_000 (60 minutes) */
  readonly sessionLifetimeMs?: number;
}

const OPTIONS = {
  ...CLIENT_OPTIONS,
  baseUrl: true,
  identity: true,
  sessionLifetimeMs: true,
  currentApp: true,
  totp: true,
  sendTotp: true,
  remoteAddr: true,
  userAgent: true,
} as const satisfies Record<keyof ZatoSsoOptions, true>;

type RenewForm = components['schemas']['RenewRequest'];
type RenewAnswer = components['schemas']['RenewAnswer'];

/**
 * A typed client for Zato SSO. The user session token and the application's name go into each call's body, or into the
 * query of calls without one. The session is renewed before it ends, and begun anew when it has ended.
 * @throws TypeError with a `code` for bad options
 */
export function createZatoSso<Paths extends {} = paths>(
  options: ZatoSsoOptions,
): SessionRestClient<Paths, ZatoSsoFacts> {
  const parts = layOutClient(SYSTEM, options, OPTIONS);
  if (typeof options.currentApp !== 'string' || options.currentApp === '') {
    throw badArgument(
      'ERR_OPTION',
      'currentApp is required: Zato wants the name of the calling application with each call',
    );
  }
  const { totp, remoteAddr, userAgent } = options;
  texts({ remoteAddr, userAgent, ...(typeof totp === 'string' ? { totp } : {}) });
  const who = whoLogsIn(SYSTEM, options, FORM, ({ username }) => username);
  oneOf('sendTotp', options.sendTotp, ['when-asked', 'always']);
  const keeper = parts.openKeeper(sourceOf(parts, options, who));
  return assembleRestClient<Paths, ZatoSsoCredentials, ZatoSsoFacts>(
    parts,
    { system: SYSTEM, operations },
    keeper,
    new ZatoCarrier(options.currentApp),
  );
}

type Source = SessionSource<ZatoSsoCredentials, ZatoSsoFacts>;

function sourceOf(
  { baseUrl, sender, redactor }: ClientParts<ZatoSsoCredentials>,
  options: ZatoSsoOptions,
  who: string,
): Source {
  const { currentApp, totp, userAgent = 'latchkey' } = options;
  // A bad seed is told now, not after a login was refused for want of a code.
  if (typeof totp === 'object') totpAt(totp.seed, 0);
  // Zato fails with a 500 when a request has no User-Agent at all.
  const headers = { 'content-type': 'application/json', accept: 'application/json', 'user-agent': userAgent };
  const call = (method: string, path: string, body: object, signal: AbortSignal): Promise<Answer> =>
    sender.send({ method, url: `${baseUrl}/zato/sso/user/${path}`, headers, body: JSON.stringify(body), signal });
  const renew: NonNullable<Source['renew']> = async (session, io) => {
    const form: RenewForm = { ust: session.secret, current_app: currentApp };
    const answer = await call('PATCH', 'session', form, io.signal);
    const { codes, cid, isBare } = readZatoAnswer(answer);
    if (verdictOf(zatoRenewals, { status: answer.status, codes, isBare }) === 'refused') return 'refused';
    if (codes.length > 0 && answer.status === 403) throw zatoDenial('renewal', codes, cid, redactor);
    refuseUnbelievable(sender, 'PATCH /zato/sso/user/session', answer);
    checkAnswer(SYSTEM, 'PATCH /zato/sso/user/session', validators.renewSession, answer, { redactor });
    // Fits: it has just been checked.
    const { expiration_time } = answer.json as RenewAnswer;
    if (expiration_time === undefined) {
      throw new ContractViolationError(
        `${SYSTEM}: the answer to PATCH /zato/sso/user/session does not say until when`,
        {
          system: SYSTEM,
          place: '/expiration_time',
          expected: 'a time',
          found: 'nothing',
        },
      );
    }
    return { expiresAtMs: Date.parse(`${expiration_time}Z`) - skewOf(answer.headers, io.nowMs()) };
  };
  return {
    system: SYSTEM,
    identity: [baseUrl, who],
    account: [SYSTEM, baseUrl, who],
    lifetime: { kind: 'fixed', ms: positive('sessionLifetimeMs', options.sessionLifetimeMs, 3_600_000) },
    credentialsForm: FORM,
    fingerprintOf,
    secretsOf: ({ password, newPassword = '' }) => [
      password,
      newPassword,
      ...(typeof totp === 'string' ? [totp] : typeof totp === 'object' ? [totp.seed] : []),
    ],
    readFacts,
    login: createZatoLogin(options, {
      baseUrl,
      sender,
      hide: (secret) => redactor.hide(secret),
      send: (form, signal) => call('POST', 'login', form, signal),
    }),
    renew,
    async end(session, io) {
      const answer = await call('POST', 'logout', { ust: session.secret, current_app: currentApp }, io.signal);
      refuseUnbelievable(sender, 'POST /zato/sso/user/logout', answer);
      // Zato says ok even when it ended nothing; only a renewal tells.
      const news = await renew(session, io);
      if (news === 'refused') return { endedAtService: true };
      // It lives, and has just been prolonged.
      return { endedAtService: 'unknown', mayLiveUntilMs: news.expiresAtMs ?? null };
    },
  };
}

function fingerprintOf({ username, password, newPassword }: ZatoSsoCredentials): readonly string[] {
  return [username, password, ...(newPassword === undefined ? [] : [newPassword])];
}

function readFacts(): ZatoSsoFacts {
  return {};
}
