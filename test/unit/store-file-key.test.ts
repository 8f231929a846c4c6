import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import type { Keychain } from '../../src/stores/keychain.ts';
import { type OwnKey, openOwnKey } from '../../src/stores/store-key.ts';
import { createGate, rejection, settle } from '../helpers/waiting.ts';

let root = '';
let keyFile = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'latchkey-key-'));
  keyFile = join(root, 'config', 'latchkey', 'store.key');
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true, force: true });
});

/** A keychain whose entries and moods tests can see and change. */
interface FakeKeychain extends Keychain {
  readonly entries: Map<string, string>;
  readonly asked: string[];
  absence: string | null;
  /** What comes before each answer; a rejection is the answer. */
  before: (operation: string) => Promise<void>;
}
function createFakeKeychain(): FakeKeychain {
  const entries = new Map<string, string>();
  const ask = async <T>(operation: string, answer: () => T): Promise<T> => {
    keychain.asked.push(operation);
    await keychain.before(operation);
    return answer();
  };
  const keychain: FakeKeychain = {
    entries,
    asked: [],
    absence: null,
    before: async () => {},
    whyNot: () => keychain.absence,
    get: (account) => ask('get', () => entries.get(account) ?? null),
    set: (account, secret) => ask('set', () => void entries.set(account, secret)),
    remove: (account) => ask('remove', () => void entries.delete(account)),
  };
  return keychain;
}
const failing = (message: string) => async (): Promise<void> => {
  throw new Error(message);
};
/** What tells one key from another. */
const markOf = async (key: OwnKey): Promise<string> => (await key.sealer()).digest('mark');
const told = (): Promise<string> => readFile(keyFile, 'utf8');
const warnings = () => vi.spyOn(process, 'emitWarning').mockImplementation(() => {});

describe('a store that has no key yet', () => {
  it('gets one in the keychain; its key file only names the entry', async () => {
    const keychain = createFakeKeychain();
    const key = openOwnKey(keyFile, keychain);
    const mark = await markOf(key);
    const [[account = '', secret = ''] = []] = keychain.entries;
    expect(keychain.entries.size).toBe(1);
    expect(Buffer.from(secret, 'base64')).toHaveLength(32);
    expect(JSON.parse(await told())).toEqual({ v: 1, keychain: 'latchkey', account, host: hostname() });
    expect(((await stat(keyFile)).mode & 0o777).toString(8)).toBe('600');
    expect(key.from()).toBe(`the OS keychain (service latchkey, account ${account})`);
    expect(await markOf(openOwnKey(keyFile, keychain))).toBe(mark);
  });

  it('asks for it once, however many need it at once, and however often', async () => {
    const keychain = createFakeKeychain();
    await markOf(openOwnKey(keyFile, keychain));
    keychain.asked.length = 0;
    const key = openOwnKey(keyFile, keychain);
    expect(new Set(await Promise.all(Array.from({ length: 5 }, () => markOf(key)))).size).toBe(1);
    await markOf(key);
    expect(keychain.asked).toEqual(['get']);
  });

  it('gets one key, in one entry, from all who begin at once', async () => {
    const keychain = createFakeKeychain();
    const keys = Array.from({ length: 8 }, () => openOwnKey(keyFile, keychain));
    const marks = await Promise.all(keys.map(markOf));
    expect(new Set(marks).size).toBe(1);
    expect(keychain.entries.size).toBe(1);
    expect(keychain.asked.filter((operation) => operation === 'set')).toHaveLength(1);
  });

  it('gets one in the file where there is no keychain, without a word', async () => {
    const warned = warnings();
    const keychain = createFakeKeychain();
    keychain.absence = 'the package is not installed';
    const key = openOwnKey(keyFile, keychain);
    const mark = await markOf(key);
    expect(Buffer.from(await told(), 'base64')).toHaveLength(32);
    expect(key.from()).toBe(`the key file ${keyFile}`);
    expect(await readdir(dirname(keyFile))).toEqual(['store.key']);
    expect([warned.mock.calls, keychain.asked]).toEqual([[], []]);
    keychain.absence = null;
    expect(await markOf(openOwnKey(keyFile, keychain))).toBe(mark);
    expect(keychain.asked).toEqual([]);
  });

  it('gets one in the file where the keychain fails, and says so once; it stays there when the keychain is back', async () => {
    const warned = warnings();
    const keychain = createFakeKeychain();
    keychain.before = failing('the collection is locked');
    const mark = await markOf(openOwnKey(keyFile, keychain));
    expect(Buffer.from(await told(), 'base64')).toHaveLength(32);
    expect(warned).toHaveBeenCalledOnce();
    const [message, options] = warned.mock.calls[0] ?? [];
    expect(message).toContain('the collection is locked');
    expect(message).toContain(keyFile);
    expect(options).toEqual({ type: 'LatchkeyWarning', code: 'LATCHKEY_KEYCHAIN' });
    keychain.before = async () => {};
    const key = openOwnKey(keyFile, keychain);
    expect(await markOf(key)).toBe(mark);
    expect(key.from()).toBe(`the key file ${keyFile}`);
    expect(keychain.entries.size).toBe(0);
    expect(warned).toHaveBeenCalledOnce();
  });

  it('takes the key of somebody who made one in the file meanwhile, and leaves none in the keychain', async () => {
    const keychain = createFakeKeychain();
    const asked = createGate();
    keychain.before = async (operation) => {
      if (operation === 'set') await asked.passed;
    };
    const opening = markOf(openOwnKey(keyFile, keychain));
    while (keychain.asked.length === 0) await settle();
    const without = openOwnKey(keyFile, {
      ...createFakeKeychain(),
      whyNot: () => 'LATCHKEY_KEYCHAIN=off turns it off',
    });
    const mark = await markOf(without);
    asked.open();
    expect(await opening).toBe(mark);
    expect(keychain.entries.size).toBe(0);
  });

  it('puts nothing into the keychain where others can write to the folder of its key file', async () => {
    const keychain = createFakeKeychain();
    await mkdir(dirname(keyFile), { recursive: true });
    await chmod(dirname(keyFile), 0o777);
    expect(await rejection(markOf(openOwnKey(keyFile, keychain)))).toMatchObject({ reason: 'unsafe' });
    expect(keychain.asked).toEqual([]);
  });

  it('says where its key will be, and makes none for that', async () => {
    const keychain = createFakeKeychain();
    const key = openOwnKey(keyFile, keychain);
    expect(key.from()).toBe(`the OS keychain if it can be used, else the key file ${keyFile}`);
    keychain.absence = 'the package is not installed';
    expect(key.from()).toBe(`the key file ${keyFile}`);
    expect(await readdir(root)).toEqual([]);
    expect(keychain.asked).toEqual([]);
  });
});

