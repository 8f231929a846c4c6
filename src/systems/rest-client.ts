import createClient, { type Client, type Middleware } from 'openapi-fetch';
import type { SessionKeeper } from '../keeper/keeper.ts';
import { createAuthorizedFetch } from '../transport/authorized-fetch.ts';
import type { SessionCarrier } from '../transport/carrier.ts';
import type { OperationFacts } from '../transport/operations.ts';
import { plainCalls } from '../transport/plain-call.ts';
import type { Sender } from '../transport/send.ts';
import { bindOnUse } from './bound-methods.ts';
import { type ClientParts, handleOf, type SessionHandle } from './client-options.ts';

/** A typed REST client that keeps its session: an openapi-fetch client and three things more. */
export type SessionRestClient<Paths extends {}, F> = Client<Paths> &
  AsyncDisposable & {
    /** The authorized `fetch`, for use inside other generated clients of the same service. */
    readonly fetch: typeof fetch;
    readonly session: SessionHandle<F>;
  };

/** What writes the calls of all clients that have no middleware. It keeps nothing: what is a client's own comes with each call. */
let shared: ReturnType<typeof createClient> | undefined;
/** Made at the first call: openapi-fetch looks at the global `Request`, which makes Node load all that `fetch` needs. */
const sharedWriter = (): ReturnType<typeof createClient> => {
  shared ??= createClient();
  return shared;
};
const PlainRequest = plainCalls(() => false);

interface CallInit {
  readonly middleware?: readonly unknown[];
  readonly fetch?: unknown;
}

/** Puts the typed client together. */
export function assembleRestClient<Paths extends {}, C, F>(
  parts: ClientParts<C>,
  about: { readonly system: string; readonly operations: readonly OperationFacts[] },
  keeper: SessionKeeper<F>,
  carrier: SessionCarrier<F>,
): SessionRestClient<Paths, F> {
  const { system, operations } = about;
  const { baseUrl, fetch, nowMs, redactor, sender, retry } = parts;
  // One by one: of spread objects, each would be of a shape of its own.
  const through = { system, operations, baseUrl, fetch, nowMs, redactor, sender, retry, keeper, carrier };
  const client = new RestClient(parts, keeper, createAuthorizedFetch(through));
  // Typed by the caller's paths, which are not there at run time.
  return client as unknown as SessionRestClient<Paths, F>;
}

class RestClient<F> {
  readonly fetch: typeof fetch;
  readonly session: SessionHandle<F>;
  readonly #baseUrl: string;
  readonly #sender: Sender;
  readonly #keeper: SessionKeeper<F>;
  /** A writer of its own, once the client has middleware. */
  #writer: ReturnType<typeof createClient> | undefined;

  constructor(
    { baseUrl, sender }: Pick<ClientParts<never>, 'baseUrl' | 'sender'>,
    keeper: SessionKeeper<F>,
    authorizedFetch: typeof fetch,
  ) {
    this.fetch = authorizedFetch;
    this.session = handleOf(keeper);
    this.#baseUrl = baseUrl;
    this.#sender = sender;
    this.#keeper = keeper;
  }

  async request(method: string, path: string, init?: CallInit): Promise<unknown> {
    const writer = this.#writer ?? sharedWriter();
    // Whoever looks at a call sees a real `Request`.
    const isSeen = this.#writer || init?.middleware?.length || init?.fetch;
    const Request = isSeen ? globalThis.Request : PlainRequest;
    // Each client has types of its own for its paths; the writer takes any.
    const write = writer.request as (method: string, path: string, init: object) => Promise<unknown>;
    try {
      return await write(method, path, { baseUrl: this.#baseUrl, fetch: this.fetch, Request, ...init });
    } catch (cause) {
      throw ofAnswer(cause, `${method.toUpperCase()} ${path}`, this.#sender);
    }
  }

  use(...middleware: Middleware[]): void {
    this.#writer ??= createClient();
    this.#writer.use(...middleware);
  }

  eject(...middleware: Middleware[]): void {
    this.#writer?.eject(...middleware);
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#keeper[Symbol.asyncDispose]();
  }
}

for (const method of ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE']) {
  Object.defineProperty(RestClient.prototype, method, {
    configurable: true,
    value(this: RestClient<unknown>, path: string, init?: CallInit) {
      return this.request(method, path, init);
    },
  });
}
bindOnUse(RestClient.prototype);

/** What went wrong with an answer as an error of ours, which does not quote it; anything else as it is. */
function ofAnswer(cause: unknown, call: string, sender: Sender): unknown {
  if (cause instanceof SyntaxError) return sender.unreachable(`the answer to ${call} is no JSON`, { cause });
  // What `fetch` says of a connection that ends before the body does.
  const isCut = cause instanceof TypeError && cause.message === 'terminated';
  return isCut ? sender.unreachable(`the answer to ${call} broke off`, { cause }) : cause;
}
