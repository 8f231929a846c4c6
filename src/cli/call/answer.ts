import type { SystemName } from '../../sandbox/systems.ts';
import { laidOut } from './json-layout.ts';

/** An answer as it is printed. */
export interface PrintedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: the value of JSON, else a text; `null` where there is none. */
  readonly data: unknown;
  /** The body for people: JSON laid out, with every number as it was sent. */
  readonly text: string;
  /** Whether the service says that the call failed. */
  readonly isFailure: boolean;
}

/** Headers whose values let somebody in. */
const SECRET_HEADER = /cookie|authorization|token|secret|session/i;

/**
 * Reads an answer for printing.
 * @param mask what masks the sessions that the call was made with: some services repeat them
 */
export async function readAnswer(
  response: Response,
  system: SystemName,
  mask: (text: string) => string,
): Promise<PrintedAnswer> {
  const body = await response.text();
  const json = isJson(body) ? laidOut(body, mask) : undefined;
  const text = json ?? mask(body);
  const data: unknown = json === undefined ? text || null : JSON.parse(json);
  const headers = Object.fromEntries(
    [...response.headers].filter(([name]) => !SECRET_HEADER.test(name)).map(([name, value]) => [name, mask(value)]),
  );
  const { status } = response;
  const isFailure = status >= 400 || saysFailed(system, Object(data));
  return { status, headers, data, text: json ?? text.replace(/\r?\n$/, ''), isFailure };
}

/** Zuora answers failed calls with 200 and `success: false`, Zato some of them with 200 and `status: "error"`. */
function saysFailed(system: SystemName, data: { readonly success?: unknown; readonly status?: unknown }): boolean {
  return (system === 'zuora-rest' && data.success === false) || (system === 'zato-sso' && data.status === 'error');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
