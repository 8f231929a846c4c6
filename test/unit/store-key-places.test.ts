import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSealer, type Sealer } from '../../src/stores/encrypted.ts';
import { createFileLocks } from '../../src/stores/file-lock.ts';
import { entryText, openKeyFile } from '../../src/stores/key-file.ts';
import type { Keychain } from '../../src/stores/keychain.ts';
import { givenKey, openOwnKey } from '../../src/stores/store-key.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

const key = Buffer.alloc(32, 7);
let root = '';
let keyFile = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-places-'));
  keyFile = join(root, 'latchkey', 'store.key');
  await mkdir(dirname(keyFile), { mode: 0o700 });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

const holds = (text: string): Promise<void> => writeFile(keyFile, text, { mode: 0o600 });
/** A keychain that notes what it is asked, and has the key under every name unless told otherwise. */
function keychainOf(asked: string[], get: Keychain['get'] = async () => key.toString('base64')): Keychain {
  const note = async (operation: string): Promise<void> => void asked.push(operation);
  return {
    whyNot: () => null,
    get: async (account) => {
      await note('get');
      return get(account);
    },
    set: () => note('set'),
    remove: () => note('remove'),
  };
}

describe('a key that is given', () => {
  it.each([
    ['The key option', 'short', 'sh0rt'],
    ['LATCHKEY_KEY', undefined, 'sh0rt'],
  ])('and is none is told of by its name: %s', (name, option, set) => {
    vi.stubEnv('LATCHKEY_KEY', set);
    expect(() => givenKey(option)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(`^${name} must`) }),
    );
  });
});

describe('the key file', () => {
  it('tells where the key is, to whoever waits and to whoever only has a glance', async () => {
    const file = openKeyFile(keyFile);
    expect([await file.read(), file.glance(), await file.stamp()]).toEqual([null, null, null]);
    await holds(entryText('one'));
    expect(await file.read()).toEqual({ kind: 'keychain', account: 'one', host: hostname() });
    expect(file.glance()).toEqual({ kind: 'keychain', account: 'one' });
    await holds(key.toString('hex'));
    expect(await file.read()).toEqual({ kind: 'file', key });
    expect(file.glance()).toEqual({ kind: 'file' });
  });

  it('where it cannot be used says what could not be done', async () => {
    await writeFile(join(root, 'a-file'), '');
    const path = join(root, 'a-file', 'latchkey', 'store.key');
    const file = openKeyFile(path);
    const told = async (attempt: Promise<unknown>) => {
      const error = await rejection(attempt);
      expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
      return error instanceof Error ? error.message : '';
    };
    const why = ': there is a file where a folder should be (ENOTDIR)';
    expect(await told(file.stamp())).toBe(`The file store could not look at ${path}${why}`);
    expect(await told(file.read())).toBe(`The file store could not read ${path}${why}`);
    expect(await told(file.makeFolder())).toBe(`The file store could not make the folder of ${path}${why}`);
    expect(await told(file.makeOnce('text'))).toBe(`The file store could not make the key file ${path}${why}`);
    expect(await told(file.replace('text'))).toBe(`The file store could not replace the key file ${path}${why}`);
  });
});

describe('a key in the keychain', () => {
  it('that cannot be read is told of with what the keychain said as the cause', async () => {
    await holds(entryText('one'));
    const cause = new Error('the collection is locked');
    const error = await rejection(
      openOwnKey(
        keyFile,
        keychainOf([], () => Promise.reject(cause)),
      ).sealer(),
    );
    expect(error).toMatchObject({ cause: { message: 'the collection is locked' } });
  });

  it('that may not be asked for is told of without a cause: nothing has failed', async () => {
    await holds(entryText('one'));
    const error = await rejection(openOwnKey(keyFile, { ...keychainOf([]), whyNot: () => 'it is off' }).sealer());
    expect(error).toMatchObject({
      message: `The key of this store is in the OS keychain (service latchkey, account one), as ${keyFile} says, but it is off`,
    });
    expect(error).not.toHaveProperty('cause');
  });

  it('that is gone each time it is made is made twice, and no more', async () => {
    const asked: string[] = [];
    const error = await rejection(
      openOwnKey(
        keyFile,
        keychainOf(asked, async () => null),
      ).sealer(),
    );
    expect(error).toMatchObject({
      code: 'ERR_STORE',
      reason: 'unavailable',
      message: `The key of this store was made, and is gone again (${keyFile})`,
    });
    expect(asked).toEqual(['set', 'get', 'set']);
  });

  it('that does not come in time is told of, with what may hold it up', async () => {
    await holds(entryText('one'));
    const error = await rejection(
      openOwnKey(
        keyFile,
        keychainOf([], () => new Promise(() => {})),
        20,
      ).sealer(),
    );
    expect(error).toMatchObject({
      message:
        `The OS keychain, for the key that ${keyFile} names, gave no answer within 20 ms: ` +
        'it may be locked, or be asking for a password (LATCHKEY_KEYCHAIN=off does without it)',
    });
  });

  it('keeps the process alive as long as it is waited for', async () => {
    await holds(entryText('one'));
    const gate = createGate();
    const asked: string[] = [];
    const keychain = keychainOf(asked, () => gate.passed.then(() => key.toString('base64')));
    const waiting = openOwnKey(keyFile, keychain, 60_000).sealer();
    while (asked.length === 0) await settle();
    // Node lists only what keeps the process alive.
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const during = timers();
    gate.open();
    await waiting;
    expect(timers()).toBe(during - 1);
  });

  it('is not waited for once the file itself holds one', async () => {
    await holds(entryText('one'));
    const gate = createGate();
    const asked: string[] = [];
    const keychain = keychainOf(asked, () => gate.passed.then(() => key.toString('base64')));
    const own = openOwnKey(keyFile, keychain);
    const waiting = own.sealer();
    while (asked.length === 0) await settle();
    const other = Buffer.alloc(32, 9);
    await holds(other.toString('base64'));
    expect((await own.sealer()).digest('mark')).toBe(createSealer(other).digest('mark'));
    gate.open();
    expect((await waiting).digest('mark')).toBe(createSealer(key).digest('mark'));
  });

  it('is not for ever waited for behind somebody who is making it: later calls try anew', async () => {
    const held = await createFileLocks().take(`${keyFile}.lock`, { waitMs: 0 });
    const own = openOwnKey(keyFile, keychainOf([]), 20);
    try {
      const first = await rejection(own.sealer());
      expect(first).toMatchObject({ code: 'ERR_STORE' });
      while ((await rejection(own.sealer())) === first) await settle();
    } finally {
      await held.release();
    }
    let sealer: Sealer | undefined;
    while (!sealer) sealer = await own.sealer().catch(() => undefined);
    expect(sealer.digest('mark')).toBe(createSealer(key).digest('mark'));
  });
});
