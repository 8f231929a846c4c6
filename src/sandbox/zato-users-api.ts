import type { components } from '../../generated/zato-sso/types.ts';
import { mostDays } from './bounds.ts';
import { naiveUtcTime } from './python-text.ts';
import { isSameSecret } from './same-secret.ts';
import { SsoRefusal, SystemFailure, type ZatoInput } from './zato-input.ts';
import {
  passwordExpiryDays,
  passwordProblem,
  type ZatoAccount,
  type ZatoService,
  type ZatoSession,
} from './zato-service.ts';

type Schemas = components['schemas'];

/** What an answer holds beside `status`, `cid` and `sub_status`. */
export type ZatoFields<Answer> = Omit<Answer, keyof Schemas['CommonAnswer']>;

/** One operation on users: the caller's session, and what to add to the answer. */
export type ZatoUserOperation<Answer> = (
  service: ZatoService,
  input: ZatoInput,
) => { session: ZatoSession; fields: ZatoFields<Answer> };

function ownFields(account: ZatoAccount) {
  return {
    username: account.username,
    email: account.email,
    display_name: account.displayName,
    first_name: account.firstName,
    middle_name: account.middleName,
    last_name: account.lastName,
    is_totp_enabled: account.isTotpEnabled,
    totp_label: account.totpLabel,
  } satisfies Schemas['User'];
}

function allFields(account: ZatoAccount) {
  const created = naiveUtcTime(account.createdAtMs);
  return {
    ...ownFields(account),
    user_id: account.userId,
    is_active: true,
    is_internal: false,
    is_super_user: account.isSuperUser,
    is_approval_needed: false,
    approval_status: account.approvalStatus,
    approval_status_mod_time: created,
    approval_status_mod_by: 'auto',
    is_locked: account.isLocked,
    locked_time: null,
    locked_by: null,
    creation_ctx: null,
    password_expiry: naiveUtcTime(account.passwordExpiresAtMs),
    password_is_set: true,
    password_must_change: account.mustChangePassword,
    password_last_set: naiveUtcTime(account.passwordSetAtMs),
    sign_up_status: account.signUpStatus,
    sign_up_time: created,
  } satisfies Schemas['User'];
}

export const getUser: ZatoUserOperation<Schemas['UserAnswer']> = (service, input) => {
  const session = service.sessionOf(input.required('ust'));
  const { account } = session;
  const userId = input.text('user_id');
  if (!userId) return { session, fields: account.isSuperUser ? allFields(account) : ownFields(account) };
  if (!account.isSuperUser) throw new SsoRefusal('E005001');
  return { session, fields: allFields(service.accountById(userId)) };
};

const changeableTexts = {
  email: 'email',
  display_name: 'displayName',
  first_name: 'firstName',
  middle_name: 'middleName',
  last_name: 'lastName',
  totp_label: 'totpLabel',
} as const;
const changeableFlags = {
  is_totp_enabled: 'isTotpEnabled',
  is_locked: 'isLocked',
  password_must_change: 'mustChangePassword',
} as const;
const superOnlyStates = ['password_expiry', 'sign_up_status', 'approval_status'] as const;
const superOnly = new Set(['is_locked', 'password_must_change', ...superOnlyStates]);
const changeable = new Set<string>([
  'username',
  ...Object.keys(changeableTexts),
  ...Object.keys(changeableFlags),
  ...superOnlyStates,
]);

export const updateUser: ZatoUserOperation<Schemas['CommonAnswer']> = (service, input) => {
  const session = service.sessionOf(input.required('ust'));
  const userId = input.text('user_id');
  const { account: caller } = session;
  if (userId && userId !== caller.userId && !caller.isSuperUser) throw new SsoRefusal('E008002');
  const account = userId ? service.accountById(userId) : caller;
  // Which fields are to change is told by the body alone.
  const names = Object.keys(input.body).filter((name) => changeable.has(name));
  if (names.length === 0) throw new SsoRefusal('E008003');
  if (!caller.isSuperUser && names.some((name) => superOnly.has(name))) throw new SsoRefusal('E008002');
  const states = statesIn(input, names);
  if (names.includes('username')) rename(service, account, input.text('username'));
  Object.assign(account, states);
  for (const [name, property] of Object.entries(changeableTexts)) {
    if (names.includes(name)) account[property] = input.text(name);
  }
  for (const [name, property] of Object.entries(changeableFlags)) {
    if (names.includes(name)) account[property] = input.flag(name);
  }
  return { session, fields: {} };
};

