import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { StoreError } from '../errors.ts';
import { createSealer, parseKey, type Sealer } from './encrypted.ts';
import { createFileLocks } from './file-lock.ts';
import { entryText, type KeyPlace, openKeyFile } from './key-file.ts';
import { KEYCHAIN_SERVICE, type Keychain } from './keychain.ts';
import { inTime } from './time-limit.ts';

/**
 * How long a call waits for the keychain: for less than a keeper waits for its store, so that it hears why. Whoever is asked for a password
 * may take longer: the next call finds the answer.
 */
const WAIT_MS = 5_000;

/** The key that a caller or the environment says, and which of them it was. */
export function givenKey(option: string | undefined): { readonly sealer: Sealer; readonly from: string } | undefined {
  if (option !== undefined) return { sealer: createSealer(parseKey(option, 'The key option')), from: 'the key option' };
  const { LATCHKEY_KEY: set } = process.env;
  return set ? { sealer: createSealer(parseKey(set, 'LATCHKEY_KEY')), from: 'LATCHKEY_KEY' } : undefined;
}

/** The key of a store that was given none: one of its own, made at first use. */
export interface OwnKey {
  /** @throws StoreError if the key cannot be had now, or others can read it */
  sealer(): Promise<Sealer>;
  /** Where the key is, in words; where there is none yet, where it will be. */
  from(): string;
}

interface Opened {
  readonly sealer: Sealer;
  /** The state of the key file that told of this key. */
  readonly stamp: string | null;
}

type Entry = Extract<KeyPlace, { kind: 'keychain' }>;

/**
 * Opens the key that a key file holds or names. Where there is none yet it is made in the OS keychain, or in the file where the keychain
 * cannot be used. What the file says is never gone against: a key that is in the keychain is not replaced because the keychain is locked,
 * out of reach or turned off, only when it answers that the entry is gone.
 */
export function openOwnKey(path: string, keychain: Keychain, waitMs = WAIT_MS): OwnKey {
  const file = openKeyFile(path);
  const locks = createFileLocks();
  let opened: Opened | undefined;
  /** What is asked of the keychain now, as those see it who wait for the answer. */
  let asking: Promise<Opened> | undefined;

  const unavailable = (entry: Entry, why: string, cause?: unknown): StoreError =>
    new StoreError(`The key of this store is in ${inKeychain(entry.account)}, as ${path} says, but ${why}`, {
      reason: 'unavailable',
      ...(cause === undefined ? {} : { cause }),
    });
  /** The key of an entry; `undefined` if it is certainly gone. */
  const keyOf = async (entry: Entry): Promise<Buffer | undefined> => {
    const whyNot = keychain.whyNot();
    if (whyNot !== null) throw unavailable(entry, whyNot);
    const secret = await keychain.get(entry.account).catch((error: unknown) => {
      throw unavailable(entry, `the keychain could not be read: ${messageOf(error)}`, error);
    });
    if (secret === null && entry.host !== hostname()) {
      throw unavailable(entry, `it is that of the host ${entry.host}: hosts that share a store need LATCHKEY_KEY`);
    }
    try {
      return secret === null ? undefined : parseKey(secret, 'The entry');
    } catch {
      // Somebody put something else there: the key is as good as gone.
      return undefined;
    }
  };
  const keyAt = async (place: KeyPlace): Promise<Buffer | undefined> =>
    place.kind === 'file' ? place.key : keyOf(place);
  const look = async (): Promise<{ readonly place: KeyPlace | null; readonly stamp: string | null }> => {
    // In this order, so that a file that is replaced in between is found changed at the next use.
    const stamp = await file.stamp();
    return { place: await file.read(), stamp };
  };
  const makeInFile = (): Promise<boolean> => file.makeOnce(`${makeKey()}\n`);

  /** Makes a key in the keychain. Its entry has a name of its own, so that nobody's key is ever overwritten. */
  const makeInKeychain = async (lost: Entry | undefined): Promise<void> => {
    const account = `store-key-${randomBytes(8).toString('hex')}`;
    try {
      await keychain.set(account, makeKey());
    } catch (error) {
      if (lost) throw unavailable(lost, `it is gone, and no other could be made: ${messageOf(error)}`, error);
      if (await makeInFile()) warn(messageOf(error), path);
      return;
    }
    if (lost) await file.replace(entryText(account));
    else if (!(await file.makeOnce(entryText(account)))) await keychain.remove(account).catch(() => {});
  };
  /** Makes the key where there is none, or it is gone. Of several processes one does, so that one of them shows a prompt. */
  const make = async (seen: string | null): Promise<void> => {
    await file.makeFolder();
    const held = await locks.take(`${path}.lock`, { waitMs });
    try {
      const { place, stamp } = await look();
      if (stamp === seen && place?.kind !== 'file') await makeInKeychain(place ?? undefined);
    } finally {
      await held.release();
    }
  };
  const ask = async (): Promise<Opened> => {
    for (let tries = 0; tries < 2; tries += 1) {
      const { place, stamp } = await look();
      const key = place ? await keyAt(place) : undefined;
      if (key) return { sealer: createSealer(key), stamp };
      await make(stamp);
    }
    throw new StoreError(`The key of this store was made, and is gone again (${path})`, { reason: 'unavailable' });
  };
  /** Waits for the keychain for so long at most; it goes on being asked, and until it has answered nobody else waits. */
  const askInTime = (): Promise<Opened> => {
    if (asking) return asking;
    const answer = ask();
    const tooLate = (): StoreError => {
      const why = 'it may be locked, or be asking for a password (LATCHKEY_KEYCHAIN=off does without it)';
      const what = `The OS keychain, for the key that ${path} names, gave no answer within ${waitMs} ms: ${why}`;
      return new StoreError(what, { reason: 'unavailable' });
    };
    // What is waited for does not keep the process alive itself.
    asking = inTime(() => answer, waitMs, tooLate, { keepsAlive: true });
    const forget = (): void => {
      asking = undefined;
    };
    answer
      .then((found) => {
        opened = found;
      })
      .finally(forget)
      .catch(() => {});
    return asking;
  };
  const open = async (): Promise<Opened> => {
    for (;;) {
      const { place, stamp } = await look();
      if (place?.kind === 'file') return { sealer: createSealer(place.key), stamp };
      if (place || keychain.whyNot() === null) return askInTime();
      await makeInFile();
    }
  };

  return {
    async sealer() {
      // The file alone tells; a keychain is asked once. Where the file is out of reach, the key that is known will do.
      const last = opened;
      if (last && (await file.stamp().catch(() => last.stamp)) === last.stamp) return last.sealer;
      opened = await open();
      return opened.sealer;
    },
    from() {
      const told = file.glance();
      if (told) return told.kind === 'file' ? `the key file ${path}` : inKeychain(told.account);
      const first = keychain.whyNot() === null ? 'the OS keychain if it can be used, else ' : '';
      return `${first}the key file ${path}`;
    },
  };
}

function inKeychain(account: string): string {
  return `the OS keychain (service ${KEYCHAIN_SERVICE}, account ${account})`;
}

function makeKey(): string {
  return randomBytes(32).toString('base64');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Told once a store: from then on the key is in its file, and no keychain is asked. */
function warn(why: string, path: string): void {
  const what = `The OS keychain could not be used (${why}), so a new key was made in the file ${path}`;
  process.emitWarning(`${what}. LATCHKEY_KEYCHAIN=off does so without asking`, {
    type: 'LatchkeyWarning',
    code: 'LATCHKEY_KEYCHAIN',
  });
}
