import type { LatchkeyError } from '../errors.ts';
import type { Redactor } from '../redact.ts';
import { type CallOutcome, type Denial, denialOf, outcomeOf } from './outcomes.ts';
import { type ZatoStatusCode, zatoStatusName } from './zato-status.ts';

/** What is looked at in a refused login: the first code of its sub-status. */
interface ZatoLoginSignal {
  readonly code: string;
}

const WRONG = 'user name, password or one-time code is wrong, or the user may not log in';

const coded = (
  codes: readonly ZatoStatusCode[],
  meaning: Omit<Denial<never>, 'signal' | 'matches'>,
): Denial<ZatoLoginSignal> => ({
  signal: codes.join(', '),
  matches: ({ code }) => codes.some((known) => known === code),
  ...meaning,
});

const ANY_OTHER: Denial<ZatoLoginSignal> = {
  signal: 'any other code, or none',
  matches: () => true,
  error: 'LoginDeniedError',
  isRemembered: true,
  liftedBy: 'other credentials, or what the code is about',
  says: WRONG,
};

/**
 * Zato looks at name, password and one-time code before it tells of a lock, of the sign-up or of the application: those codes say that the
 * credentials are right.
 */
export const zatoLogins: readonly Denial<ZatoLoginSignal>[] = [
  coded(['E005001'], {
    error: 'LoginDeniedError',
    isRemembered: true,
    liftedBy: 'other credentials; Zato does not say which part is wrong',
    says: WRONG,
  }),
  coded(['E005002'], {
    error: 'AccountLockedError',
    isRemembered: false,
    liftedBy: 'an administrator',
    says: 'the user is locked',
  }),
  coded(['E005003', 'E005004'], {
    error: 'LoginDeniedError',
    isRemembered: false,
    liftedBy: 'confirmation or approval of the sign-up',
    says: 'the sign-up is not confirmed or approved',
  }),
  coded(['E005008'], {
    error: 'TotpRequiredError',
    isRemembered: false,
    liftedBy: 'a one-time code, by the option totp',
    says: 'the user needs a one-time code, and none was given',
  }),
  coded(['E003004', 'E003006'], {
    error: 'PasswordExpiredError',
    isRemembered: true,
    liftedBy: 'a new password, set at Zato',
    says: 'the password has expired or is about to',
  }),
  coded(['E003007'], {
    error: 'PasswordChangeRequiredError',
    isRemembered: true,
    liftedBy: 'a newPassword in the credentials',
    says: 'the password must be changed; give newPassword',
  }),
  coded(['E003001', 'E003002', 'E003003', 'E003008'], {
    error: 'PasswordChangeRequiredError',
    isRemembered: true,
    liftedBy: 'another newPassword in the credentials',
    says: 'the new password is not acceptable',
  }),
  coded(['E004001'], {
    error: 'EntityDeniedError',
    isRemembered: false,
    liftedBy: 'another currentApp, or access to this one',
    says: 'the application is unknown, or this user may not use it',
  }),
  coded(['E006001'], {
    error: 'LoginDeniedError',
    isRemembered: false,
    liftedBy: 'leaving out remoteAddr and userAgent',
    says: 'the application may not send remoteAddr or userAgent',
  }),
  coded(['E008004'], {
    error: 'LoginDeniedError',
    isRemembered: false,
    liftedBy: 'the service',
    says: 'the service failed inside',
  }),
  ANY_OTHER,
];

/** The typed error for the sub-status of a refused login or renewal. */
export function zatoDenial(
  what: 'login' | 'renewal',
  codes: readonly string[],
  cid: string | undefined,
  redactor: Redactor,
): LatchkeyError {
  const [code = 'no sub_status'] = codes;
  const name = zatoStatusName(code);
  const details = { system: 'zato-sso', redactor, reason: code, requestIds: cid === undefined ? {} : { cid } };
  const denial = outcomeOf(zatoLogins, { code }) ?? ANY_OTHER;
  const message = `Zato refused the ${what}: ${denial.says} (${name === undefined ? code : `${code}, ${name}`})`;
  return denialOf(denial, message, details);
}

const isGone = ({ codes }: { readonly codes: readonly string[] }): boolean =>
  codes.includes('E007001') || codes.includes('E007002');

/** What is looked at in the answer to a renewal. */
interface ZatoRenewalSignal {
  readonly status: number;
  readonly codes: readonly string[];
  /** Whether it is a system error that tells nothing but a correlation id. */
  readonly isBare: boolean;
}

export const zatoRenewals: readonly CallOutcome<ZatoRenewalSignal>[] = [
  { signal: 'a renewal answered with E007001 or E007002', matches: isGone, verdict: 'refused' },
  {
    // A token that another server sealed, or that was damaged at rest, fails like this and not with a code.
    signal: 'a renewal answered with a bare 500',
    matches: ({ status, isBare }) => status === 500 && isBare,
    verdict: 'refused',
  },
];

/** What is looked at in the answer to a call. */
interface ZatoCallSignal extends ZatoRenewalSignal {
  /** Whether the call names a second session, so that the answer does not say which of the two is gone. */
  readonly isAmbiguous: boolean;
  readonly isSearch: boolean;
}

export const zatoCalls: readonly CallOutcome<ZatoCallSignal>[] = [
  {
    signal: 'E007001, E007002 from a call that names a second session',
    matches: (signal) => isGone(signal) && signal.isAmbiguous,
    verdict: 'unsure',
  },
  { signal: 'any other E007001, E007002', matches: isGone, verdict: 'refused' },
  { signal: 'a bare 500', matches: ({ status, isBare }) => status === 500 && isBare, verdict: 'unsure' },
  {
    // The search hides every reason behind the general refusal, a dead session too.
    signal: 'E005001 from the search',
    matches: ({ codes, isSearch }) => codes.includes('E005001') && isSearch,
    verdict: 'unsure',
  },
  {
    signal: 'E005001, E005002, E005003 elsewhere',
    matches: ({ codes }) => ['E005001', 'E005002', 'E005003'].some((code) => codes.includes(code)),
    verdict: 'accepted',
  },
];
