import type { CallOutcome, LoginOutcome } from './outcomes.ts';
import { type DeadRows, zuoraRowsOutcomes } from './zuora.ts';

/** What is looked at in a fault. */
interface FaultSignal {
  readonly status: number;
  /** The service's word for it: from the detail first, then from `faultcode`. */
  readonly word: string;
}

const isLimit = ({ status, word }: FaultSignal): boolean =>
  status === 429 || word === 'REQUEST_EXCEEDED_LIMIT' || word === 'REQUEST_EXCEEDED_RATE';
/** Words that the same call may be free of a little later. */
const PASSING = ['LOCK_COMPETITION', 'TEMPORARY_ERROR', 'TRANSACTION_TIMEOUT', 'SERVER_UNAVAILABLE'];
const isPassing = ({ word }: FaultSignal): boolean => PASSING.includes(word);

const LIMITS = 'a fault with status 429, `REQUEST_EXCEEDED_LIMIT` or `REQUEST_EXCEEDED_RATE`';
const PASSES = `a fault of a passing kind: ${PASSING.map((word) => `\`${word}\``).join(', ')}`;

interface LoginFaultSignal extends FaultSignal {
  /** Only `LoginFault` speaks of the credentials; the word in it is `INVALID_VALUE`, whatever it is about. */
  readonly isLoginFault: boolean;
  readonly message: string;
}

export const zuoraSoapLogins: readonly LoginOutcome<LoginFaultSignal>[] = [
  // Limits and passing troubles say nothing of the credentials, whatever they come wrapped in.
  { signal: LIMITS, matches: isLimit, error: 'RateLimitedError', liftedBy: 'waiting' },
  { signal: PASSES, matches: isPassing, error: 'ServiceUnreachableError', liftedBy: 'waiting' },
  {
    signal: '`LoginFault` about an entity',
    matches: ({ isLoginFault, message }) => isLoginFault && /\bentity\b/i.test(message),
    error: 'EntityDeniedError',
    isRemembered: false,
    liftedBy: 'access to the entity',
    says: 'the login',
  },
  {
    signal: '`LoginFault` about an IP address',
    matches: ({ isLoginFault, message }) => isLoginFault && /\bIP address\b/i.test(message),
    error: 'LoginDeniedError',
    isRemembered: false,
    liftedBy: "the tenant's list of allowed addresses",
    says: 'the login',
  },
  {
    signal: 'any other `LoginFault`',
    matches: ({ isLoginFault }) => isLoginFault,
    error: 'LoginDeniedError',
    isRemembered: true,
    liftedBy: 'other credentials, or the end of a lockout (20 to 60 minutes, as the tenant has set it)',
    says: 'the login',
  },
  { signal: 'any other fault', matches: () => true, error: 'SoapFaultError', liftedBy: 'what the fault is about' },
];

/** What is looked at in the answer to a call: `word` is absent where it is no fault. */
interface SoapCallSignal extends Partial<FaultSignal> {
  readonly deadRows: DeadRows;
}

/** The rows for faults, for whoever has seen that it is one. */
const fault = (
  signal: string,
  matches: (signal: FaultSignal) => boolean,
  meaning: Pick<CallOutcome<never>, 'verdict' | 'error' | 'isRetryable'>,
): CallOutcome<SoapCallSignal> => ({
  signal,
  matches: ({ status = 0, word }) => word !== undefined && matches({ status, word }),
  ...meaning,
});

export const zuoraSoapCalls: readonly CallOutcome<SoapCallSignal>[] = [
  fault('a fault with `INVALID_SESSION`, whatever the status', ({ word }) => word === 'INVALID_SESSION', {
    verdict: 'refused',
  }),
  ...zuoraRowsOutcomes,
  fault(LIMITS, isLimit, { verdict: 'accepted', error: 'RateLimitedError' }),
  fault(PASSES, isPassing, { verdict: 'accepted', error: 'SoapFaultError', isRetryable: true }),
  fault('any other fault', () => true, { verdict: 'accepted', error: 'SoapFaultError' }),
];