describe('a store whose key is in the keychain', () => {
  /** A keychain that holds the key of the store, and what tells the key from others. */
  async function begin() {
    const keychain = createFakeKeychain();
    const running = openOwnKey(keyFile, keychain);
    return { keychain, running, mark: await markOf(running), text: await told() };
  }

  it.each([
    ['locked', { before: failing('it is locked') }, 'it is locked'],
    ['without its package', { absence: 'no package' }, 'no package'],
    ['turned off', { absence: 'LATCHKEY_KEYCHAIN=off' }, 'KEYCHAIN=off'],
  ])('makes no second one while the keychain is %s, and uses the first when it is back', async (_, mood, why) => {
    const warned = warnings();
    const { keychain, mark, text } = await begin();
    Object.assign(keychain, mood);
    const key = openOwnKey(keyFile, keychain);
    const error = await rejection(key.sealer());
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ reason: 'unavailable', message: expect.stringContaining(why) });
    expect(String(error)).toContain(keyFile);
    expect(key.from()).toContain('the OS keychain');
    expect(await told()).toBe(text);
    keychain.before = async () => {};
    keychain.absence = null;
    expect(await markOf(key)).toBe(mark);
    expect(keychain.entries.size).toBe(1);
    expect(warned).not.toHaveBeenCalled();
  });

  it('goes on with it while it runs, whatever becomes of the keychain or the folder', async () => {
    const { keychain, running, mark } = await begin();
    keychain.before = failing('it is locked');
    expect(await markOf(running)).toBe(mark);
    await rm(dirname(keyFile), { recursive: true });
    await writeFile(dirname(keyFile), 'no folder');
    expect(await markOf(running)).toBe(mark);
  });

  it.each([
    ['is gone', []],
    ['holds something else', ['hello']],
  ])('gets another when the entry %s, one for all', async (_, left) => {
    const { keychain, running, mark, text } = await begin();
    const [account = ''] = keychain.entries.keys();
    keychain.entries.clear();
    for (const text of left) keychain.entries.set(account, text);
    const marks = await Promise.all(Array.from({ length: 4 }, () => markOf(openOwnKey(keyFile, keychain))));
    expect(new Set(marks).size).toBe(1);
    expect(marks).not.toContain(mark);
    expect(await told()).not.toBe(text);
    expect(keychain.asked.filter((operation) => operation === 'set')).toHaveLength(2);
    // Those that run change with the others, or they would write over each other's records.
    expect(await markOf(running)).toBe(marks[0]);
  });

  it('gets another when the entry holds another key', async () => {
    const { keychain, mark, text } = await begin();
    for (const name of keychain.entries.keys()) keychain.entries.set(name, Buffer.alloc(32, 9).toString('base64'));
    expect(await markOf(openOwnKey(keyFile, keychain))).not.toBe(mark);
    expect(await told()).toBe(text);
  });

  it('keeps the name of an entry that is gone as long as no other can be made', async () => {
    const { keychain, text } = await begin();
    keychain.entries.clear();
    keychain.before = async (operation) => {
      if (operation === 'set') throw new Error('read only');
    };
    const error = await rejection(openOwnKey(keyFile, keychain).sealer());
    expect(error).toMatchObject({ reason: 'unavailable', message: expect.stringMatching(/gone.*read only/) });
    expect(await told()).toBe(text);
  });

  it('makes none where the entry is of another host', async () => {
    const { keychain, text } = await begin();
    keychain.entries.clear();
    await writeFile(keyFile, text.replace(hostname(), 'another-host'));
    const error = await rejection(openOwnKey(keyFile, keychain).sealer());
    expect(error).toMatchObject({ reason: 'unavailable', message: expect.stringContaining('another-host') });
    expect(String(error)).toContain('LATCHKEY_KEY');
    expect(keychain.entries.size).toBe(0);
  });

  it('reads it under any name of the host: laptops change theirs', async () => {
    const { keychain, mark, text } = await begin();
    await writeFile(keyFile, text.replace(hostname(), 'another-host'));
    expect(await markOf(openOwnKey(keyFile, keychain))).toBe(mark);
  });

  it('waits for its answer for a while only, then nobody does until it has come', async () => {
    const { keychain, mark } = await begin();
    const password = createGate();
    keychain.before = () => password.passed;
    keychain.asked.length = 0;
    const key = openOwnKey(keyFile, keychain, 50);
    const error = await rejection(key.sealer());
    expect(error).toMatchObject({ reason: 'unavailable', message: expect.stringContaining('no answer within 50 ms') });
    expect(await rejection(key.sealer())).toBe(error);
    password.open();
    await settle(20);
    expect(await markOf(key)).toBe(mark);
    expect(keychain.asked).toEqual(['get']);
  });

  it('asks again when what it waited for came to nothing', async () => {
    const { keychain, mark } = await begin();
    const password = createGate();
    keychain.before = () => password.passed;
    const key = openOwnKey(keyFile, keychain, 50);
    await rejection(key.sealer());
    password.break(new Error('dismissed'));
    await settle(20);
    keychain.before = async () => {};
    expect(await markOf(key)).toBe(mark);
  });
});

