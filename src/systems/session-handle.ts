import type { KeeperStatus, LogoutOutcome, SessionKeeper } from '../keeper/keeper.ts';
import type { Session } from '../keeper/session.ts';
import { bindOnUse } from './bound-methods.ts';

/** The session's own verbs on each client: everything of the keeper but `run`. */
export type SessionHandle<F> = Pick<
  SessionKeeper<F>,
  'get' | 'login' | 'renew' | 'verify' | 'logout' | 'clearQuarantine' | 'status'
>;

type OptionsOf<F, Verb extends keyof SessionHandle<F>> = Parameters<SessionHandle<F>[Verb]>;

/** The handle that a client shows of its keeper. */
export function handleOf<F>(keeper: SessionKeeper<F>): SessionHandle<F> {
  return new KeeperHandle(keeper);
}

class KeeperHandle<F> implements SessionHandle<F> {
  readonly #keeper: SessionKeeper<F>;

  constructor(keeper: SessionKeeper<F>) {
    this.#keeper = keeper;
  }

  get(...options: OptionsOf<F, 'get'>): Promise<Session<F>> {
    return this.#keeper.get(...options);
  }

  login(...options: OptionsOf<F, 'login'>): Promise<Session<F>> {
    return this.#keeper.login(...options);
  }

  renew(...options: OptionsOf<F, 'renew'>): Promise<Session<F>> {
    return this.#keeper.renew(...options);
  }

  verify(...options: OptionsOf<F, 'verify'>): Promise<boolean> {
    return this.#keeper.verify(...options);
  }

  logout(...options: OptionsOf<F, 'logout'>): Promise<LogoutOutcome> {
    return this.#keeper.logout(...options);
  }

  clearQuarantine(...options: OptionsOf<F, 'clearQuarantine'>): Promise<void> {
    return this.#keeper.clearQuarantine(...options);
  }

  status(...options: OptionsOf<F, 'status'>): Promise<KeeperStatus> {
    return this.#keeper.status(...options);
  }
}
bindOnUse(KeeperHandle.prototype);
