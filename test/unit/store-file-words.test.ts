import { chmod, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFileStore } from '../../src/stores/file.ts';
import { rejection } from '../helpers/waiting.ts';

const key = Buffer.alloc(32, 1).toString('base64');
const forever = { expiresAtMs: null };
let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-words-'));
  vi.stubEnv('LATCHKEY_KEY', '');
  vi.stubEnv('LATCHKEY_KEYCHAIN', 'off');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

describe('what the file store says', () => {
  it('of an option that it does not know names those that it does', () => {
    // What plain JavaScript lets through.
    expect(() => createFileStore({ folder: root } as object)).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: 'createFileStore has no option folder; it knows directory, key, keyFile',
      }),
    );
  });

  it.each(['directory', 'keyFile'])('of a path that is none names it: %s', (name) => {
    expect(() => createFileStore({ [name]: '' })).toThrow(
      `createFileStore: ${name} is a path, a text that is not empty`,
    );
  });

  it('of a folder that cannot be used names what it could not do there', async () => {
    const directory = join(root, 'a-file', 'below');
    await writeFile(join(root, 'a-file'), '');
    const store = createFileStore({ directory, key });
    const told = async (attempt: Promise<unknown>) => {
      const error = await rejection(attempt);
      expect(error).toMatchObject({ reason: 'unavailable', cause: { message: expect.stringContaining('ENOTDIR') } });
      return error instanceof Error ? error.message : '';
    };
    const why = 'there is a file where a folder should be (ENOTDIR)';
    expect(await told(store.read('a'))).toMatch(`The file store could not read ${directory}/`);
    expect(await told(store.write('a', 'one', forever))).toBe(`The file store could not write to ${directory}: ${why}`);
    expect(await told(store.remove('a'))).toBe(`The file store could not remove from ${directory}: ${why}`);
    const locking = store.withLock('a', async () => {}, { waitMs: 0 });
    expect(await told(locking)).toBe(`The file store could not make ${directory}: ${why}`);
  });

  it('of itself is where it is, and who can read it', () => {
    expect(createFileStore({ directory: root, key }).describe?.()).toEqual({
      kind: 'file',
      location: root,
      protection: 'AES-256-GCM, files 0600; readable by whoever can read them and has the key from the key option',
    });
  });

  it('of its key file, where nobody chose one, is that of the user', () => {
    vi.stubEnv('XDG_CONFIG_HOME', '');
    const { protection } = createFileStore({ directory: root }).describe?.() ?? {};
    // Where whoever runs the tests has a key in the keychain, the file is not named.
    const file = join(homedir(), '.config', 'latchkey', 'store.key');
    expect(protection?.replace(/the OS keychain .*/, `the key file ${file}`)).toContain(
      `has the key from the key file ${file}`,
    );
  });
});

describe('the folder of a file store', () => {
  it('is not locked in where others can write to it', async () => {
    await chmod(root, 0o777);
    let hasRun = false;
    const task = async (): Promise<void> => {
      hasRun = true;
    };
    const locking = createFileStore({ directory: root, key }).withLock('a', task, { waitMs: 0 });
    expect(await rejection(locking)).toMatchObject({ reason: 'unsafe' });
    expect(hasRun).toBe(false);
    expect(await readdir(root)).toEqual([]);
  });

  it('is swept of half records at the first write of a process, not at each', async () => {
    const directory = join(root, 'state');
    await mkdir(directory, { mode: 0o700 });
    const longAgo = new Date(Date.now() - 7_200_000);
    const leave = async (name: string): Promise<void> => {
      await writeFile(join(directory, name), 'half');
      await utimes(join(directory, name), longAgo, longAgo);
    };
    const left = async () => (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
    const store = createFileStore({ directory, key });
    await leave('first.tmp');
    await store.read('a');
    expect(await left()).toEqual(['first.tmp']);
    await store.write('a', 'one', forever);
    expect(await left()).toEqual([]);
    await leave('second.tmp');
    await store.write('a', 'two', forever);
    expect(await left()).toEqual(['second.tmp']);
  });
});
