/**
 * What openapi-fetch would make a `Request` of, left as it is: making one, and reading its body again, costs more than
 * everything else that is done for a call.
 */
export class PlainCall {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | undefined;
  readonly signal: AbortSignal | undefined;
  /** What else `fetch` shall be told, such as `cache`. */
  readonly rest: RequestInit;

  constructor(url: string, { method = 'GET', headers, body, signal, redirect: _ours, ...rest }: PlainInit) {
    this.url = url;
    this.method = method.toUpperCase();
    this.headers = headers instanceof Headers ? headers : new Headers(headers);
    this.body = body ?? undefined;
    this.signal = signal ?? undefined;
    this.rest = rest;
    // As a Request would say of text.
    if (this.body !== undefined && !this.headers.has('content-type'))
      this.headers.set('content-type', 'text/plain;charset=UTF-8');
  }
}

type PlainInit = Omit<RequestInit, 'body'> & { readonly body?: string | null };

function isPlain(init: RequestInit): init is PlainInit {
  if (init.body === undefined || init.body === null) return true;
  // A Request refuses a body where none may be, before anything is done for the call.
  return typeof init.body === 'string' && !/^(?:get|head)$/i.test(init.method ?? 'GET');
}

/**
 * A constructor in place of `Request`, for openapi-fetch: gives a {@link PlainCall} where nobody but the authorized fetch
 * looks at it, and a real `Request` otherwise.
 */
export function plainCalls(isLookedAt: () => boolean): typeof Request {
  function CallOrRequest(url: string, init: RequestInit = {}): Request | PlainCall {
    return isLookedAt() || !isPlain(init) ? new Request(url, init) : new PlainCall(url, init);
  }
  // Middlewares may hand back a Request that they made themselves.
  Object.defineProperty(CallOrRequest, Symbol.hasInstance, {
    value: (made: unknown) => made instanceof Request || made instanceof PlainCall,
  });
  // openapi-fetch only calls it with `new` and asks `instanceof` of it.
  return CallOrRequest as unknown as typeof Request;
}