describe('a key file', () => {
  it('that is replaced changes the key of all, and one that is removed is made anew', async () => {
    const keychain = createFakeKeychain();
    keychain.absence = 'the package is not installed';
    const key = openOwnKey(keyFile, keychain);
    const mark = await markOf(key);
    await writeFile(keyFile, `${Buffer.alloc(32, 9).toString('hex')}\n`);
    const second = await markOf(key);
    await rm(keyFile);
    const third = await markOf(key);
    expect(new Set([mark, second, third]).size).toBe(3);
  });

  it.each([
    ['no key', 'hello'],
    ['nothing', ''],
    ['the entry of a later version', '{"v":2,"keychain":"latchkey","account":"a","host":"b"}'],
    ['an entry without a name', '{"v":1,"keychain":"latchkey","host":"b"}'],
    ['an entry without a host', '{"v":1,"keychain":"latchkey","account":"a"}'],
    ['something else in JSON', 'null'],
  ])('that holds %s is left as it is, and told of', async (_, text) => {
    const keychain = createFakeKeychain();
    await mkdir(dirname(keyFile), { recursive: true, mode: 0o700 });
    await writeFile(keyFile, text, { mode: 0o600 });
    const error = await rejection(openOwnKey(keyFile, keychain).sealer());
    expect(error).toMatchObject({ code: 'ERR_STORE', reason: 'unavailable' });
    expect(String(error)).toContain(keyFile);
    if (text) expect(String(error)).not.toContain(text);
    expect(await told()).toBe(text);
    expect(keychain.asked).toEqual([]);
  });
});
