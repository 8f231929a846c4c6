import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import { storeContract } from '../../src/stores/contract.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { createFakeService, openKeeper } from '../helpers/fake-service.ts';
import { rejection } from '../helpers/waiting.ts';

const keys = { a: Buffer.alloc(32, 1).toString('base64'), b: Buffer.alloc(32, 2).toString('base64') };
const forever = { expiresAtMs: null };
const folders: string[] = [];
/** A folder of its own, and the paths of a store in it that does not exist yet. */
async function place(): Promise<{ root: string; directory: string; keyFile: string }> {
  const root = await mkdtemp(join(tmpdir(), 'latchkey-'));
  folders.push(root);
  return { root, directory: join(root, 'state', 'latchkey'), keyFile: join(root, 'config', 'latchkey', 'store.key') };
}
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  vi.stubEnv('LATCHKEY_KEY', '');
  // These are about the key file; that of whoever runs them is left alone.
  vi.stubEnv('LATCHKEY_KEYCHAIN', 'off');
});
afterEach(() => vi.unstubAllEnvs());

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
/** The names of the records, and of what is left of records. */
const recordsIn = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name !== 'locks');
const onlyRecord = async (directory: string): Promise<string> => {
  const names = await recordsIn(directory);
  expect(names).toHaveLength(1);
  return join(directory, names[0] ?? '');
};

const onlyRecords = async (directory: string): Promise<string[]> =>
  Promise.all((await recordsIn(directory)).sort().map((name) => readFile(join(directory, name), 'utf8')));

describe('the file store is one of which', () => {
  const open = async () => {
    const { directory, keyFile } = await place();
    return { store: createFileStore({ directory, keyFile }), reopened: createFileStore({ directory, keyFile }) };
  };
  it.each(storeContract)('$name', ({ run }) => run(open));
});

describe('the file store on disk', () => {
  it('makes nothing until it is used, and reading makes no record', async () => {
    const { root, directory, keyFile } = await place();
    const store = createFileStore({ directory, keyFile });
    store.describe?.();
    expect(await readdir(root)).toEqual([]);
    expect(await store.read('session-v1-a')).toBeNull();
    expect(await readdir(root)).toEqual([]);
  });

  // Only a whole process has an umask to be set.
  it.runIf(isMainThread)('makes folders 0700 and files 0600, whatever the umask', async () => {
    const { root, directory, keyFile } = await place();
    const before = process.umask(0);
    try {
      await createFileStore({ directory, keyFile }).write('session-v1-a', 'one', forever);
    } finally {
      process.umask(before);
    }
    expect(await modeOf(directory)).toBe('700');
    expect(await modeOf(join(root, 'state'))).toBe('700');
    expect(await modeOf(join(root, 'config', 'latchkey'))).toBe('700');
    expect(await modeOf(await onlyRecord(directory))).toBe('600');
    expect(await modeOf(keyFile)).toBe('600');
  });

  it('replaces a record by a new file, and leaves nothing else behind', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-a', 'one', forever);
    const path = await onlyRecord(directory);
    const before = await stat(path);
    await store.write('session-v1-a', 'two', forever);
    expect(await onlyRecord(directory)).toBe(path);
    expect((await stat(path)).ino).not.toBe(before.ino);
  });

  it('writes nothing readable: neither the value nor the key’s name', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-of-ada', 's3cret-value', forever);
    const path = await onlyRecord(directory);
    const text = await readFile(path, 'utf8');
    for (const form of ['s3cret-value', Buffer.from('s3cret-value').toString('base64'), 'of-ada']) {
      expect(text).not.toContain(form);
      expect(path).not.toContain(form);
    }
  });

  it('seals each write anew: the same value never looks the same', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    const seen = new Set<string>();
    for (let n = 0; n < 5; n += 1) {
      await store.write('session-v1-a', 'same', forever);
      seen.add(await readFile(await onlyRecord(directory), 'utf8'));
    }
    expect(seen.size).toBe(5);
  });

  it('removes the file', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-a', 'one', forever);
    await store.remove('session-v1-a');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('a record that the file store cannot read', () => {
  const spoilt: Array<[string, (path: string) => Promise<void>]> = [
    ['cut short', async (path) => writeFile(path, (await readFile(path, 'utf8')).slice(0, -6))],
    ['changed in one byte', async (path) => writeFile(path, flipped(await readFile(path, 'utf8')))],
    ['empty', (path) => writeFile(path, '')],
    ['plain text', (path) => writeFile(path, '{"v":1,"secret":"s3cret"}')],
    ['of a later format', async (path) => writeFile(path, (await readFile(path, 'utf8')).replace('-1.', '-2.'))],
  ];
  it.each(spoilt)('because it is %s says so, and not what was in it', async (_, spoil) => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-a', 's3cret-value', forever);
    await spoil(await onlyRecord(directory));
    const error = await rejection(store.read('session-v1-a'));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'unreadable', retryable: false });
    expect(String(error)).not.toContain('s3cret');
  });

  it('because it was written with another key', async () => {
    const { directory } = await place();
    await createFileStore({ directory, key: keys.a }).write('session-v1-a', 'one', forever);
    const other = createFileStore({ directory, key: keys.b });
    expect(await rejection(other.read('session-v1-a'))).toMatchObject({ reason: 'unreadable' });
  });

  it('because it is another identity’s, put in its place', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-bob', 'of bob', forever);
    const path = await onlyRecord(directory);
    await store.write('session-v1-ada', 'of ada', forever);
    const names = await readdir(directory);
    const adas = join(directory, names.find((name) => join(directory, name) !== path) ?? '');
    await copyFile(path, adas);
    expect(await rejection(store.read('session-v1-ada'))).toMatchObject({ reason: 'unreadable' });
  });

  it('because others can read it is refused until somebody looks at it', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-a', 'one', forever);
    const path = await onlyRecord(directory);
    for (const mode of [0o640, 0o604, 0o666]) {
      await chmod(path, mode);
      const error = await rejection(store.read('session-v1-a'));
      expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unsafe' });
      expect(String(error)).toContain(path);
    }
    await store.write('session-v1-a', 'two', forever);
    expect(await modeOf(path)).toBe('600');
    expect(await store.read('session-v1-a')).toBe('two');
  });
});

