import { reasonOf } from '../generate/spec-error.ts';
import { FetchError } from './fetch-error.ts';

/** Limits of a fetch. */
export interface FetchLimits {
  readonly mostBytes: number;
  /** Time until the whole answer is there, redirects included, in ms. */
  readonly timeoutMs: number;
  /** Origins that may be asked, redirects included. @default all */
  readonly origins?: ReadonlySet<string> | undefined;
}

const MOST_REDIRECTS = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
/** Statuses after which the same may work later. */
const PASSING = new Set([408, 425, 429]);

/**
 * Fetches a spec by GET, with no credentials. Only https, and http to this machine; at most 5 redirects, none of them from https to http or
 * from elsewhere to this machine.
 * @throws FetchError that names the address without what follows its path
 */
export async function fetchUrl(
  source: string,
  { mostBytes, timeoutMs, origins }: FetchLimits,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const limit = AbortSignal.timeout(timeoutMs);
  const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
  let url = parseUrl(source, source);
  for (let redirects = 0; ; redirects++) {
    const name = nameOf(url);
    if (origins !== undefined && !origins.has(url.origin))
      throw new FetchError(`${name} lies at none of the allowed origins`);
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        credentials: 'omit',
        signal: either,
        headers: { accept: '*/*', 'user-agent': 'latchkey' },
      });
      if (!REDIRECTS.has(response.status)) return await bodyOf(response, name, mostBytes);
      if (redirects === MOST_REDIRECTS)
        throw new FetchError(`${nameOf(parseUrl(source, source))} redirects more than ${MOST_REDIRECTS} times`);
      url = nextUrl(url, response.headers.get('location'));
      discard(response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FetchError) throw error;
      const what = limit.aborted ? `did not answer within ${timeoutMs} ms` : `cannot be reached: ${causeOf(error)}`;
      throw new FetchError(`${name} ${what}`, { cause: error, isPassing: true });
    }
  }
}

/** An address that a spec may be fetched from. @throws FetchError for any other */
function parseUrl(text: string, source: string, base?: URL): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined;
  if (url === undefined) throw new FetchError(`${JSON.stringify(source)} is no address`);
  if (url.username !== '' || url.password !== '') {
    throw new FetchError(`${nameOf(url)} has credentials in it: let a command fetch what needs them`);
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new FetchError(`${nameOf(url)} is not https`);
}

/** Where a redirect leads. @throws FetchError where it may not be followed */
export function nextUrl(from: URL, location: string | null): URL {
  if (location === null) throw new FetchError(`${nameOf(from)} redirects to nowhere`);
  const url = parseUrl(location, location, from);
  const why =
    from.protocol === 'https:' && url.protocol !== 'https:'
      ? 'which is not https'
      : isThisMachine(url) && !isThisMachine(from)
        ? 'which is this machine'
        : undefined;
  if (why !== undefined) throw new FetchError(`${nameOf(from)} redirects to ${nameOf(url)}, ${why}`);
  return url;
}

/** Queries may hold keys. */
function nameOf({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname}`;
}

/** Names that are this machine for certain: nobody is on the way. */
function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}

/** All names that lead to this machine, or may: the unspecified address, IPv4 in IPv6, subdomains, a dot at the end. */
function isThisMachine(url: URL): boolean {
  if (isLoopback(url)) return true;
  return /^(?:(?:.+\.)?localhost\.?|0\.0\.0\.0|\[::\]|\[::ffff:(?:0:0|7f[\da-f]{2}:[\da-f]{1,4})\])$/.test(
    url.hostname,
  );
}

async function bodyOf(response: Response, name: string, mostBytes: number): Promise<Uint8Array> {
  const { status } = response;
  if (status !== 200) {
    discard(response);
    throw new FetchError(`${name} answered with ${status}`, { isPassing: status >= 500 || PASSING.has(status) });
  }
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.byteLength;
    if (size > mostBytes) throw new FetchError(`${name} sends more than ${mostBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Nobody waits for the end of what nobody reads. */
function discard(response: Response): void {
  void response.body?.cancel().catch(() => {});
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = Object(cause).code;
  return typeof code === 'string' ? code : reasonOf(cause ?? error);
}
