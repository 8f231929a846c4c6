import { randomBytes } from 'node:crypto';
import { link, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSealer, parseKey, type Sealer } from './encrypted.ts';
import { fileWork, ignoring, makeFolder, readPrivate, writeBeside } from './files.ts';

/** The key that a caller or the environment says, and which of them it was. */
export function givenKey(option: string | undefined): { readonly sealer: Sealer; readonly from: string } | undefined {
  if (option !== undefined) return { sealer: createSealer(parseKey(option, 'The key option')), from: 'the key option' };
  const { LATCHKEY_KEY: set } = process.env;
  return set ? { sealer: createSealer(parseKey(set, 'LATCHKEY_KEY')), from: 'LATCHKEY_KEY' } : undefined;
}

/** The key of a 0600 file, made at first use. @throws StoreError if it cannot be read or made, or others can read it; TypeError with code `ERR_KEY` if it holds no key */
export async function readOrMakeKeyFile(keyFile: string): Promise<Buffer> {
  const existing = await readPrivate(keyFile);
  if (existing !== null) return parseKey(existing, keyFile);
  return fileWork(`make the key file ${keyFile}`, async () => {
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
