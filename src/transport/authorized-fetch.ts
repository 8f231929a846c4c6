import { badArgument, ServiceUnreachableError } from '../errors.ts';
import type { SessionKeeper } from '../keeper/keeper.ts';
import type { Session } from '../keeper/session.ts';
import type { Outcome } from '../keeper/source.ts';
import type { Redactor } from '../redact.ts';
import { type Body, bufferUpTo, mediaTypeOf, textOf } from './bodies.ts';
import type { CallDraft, SessionCarrier } from './carrier.ts';
import { type FindOperation, type OperationFacts, operationFinder } from './operations.ts';
import { describeCall } from './origins.ts';
import { PlainCall } from './plain-call.ts';
import { type Patience, patienceOf, provesNothingDone, type RetryPolicy } from './retry.ts';
import { failedSend, retryAfterOf, type Sender } from './send.ts';

/** Bodies of calls up to this many bytes are kept, so that the call can be sent again. */
const LARGEST_KEPT_BODY = 2 ** 20;
/** Suspect answers are read up to this many bytes. */
const LARGEST_JUDGED_BODY = 2 ** 20;
const MOST_REDIRECTS = 5;
const KEPT_TYPES =
  /^(?:text\/|multipart\/form-data|application\/(?:json|xml|x-www-form-urlencoded)$)|[+/](?:json|xml)$/;

/** What an authorized fetch is made from. */
export interface AuthorizedFetchOptions<F> {
  readonly system: string;
  /** Where sessions are valid: calls to any other origin are refused. */
  readonly baseUrl: string;
  readonly operations: readonly OperationFacts[];
  readonly keeper: SessionKeeper<F>;
  readonly carrier: SessionCarrier<F>;
  readonly fetch: typeof fetch;
  readonly sender: Sender;
  readonly redactor: Redactor;
  readonly retry: RetryPolicy;
  readonly nowMs: () => number;
}

/** Methods whose calls can be sent twice without being done twice (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);
/** Answers of what stands before the service, or of a service that has no time. */
const PASSING = new Set([502, 503, 504]);

/**
 * A `fetch` that puts the session on each call, sends the call again when the session has ended, and never sends a
 * session anywhere but to the origin that issued it. Answers are what the service sent, errors are the package's.
 */
export function createAuthorizedFetch<F>(
  options: AuthorizedFetchOptions<F>,
): (input: RequestInfo | URL | PlainCall, init?: RequestInit) => Promise<Response> {
  const calls = new AuthorizedCalls(options);
  return async (input, init) =>
    calls.run(input instanceof PlainCall ? openPlain(input, init) : openRequest(input, init));
}

class AuthorizedCalls<F> {
  readonly #options: AuthorizedFetchOptions<F>;
  readonly #find: FindOperation;
  readonly #origin: string;
  /** Length of the base URL's path, which the spec's paths do not have. */
  readonly #prefix: number;

  constructor(options: AuthorizedFetchOptions<F>) {
    const { origin, pathname } = new URL(options.baseUrl);
    this.#options = options;
    this.#find = operationFinder(options.operations);
    this.#origin = origin;
    this.#prefix = pathname === '/' ? 0 : pathname.length;
  }

  async run({ method, headers, signal, extra, ...call }: OpenedCall): Promise<Response> {
    const { system, carrier, keeper, retry } = this.#options;
    const url = new URL(call.url);
    if (url.origin !== this.#origin) {
      throw badArgument(
        'ERR_FOREIGN_ORIGIN',
        `${system}: the session is only for ${this.#origin}, not for ${url.origin}`,
      );
    }
    const operation = this.#find(method, url.pathname.slice(this.#prefix));
    const isPublic =
      operation !== undefined &&
      (operation.role === 'login' || !operation.session.some(({ fills }) => fills === 'secret'));
    const body = await call.readBody();
    const plain: CallDraft = { method, url: url.href, headers, body };
    const draft = carrier.prepare?.(plain) ?? plain;
    const about = { signal, extra, patience: patienceOf(retry, signal) };
    const attempt = async (session: Session<F>): Promise<Outcome<Response, F>> =>
      this.#judge(await this.#sendPatiently(this.#authorized(draft, session, operation), about), operation, signal);
    const response =
      isPublic || carrier.bringsOwn(draft)
        ? await this.#sendPatiently(draft, about)
        : await keeper.run(attempt, { signal, replayable: body.kind !== 'stream' });
    carrier.inspect?.(draft, response);
    return response;
  }

