import { isIP } from 'node:net';
import type { Incoming } from './exchange.ts';
import { isSameSecret } from './same-secret.ts';
import { totpCode } from './totp.ts';
import { SsoRefusal, SystemFailure, type ZatoInput } from './zato-input.ts';
import { dayMs, passwordProblem, type ZatoAccount, type ZatoService, type ZatoSession } from './zato-service.ts';

/** A session, and whether it comes with a warning. */
export interface ZatoLogin {
  readonly session: ZatoSession;
  readonly isPasswordAboutToExpire: boolean;
}

/** Logs in, each check in the server's order, because the order decides which code a caller sees. */
export function logInToZato(service: ZatoService, input: ZatoInput, incoming: Incoming): ZatoLogin {
  const { settings } = service;
  const remoteAddress = remoteAddressOf(input, incoming);
  const account = service.accounts.find((candidate) => candidate.username === input.text('username'));
  if (account === undefined || account.approvalStatus !== 'approved') throw new SsoRefusal('E005001');
  if (!isSameSecret(passwordOf(input), account.password)) throw new SsoRefusal('E005001');
  checkTotp(service, account, input);
  if (!settings.loginApps.includes(input.text('current_app') ?? '')) {
    throw new SsoRefusal('E004001', !settings.informIfAppInvalid);
  }
  service.checkAccount(account);
  const isPasswordAboutToExpire = isAboutToExpire(service, account);
  if (isPasswordAboutToExpire && !settings.informIfPasswordAboutToExpire) throw new SsoRefusal('E005001');
  if (account.mustChangePassword) changePassword(service, account, input.text('new_password'));
  const userAgent = input.text('user_agent') ?? incoming.headers['user-agent'];
  if (userAgent === undefined && settings.isUserAgentNeeded) throw new SystemFailure(500, ['IntegrityError']);

  const nowMs = service.nowMs();
  const session = service.sessions.open({
    key: service.tokens.id('zust'),
    username: account.username,
    account,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + settings.sessionExpiryMs,
    remoteAddress,
    userAgent: userAgent ?? '',
    interactions: [{ remoteAddress, userAgent: userAgent ?? '', atMs: nowMs, source: 'login' }],
  });
  return { session, isPasswordAboutToExpire };
}

/** Where the transport says that a call comes from; the headers of proxies are believed whoever sets them. */
export function transportAddress({ headers, remoteAddress }: Incoming): string {
  return headers['x-zato-forwarded-for'] || headers['x-forwarded-for'] || remoteAddress;
}

function remoteAddressOf(input: ZatoInput, incoming: Incoming): string {
  const given = input.text('remote_addr') || transportAddress(incoming);
  for (const part of given.split(',')) {
    if (isIP(part.trim()) === 0) throw new SystemFailure(500, ['not an IP address']);
  }
  return given;
}

function passwordOf(input: ZatoInput): string {
  const given = input.raw('password');
  if (!given) throw new SsoRefusal('E005001');
  if (typeof given !== 'string') throw new SystemFailure(500, ['password is not text']);
  return given;
}

function isAboutToExpire({ settings, nowMs }: ZatoService, { passwordExpiresAtMs }: ZatoAccount): boolean {
  return passwordExpiresAtMs - nowMs() <= settings.passwordAboutToExpireDays * dayMs;
}

function checkTotp({ settings, nowMs }: ZatoService, account: ZatoAccount, input: ZatoInput): void {
  if (!account.isTotpEnabled) return;
  const given = input.text('totp_code');
  if (!given) throw new SsoRefusal('E005008', !settings.informIfTotpMissing);
  const right = account.totpKey === null ? undefined : totpCode(account.totpKey, nowMs());
  if (given !== right) throw new SsoRefusal('E005001');
}

function changePassword(service: ZatoService, account: ZatoAccount, wanted: string | null): void {
  const { settings } = service;
  if (!wanted && settings.informIfPasswordMustBeChanged) throw new SsoRefusal('E003007');
  const problem = passwordProblem(wanted ?? '');
  if (problem === undefined) service.setPassword(account, wanted ?? '');
  // Without informing, the server logs in all the same and changes nothing.
  else if (settings.informIfPasswordInvalid) throw new SsoRefusal(problem);
}
