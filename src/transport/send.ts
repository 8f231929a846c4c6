import { RateLimitedError, ServiceUnreachableError } from '../errors.ts';
import type { Redactor } from '../redact.ts';
import { bufferUpTo, isJson, mediaTypeOf, textOf } from './bodies.ts';
import { describeCall } from './origins.ts';

/** The largest answer of a login, renewal or logout that is read, in bytes. */
const LARGEST_ANSWER = 2 ** 20;

/** Error codes of failures before anything of the request was sent. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

/** A request of the package's own: a login, a renewal, a verification, a logout, a SOAP call. */
export interface OwnRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `Date.parse` makes a date of nearly any text with a number in it. */
const HTTP_DATE = /^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/;

/** An answer, read as text. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly mediaType: string;
  readonly text: string;
  /** The body if the media type is JSON and it parses, else `undefined`. */
  readonly json: unknown;
}

/** What requests of the package's own go through. */
export interface Sender {
  /** Masks what the service said in errors about it: it may echo what it was sent. */
  readonly redactor: Redactor;
  /** The answer as it comes in. @throws ServiceUnreachableError when there is none, or when it redirects */
  open(request: OwnRequest): Promise<Response>;
  /** The answer, read to its end. @throws ServiceUnreachableError also when it is too large or breaks off */
  send(request: OwnRequest): Promise<Answer>;
  /** Says that an answer cannot be believed. */
  unreachable(what: string, details?: { status?: number; cause?: unknown }): ServiceUnreachableError;
  /** Says that the service limits calls. */
  rateLimited(
    answer: { readonly status: number; readonly headers: Headers },
    requestIds?: Record<string, string>,
  ): RateLimitedError;
}

interface SenderOptions {
  readonly system: string;
  readonly fetch: typeof fetch;
  readonly redactor: Redactor;
  readonly nowMs: () => number;
}

/** Makes a sender over the caller's `fetch`. */
export function createSender(options: SenderOptions): Sender {
  return new FetchSender(options);
}

class FetchSender implements Sender {
  readonly redactor: Redactor;
  readonly #system: string;
  readonly #fetch: typeof fetch;
  readonly #nowMs: () => number;

  constructor({ system, fetch, redactor, nowMs }: SenderOptions) {
    this.redactor = redactor;
    this.#system = system;
    this.#fetch = fetch;
    this.#nowMs = nowMs;
  }

  async open({ signal, body, ...request }: OwnRequest): Promise<Response> {
    // Only for messages: it parses the URL.
    const call = (): string => describeCall(request.method, request.url);
    const { redactor } = this;
    const send = this.#fetch;
    let response: Response;
    try {
      const init = { method: request.method, headers: request.headers, body: body ?? null, signal: signal ?? null };
      response = await send(request.url, { ...init, redirect: 'manual' });
    } catch (error) {
      throw failedSend(error, { call: call(), system: this.#system, redactor, signal });
    }
    if (response.status >= 300 && response.status < 400) {
      response.body?.cancel().catch(() => {});
      throw this.unreachable(
        `${call()} was answered with a redirect to ${originOf(response, request.url)}, which is not followed`,
        { status: response.status },
      );
    }
    return response;
  }

  async send(request: OwnRequest): Promise<Answer> {
    const response = await this.open(request);
    const call = (): string => describeCall(request.method, request.url);
    const body = await bufferUpTo(response.body, LARGEST_ANSWER).catch((cause: unknown) => {
      throw this.unreachable(`the answer to ${call()} broke off`, { status: response.status, cause });
    });
    if (body.kind === 'stream') {
      body.stream.cancel().catch(() => {});
      throw this.unreachable(`the answer to ${call()} is larger than ${LARGEST_ANSWER} bytes`, {
        status: response.status,
      });
    }
    const text = body.kind === 'bytes' ? textOf(body.bytes) : '';
    const mediaType = mediaTypeOf(response.headers);
    const json = isJson(mediaType) ? parsed(text) : undefined;
    return { status: response.status, headers: response.headers, mediaType, text, json };
  }

  unreachable(what: string, details: { status?: number; cause?: unknown } = {}): ServiceUnreachableError {
    const { redactor } = this;
    const system = this.#system;
    return new ServiceUnreachableError(`${system}: ${what}`, { system, redactor, ...details });
  }

  rateLimited(
    { status, headers }: { readonly status: number; readonly headers: Headers },
    requestIds?: Record<string, string>,
  ): RateLimitedError {
    const { redactor } = this;
    const system = this.#system;
    const retryAfterMs = retryAfterOf(headers, this.#nowMs());
    const hint = retryAfterMs === undefined ? '' : `; it asks to wait ${retryAfterMs} ms`;
    const details = { system, redactor, requestIds, retryAfterMs, status };
    return new RateLimitedError(`${system} limits how often it is called${hint}`, details);
  }
}

/** What a failed `fetch` becomes; an abort by the caller's own signal stays what the caller made it. */
export function failedSend(
  error: unknown,
  about: {
    readonly call: string;
    readonly system: string;
    readonly redactor: Redactor;
    readonly signal?: AbortSignal | undefined;
  },
): unknown {
  if (about.signal?.aborted) return about.signal.reason;
  const code = codeOf(error);
  const why = code ?? (isBlockedPort(error) ? 'fetch refuses this port, as browsers do' : '');
  return new ServiceUnreachableError(`${about.call} got no answer${why && ` (${why})`}`, {
    system: about.system,
    redactor: about.redactor,
    cause: error,
    neverSent: code !== undefined && NEVER_SENT.has(code),
  });
}

/** Some ports are of other protocols, and `fetch` sends nothing there; it says so in words only. */
function isBlockedPort(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port';
}

/** `Retry-After` in ms, given in seconds or as a date, else `RateLimit-Reset` in seconds; `undefined` if absent or unreadable. */
export function retryAfterOf(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get('retry-after')?.trim() || headers.get('ratelimit-reset')?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Number(value) * 1000;
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs);
}

function originOf(response: Response, requestUrl: string): string {
  const location = response.headers.get('location');
  return location && URL.canParse(location, requestUrl) ? new URL(location, requestUrl).origin : 'nowhere';
}

function codeOf(error: unknown): string | undefined {
  for (let at = error, depth = 0; typeof at === 'object' && at !== null && depth < 5; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    at = 'cause' in at ? at.cause : undefined;
  }
  return undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
