import { mostAccounts, mostMs } from './bounds.ts';
import { isSameSecret } from './same-secret.ts';
import { createSessionTable, type HeldSession, type SessionTable } from './session-table.ts';
import { type Twin, type TwinContext, userScenario } from './twin.ts';
import { createZuoraLimits, type ZuoraLimits } from './zuora-limits.ts';
import type { ZuoraObjects } from './zuora-objects.ts';
import { createZuoraRecords, type ZuoraRecords } from './zuora-records.ts';
import type { ZuoraSettings } from './zuora-settings.ts';
import { createZuoraTokens } from './zuora-tokens.ts';
import type { ZuoraEntity, ZuoraUser } from './zuora-users.ts';

export { defaultZuoraSettings, type ZuoraSettings } from './zuora-settings.ts';

export interface ZuoraSession extends HeldSession {
  readonly user: ZuoraUser;
  readonly entity: ZuoraEntity;
}

const dayMs = 24 * 60 * 60_000;

type ZuoraSystem = 'zuora-rest' | 'zuora-soap';

/** Why nobody was logged in; what the caller is told of it is each API's matter. */
export type ZuoraDenial = 'password' | 'locked' | 'address';

/** What both Zuora APIs stand on: users, lockout, sessions and records. */
export interface ZuoraTenant {
  readonly settings: ZuoraSettings;
  /** The objects and operations of its WSDL. */
  readonly objects: ZuoraObjects;
  readonly records: ZuoraRecords;
  readonly limits: ZuoraLimits;
  /** Checks a password and counts wrong ones. */
  authenticate(username: string, password: string, remoteAddress: string): ZuoraUser | ZuoraDenial;
  open(system: ZuoraSystem, user: ZuoraUser, entity: ZuoraEntity): ZuoraSession;
  /** A value for the session, never the same twice. */
  issue(session: ZuoraSession): string;
  find(system: ZuoraSystem, secret: string): ZuoraSession | undefined;
  extend(session: ZuoraSession): void;
  sessionsOf(system: ZuoraSystem): Twin['sessions'];
  readonly scenarios: Twin['scenarios'];
  readonly settingsChanged: NonNullable<Twin['settingsChanged']>;
}

export function createZuoraTenant(
  { clock, random }: TwinContext,
  users: readonly ZuoraUser[],
  settings: ZuoraSettings,
  objects: ZuoraObjects,
): ZuoraTenant {
  const tokens = createZuoraTokens(random);
  const tables: Record<ZuoraSystem, SessionTable<ZuoraSession>> = {
    'zuora-rest': createSessionTable(clock),
    'zuora-soap': createSessionTable(clock),
  };
  const attempts = new Map<string, { wrong: number; lockedUntilMs: number }>();
  const attemptsOf = (username: string) => attempts.get(username) ?? { wrong: 0, lockedUntilMs: 0 };
  const records = createZuoraRecords({ clock, random }, settings.accountCount);
  const passwordSetAtMs = new Map<string, number>();
  const startMs = clock.nowMs();
  let opened = 0;

  /** Passwords of API users do not age, but those of users who were ever used in the UI do. */
  const isExpired = ({ username, isUsedInUi = false }: ZuoraUser): boolean => {
    const setAtMs = passwordSetAtMs.get(username) ?? startMs;
    const { passwordExpirationDays: days } = settings;
    return isUsedInUi && days > 0 && clock.nowMs() - setAtMs >= days * dayMs;
  };

  const lookUp = (system: ZuoraSystem, secret: string): ZuoraSession | undefined => {
    const content = tokens.read(secret);
    if (content === undefined) return undefined;
    const isValueDead =
      settings.cookieLife === 'each-value' && content.issuedAtMs + settings.sessionTimeoutMs <= clock.nowMs();
    return isValueDead ? undefined : tables[system].find(content.sessionKey);
  };

  return {
    settings,
    objects,
    records,
    limits: createZuoraLimits(clock, settings),
    authenticate(username, password, remoteAddress) {
      const user = users.find((candidate) => candidate.username === username);
      if (user === undefined) return 'password';
      const { wrong, lockedUntilMs } = attemptsOf(username);
      if (lockedUntilMs > clock.nowMs()) return 'locked';
      if (!isSameSecret(password, user.password)) {
        const isLockDue = wrong + 1 >= settings.maximumInvalidLoginAttempts;
        attempts.set(username, {
          wrong: isLockDue ? 0 : wrong + 1,
          lockedUntilMs: isLockDue ? clock.nowMs() + settings.lockoutMs : 0,
        });
        return 'password';
      }
      attempts.delete(username);
      if (isExpired(user)) return 'password';
      const { allowedAddresses } = settings;
      // A socket that speaks both versions of IP shows an IPv4 address in the form of the other.
      const address = remoteAddress.replace(/^::ffff:/, '');
      return allowedAddresses.length === 0 || allowedAddresses.includes(address) ? user : 'address';
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
    settingsChanged(changes) {
      if ('accountCount' in changes) records.resizeAccounts(settings.accountCount);
    },
    sessionsOf: (system) => ({
      revoke: tables[system].revoke,
      refuseAll: tables[system].refuseAll,
      keyOf: (secret) => tokens.read(secret)?.sessionKey,
      count: () => tables[system].live().length,
      cap: tables[system].cap,
    }),
    scenarios: {
      'lock-account': userScenario(users, (user, args) => {
        const ms = args.number('ms', { min: 0, max: mostMs, fallback: settings.lockoutMs });
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
          passwordSetAtMs.set(user.username, clock.nowMs());
          return {};
        };
      }),
      'use-in-ui': userScenario(users, (user) => () => {
        user.isUsedInUi = true;
        return {};
      }),
      accounts: (args) => {
        const count = args.number('count', { min: 0, max: mostAccounts, isWhole: true });
        return () => ({ count: records.resizeAccounts(count) });
      },
    },
  };
}