describe('the key of the file store', () => {
  it('is made at the first write, and is the same for everybody afterwards', async () => {
    const { directory, keyFile } = await place();
    const stores = Array.from({ length: 10 }, () => createFileStore({ directory, keyFile }));
    await Promise.all(stores.map((store, n) => store.write(`session-v1-${n}`, `value ${n}`, forever)));
    const fresh = createFileStore({ directory, keyFile });
    for (let n = 0; n < 10; n += 1) expect(await fresh.read(`session-v1-${n}`)).toBe(`value ${n}`);
    expect(await readdir(join(keyFile, '..'))).toEqual(['store.key']);
    expect(Buffer.from(await readFile(keyFile, 'utf8'), 'base64')).toHaveLength(32);
  });

  it('in a file that others can read is refused', async () => {
    const { directory, keyFile } = await place();
    await createFileStore({ directory, keyFile }).write('session-v1-a', 'one', forever);
    await chmod(keyFile, 0o644);
    const error = await rejection(createFileStore({ directory, keyFile }).read('session-v1-a'));
    expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unsafe' });
  });

  it.each([
    ['base64', Buffer.alloc(32, 7).toString('base64')],
    ['base64url', Buffer.alloc(32, 251).toString('base64url')],
    ['hex', Buffer.alloc(32, 7).toString('hex')],
    ['base64 with a line end', `${Buffer.alloc(32, 7).toString('base64')}\n`],
  ])('may be given in %s', async (_, key) => {
    const { directory } = await place();
    await createFileStore({ directory, key }).write('session-v1-a', 'one', forever);
    expect(await createFileStore({ directory, key }).read('session-v1-a')).toBe('one');
  });

  it.each([
    ['too short', 'c2hvcnQ='],
    ['no key at all', 'my-very-secret-passphrase'],
    ['empty', ''],
    ['base64 with something else in it', `${Buffer.alloc(33, 7).toString('base64').slice(0, 42)}!!`],
    ['one byte too long', Buffer.alloc(33, 7).toString('base64')],
  ])('that is %s is a bad argument when the store is made, and is not shown', async (_, key) => {
    const { directory } = await place();
    const error = await rejection((async () => createFileStore({ directory, key }))());
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ code: 'ERR_KEY' });
    if (key) expect(String(error)).not.toContain(key);
  });

  it('from LATCHKEY_KEY goes before the key file, and the option before both; status says which', async () => {
    const { directory, keyFile } = await place();
    vi.stubEnv('LATCHKEY_KEY', keys.a);
    const store = createFileStore({ directory, keyFile });
    await store.write('session-v1-a', 'one', forever);
    await expect(stat(keyFile)).rejects.toThrow('ENOENT');
    expect(store.describe?.().protection).toContain('LATCHKEY_KEY');
    expect(await createFileStore({ directory, key: keys.a }).read('session-v1-a')).toBe('one');
    const other = createFileStore({ directory, key: keys.b });
    expect(other.describe?.().protection).toContain('key option');
    expect(await rejection(other.read('session-v1-a'))).toMatchObject({ reason: 'unreadable' });
    vi.stubEnv('LATCHKEY_KEY', '');
    expect(createFileStore({ directory, keyFile }).describe?.().protection).toContain(keyFile);
  });

  it('is never shown by the store', async () => {
    const { directory } = await place();
    const store = createFileStore({ directory, key: keys.a });
    await store.write('session-v1-a', 'one', forever);
    expect(JSON.stringify([store, store.describe?.()])).not.toContain(keys.a);
  });
});

