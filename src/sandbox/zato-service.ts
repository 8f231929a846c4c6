import type { SecretLedger } from './secrets.ts';
import { createSessionTable, type HeldSession, type SessionTable } from './session-table.ts';
import type { TwinContext } from './twin.ts';
import { SsoRefusal, SystemFailure } from './zato-input.ts';
import { createZatoTokens, type ZatoTokens } from './zato-tokens.ts';
import type { ZatoUser } from './zato-users.ts';

/** The server's configuration, and where releases differ. Names follow the flags of the server. */
export type ZatoSettings = {
  /** Release 3.3 always sends `sub_status`, `[]` on success; the vendor's page shows it on errors only. @default 'always' */
  subStatusOnSuccess: 'always' | 'never';
  /** Life of a session from login or renewal, in milliseconds. @default 3600000 */
  sessionExpiryMs: number;
  /** Applications that the server knows. @default ['CRM'] */
  apps: readonly string[];
  /** Applications that users may log in to. @default ['CRM'] */
  loginApps: readonly string[];
  /** @default true */
  informIfAppInvalid: boolean;
  /** @default true */
  informIfLocked: boolean;
  /** @default true */
  informIfNotConfirmed: boolean;
  /** @default true */
  informIfTotpMissing: boolean;
  /** @default false */
  informIfPasswordExpired: boolean;
  /** When false, a password about to expire is refused. @default true */
  informIfPasswordAboutToExpire: boolean;
  /** @default true */
  informIfPasswordMustBeChanged: boolean;
  /** @default true */
  informIfPasswordInvalid: boolean;
  /** @default 30 */
  passwordAboutToExpireDays: number;
  /** Whether a login without any User-Agent fails with 500, as in 3.3. @default true */
  isUserAgentNeeded: boolean;
  /** Whether answers carry their correlation ID in `X-Zato-CID` too. @default false */
  needsXZatoCid: boolean;
  /** Whether the `details` of a 500 hold what went wrong inside, or one sentence that says nothing. @default true */
  returnTracebacks: boolean;
  /** Whether users who are in no list of addresses, which here is everyone, are refused. @default false */
  rejectIfNotListed: boolean;
};

export const defaultZatoSettings: ZatoSettings = {
  subStatusOnSuccess: 'always',
  sessionExpiryMs: 60 * 60_000,
  apps: ['CRM'],
  loginApps: ['CRM'],
  informIfAppInvalid: true,
  informIfLocked: true,
  informIfNotConfirmed: true,
  informIfTotpMissing: true,
  informIfPasswordExpired: false,
  informIfPasswordAboutToExpire: true,
  informIfPasswordMustBeChanged: true,
  informIfPasswordInvalid: true,
  passwordAboutToExpireDays: 30,
  isUserAgentNeeded: true,
  needsXZatoCid: false,
  returnTracebacks: true,
  rejectIfNotListed: false,
};

/** A user as the running service holds it. */
export interface ZatoAccount extends ZatoUser {
  username: string;
  readonly userId: string;
  readonly createdAtMs: number;
  passwordSetAtMs: number;
  passwordExpiresAtMs: number;
}

interface ZatoInteraction {
  readonly remoteAddress: string;
  readonly userAgent: string;
  readonly atMs: number;
  readonly source: 'login' | 'renew';
}

export interface ZatoSession extends HeldSession {
  readonly account: ZatoAccount;
  readonly remoteAddress: string;
  readonly userAgent: string;
  /** At most 100, as in the service. */
  readonly interactions: ZatoInteraction[];
}

