import { isJson } from './bodies.ts';
import type { Answer, Sender } from './send.ts';

/**
 * Sorts out answers that say nothing about credentials or sessions: rate limits, crashes, proxies' pages.
 * @throws RateLimitedError (429, or 503 with `Retry-After`), ServiceUnreachableError (5xx, or a 2xx that is not JSON)
 */
export function refuseUnbelievable(
  sender: Sender,
  call: string,
  answer: Answer,
  requestIds?: Record<string, string>,
): void {
  const { status, headers, mediaType } = answer;
  if (status === 429 || (status === 503 && headers.has('retry-after'))) throw sender.rateLimited(answer, requestIds);
  if (status >= 500) throw sender.unreachable(`${call} failed with status ${status}`, { status });
  if (status < 300 && !isJson(mediaType)) {
    throw sender.unreachable(`${call} was answered with ${mediaType || 'no media type'} instead of JSON`, { status });
  }
}

/** What answers at an address where nobody takes a login. */
const NO_LOGIN = [404, 405];

/**
 * Tells an address that is wrong from a service that no longer speaks its spec.
 * @throws ServiceUnreachableError that asks about the base URL, for an answer with 404 or 405
 */
export function refuseNoLogin(
  sender: Sender,
  { login, baseUrl }: { readonly login: string; readonly baseUrl: string },
  status: number | undefined,
): void {
  if (status === undefined || !NO_LOGIN.includes(status)) return;
  throw sender.unreachable(`${login} does not exist at ${baseUrl}: is the base URL right?`, { status });
}

/** How far the service's clock is ahead of this machine's, in ms, by its `Date` header; 0 if it sends none. */
export function skewOf(headers: Headers, nowMs: number): number {
  const at = Date.parse(headers.get('date') ?? '');
  // The header counts whole seconds, so less than one of them is no skew.
  return Number.isNaN(at) || Math.abs(at - nowMs) < 1000 ? 0 : at - nowMs;
}
