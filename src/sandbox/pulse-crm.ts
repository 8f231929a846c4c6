import { createHmac } from 'node:crypto';
import type { components } from '../../generated/pulse-crm/types.ts';
import type { Answer, Incoming } from './exchange.ts';
import type { Outcome } from './journal.ts';
import { jsonObject } from './json.ts';
import type { PulseUser, PulseUserAccount } from './pulse-crm-users.ts';
import { isSameSecret } from './same-secret.ts';
import { createSessionTable, type HeldSession } from './session-table.ts';
import { type Call, type Twin, type TwinContext, userScenario } from './twin.ts';

/** How the Pulse twin behaves where the documents leave it open. */
export type PulseSettings = {
  /** @default 'opaque' */
  token: 'opaque' | 'jwt';
  /** Life of a session from its login, in milliseconds. Not documented. @default 3600000 */
  sessionLifetimeMs: number;
  /** What an error answer holds. Not documented. @default 'json' */
  errorBody: 'json' | 'empty' | 'html';
  /** HTTP status of a call that names an account the user does not have. Not documented. @default 403 */
  accountRefusalStatus: number;
};

export const defaultPulseSettings: PulseSettings = {
  token: 'opaque',
  sessionLifetimeMs: 60 * 60_000,
  errorBody: 'json',
  accountRefusalStatus: 403,
};

interface PulseSession extends HeldSession {
  readonly user: PulseUser;
}

export function createPulseTwin(
  { clock, random }: TwinContext,
  users: readonly PulseUser[],
  settings: PulseSettings,
): Twin {
  const sessions = createSessionTable<PulseSession>(clock);
  const signingKey = random.key('pulse-jwt', 32);

  const refusal = (status: number, message: string, outcome: Outcome): Answer => {
    if (settings.errorBody === 'empty') return { status, headers: [], body: null, outcome };
    if (settings.errorBody === 'html') {
      const body = `<html><body><h1>${status}</h1><p>${message}</p></body></html>`;
      return { status, headers: [['Content-Type', 'text/html']], body, outcome };
    }
    return { status, headers: jsonHeaders, body: JSON.stringify({ message }), outcome };
  };

  const issueToken = (user: PulseUser, expiresAtMs: number): string => {
    if (settings.token === 'opaque') return random.hex(20);
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      sub: String(user.id),
      iat: Math.floor(clock.nowMs() / 1000),
      exp: Math.floor(expiresAtMs / 1000),
      jti: random.hex(8),
    };
    const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
    return `${signed}.${createHmac('sha256', signingKey).update(signed).digest('base64url')}`;
  };

  const login = (incoming: Incoming): Answer => {
    const body = jsonObject(incoming);
    const user = body && users.find((candidate) => matches(candidate, body));
    if (user === undefined) return refusal(401, 'Invalid API key or secret', 'login-denied');
    const nowMs = clock.nowMs();
    const expiresAtMs = nowMs + settings.sessionLifetimeMs;
    const key = issueToken(user, expiresAtMs);
    const session = sessions.open({ key, username: user.username, user, createdAtMs: nowMs, expiresAtMs });
    return userAnswer(session, 'login-accepted');
  };

  /** The session of a call and the account it names, or the answer that turns it away. */
  const authorize = (incoming: Incoming): PulseSession | Answer => {
    const [, token = ''] = /^Bearer +(\S+)$/i.exec(incoming.headers.authorization ?? '') ?? [];
    const session = sessions.find(token);
    if (session === undefined) return refusal(401, 'Unauthorized', 'refused');
    const accountId = incoming.headers['x-account-id'];
    if (accountId !== undefined && !session.user.accounts.some((account) => account.accountId === accountId)) {
      return {
        ...refusal(settings.accountRefusalStatus, 'You do not have access to this account', 'failed'),
        session: session.label,
      };
    }
    return session;
  };

  const authorized = (incoming: Incoming, answer: (session: PulseSession) => Answer): Answer => {
    const session = authorize(incoming);
    return 'status' in session ? session : answer(session);
  };

  return {
    system: 'pulse-crm',
    owns: (path) => /^\/(auth|apikeys)(\/|$)/.test(path),
    identify(incoming): Call {
      switch (`${incoming.method} ${incoming.path}`) {
        case 'POST /auth/login':
          return { operation: 'login', role: 'login', answer: () => login(incoming) };
        case 'GET /auth/session':
          return {
            operation: 'getSession',
            role: 'verify',
            answer: () => authorized(incoming, (session) => userAnswer(session, 'accepted')),
          };
        default:
          return {
            operation: 'unknown',
            role: 'call',
            answer: () => authorized(incoming, () => refusal(404, 'Not Found', 'failed')),
          };
      }
    },
    sessions: {
      revoke: sessions.revoke,
      refuseAll: sessions.refuseAll,
      keyOf: (secret) => secret,
      count: () => sessions.live().length,
      cap: sessions.cap,
    },
    failure: () => refusal(500, 'Internal Server Error', 'failed'),
    denied: () => refusal(401, 'Invalid API key or secret', 'login-denied'),
    scenarios: {
      'change-password': userScenario(users, (user, args) => {
        const password = args.text('password', user.password);
        const apiSecret = args.text('apiSecret', user.apiSecret);
        return () => {
          Object.assign(user, { password, apiSecret });
          return {};
        };
      }),
    },
  };
}

type UserBody = components['schemas']['ApiKeyLoginResponse'];

const jsonHeaders = [['Content-Type', 'application/json; charset=utf-8']] as const;

function matches(user: PulseUser, body: Record<string, unknown>): boolean {
  if ('apiKey' in body) return user.apiKey === body.apiKey && isSameSecret(body.apiSecret, user.apiSecret);
  return user.email === body.email && isSameSecret(body.password, user.password);
}

function userAnswer({ user, key, label }: PulseSession, outcome: Outcome): Answer {
  const accounts = user.accounts.map((account, index) => accountOf(account, index === 0));
  const [primaryAccount] = accounts;
  const primary: Pick<UserBody, 'primaryAccount'> = primaryAccount === undefined ? {} : { primaryAccount };
  const body: UserBody = {
    id: user.id,
    email: user.email,
    createdBy: 'system',
    updatedBy: 'system',
    createdAt: '2024-01-15T09:30:00.000Z',
    updatedAt: '2024-06-01T12:00:00.000Z',
    ...primary,
    accounts,
    flatRolesList: ['role-api'],
    flatPermissionsList: ['contacts.read', 'contacts.write'],
    token: key,
  };
  return { status: 200, headers: jsonHeaders, body: JSON.stringify(body), outcome, session: label };
}

function accountOf({ accountId, accountName }: PulseUserAccount, isPrimary: boolean): components['schemas']['Account'] {
  return {
    accountName,
    accountId,
    usersPrimaryAccount: isPrimary,
    accountAdmin: isPrimary,
    id: `id-${accountId}`,
    uniqueId: `unique-${accountId}`,
    name: accountName,
    repcode: 'REP-1',
    customerServicePhone: '+1 555 0100',
    customerServiceEmail: 'service@pulse.example.test',
    whitelabelSettings: {},
    permissions: ['contacts.read', 'contacts.write'],
    roles: ['role-api'],
  };
}
