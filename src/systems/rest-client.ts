import createClient, { type Client } from 'openapi-fetch';
import type { SessionKeeper } from '../keeper/keeper.ts';
import { createAuthorizedFetch } from '../transport/authorized-fetch.ts';
import type { SessionCarrier } from '../transport/carrier.ts';
import type { OperationFacts } from '../transport/operations.ts';
import { plainCalls } from '../transport/plain-call.ts';
import type { Sender } from '../transport/send.ts';
import { type ClientParts, handleOf, type SessionHandle } from './client-options.ts';

/** A typed REST client that keeps its session: an openapi-fetch client and three things more. */
export type SessionRestClient<Paths extends {}, F> = Client<Paths> &
  AsyncDisposable & {
    /** The authorized `fetch`, for use inside other generated clients of the same service. */
    readonly fetch: typeof fetch;
    readonly session: SessionHandle<F>;
  };

/** Puts the typed client together. */
export function assembleRestClient<Paths extends {}, C, F>(
  parts: ClientParts<C>,
  about: { readonly system: string; readonly operations: readonly OperationFacts[] },
  keeper: SessionKeeper<F>,
  carrier: SessionCarrier<F>,
): SessionRestClient<Paths, F> {
  const authorizedFetch = createAuthorizedFetch({ ...about, ...parts, keeper, carrier });
  let hasMiddleware = false;
  const client = createClient<Paths>({
    baseUrl: parts.baseUrl,
    fetch: authorizedFetch,
    Request: plainCalls(() => hasMiddleware),
  });
  const { use } = client;
  return Object.assign(withOurErrors(client, parts.sender), {
    use(...middleware: Parameters<typeof use>) {
      hasMiddleware = true;
      use(...middleware);
    },
    fetch: authorizedFetch,
    session: handleOf(keeper),
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  });
}

interface CallInit {
  readonly middleware?: readonly unknown[];
  readonly fetch?: unknown;
  readonly Request?: unknown;
}

/**
 * Calls with a middleware or a `fetch` of their own get a real `Request` to look at; answers that cannot be read end in an error of ours,
 * which does not quote them.
 */
function withOurErrors<T extends object>(client: T, sender: Sender): T {
  const methods = Object.entries(client).filter(([name]) => name === 'request' || name === name.toUpperCase());
  for (const [name, method] of methods) {
    // The last argument of each of these is the call's init, if it has one.
    const call = async (...args: unknown[]): Promise<unknown> => {
      const init: CallInit | undefined = args.at(-1) instanceof Object ? Object(args.at(-1)) : undefined;
      const isSeen = init?.middleware?.length || init?.fetch;
      try {
        return await (isSeen
          ? method(...args.slice(0, -1), { Request: globalThis.Request, ...init })
          : method(...args));
      } catch (cause) {
        const what = [...(name === 'request' ? [] : [name]), ...args.filter((arg) => typeof arg === 'string')].join(
          ' ',
        );
        if (cause instanceof SyntaxError) throw sender.unreachable(`the answer to ${what} is no JSON`, { cause });
        // What `fetch` says of a connection that ends before the body does.
        const isCut = cause instanceof TypeError && cause.message === 'terminated';
        throw isCut ? sender.unreachable(`the answer to ${what} broke off`, { cause }) : cause;
      }
    };
    Object.assign(client, { [name]: call });
  }
  return client;
}
