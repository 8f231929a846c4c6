import { LoginQuarantinedError } from '../../src/errors.ts';
import { recordKey } from '../../src/keeper/session.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createFakeService, type FakeCredentials, type OpenKeeperOptions, openKeeper } from './fake-service.ts';
import { createSpyStore } from './spy-store.ts';
import { createManualClock } from './waiting.ts';

/** One denial as it rests in a store. */
export interface StoredDenial {
  readonly fingerprint: string;
  readonly code: string;
  readonly reason?: string;
  readonly liftedBy?: string;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly times: number;
}

/** The account's book as it rests in a store. */
export interface StoredBook {
  readonly denials: readonly StoredDenial[];
  readonly logins: readonly number[];
}

/** A store in memory whose account's book tests read, write and take away. */
export interface BookStore {
  readonly store: SessionStore;
  /** The ends that the book was written with, ms since the epoch. */
  readonly ends: Array<number | null>;
  text(): Promise<string>;
  book(): Promise<StoredBook>;
  put(book: StoredBook | string): Promise<void>;
  takeAway(): Promise<void>;
}

/** Of the account that the fake service has for 'ada'. */
const key = recordKey('account', ['fake', 'ada']);

function createBookStore(): BookStore {
  const store = createMemoryStore();
  const ends: Array<number | null> = [];
  const { write } = store;
  store.write = async (at, value, options) => {
    if (at === key) ends.push(options.expiresAtMs);
    await write(at, value, options);
  };
  const text = async (): Promise<string> => (await store.read(key)) ?? 'null';
  return {
    store,
    ends,
    text,
    book: async () => JSON.parse(await text()),
    put: (book) =>
      write(key, typeof book === 'string' ? book : JSON.stringify({ v: 1, ...book }), { expiresAtMs: null }),
    takeAway: () => store.remove(key),
  };
}

/** Enough for tests of other things than the budget. */
export const wideBudget = { max: 100, windowMs: 600_000 };
export const wrong: FakeCredentials = { user: 'ada', password: 'wrong-password' };

/** So many wrong credentials of the same user. */
export const wrongs = (from: number, count: number): FakeCredentials[] =>
  Array.from({ length: count }, (_, n) => ({ user: 'ada', password: `wrong-${from + n}` }));

/** Several processes that share an account's book and a clock. `tell` is what a process comes to with credentials. */
export function openAccount() {
  const service = createFakeService();
  const clock = createManualClock();
  const kept = createBookStore();
  const open = (options: OpenKeeperOptions = {}) => {
    const store = createSpyStore(kept.store);
    let credentials = wrong;
    const opened = openKeeper(service, {
      clock,
      store,
      loginBudget: wideBudget,
      credentials: () => credentials,
      ...options,
    });
    const tell = async (given: FakeCredentials): Promise<string> => {
      credentials = given;
      return opened.keeper.login().then(
        () => 'in',
        (error: unknown) => (error instanceof LoginQuarantinedError ? 'quarantined' : 'denied'),
      );
    };
    return { ...opened, store, tell };
  };
  return { service, clock, kept, open };
}
