import type { CallOutcome, LoginOutcome } from './outcomes.ts';
import { type DeadRows, zuoraRowsOutcomes } from './zuora.ts';

/** What is looked at in the answer to a login. */
interface ZuoraLoginSignal {
  readonly status: number;
  /** `reasons[0].code`, a number or a text. */
  readonly code: string | undefined;
  readonly success: boolean | undefined;
  /** Whether the answer has been found to fit the spec; before that a failure can be anybody's. */
  readonly fits: boolean;
}

/** The last two digits of a code are its category. */
const isAboutWho = (code: string | undefined): boolean => /1[01]$/.test(code ?? '');

export const zuoraRestLogins: readonly LoginOutcome<ZuoraLoginSignal, 'ServiceUnreachableError'>[] = [
  {
    signal: '`reasons[].code` 90000020',
    matches: ({ code }) => code === '90000020',
    error: 'EntityDeniedError',
    isRemembered: false,
    liftedBy: 'access to the entity',
    says: 'the entity',
  },
  {
    // Whatever its body: sending the password again could lock the account.
    signal: 'any other 401, whatever its body',
    matches: ({ status }) => status === 401,
    error: 'LoginDeniedError',
    isRemembered: true,
    liftedBy: 'other credentials, or the end of a lockout (20 to 60 minutes, as the tenant has set it)',
    says: 'the user name or password',
  },
  {
    signal: '`success: false`, category 10 or 11',
    matches: ({ fits, success, code }) => fits && success === false && isAboutWho(code),
    error: 'LoginDeniedError',
    isRemembered: true,
    liftedBy: 'other credentials, or permission to use the API',
    says: 'the login',
  },
  {
    signal: '`success: false`, any other category',
    matches: ({ fits, success }) => fits && success === false,
    error: 'ServiceUnreachableError',
    liftedBy: 'what the code is about',
  },
  {
    signal: 'any other 4xx',
    matches: ({ fits, status }) => fits && status >= 400,
    error: 'ServiceUnreachableError',
    liftedBy: 'the service',
  },
];

/** What is looked at in the answer to a call. */
interface ZuoraCallSignal {
  readonly status: number;
  /** Whether an answer without rows names a dead session where codes stand. */
  readonly isDead: boolean;
  readonly deadRows: DeadRows;
}

export const zuoraRestCalls: readonly CallOutcome<ZuoraCallSignal>[] = [
  { signal: '401', matches: ({ status }) => status === 401, verdict: 'refused' },
  {
    signal: '`INVALID_SESSION` or 90000011, in a failure or an answer of the `action` and `object` routes',
    matches: ({ isDead }) => isDead,
    verdict: 'refused',
  },
  ...zuoraRowsOutcomes,
];
