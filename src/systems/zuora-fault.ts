import { EntityDeniedError, type LatchkeyError, LoginDeniedError, SoapFaultError } from '../errors.ts';
import type { Redactor } from '../redact.ts';
import type { Sender } from '../transport/send.ts';

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
const LIMITS = ['REQUEST_EXCEEDED_LIMIT', 'REQUEST_EXCEEDED_RATE'];
/** Codes that the same call may be free of a little later. */
const PASSING = [...LIMITS, 'LOCK_COMPETITION', 'TEMPORARY_ERROR', 'TRANSACTION_TIMEOUT', 'SERVER_UNAVAILABLE'];

/** The service's word for a fault: from the detail first, then from `faultcode`. */
function faultCodeOf({ code, detail }: ZuoraFault): string {
  const value = detail?.value;
  const word = typeof value === 'object' && value !== null && 'FaultCode' in value ? value.FaultCode : undefined;
  return typeof word === 'string' ? word.replace(/^.*:/, '') : code.name;
}

/** Whether a fault says that the session has ended. */
export function isDeadSession(fault: ZuoraFault): boolean {
  return faultCodeOf(fault) === 'INVALID_SESSION';
}

/** The typed error for a call's fault. */
export function zuoraFault(
  operation: string,
  fault: ZuoraFault,
  response: { readonly status: number; readonly headers: Headers },
  { sender, redactor }: FaultAbout,
): LatchkeyError {
  const faultCode = faultCodeOf(fault);
  if (response.status === 429 || LIMITS.includes(faultCode)) return sender.rateLimited(response);
  return new SoapFaultError(`Zuora answered ${operation} with ${faultCode}: ${fault.message}`, {
    system: SYSTEM,
    redactor,
    faultCode,
    faultType: fault.detail?.name,
    status: response.status,
    retryable: PASSING.includes(faultCode),
  });
}

/** The typed error for a login's fault: only `LoginFault` speaks of the credentials. */
export function zuoraLoginFault(
  fault: ZuoraFault,
  response: { readonly status: number; readonly headers: Headers },
  about: FaultAbout,
): LatchkeyError {
  const reason = faultCodeOf(fault);
  if (response.status === 429 || LIMITS.includes(reason)) return about.sender.rateLimited(response);
  // Passing troubles say nothing about the credentials, whatever they come wrapped in.
  if (PASSING.includes(reason)) {
    return about.sender.unreachable(`login failed with ${reason}`, { status: response.status });
  }
  if (fault.detail?.name !== 'LoginFault') return zuoraFault('login', fault, response, about);
  const details = { system: SYSTEM, redactor: about.redactor, reason };
  const message = `Zuora refused the login (${reason}): ${fault.message}`;
  if (/\bentity\b/i.test(fault.message)) return new EntityDeniedError(message, details);
  // A restricted address says nothing about user name and password, though it comes under the same code.
  const isAboutAddress = /\bIP address\b/i.test(fault.message);
  return new LoginDeniedError(message, { ...details, isRemembered: !isAboutAddress });
}