describe('where the file store is', () => {
  it('follows the XDG variables, unless they are relative', async () => {
    const { root } = await place();
    vi.stubEnv('XDG_STATE_HOME', join(root, 'xdg-state'));
    vi.stubEnv('XDG_CONFIG_HOME', join(root, 'xdg-config'));
    const store = createFileStore();
    await store.write('session-v1-a', 'one', forever);
    expect(await readdir(join(root, 'xdg-state', 'latchkey'))).toHaveLength(1);
    expect(await readdir(join(root, 'xdg-config', 'latchkey'))).toEqual(['store.key']);
    vi.stubEnv('XDG_STATE_HOME', 'relative/state');
    expect(createFileStore().describe?.().location).toBe(join(homedir(), '.local', 'state', 'latchkey'));
  });

  it.each(['', 'somewhere'])('is never below a home folder that is relative: HOME=%j', async (home) => {
    const { root } = await place();
    for (const variable of ['XDG_STATE_HOME', 'XDG_CONFIG_HOME']) vi.stubEnv(variable, '');
    vi.stubEnv('HOME', home);
    expect(() => createFileStore()).toThrow(expect.objectContaining({ code: 'ERR_HOME' }));
    expect(() => createFileStore({ directory: root })).toThrow('set it, or XDG_CONFIG_HOME');
    // Whoever says both needs no home.
    const store = createFileStore({ directory: root, key: keys.a });
    await store.write('session-v1-a', 'one', forever);
    expect(await store.read('session-v1-a')).toBe('one');
  });
});

describe('a folder that cannot be used', () => {
  it('is a StoreError that says what could not be done where', async () => {
    const { root } = await place();
    const file = join(root, 'a-file');
    await writeFile(file, '');
    const store = createFileStore({ directory: join(file, 'below'), key: keys.a });
    for (const attempt of [() => store.write('session-v1-a', 'one', forever), () => store.read('session-v1-a')]) {
      const error = await rejection(attempt());
      expect(error).toBeInstanceOf(StoreError);
      expect(error).toMatchObject({ reason: 'unavailable', retryable: true });
      expect(String(error)).toContain(file);
    }
  });

  it('is told when it can be read only', async () => {
    const { root } = await place();
    await mkdir(join(root, 'locked'), { mode: 0o500 });
    // Modes do not stop the super-user, but even that one cannot make folders in /sys.
    const directory = process.getuid?.() === 0 ? '/sys/latchkey-test' : join(root, 'locked', 'state');
    const store = createFileStore({ directory, key: keys.a });
    expect(await rejection(store.write('session-v1-a', 'one', forever))).toMatchObject({ reason: 'unavailable' });
  });
});

