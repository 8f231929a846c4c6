import type { CallOutcome } from './outcomes.ts';

/** What a lockout counts, for REST and SOAP alike: one user of one tenant. Their hosts differ only in how they begin. */
export function zuoraAccount(baseUrl: string, who: string): readonly string[] {
  const host = new URL(baseUrl).host.replace(/^(?:rest|api|www)\./, '').replace(/^apisandbox-api\./, 'apisandbox.');
  return ['zuora', host, who];
}

/** How many of an answer's rows say that their session is dead. */
export type DeadRows = 'none' | 'some' | 'all';

/** What an answer says of its session besides the status. */
interface ZuoraRowsSignal {
  readonly deadRows: DeadRows;
}

/** Only if each row says that its session is dead was nothing done, and the call can be sent again; otherwise the rows stand. */
export const zuoraRowsOutcomes: readonly CallOutcome<ZuoraRowsSignal>[] = [
  {
    signal: 'rows that all say `INVALID_SESSION` or 90000011',
    matches: ({ deadRows }) => deadRows === 'all',
    verdict: 'refused',
  },
  {
    signal: 'rows of which some say so',
    matches: ({ deadRows }) => deadRows === 'some',
    verdict: 'distrust',
  },
];

/** Looks in a JSON text for a dead session: in its rows one by one, or in the body itself where there are none. */
export function readZuoraBody(text: string): { readonly isDead: boolean; readonly deadRows: DeadRows } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { isDead: false, deadRows: 'none' };
  }
  return { isDead: rowsOf(body) === undefined && saysDeadSession(body), deadRows: deadRowsOf(body) };
}

/** How many of an answer's rows are dead; none in an answer without rows. */
export function deadRowsOf(body: unknown): DeadRows {
  return deadOf(rowsOf(body) ?? [], saysDeadSession);
}

/** How many of some rows are dead. */
export function deadOf<Row>(rows: readonly Row[], isDead: (row: Row) => boolean): DeadRows {
  const dead = rows.filter(isDead).length;
  if (dead === 0) return 'none';
  return dead === rows.length ? 'all' : 'some';
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
