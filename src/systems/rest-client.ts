import createClient, { type Client } from 'openapi-fetch';
import type { SessionKeeper } from '../keeper/keeper.ts';
import { createAuthorizedFetch } from '../transport/authorized-fetch.ts';
import type { SessionCarrier } from '../transport/carrier.ts';
import type { OperationFacts } from '../transport/operations.ts';
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
  const client = createClient<Paths>({ baseUrl: parts.baseUrl, fetch: authorizedFetch });
  return Object.assign(client, {
    fetch: authorizedFetch,
    session: handleOf(keeper),
    [Symbol.asyncDispose]: () => keeper[Symbol.asyncDispose](),
  });
}