  /** Sends a call again when what came of it passes, and sending it twice does not do it twice. */
  async #sendPatiently(
    draft: CallDraft,
    { signal, extra, patience }: Pick<OpenedCall, 'signal' | 'extra'> & { readonly patience: () => Patience },
  ): Promise<Response> {
    for (;;) {
      let response: Response;
      try {
        response = await this.#send(draft, signal, extra);
      } catch (error) {
        const isNetwork = error instanceof ServiceUnreachableError && error.status === undefined;
        const mayRepeat =
          draft.body.kind !== 'stream' && (provesNothingDone(error) || (isNetwork && this.#isRepeatable(draft)));
        const wait = mayRepeat ? patience().retry(error.code, undefined) : undefined;
        if (!wait) throw error;
        await wait();
        continue;
      }
      const { status, headers } = response;
      const mayRepeat = status === 429 || (PASSING.has(status) && this.#isRepeatable(draft));
      const wait =
        mayRepeat && draft.body.kind !== 'stream'
          ? patience().retry(String(status), retryAfterOf(headers, this.#options.nowMs()))
          : undefined;
      if (!wait) return response;
      response.body?.cancel().catch(() => {});
      await wait();
    }
  }

  #isRepeatable(draft: CallDraft): boolean {
    return IDEMPOTENT.has(draft.method) || (this.#options.carrier.isDoneOnce?.(draft) ?? false);
  }

  async #send(draft: CallDraft, signal: AbortSignal | undefined, extra: RequestInit | undefined): Promise<Response> {
    const { system, redactor, sender, fetch: send } = this.#options;
    let { url } = draft;
    for (let redirects = 0; ; redirects += 1) {
      let response: Response;
      try {
        response = await send(url, {
          ...extra,
          ...wireForm(draft),
          signal: signal ?? null,
          redirect: 'manual',
        });
      } catch (error) {
        throw failedSend(error, { call: describeCall(draft.method, url), system, redactor, signal });
      }
      const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (location === null || !URL.canParse(location, url)) return response;
      const target = new URL(location, url);
      const { status } = response;
      if (target.origin !== this.#origin) {
        response.body?.cancel().catch(() => {});
        throw sender.unreachable(
          `${describeCall(draft.method, url)} redirects to ${target.origin}; a session is sent only to ${this.#origin}`,
          { status },
        );
      }
      if (draft.method !== 'GET' && draft.method !== 'HEAD') return response;
      response.body?.cancel().catch(() => {});
      if (redirects === MOST_REDIRECTS) {
        throw sender.unreachable(
          `${describeCall(draft.method, draft.url)} redirects more than ${MOST_REDIRECTS} times`,
          { status },
        );
      }
      url = target.href;
    }
  }

  #authorized(draft: CallDraft, session: Session<F>, operation: OperationFacts | undefined): CallDraft {
    const { carrier, sender } = this.#options;
    try {
      return carrier.authorize(draft, session, operation);
    } catch (cause) {
      // Bad input, which has a code, is told as it is. `Headers` quotes what it does not take: the session.
      if (cause instanceof TypeError && 'code' in cause) throw cause;
      throw sender.unreachable('the session that the service handed out fits into no header', { cause });
    }
  }

  async #judge(
    response: Response,
    operation: OperationFacts | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Outcome<Response, F>> {
    const { carrier, sender } = this.#options;
    if (!carrier.suspect(response)) return { verdict: 'accepted', value: response, news: carrier.news?.(response) };
    const body = await bufferUpTo(response.body, LARGEST_JUDGED_BODY).catch((cause: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw sender.unreachable('an answer broke off', { status: response.status, cause });
    });
    const value = withBody(response, body);
    const verdict = carrier.judge(
      value,
      body.kind === 'stream' ? null : body.kind === 'none' ? '' : textOf(body.bytes),
      operation,
    );
    return verdict === 'accepted' ? { verdict, value, news: carrier.news?.(value) } : { verdict, value };
  }
}

/** A call of whichever form, with its body not read yet. */
interface OpenedCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly signal: AbortSignal | undefined;
  /** What goes to `fetch` besides the draft. */
  readonly extra: RequestInit | undefined;
  readBody(): Body | Promise<Body>;
}

function openPlain({ url, method, headers, body, signal, rest }: PlainCall, init: RequestInit | undefined): OpenedCall {
  const readBody = (): Body =>
    body === undefined ? { kind: 'none' } : { kind: 'bytes', bytes: new TextEncoder().encode(body) };
  return { url, method, headers, signal, extra: { ...rest, ...init }, readBody };
}

function openRequest(input: RequestInfo | URL, init: RequestInit | undefined): OpenedCall {
  // openapi-fetch hands over a Request and, apart from it, what only this fetch understands (such as a dispatcher).
  const isRequest = input instanceof Request;
  const request = isRequest && !hasRequestParts(init) ? input : new Request(input, init);
  const { url, method, headers, signal, cache, integrity } = request;
  return {
    url,
    method,
    headers,
    signal,
    extra: { cache, integrity, ...(isRequest ? init : dispatcherOf(init)) },
    readBody: () => bodyOf(request),
  };
}

async function bodyOf(request: Request): Promise<Body> {
  if (!request.body) return { kind: 'none' };
  if (KEPT_TYPES.test(mediaTypeOf(request.headers))) return bufferUpTo(request.body, LARGEST_KEPT_BODY);
  return { kind: 'stream', stream: request.body };
}

function wireForm({ method, headers, body }: CallDraft): RequestInit & { duplex?: 'half' } {
  if (body.kind === 'none') return { method, headers };
  if (body.kind === 'bytes') return { method, headers, body: body.bytes };
  return { method, headers, body: body.stream, duplex: 'half' };
}

/** The same answer with a body that has been read. */
function withBody(response: Response, body: Body): Response {
  const content = body.kind === 'bytes' ? body.bytes : body.kind === 'stream' ? body.stream : null;
  const { status, statusText, headers, url, redirected } = response;
  const copy = new Response(content, { status, headers });
  // A reason phrase that came over the wire need not be one that `Response` takes.
  const parts = { statusText: { value: statusText }, url: { value: url }, redirected: { value: redirected } };
  return Object.defineProperties(copy, parts);
}

/** Whether `fetch(request, init)` changes the request itself. */
function hasRequestParts(init: RequestInit | undefined): boolean {
  return init !== undefined && ['method', 'headers', 'body', 'signal'].some((part) => part in init);
}

/** A Request does not keep undici's dispatcher, so it is passed on beside it. */
function dispatcherOf(init: (RequestInit & { dispatcher?: unknown }) | undefined): RequestInit | undefined {
  if (init?.dispatcher === undefined) return undefined;
  const extra: RequestInit & { dispatcher?: unknown } = { dispatcher: init.dispatcher };
  return extra;
}
