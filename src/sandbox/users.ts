import { mostDays } from './bounds.ts';
import type { PulseUser, PulseUserAccount } from './pulse-crm-users.ts';
import { isRecord } from './scenario-args.ts';
import { badArgument } from './systems.ts';
import type { ZatoUser } from './zato-users.ts';
import type { ZuoraEntity, ZuoraUser } from './zuora-users.ts';

/** Looks at one value; gives the place of what cannot be and what should be there, or nothing. */
type Check = (value: unknown, place: string) => string | undefined;

const is =
  (what: string, test: (value: unknown) => boolean): Check =>
  (value, place) =>
    test(value) ? undefined : `${place} must be ${what}`;
const text = is('a string', (value) => typeof value === 'string');
const textOrNull = is('a string or null', (value) => value === null || typeof value === 'string');
const flag = is('true or false', (value) => typeof value === 'boolean');
const flagOrNothing = is('true, false or nothing', (value) => value === undefined || typeof value === 'boolean');
const number = is('a number', Number.isFinite);
const days = is(
  `a number from -${mostDays} to ${mostDays}`,
  (value) => typeof value === 'number' && Math.abs(value) <= mostDays,
);
const oneOf = (...words: readonly string[]) =>
  is(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value));

const listOf =
  (item: Check): Check =>
  (value, place) =>
    Array.isArray(value)
      ? value.map((one, index) => item(one, `${place}[${index}]`)).find((problem) => problem !== undefined)
      : `${place} must be a list`;
const recordOf =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, place) =>
    isRecord(value)
      ? Object.entries(fields)
          .map(([name, check]) => check(value[name], `${place}.${name}`))
          .find((problem) => problem !== undefined)
      : `${place} must be an object`;

// Records of each field, so that the compiler misses one that is not looked at.
const entity: Readonly<Record<keyof ZuoraEntity, Check>> = { id: text, name: text };
const zuoraUser: Readonly<Record<keyof ZuoraUser, Check>> = {
  username: text,
  password: text,
  entities: listOf(recordOf(entity)),
  isUsedInUi: flagOrNothing,
};
const zatoUser: Readonly<Record<keyof ZatoUser, Check>> = {
  username: text,
  password: text,
  isSuperUser: flag,
  approvalStatus: oneOf('approved', 'before_decision', 'rejected'),
  signUpStatus: oneOf('final', 'before_confirmation'),
  isLocked: flag,
  totpKey: textOrNull,
  isTotpEnabled: flag,
  totpLabel: textOrNull,
  mustChangePassword: flag,
  passwordExpiresInDays: days,
  email: textOrNull,
  displayName: textOrNull,
  firstName: textOrNull,
  middleName: textOrNull,
  lastName: textOrNull,
};
const account: Readonly<Record<keyof PulseUserAccount, Check>> = { accountId: text, accountName: text };
const pulseUser: Readonly<Record<keyof PulseUser, Check>> = {
  id: number,
  username: text,
  email: text,
  password: text,
  apiKey: text,
  apiSecret: text,
  accounts: listOf(recordOf(account)),
};

/** Who can log in, per service. A list given here replaces the default one of that service. */
export interface SandboxUsers {
  /** One tenant: REST and SOAP have the same users. */
  readonly zuora: readonly ZuoraUser[];
  readonly 'zato-sso': readonly ZatoUser[];
  readonly 'pulse-crm': readonly PulseUser[];
}

const lists: Readonly<Record<keyof SandboxUsers, Check>> = {
  zuora: listOf(recordOf(zuoraUser)),
  'zato-sso': listOf(recordOf(zatoUser)),
  'pulse-crm': listOf(recordOf(pulseUser)),
};

/** @throws TypeError with code `BAD_USER` for a user that nobody could be */
export function checkUsers(users: SandboxUsers): void {
  for (const [service, check] of Object.entries(lists)) {
    const given = Object.entries(users).find(([name]) => name === service)?.[1];
    const problem = check(given, `users.${service}`);
    if (problem !== undefined) throw badArgument('BAD_USER', problem);
  }
}
