import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { badArgument, refuseUnknownOptions } from '../errors.ts';
import { createFileLocks } from './file-lock.ts';
import { fileWork, ignoring, makeFolder, readPrivate, replaceFile, sweepFolder } from './files.ts';
import { homeFolder } from './home-folders.ts';
import { openKeychain } from './keychain.ts';
import { tellOfNetwork } from './network-folder.ts';
import { createProcessLocks } from './process-locks.ts';
import type { SessionStore } from './store.ts';
import { givenKey, type OwnKey, openOwnKey } from './store-key.ts';

/** Options of {@link createFileStore}. */
export interface FileStoreOptions {
  /** Folder of the records, made with mode 0700. @default `latchkey` in `$XDG_STATE_HOME` or `~/.local/state` */
  readonly directory?: string;
  /** 32 bytes in base64 or hex. @default `$LATCHKEY_KEY`, else one that is made at first use, in the OS keychain or the key file */
  readonly key?: string;
  /**
   * File that holds the key, or says which entry of the OS keychain does; made with mode 0600 at first use.
   * @default `latchkey/store.key` in `$XDG_CONFIG_HOME` or `~/.config`
   */
  readonly keyFile?: string;
}

/**
 * Makes a store of encrypted files, one a record: AES-256-GCM, files 0600 in a folder 0700, replaced atomically. No file
 * is read or made before the first use. Its locks hold between processes, and between hosts that share the folder.
 * @throws TypeError with code `ERR_KEY` if the key option or `LATCHKEY_KEY` is none, `ERR_OPTION` for an option that it does not know,
 * a path that is none, or a `LATCHKEY_KEYCHAIN` that is neither `on` nor `off`, `ERR_HOME` where nothing says where the folder or the key is
 */
export function createFileStore(options: FileStoreOptions = {}): SessionStore {
  refuseUnknownOptions('createFileStore', options, { directory: true, key: true, keyFile: true } satisfies Record<
    keyof FileStoreOptions,
    true
  >);
  const { directory: chosen, keyFile: chosenKeyFile } = options;
  for (const [name, path] of Object.entries({ directory: chosen, keyFile: chosenKeyFile })) {
    if (path !== undefined && (typeof path !== 'string' || path === ''))
      throw badArgument('ERR_OPTION', `createFileStore: ${name} is a path, a text that is not empty`);
  }
  const directory = resolve(options.directory ?? homeFolder('XDG_STATE_HOME'));
  // Those of one process wait in a queue, and only the first in line asks the file system.
  const processLocks = createProcessLocks();
  const fileLocks = createFileLocks();
  let isSwept = false;
  const given = givenKey(options.key);
  const keychain = openKeychain();
  const own: OwnKey = given
    ? { sealer: async () => given.sealer, from: () => given.from }
    : openOwnKey(resolve(options.keyFile ?? join(homeFolder('XDG_CONFIG_HOME'), 'store.key')), keychain);
  const nameOf = (key: string): string => createHash('sha256').update(key).digest('hex').slice(0, 40);
  const pathOf = (key: string): string => join(directory, `${nameOf(key)}.record`);
  const replace = async (key: string, value: string, mayReplace?: () => Promise<void>): Promise<void> => {
    const sealer = await own.sealer();
    await fileWork(`write to ${directory}`, async () => {
      await makeFolder(directory);
      await replaceFile(pathOf(key), sealer.seal(key, value), mayReplace);
      if (isSwept) return;
      isSwept = true;
      await tellOfNetwork(directory);
      await sweepFolder(directory);
    });
  };

  const store: SessionStore = {
    async read(key) {
      const sealed = await readPrivate(pathOf(key));
      return sealed === null ? null : (await own.sealer()).open(key, sealed);
    },
    write: (key, value) => replace(key, value),
    async remove(key) {
      await fileWork(`remove from ${directory}`, () => unlink(pathOf(key)).catch(ignoring('ENOENT')));
    },
    withLock(key, task, { signal, waitMs }) {
      const deadline = performance.now() + waitMs;
      const alone = async () => {
        await fileWork(`make ${directory}`, () => makeFolder(directory));
        const leftMs = Math.max(0, deadline - performance.now());
        const held = await fileLocks.take(join(directory, 'locks', nameOf(key)), { signal, waitMs: leftMs });
        try {
          return await task({
            signal: held.signal,
            write: (written, value) => replace(written, value, held.check),
          });
        } finally {
          await held.release();
        }
      };
      return processLocks.run(key, alone, { signal, waitMs });
    },
    async digest(text) {
      return (await own.sealer()).digest(text);
    },
    describe() {
      return {
        kind: 'file',
        location: directory,
        protection: `AES-256-GCM, files 0600; readable by whoever can read them and has the key from ${own.from()}`,
      };
    },
  };
  return store;
}
