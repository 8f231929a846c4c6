import type { components } from '../../generated/zato-sso/types.ts';
import type { Incoming } from './exchange.ts';
import type { Outcome, Role } from './journal.ts';
import { naiveUtcTime, pythonLiteral } from './python-text.ts';
import { SsoRefusal, SystemFailure, type ZatoInput } from './zato-input.ts';
import { logInToZato, transportAddress } from './zato-login.ts';
import type { ZatoService, ZatoSession } from './zato-service.ts';
import {
  changePassword,
  decideOn,
  deleteUser,
  getUser,
  lock,
  searchUsers,
  setTotpKey,
  updateUser,
  type ZatoFields,
  type ZatoUserOperation,
} from './zato-users-api.ts';

type Schemas = components['schemas'];

/** What a service hands back when it raised nothing. */
export interface ZatoResult {
  readonly fields?: object;
  readonly warning?: string;
  readonly outcome: Outcome;
  readonly session?: ZatoSession;
}

export interface ZatoOperation {
  readonly id: string;
  readonly role: Role;
  /** Fields that the input mapper looks for before anything else happens, besides `current_app`. */
  readonly required?: readonly string[];
  /** Whether a hidden code becomes `E005001`; services that dispatch on the HTTP verb reveal it. */
  readonly doesHide?: boolean;
  run(input: ZatoInput, incoming: Incoming): ZatoResult;
}

/** Each service by verb and path; a star where the verb does not matter. */
export function zatoOperations(service: ZatoService): Readonly<Record<string, ZatoOperation>> {
  const { settings, tokens } = service;
  const onUsers = <A>(id: string, run: ZatoUserOperation<A>, doesHide = false): ZatoOperation => ({
    id,
    role: 'call',
    doesHide,
    run: (input) => ({ ...run(service, input), outcome: 'accepted' }),
  });
  const times = ({ createdAtMs, expiresAtMs, remoteAddress, userAgent }: ZatoSession) =>
    ({
      creation_time: naiveUtcTime(createdAtMs),
      expiration_time: naiveUtcTime(expiresAtMs),
      remote_addr: remoteAddress,
      user_agent: userAgent,
    }) satisfies ZatoFields<Schemas['SessionDetailsAnswer']>;
  const listItem = (session: ZatoSession) => ({
    ust: session.key,
    ...times(session),
    auth_type: 'default',
    auth_principal: session.account.username,
    ext_session_id: null,
    session_state_change_list: session.interactions.map(({ remoteAddress, userAgent, atMs, source }, index) => ({
      remote_addr: remoteAddress,
      user_agent: userAgent,
      timestamp_utc: naiveUtcTime(atMs),
      ctx_source: source,
      idx: index + 1,
    })),
  });
  /** The session if it passes every check; no reason is given when it does not. */
  const passing = (ust: string | null): ZatoSession | undefined => {
    try {
      return service.sessionOf(ust);
    } catch (error) {
      if (error instanceof SsoRefusal || error instanceof SystemFailure) return undefined;
      throw error;
    }
  };

  return {
    '* user/login': {
      id: 'login',
      role: 'login',
      required: ['username', 'password'],
      doesHide: true,
      run(input, incoming) {
        const { session, isPasswordAboutToExpire } = logInToZato(service, input, incoming);
        const fields: ZatoFields<Schemas['LoginAnswer']> = { ust: tokens.seal(session.key) };
        const warning = isPasswordAboutToExpire ? { warning: 'W003005' } : {};
        return { fields, ...warning, outcome: 'login-accepted', session };
      },
    },
    '* user/logout': {
      id: 'logout',
      role: 'end',
      required: ['ust'],
      doesHide: true,
      run(input) {
        const session = passing(input.text('ust'));
        if (session === undefined) return { outcome: 'failed' };
        service.sessions.end(session.key);
        return { outcome: 'logged-out', session };
      },
    },
    'GET user/session': {
      id: 'getSessionDetails',
      role: 'call',
      run(input) {
        const session = service.superSessionOf(input.text('current_ust'));
        const fields: ZatoFields<Schemas['SessionDetailsAnswer']> = times(service.sessionOf(input.text('target_ust')));
        return { fields, outcome: 'accepted', session };
      },
    },
    'POST user/session': {
      id: 'verifySession',
      role: 'verify',
      run(input) {
        const session = service.superSessionOf(input.text('current_ust'));
        const isValid = passing(input.text('target_ust')) !== undefined;
        const fields: ZatoFields<Schemas['VerifyAnswer']> = { is_valid: isValid };
        return { fields, outcome: 'accepted', session };
      },
    },
    'PATCH user/session': {
      id: 'renewSession',
      role: 'renew',
      run(input, incoming) {
        const session = service.sessionOf(input.text('ust'));
        session.expiresAtMs = service.nowMs() + settings.sessionExpiryMs;
        const userAgent = incoming.headers['user-agent'] ?? '';
        const remoteAddress = transportAddress(incoming);
        session.interactions.push({ remoteAddress, userAgent, atMs: service.nowMs(), source: 'renew' });
        if (session.interactions.length > 100) session.interactions.shift();
        const fields: ZatoFields<Schemas['RenewAnswer']> = { expiration_time: naiveUtcTime(session.expiresAtMs) };
        return { fields, outcome: 'renewed', session };
      },
    },
    'GET user/session/list': {
      id: 'listSessions',
      role: 'call',
      run(input) {
        const [ust, currentUst, targetUst] = [input.text('ust'), input.text('current_ust'), input.text('target_ust')];
        const isAboutAnother = currentUst !== null || targetUst !== null;
        if (isAboutAnother && ust !== '') throw new SsoRefusal('E008002');
        const session = isAboutAnother ? service.superSessionOf(currentUst) : service.sessionOf(ust);
        // In this form the service compares the target as it came; the encrypted form breaks it.
        if (targetUst?.startsWith('gAAA')) throw new SystemFailure(500, ['no such session']);
        const { account } = isAboutAnother ? service.sessionOf(targetUst) : session;
        const items = service.sessions.live().filter((candidate) => candidate.account === account);
        const fields: ZatoFields<Schemas['SessionListAnswer']> = { result: pythonLiteral(items.map(listItem)) };
        return { fields, outcome: 'accepted', session };
      },
    },
    'GET user': onUsers('getUser', getUser),
    'PATCH user': onUsers('updateUser', updateUser),
    'PATCH user/password': onUsers('changePassword', changePassword),
    'PATCH user/totp': onUsers('setTotpKey', setTotpKey),
    'GET user/search': onUsers('searchUsers', searchUsers, true),
    '* user/search': onUsers('searchUsersByBody', searchUsers, true),
    'DELETE user': onUsers('deleteUser', deleteUser),
    'POST user/approve': onUsers('approveUser', decideOn('approved')),
    'POST user/reject': onUsers('rejectUser', decideOn('rejected')),
    'POST user/lock': onUsers('lockUser', lock(true)),
    'DELETE user/lock': onUsers('unlockUser', lock(false)),
  };
}