describe('keepers on the file store', () => {
  it('share a session across store objects, as across processes', async () => {
    const service = createFakeService();
    const { directory, keyFile } = await place();
    await openKeeper(service, { store: createFileStore({ directory, keyFile }) }).keeper.get();
    const second = openKeeper(service, { store: createFileStore({ directory, keyFile }) });
    expect((await second.keeper.get()).secret).toBe('fake-secret-1');
    expect(second.heard()).toEqual(['adoption']);
  });

  it.each(spoiltForKeepers())('log in with a warning when the record is %s, and heal it', async (_, code, spoil) => {
    const service = createFakeService();
    const { directory } = await place();
    const open = (key = keys.a) => openKeeper(service, { store: createFileStore({ directory, key }) });
    await open().keeper.get();
    for (const name of await recordsIn(directory)) await spoil(join(directory, name));
    const second = open();
    expect((await second.keeper.get()).secret).toBe('fake-secret-2');
    expect(second.heard()).toContain(`warning:${code}`);
    const third = open();
    expect((await third.keeper.get()).secret).toBe('fake-secret-2');
    expect(third.heard()).toEqual(['adoption']);
  });

  it('log in with a warning when the record was sealed with another key', async () => {
    const service = createFakeService();
    const { directory } = await place();
    await openKeeper(service, { store: createFileStore({ directory, key: keys.a }) }).keeper.get();
    const { keeper, heard } = openKeeper(service, { store: createFileStore({ directory, key: keys.b }) });
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect(heard()).toContain('warning:record-unreadable');
  });

  it('stay on memory, and say why, while the key is in a keychain that cannot be used', async () => {
    const service = createFakeService();
    const { directory, keyFile } = await place();
    const open = (key?: string) =>
      openKeeper(service, { store: createFileStore({ directory, keyFile, ...(key ? { key } : {}) }) });
    // Whoever has the key writes the record.
    await open(keys.a).keeper.get();
    const record = await onlyRecords(directory);
    await mkdir(join(keyFile, '..'), { recursive: true, mode: 0o700 });
    const named = JSON.stringify({ v: 1, keychain: 'latchkey', account: 'store-key-0', host: hostname() });
    await writeFile(keyFile, named, { mode: 0o600 });
    const { keeper, heard, events } = open();
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    expect((await keeper.get()).secret).toBe('fake-secret-2');
    const why = 'LATCHKEY_KEYCHAIN=off turns it off';
    expect(heard()).toEqual(['warning:store-failed', 'login']);
    expect(events[0]).toMatchObject({ message: expect.stringContaining(why) });
    const { store, storeFailure } = await keeper.status();
    expect(store.protection).toContain('the OS keychain (service latchkey, account store-key-0)');
    expect(storeFailure).toContain(why);
    expect(await onlyRecords(directory)).toEqual(record);
    expect(await readFile(keyFile, 'utf8')).toBe(named);
  });

  it('stay on memory, with warnings, when folder and key file cannot be made', async () => {
    const service = createFakeService();
    const { root } = await place();
    const file = join(root, 'a-file');
    await writeFile(file, '');
    const store = createFileStore({ directory: join(file, 'state'), keyFile: join(file, 'store.key') });
    const { keeper, heard } = openKeeper(service, { store });
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    expect((await keeper.get()).secret).toBe('fake-secret-1');
    expect(service.counts.logins).toBe(1);
    expect(heard()).toContain('warning:store-failed');
  });
});

function spoiltForKeepers(): Array<[string, string, (path: string) => Promise<void>]> {
  return [
    ['damaged', 'record-unreadable', async (path) => writeFile(path, flipped(await readFile(path, 'utf8')))],
    ['empty', 'record-unreadable', (path) => writeFile(path, '')],
    ['readable by others', 'store-failed', (path) => chmod(path, 0o644)],
  ];
}

/** The text with one letter changed, near its end. */
function flipped(text: string): string {
  const at = text.length - 10;
  return text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
}

describe('the paths of a file store', () => {
  it.each([{ directory: '' }, { keyFile: '' }, { directory: 7 }])('are texts that are not empty, not %j', (options) => {
    // What plain JavaScript lets through; an empty one would mean the folder that a program happens to run in.
    expect(() => createFileStore(options as object)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION' }),
    );
  });
});
