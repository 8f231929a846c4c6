import { readFileSync } from 'node:fs';
import { link, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { StoreError } from '../errors.ts';
import { parseKey } from './encrypted.ts';
import { fileWork, ignoring, makeFolder, readPrivate, replaceFile, writeBeside } from './files.ts';
import { KEYCHAIN_SERVICE } from './keychain.ts';

/** Where the key of a store rests, as its key file tells: in the file itself, or in the OS keychain of a host. */
export type KeyPlace =
  | { readonly kind: 'file'; readonly key: Buffer }
  | { readonly kind: 'keychain'; readonly account: string; readonly host: string };

/**
 * The file that settles where a store's key is. It holds the key, or the name of the keychain's entry that does. It comes into being
 * once, by a link, so that no two processes ever begin with different keys, whatever each of them can reach.
 */
export interface KeyFile {
  /** Tells one state of the file from another; `null` if there is no file. */
  stamp(): Promise<string | null>;
  /** @throws StoreError if others can read the file, or it holds neither a key nor the name of an entry */
  read(): Promise<KeyPlace | null>;
  /** What kind of place it tells of, without leaving this turn of the event loop; `null` if there is no file to tell. */
  glance(): Pick<Extract<KeyPlace, { kind: 'keychain' }>, 'kind' | 'account'> | { readonly kind: 'file' } | null;
  /** Makes the folder of the file. @throws StoreError with reason `unsafe` if others can write to it */
  makeFolder(): Promise<void>;
  /** Makes the file, in a folder that may not be there; `false` if somebody else was faster. */
  makeOnce(text: string): Promise<boolean>;
  replace(text: string): Promise<void>;
}

/** The text of a key file that names an entry of this host's keychain. */
export function entryText(account: string): string {
  return `${JSON.stringify({ v: 1, keychain: KEYCHAIN_SERVICE, account, host: hostname() })}\n`;
}

/** Opens the key file at this path; it may not be there yet. */
export function openKeyFile(path: string): KeyFile {
  return {
    async stamp() {
      const found = await fileWork(`look at ${path}`, () => stat(path).catch(ignoring('ENOENT')));
      return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : null;
    },
    async read() {
      const text = await readPrivate(path);
      return text === null ? null : placeIn(text, path);
    },
    glance() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch {
        return null;
      }
      const entry = readEntry(text);
      return entry ? { kind: 'keychain', account: entry.account } : { kind: 'file' };
    },
    makeFolder: () => fileWork(`make the folder of ${path}`, () => makeFolder(dirname(path))),
    makeOnce: (text) =>
      fileWork(`make the key file ${path}`, async () => {
        await makeFolder(dirname(path));
        const made = await writeBeside(path, text);
        try {
          // A link fails where a rename would replace: of several processes that make a key at once, one wins for all.
          return (await link(made, path).then(() => true, ignoring('EEXIST'))) ?? false;
        } finally {
          await unlink(made);
        }
      }),
    replace: (text) => fileWork(`replace the key file ${path}`, () => replaceFile(path, text)),
  };
}

function placeIn(text: string, path: string): KeyPlace {
  const entry = readEntry(text);
  if (entry) return { kind: 'keychain', ...entry };
  try {
    return { kind: 'file', key: parseKey(text, path) };
  } catch {
    const what = `${path} holds no key that this version can read: 32 bytes in base64 or hex. Removing it makes a new key, at the price of a login`;
    throw new StoreError(what, { reason: 'unavailable' });
  }
}

function readEntry(text: string): { readonly account: string; readonly host: string } | undefined {
  try {
    const { v, account, host }: Partial<Record<string, unknown>> = { ...JSON.parse(text) };
    return v === 1 && typeof account === 'string' && typeof host === 'string' ? { account, host } : undefined;
  } catch {
    return undefined;
  }
}
