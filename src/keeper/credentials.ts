import { badArgument } from '../errors.ts';

/** Gives credentials when a login needs them. `signal` fires when nobody waits for them any more: after `loginTimeoutMs`. */
export type CredentialsFunction<C> = (asked: { readonly signal: AbortSignal }) => C | Promise<C>;

/** What logs in: a value, or a function that is asked at each login. */
export type CredentialsOption<C> = C | CredentialsFunction<C>;

/** Whether credentials are to be asked for. */
export function isAsked<C>(credentials: CredentialsOption<C>): credentials is CredentialsFunction<C> {
  return typeof credentials === 'function';
}

/** Credentials that are none of their system. Holds nothing of them. */
export function badCredentials(system: string, form: string): TypeError & { readonly code: string } {
  return badArgument('ERR_CREDENTIALS', `${system}: credentials are ${form}, each a text that is not empty`);
}
