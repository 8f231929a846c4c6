import { timingSafeEqual } from 'node:crypto';
import { createSessionTable, type HeldSession, type SessionTable } from './session-table.ts';
import { type Twin, type TwinContext, userScenario } from './twin.ts';
import { createZuoraRecords, type ZuoraRecords } from './zuora-records.ts';
import { createZuoraTokens } from './zuora-tokens.ts';
import type { ZuoraEntity, ZuoraUser } from './zuora-users.ts';

/** How the Zuora tenant is set up, and how its twins behave where no source is sure. Shared by REST and SOAP. */
export type ZuoraSettings = {
  /** Session timeout in milliseconds; real tenants have 15, 30, 60, 120, 240 or 480 minutes. @default 900000 */
  sessionTimeoutMs: number;
  /**
   * Whether the idle clock is the session's, so that an old cookie value lives as long as the newest, or each value
   * dies on its own. Not known of the real service. @default 'session'
   */
  cookieLife: 'session' | 'each-value';
  /** Whether a SOAP call restarts the timeout as a REST call does. Not documented. @default false */
  doesSoapUseExtend: boolean;
  /** Wrong passwords in a row that lock an account; real tenants have 3 to 10. @default 6 */
  maximumInvalidLoginAttempts: number;
  /** How long a lock lasts, in milliseconds; real tenants have 20, 30 or 60 minutes. @default 1800000 */
  lockoutMs: number;
  /** HTTP status of a refused entity. Not known. @default 200 */
  entityRefusalStatus: number;
  /** Whether REST takes a SOAP session. @default true */
  isSoapSessionTakenByRest: boolean;
  /** Whether SOAP takes a REST session. A guess. @default false */
  isRestSessionTakenBySoap: boolean;
  /** Whether answers carry `Zuora-Request-Id`; captures of 2016 do not. @default true */
  hasRequestId: boolean;
  /** Whether `ZSession` is `Secure`; a cookie jar keeps such a cookie from plain HTTP. @default true */
  isCookieSecure: boolean;
  /** Accounts in the tenant at the start. @default 3 */
  accountCount: number;
};

export const defaultZuoraSettings: ZuoraSettings = {
  sessionTimeoutMs: 15 * 60_000,
  cookieLife: 'session',
  doesSoapUseExtend: false,
  maximumInvalidLoginAttempts: 6,
  lockoutMs: 30 * 60_000,
  entityRefusalStatus: 200,
  isSoapSessionTakenByRest: true,
  isRestSessionTakenBySoap: false,
  hasRequestId: true,
  isCookieSecure: true,
  accountCount: 3,
};

export interface ZuoraSession extends HeldSession {
  readonly user: ZuoraUser;
  readonly entity: ZuoraEntity;
}

type ZuoraSystem = 'zuora-rest' | 'zuora-soap';

/** What both Zuora APIs stand on: users, lockout, sessions and records. */
export interface ZuoraTenant {
  readonly settings: ZuoraSettings;
  readonly records: ZuoraRecords;
  /** Checks a password and counts wrong ones; a locked account is refused like a wrong password. */
  authenticate(username: string, password: string): ZuoraUser | undefined;
  open(system: ZuoraSystem, user: ZuoraUser, entity: ZuoraEntity): ZuoraSession;
  /** A value for the session, never the same twice. */
  issue(session: ZuoraSession): string;
  find(system: ZuoraSystem, secret: string): ZuoraSession | undefined;
  extend(session: ZuoraSession): void;
  sessionsOf(system: ZuoraSystem): Twin['sessions'];
  readonly scenarios: Twin['scenarios'];
}

export function createZuoraTenant(
  { clock, random }: TwinContext,
  users: readonly ZuoraUser[],
  settings: ZuoraSettings,
): ZuoraTenant {
  const tokens = createZuoraTokens(random);
  const tables: Record<ZuoraSystem, SessionTable<ZuoraSession>> = {
    'zuora-rest': createSessionTable(clock),
    'zuora-soap': createSessionTable(clock),
  };
  const attempts = new Map<string, { wrong: number; lockedUntilMs: number }>();
  const attemptsOf = (username: string) => attempts.get(username) ?? { wrong: 0, lockedUntilMs: 0 };
  const records = createZuoraRecords({ clock, random }, settings.accountCount);
  let opened = 0;

  const lookUp = (system: ZuoraSystem, secret: string): ZuoraSession | undefined => {
    const content = tokens.read(secret);
    if (content === undefined) return undefined;
    const isValueDead =
      settings.cookieLife === 'each-value' && content.issuedAtMs + settings.sessionTimeoutMs <= clock.nowMs();
    return isValueDead ? undefined : tables[system].find(content.sessionKey);
  };

  return {
    settings,
    records,
    authenticate(username, password) {
      const user = users.find((candidate) => candidate.username === username);
      if (user === undefined) return undefined;
      const { wrong, lockedUntilMs } = attemptsOf(username);
      if (lockedUntilMs > clock.nowMs()) return undefined;
      if (isSame(password, user.password)) {
        attempts.delete(username);
        return user;
      }
      const isLockDue = wrong + 1 >= settings.maximumInvalidLoginAttempts;
      attempts.set(username, {
        wrong: isLockDue ? 0 : wrong + 1,
        lockedUntilMs: isLockDue ? clock.nowMs() + settings.lockoutMs : 0,
      });
      return undefined;
    },
    open(system, user, entity) {
      opened += 1;
      const nowMs = clock.nowMs();
      const expiresAtMs = nowMs + settings.sessionTimeoutMs;
      const session = { key: String(opened), username: user.username, user, entity, createdAtMs: nowMs, expiresAtMs };
      return tables[system].open(session);
    },
    issue: (session) => tokens.issue({ sessionKey: session.key, issuedAtMs: clock.nowMs() }),
    find(system, secret) {
      const own = lookUp(system, secret);
      if (own !== undefined) return own;
      if (system === 'zuora-rest') return settings.isSoapSessionTakenByRest ? lookUp('zuora-soap', secret) : undefined;
      return settings.isRestSessionTakenBySoap ? lookUp('zuora-rest', secret) : undefined;
    },
    extend(session) {
      session.expiresAtMs = clock.nowMs() + settings.sessionTimeoutMs;
    },
    sessionsOf: (system) => ({
      revoke: tables[system].revoke,
      refuseAll: tables[system].refuseAll,
      keyOf: (secret) => tokens.read(secret)?.sessionKey,
      count: () => tables[system].live().length,
    }),
    scenarios: {
      'lock-account': userScenario(users, (user, args) => {
        const ms = args.number('ms', { min: 0, fallback: settings.lockoutMs });
        return () => {
          attempts.set(user.username, { wrong: 0, lockedUntilMs: clock.nowMs() + ms });
          return { ms };
        };
      }),
      'unlock-account': userScenario(users, (user) => () => {
        attempts.delete(user.username);
        return {};
      }),
      'change-password': userScenario(users, (user, args) => {
        const password = args.text('password');
        return () => {
          user.password = password;
          return {};
        };
      }),
      accounts: (args) => {
        const count = args.number('count', { min: 0, max: 1_000_000 });
        return () => ({ count: records.resizeAccounts(count) });
      },
    },
  };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
