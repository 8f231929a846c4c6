import type { SessionStore } from '../../stores/store.ts';

/** A store with what must be closed when it is used no more. */
export interface OpenStore extends AsyncDisposable {
  readonly store: SessionStore;
}