/** What a super-user may set beside texts and flags. @throws SsoRefusal for a value that cannot be */
function statesIn(input: ZatoInput, names: readonly string[]): Partial<ZatoAccount> {
  const given = new Map(names.map((name) => [name, input.text(name) ?? '']));
  const states: Partial<ZatoAccount> = {};
  const expiry = given.get('password_expiry');
  if (expiry !== undefined) states.passwordExpiresAtMs = atNaiveUtcTime(expiry);
  const signUp = given.get('sign_up_status');
  if (signUp !== undefined) states.signUpStatus = oneOf(signUpStatuses, signUp);
  const approval = given.get('approval_status');
  if (approval !== undefined) states.approvalStatus = oneOf(approvalStatuses, approval);
  return states;
}

const signUpStatuses = ['before_confirmation', 'final'] as const;
const approvalStatuses = ['before_decision', 'approved', 'rejected'] as const;

function oneOf<Word extends string>(words: readonly Word[], given: string): Word {
  const found = words.find((word) => word === given);
  if (found === undefined) throw new SsoRefusal('E008002');
  return found;
}

function atNaiveUtcTime(text: string): number {
  const atMs = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  if (Number.isNaN(atMs)) throw new SsoRefusal('E008002');
  return atMs;
}

function rename(service: ZatoService, account: ZatoAccount, wanted: string | null): void {
  if (!wanted) throw new SsoRefusal('E008002');
  if (service.accounts.some((other) => other !== account && other.username === wanted)) throw new SsoRefusal('E001002');
  account.username = wanted;
}

export const changePassword: ZatoUserOperation<Schemas['CommonAnswer']> = (service, input) => {
  const session = service.sessionOf(input.required('ust'));
  const wanted = input.required('new_password') ?? '';
  const { account: caller } = session;
  if ('must_change' in input.body) throw new SsoRefusal('E008002');
  if (input.raw('password_expiry') === null) throw new SystemFailure(500, ['days']);
  const expiryDays = input.number('password_expiry', passwordExpiryDays);
  if (Math.abs(expiryDays) > mostDays) throw new SystemFailure(500, ['date value out of range']);
  const userId = input.text('user_id');
  const isOther = Boolean(userId) && userId !== caller.userId;
  if (isOther && !caller.isSuperUser) throw new SsoRefusal('E008002');
  const account = isOther ? service.accountById(userId ?? '') : caller;
  const problem = passwordProblem(wanted);
  if (isOther && problem !== undefined) throw new SsoRefusal(problem);
  if (!isOther) {
    const isOldRight = isSameSecret(input.text('old_password') ?? '', account.password);
    if (!isOldRight || problem !== undefined) throw new SsoRefusal('E005001');
  }
  service.setPassword(account, wanted, expiryDays);
  return { session, fields: {} };
};

export const setTotpKey: ZatoUserOperation<Schemas['TotpKeyAnswer']> = (service, input) => {
  const session = service.sessionOf(input.required('ust'));
  const key = input.required('totp_key');
  const label = input.required('totp_label');
  const userId = input.text('user_id');
  const { account: caller } = session;
  if (userId && userId !== caller.userId && !caller.isSuperUser) throw new SsoRefusal('E008002');
  if (!key) throw new SystemFailure(500, ['AttributeError']);
  const account = userId ? service.accountById(userId) : caller;
  service.secrets.addTotpKey(key);
  account.totpKey = key;
  account.totpLabel = label;
  return { session, fields: { totp_key: key } };
};