/** What the operations share: accounts, sessions and the checks that every authenticated call repeats. */
export interface ZatoService {
  readonly settings: ZatoSettings;
  readonly tokens: ZatoTokens;
  readonly sessions: SessionTable<ZatoSession>;
  readonly accounts: readonly ZatoAccount[];
  readonly secrets: SecretLedger;
  nowMs(): number;
  /** The checks of a login that each call repeats, in the server's order: addresses, locking, sign-up, password age. */
  checkAccount(account: ZatoAccount): void;
  /** The live session behind a token. @throws SsoRefusal E007001, or SystemFailure for a token that was tampered with */
  sessionOf(ust: string | null): ZatoSession;
  /** As `sessionOf`, for a super-user's session only. */
  superSessionOf(ust: string | null): ZatoSession;
  /** @throws SsoRefusal E005001 when there is no such user */
  accountById(userId: string): ZatoAccount;
  /** @param expiryDays how long it lives; the server's default when absent */
  setPassword(account: ZatoAccount, password: string, expiryDays?: number): void;
  /** Takes the user away, with every session. */
  removeAccount(account: ZatoAccount): void;
}

export const dayMs = 24 * 60 * 60_000;
/** How long a password lives unless somebody says otherwise. */
export const passwordExpiryDays = 730;

export function createZatoService(
  { clock, random, secrets }: TwinContext,
  users: readonly ZatoUser[],
  settings: ZatoSettings,
): ZatoService {
  const tokens = createZatoTokens(random, clock);
  const sessions = createSessionTable<ZatoSession>(clock);
  const startMs = clock.nowMs();
  const accounts = users.map(
    (user): ZatoAccount => ({
      ...user,
      userId: tokens.id('zusr'),
      createdAtMs: startMs,
      passwordSetAtMs: startMs,
      passwordExpiresAtMs: startMs + user.passwordExpiresInDays * dayMs,
    }),
  );

  const checkAccount = (account: ZatoAccount): void => {
    if (settings.rejectIfNotListed) throw new SsoRefusal('E005001');
    if (account.isLocked) throw new SsoRefusal('E005002', !settings.informIfLocked);
    if (account.signUpStatus !== 'final') throw new SsoRefusal('E005003', !settings.informIfNotConfirmed);
    if (account.passwordExpiresAtMs > clock.nowMs()) return;
    throw new SsoRefusal(settings.informIfPasswordExpired ? 'E003004' : 'E005001');
  };

  const sessionOf = (ust: string | null): ZatoSession => {
    const plain = ust === null ? undefined : tokens.plain(ust);
    if (ust !== null && plain === undefined) throw new SystemFailure(500, undefined, true);
    const session = plain === undefined ? undefined : sessions.find(plain);
    if (session === undefined || session.account.approvalStatus !== 'approved') throw new SsoRefusal('E007001', true);
    checkAccount(session.account);
    return session;
  };

  return {
    settings,
    tokens,
    sessions,
    accounts,
    secrets,
    nowMs: () => clock.nowMs(),
    checkAccount,
    sessionOf,
    superSessionOf(ust) {
      const session = sessionOf(ust);
      if (!session.account.isSuperUser) throw new SsoRefusal('E005001');
      return session;
    },
    accountById(userId) {
      const account = accounts.find((candidate) => candidate.userId === userId);
      if (account === undefined) throw new SsoRefusal('E005001');
      return account;
    },
    setPassword(account, password, expiryDays = passwordExpiryDays) {
      secrets.add(password);
      account.password = password;
      account.mustChangePassword = false;
      account.passwordSetAtMs = clock.nowMs();
      account.passwordExpiresAtMs = clock.nowMs() + expiryDays * dayMs;
    },
    removeAccount(account) {
      accounts.splice(accounts.indexOf(account), 1);
      for (const session of sessions.live()) if (session.account === account) sessions.end(session.key);
    },
  };
}

const rejectedWords = ['password', '123456', 'qwerty'];

/** The first rule of the service that a new password breaks, in its order (length before words), or undefined. */
export function passwordProblem(password: string): string | undefined {
  if (password.length < 8) return 'E003002';
  if (password.length > 256) return 'E003003';
  return rejectedWords.some((word) => password.toLowerCase().includes(word)) ? 'E003001' : undefined;
}
