import { createHash, randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StoreError } from '../errors.ts';
import { createSealer, parseKey, type Sealer } from './encrypted.ts';
import { createProcessLocks } from './process-locks.ts';
import type { SessionStore } from './store.ts';

/** Options of {@link createFileStore}. */
export interface FileStoreOptions {
  /** Folder of the records, made with mode 0700. @default `latchkey` in `$XDG_STATE_HOME` or `~/.local/state` */
  readonly directory?: string;
  /** 32 bytes in base64 or hex. @default `$LATCHKEY_KEY`, else the key file */
  readonly key?: string;
  /** File that holds the key, made with mode 0600 at first use. @default `latchkey/store.key` in `$XDG_CONFIG_HOME` or `~/.config` */
  readonly keyFile?: string;
}

/**
 * Makes a store of encrypted files, one a record: AES-256-GCM, files 0600 in a folder 0700, replaced atomically. No file
 * is read or made before the first use. Within a process it locks; between processes the last writer wins.
 * @throws TypeError with code `ERR_KEY` if the key option or `LATCHKEY_KEY` is none
 */
export function createFileStore(options: FileStoreOptions = {}): SessionStore {
  const directory = resolve(options.directory ?? join(xdg('XDG_STATE_HOME', '.local/state'), 'latchkey'));
  const keyFile = resolve(options.keyFile ?? join(xdg('XDG_CONFIG_HOME', '.config'), 'latchkey', 'store.key'));
  const locks = createProcessLocks();
  const given = givenKey(options.key);
  let opening = given && Promise.resolve(given.sealer);
  const openKey = (): Promise<Sealer> => {
    opening ??= readOrMakeKeyFile(keyFile)
      .then(createSealer)
      .catch((error: unknown) => {
        opening = undefined;
        throw error;
      });
    return opening;
  };
  const pathOf = (key: string): string =>
    join(directory, `${createHash('sha256').update(key).digest('hex').slice(0, 40)}.record`);

  const store: SessionStore = {
    async read(key) {
      const sealed = await reading(pathOf(key));
      return sealed === null ? null : (await openKey()).open(key, sealed);
    },
    async write(key, value) {
      const sealer = await openKey();
      await attempt(`write to ${directory}`, async () => {
        await makeFolder(directory);
        await replaceFile(pathOf(key), sealer.seal(key, value));
      });
    },
    async remove(key) {
      await attempt(`remove from ${directory}`, () => unlink(pathOf(key)).catch(ignoring('ENOENT')));
    },
    withLock: (key, task, lock) => locks.run(key, (signal) => task({ signal, write: store.write }), lock),
    async digest(text) {
      return (await openKey()).digest(text);
    },
    describe() {
      const from = given?.from ?? `the key file ${keyFile} (0600)`;
      return {
        kind: 'file',
        location: directory,
        protection: `AES-256-GCM, files 0600; readable by whoever can read them and has the key from ${from}`,
      };
    },
  };
  return store;
}

function xdg(variable: string, fallback: string): string {
  const set = process.env[variable];
  // The XDG rules: a relative path in the variable counts as not set.
  return set?.startsWith('/') ? set : join(homedir(), fallback);
}

/** The key that a caller or the environment says, and which of them it was. */
function givenKey(option: string | undefined): { readonly sealer: Sealer; readonly from: string } | undefined {
  if (option !== undefined) return { sealer: createSealer(parseKey(option, 'The key option')), from: 'the key option' };
  const { LATCHKEY_KEY: set } = process.env;
  return set ? { sealer: createSealer(parseKey(set, 'LATCHKEY_KEY')), from: 'LATCHKEY_KEY' } : undefined;
}

async function readOrMakeKeyFile(keyFile: string): Promise<Buffer> {
  const existing = await reading(keyFile);
  if (existing !== null) return parseKey(existing, keyFile);
  return attempt(`make the key file ${keyFile}`, async () => {
    await makeFolder(dirname(keyFile));
    const made = await writeBeside(keyFile, `${randomBytes(32).toString('base64')}\n`);
    try {
      // A link fails where a rename would replace: of several processes that make a key at once, one wins for all.
      await link(made, keyFile).catch(ignoring('EEXIST'));
    } finally {
      await unlink(made);
    }
    return parseKey(await readFile(keyFile, 'utf8'), keyFile);
  });
}

async function makeFolder(path: string): Promise<void> {
  if (await mkdir(path, { recursive: true, mode: 0o700 })) await chmod(path, 0o700);
}

/** The text of a file that only its owner can read; `null` if there is none. */
async function reading(path: string): Promise<string | null> {
  return attempt(`read ${path}`, async () => {
    const found = await stat(path).catch(ignoring('ENOENT'));
    if (!found) return null;
    if (process.platform !== 'win32' && (found.mode & 0o077) !== 0) {
      throw new StoreError(
        `${path} can be read by others (mode ${(found.mode & 0o777).toString(8)}); it must be 0600`,
        { reason: 'unsafe' },
      );
    }
    return (await readFile(path, 'utf8').catch(ignoring('ENOENT'))) ?? null;
  });
}

/** A new file of mode 0600 in the same folder, on disk when this returns. */
async function writeBeside(path: string, text: string): Promise<string> {
  const temporary = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(text, 'utf8');
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(temporary).catch(ignoring('ENOENT'));
    throw error;
  }
  return temporary;
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = await writeBeside(path, text);
  try {
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(ignoring('ENOENT'));
    throw error;
  }
}

async function attempt<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || error instanceof TypeError) throw error;
    throw new StoreError(`The file store could not ${what}`, { reason: 'unavailable', cause: error });
  }
}

/** A handler that takes one error code as no error. */
function ignoring(code: string): (error: unknown) => undefined {
  return (error) => {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === code) return undefined;
    throw error;
  };
}
