import { type LatchkeyError, SoapFaultError } from '../errors.ts';
import type { Redactor } from '../redact.ts';
import type { Sender } from '../transport/send.ts';
import { denialOf, outcomeOf, verdictOf } from './outcomes.ts';
import { zuoraSoapCalls, zuoraSoapLogins } from './zuora-soap-outcomes.ts';

/** What is looked at in a fault, whichever operation's. */
export interface ZuoraFault {
  readonly code: { readonly name: string };
  readonly message: string;
  readonly detail?: { readonly name: string; readonly value: unknown };
}

interface FaultAbout {
  readonly sender: Sender;
  readonly redactor: Redactor;
}

const SYSTEM = 'zuora-soap';

/** The service's word for a fault: from the detail first, then from `faultcode`. */
function faultCodeOf({ code, detail }: ZuoraFault): string {
  const value = detail?.value;
  const word = typeof value === 'object' && value !== null && 'FaultCode' in value ? value.FaultCode : undefined;
  return typeof word === 'string' ? word.replace(/^.*:/, '') : code.name;
}

/** Whether a fault says that the session has ended. */
export function isDeadSession(fault: ZuoraFault): boolean {
  return verdictOf(zuoraSoapCalls, { word: faultCodeOf(fault), deadRows: 'none' }) === 'refused';
}

/** The typed error for a call's fault. */
export function zuoraFault(
  operation: string,
  fault: ZuoraFault,
  response: { readonly status: number; readonly headers: Headers },
  { sender, redactor }: FaultAbout,
): LatchkeyError {
  const { status } = response;
  const faultCode = faultCodeOf(fault);
  const outcome = outcomeOf(zuoraSoapCalls, { status, word: faultCode, deadRows: 'none' });
  if (outcome?.error === 'RateLimitedError') return sender.rateLimited(response);
  return new SoapFaultError(`Zuora answered ${operation} with ${faultCode}: ${fault.message}`, {
    system: SYSTEM,
    redactor,
    faultCode,
    faultType: fault.detail?.name,
    status,
    retryable: outcome?.isRetryable ?? false,
  });
}

/** The typed error for a login's fault. */
export function zuoraLoginFault(
  fault: ZuoraFault,
  response: { readonly status: number; readonly headers: Headers },
  about: FaultAbout,
): LatchkeyError {
  const { status } = response;
  const { message } = fault;
  const word = faultCodeOf(fault);
  const isLoginFault = fault.detail?.name === 'LoginFault';
  const outcome = outcomeOf(zuoraSoapLogins, { status, word, isLoginFault, message });
  if (outcome && 'isRemembered' in outcome) {
    const details = { system: SYSTEM, redactor: about.redactor, reason: word };
    return denialOf(outcome, `Zuora refused ${outcome.says} (${word}): ${message}`, details);
  }
  if (outcome?.error === 'RateLimitedError') return about.sender.rateLimited(response);
  if (outcome?.error === 'ServiceUnreachableError')
    return about.sender.unreachable(`login failed with ${word}`, { status });
  return zuoraFault('login', fault, response, about);
}
