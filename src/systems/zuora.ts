import type { Verdict } from '../transport/carrier.ts';

/** What a lockout counts, for REST and SOAP alike: one user of one tenant. Their hosts differ only in how they begin. */
export function zuoraAccount(baseUrl: string, who: string): readonly string[] {
  const host = new URL(baseUrl).host.replace(/^(?:rest|api|www)\./, '').replace(/^apisandbox-api\./, 'apisandbox.');
  return ['zuora', host, who];
}

/**
 * Judges a body that speaks of a dead session. Rows are judged one by one: only if each says that its session is dead
 * was nothing done, and the call can be sent again; otherwise the rows stand and the session is not used again.
 */
export function zuoraRowsVerdict(text: string): Verdict {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return 'accepted';
  }
  const verdict = rowsVerdict(body);
  return verdict === 'accepted' && rowsOf(body) === undefined && saysDeadSession(body) ? 'refused' : verdict;
}

/** Judges the rows of an answer one by one; an answer without rows is accepted. */
export function rowsVerdict(body: unknown): 'accepted' | 'refused' | 'distrust' {
  const rows = rowsOf(body);
  if (rows === undefined) return 'accepted';
  const dead = rows.filter(saysDeadSession).length;
  if (dead === 0) return 'accepted';
  return dead === rows.length ? 'refused' : 'distrust';
}

function rowsOf(body: unknown): readonly unknown[] | undefined {
  if (Array.isArray(body)) return body;
  if (typeof body !== 'object' || body === null) return undefined;
  const { results, result }: Partial<Record<string, unknown>> = { ...body };
  return Array.isArray(results) ? results : Array.isArray(result) ? result : undefined;
}

/** Whether a body or row names a dead session where codes stand, not somewhere in its data. */
function saysDeadSession(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { faultcode, FaultCode, Code, Errors, errors, reasons, code }: Partial<Record<string, unknown>> = { ...body };
  const words = [faultcode, FaultCode, Code, code].map((word) => String(word ?? '').replace(/^.*:/, ''));
  if (words.includes('INVALID_SESSION') || words.includes('90000011')) return true;
  return [Errors, errors, reasons].some((list) => Array.isArray(list) && list.some(saysDeadSession));
}