/** Locks or unlocks a user, for a super-user. */
export function lock(isLocked: boolean): ZatoUserOperation<Schemas['CommonAnswer']> {
  return (service, input) => {
    const session = service.superSessionOf(input.required('ust'));
    return administer(service, input, session, { isLocked });
  };
}

/** Approves or rejects a user, for a super-user; others are told in another way when they mean somebody else. */
export function decideOn(approvalStatus: ZatoAccount['approvalStatus']): ZatoUserOperation<Schemas['CommonAnswer']> {
  return (service, input) => {
    const ust = input.required('ust');
    const { account: caller } = service.sessionOf(ust);
    const isOther = input.required('user_id') !== caller.userId;
    if (!caller.isSuperUser && isOther) throw new SsoRefusal('E008002');
    return administer(service, input, service.superSessionOf(ust), { approvalStatus });
  };
}

function administer(
  service: ZatoService,
  input: ZatoInput,
  session: ZatoSession,
  change: Partial<Pick<ZatoAccount, 'isLocked' | 'approvalStatus'>>,
): ReturnType<ZatoUserOperation<Schemas['CommonAnswer']>> {
  const userId = input.required('user_id');
  const account = service.accounts.find((candidate) => candidate.userId === userId);
  // An unknown id is answered like a known one.
  if (account !== undefined) Object.assign(account, change);
  return { session, fields: {} };
}

export const deleteUser: ZatoUserOperation<Schemas['CommonAnswer']> = (service, input) => {
  const session = service.superSessionOf(input.required('ust'));
  const userId = input.text('user_id');
  if (userId === session.account.userId) throw new SsoRefusal('E008001');
  const account = service.accounts.find((candidate) => candidate.userId === userId);
  if (account === undefined) throw new SystemFailure(500, ['no such user']);
  service.removeAccount(account);
  return { session, fields: {} };
};

const nameFilters = ['display_name', 'first_name', 'middle_name', 'last_name'] as const;
const stateFilters = ['sign_up_status', 'approval_status'] as const;

export const searchUsers: ZatoUserOperation<Schemas['SearchUsersAnswer']> = (service, input) => {
  const session = service.superSessionOf(input.required('ust'));
  if (input.text('email')) throw new SystemFailure(500, ['e-mail addresses are encrypted']);
  const pageSize = Math.min(Math.max(input.number('page_size', 50), 1), 100);
  const page = Math.max(input.number('cur_page', 1), 1);
  const found = service.accounts.map(allFields).filter(matcher(input));
  const pages = Math.max(Math.ceil(found.length / pageSize), 1);
  const isPaged = input.flag('paginate');
  const fields: ZatoFields<Schemas['SearchUsersAnswer']> = {
    total: found.length,
    num_pages: pages,
    page_size: pageSize,
    cur_page: page,
    has_next_page: page < pages,
    has_prev_page: page > 1,
    next_page: page < pages ? page + 1 : null,
    prev_page: page > 1 ? page - 1 : null,
    result: isPaged ? found.slice((page - 1) * pageSize, page * pageSize) : found,
  };
  return { session, fields };
};

function matcher(input: ZatoInput): (user: ReturnType<typeof allFields>) => boolean {
  const userId = input.text('user_id');
  if (userId) return (user) => user.user_id === userId;
  const username = input.text('username');
  if (username) return (user) => user.username === username;
  const isExact = input.flag('is_name_exact');
  const names = nameFilters.flatMap((name) => {
    const wanted = input.text(name)?.toLowerCase();
    return wanted ? [{ name, wanted }] : [];
  });
  const states = stateFilters.flatMap((name) => {
    const wanted = input.text(name);
    return wanted ? [{ name, wanted }] : [];
  });
  const isAny = input.text('name_op') === 'or';
  return (user) => {
    const hits = names.map(({ name, wanted }) => {
      const actual = user[name]?.toLowerCase() ?? '';
      return isExact ? actual === wanted : actual.includes(wanted);
    });
    const hasName = hits.length === 0 || (isAny ? hits.some(Boolean) : hits.every(Boolean));
    return hasName && states.every(({ name, wanted }) => user[name] === wanted);
  };
}
