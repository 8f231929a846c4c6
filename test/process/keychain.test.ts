import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LiveSandbox, openSandbox } from '../helpers/live-systems.ts';
import {
  buildKeychainProgram,
  canHaveNone,
  type Home,
  hasKeychain,
  type KeychainProgram,
  openHome,
} from './keychain.support.ts';

const IN_KEYCHAIN = 'the OS keychain (service latchkey, account store-key-';

let program: KeychainProgram;
let live: LiveSandbox;
let home: Home;
beforeAll(async () => {
  program = await buildKeychainProgram();
});
afterAll(() => program[Symbol.asyncDispose]());
beforeEach(async () => {
  live = await openSandbox();
  home = await openHome(program);
});
afterEach(async () => {
  // Fails if anything is left running.
  await home[Symbol.asyncDispose]();
  await live[Symbol.asyncDispose]();
});

const logins = () => live.sandbox.counts('pulse-crm').logins;
type Options = Parameters<Home['run']>[1];
const call = (options?: Options) => {
  const { directory, keyFile } = home;
  return home.run({ do: 'call', baseUrl: live.url, directory, keyFile }, options);
};
const accountNow = async (): Promise<string> => JSON.parse(await readFile(home.keyFile, 'utf8')).account;
const records = async (): Promise<string[]> => {
  const names = (await readdir(home.directory)).filter((name) => name.endsWith('.record'));
  return Promise.all(names.sort().map((name) => readFile(join(home.directory, name), 'utf8')));
};

describe.skipIf(!hasKeychain())('the OS keychain', { timeout: 60_000 }, () => {
  it('holds the key: another process adopts the session, and the disk has neither key nor session', async () => {
    await using login = await home.logIn('unlocked');
    const first = await call({ login });
    expect(first).toMatchObject({ answered: true, events: ['login'], storeFailure: null, code: 0, stderr: '' });
    expect(first.protection).toContain(IN_KEYCHAIN);
    const second = await call({ login });
    expect(second).toMatchObject({ answered: true, events: ['adoption'], secret: first.secret });
    expect(logins()).toBe(1);

    const { entries = [] } = await home.run({ do: 'entries' }, { login });
    expect(entries).toEqual([{ account: await accountNow(), password: expect.stringMatching(/^[\w+/]{43}=$/) }]);
    const onDisk = await home.texts();
    const key = entries[0]?.password ?? '';
    for (const secret of [key, Buffer.from(key, 'base64').toString('hex'), first.secret ?? '', 'apiKey-000000000001'])
      expect(onDisk).not.toContain(secret);
    expect(onDisk).not.toContain(Buffer.from(key, 'base64').toString('latin1'));
    expect((await stat(home.keyFile)).mode & 0o777).toBe(0o600);
  });

  it('gives eight processes that begin at once on a cold machine one key, and keeps one entry', async () => {
    await using login = await home.logIn('unlocked');
    const { directory, keyFile } = home;
    const eight = Array.from({ length: 8 }, () => home.run({ do: 'mark', directory, keyFile }, { login }));
    const marks = (await Promise.all(eight)).map(({ mark }) => mark);
    expect(new Set(marks).size).toBe(1);
    expect(marks[0]).toMatch(/^[\w-]{43}$/);
    const { entries } = await home.run({ do: 'entries' }, { login });
    expect(entries?.map(({ account }) => account)).toEqual([await accountNow()]);
  });

  it.each(['remove', 'change'] as const)('costs one login when somebody %ss the entry', async (what) => {
    await using login = await home.logIn('unlocked');
    await call({ login });
    await home.run({ do: what, account: await accountNow() }, { login });
    const next = await call({ login });
    expect(next).toMatchObject({ answered: true, storeFailure: null });
    // The session's record before the lock and under it, then the account's.
    expect(next.events).toEqual(['record-unreadable', 'record-unreadable', 'store-failed', 'login']);
    expect(next.protection).toContain(IN_KEYCHAIN);
    expect(await call({ login })).toMatchObject({ events: ['adoption'], secret: next.secret });
    expect(logins()).toBe(2);
  });

  it.each(['locked', 'gone with the message bus'] as const)(
    'that was used before and is %s leaves the process on memory; key and session are there when it is back',
    async (what) => {
      const before = await home.logIn('unlocked');
      const { secret } = await call({ login: before });
      const { entries } = await home.run({ do: 'entries' }, { login: before });
      await before[Symbol.asyncDispose]();
      const kept = [await records(), await readFile(home.keyFile, 'utf8')];

      const meanwhile = what === 'locked' ? { login: await home.logIn('locked') } : {};
      const without = await call(meanwhile);
      expect(without).toMatchObject({ answered: true, events: ['store-failed', 'login'], code: 0, stderr: '' });
      expect(without.protection).toContain(IN_KEYCHAIN);
      expect(without.storeFailure).toMatch(what === 'locked' ? /prompt was dismissed/ : /DBus error/);
      expect([await records(), await readFile(home.keyFile, 'utf8')]).toEqual(kept);
      await meanwhile.login?.[Symbol.asyncDispose]();

      await using back = await home.logIn('unlocked');
      expect(await call({ login: back })).toMatchObject({ events: ['adoption'], secret });
      expect(await home.run({ do: 'entries' }, { login: back })).toMatchObject({ entries });
      expect(logins()).toBe(2);
    },
  );

  it('that is locked from the first leaves the key to the key file, with one warning; there it stays', async () => {
    const locked = await home.logIn('locked');
    const first = await call({ login: locked });
    expect(first).toMatchObject({ answered: true, events: ['login'], storeFailure: null });
    expect(first.protection).toContain(`the key file ${home.keyFile}`);
    expect(first.stderr).toContain('[LATCHKEY_KEYCHAIN] LatchkeyWarning: The OS keychain could not be used');
    expect(Buffer.from(await readFile(home.keyFile, 'utf8'), 'base64')).toHaveLength(32);
    await locked[Symbol.asyncDispose]();

    await using login = await home.logIn('unlocked');
    expect(await call({ login })).toMatchObject({ events: ['adoption'], secret: first.secret, stderr: '' });
    expect(await home.run({ do: 'entries' }, { login })).toMatchObject({ entries: [] });
  });

  it('that is turned off is not used, and its key not replaced', async () => {
    await using login = await home.logIn('unlocked');
    const off = { login, env: { LATCHKEY_KEYCHAIN: 'off' } };
    await call({ login });
    const kept = [await records(), await readFile(home.keyFile, 'utf8')];
    const without = await call(off);
    expect(without).toMatchObject({ answered: true, events: ['store-failed', 'login'] });
    expect(without.storeFailure).toContain('LATCHKEY_KEYCHAIN=off');
    expect([await records(), await readFile(home.keyFile, 'utf8')]).toEqual(kept);
  });

  it('is asked for nothing where LATCHKEY_KEY is set, or it is turned off from the first', async () => {
    await using login = await home.logIn('unlocked');
    const given = await call({ login, env: { LATCHKEY_KEY: Buffer.alloc(32, 5).toString('base64') } });
    expect(given.protection).toContain('LATCHKEY_KEY');
    expect(await readdir(home.path)).not.toContain('config');
    const off = await call({ login, env: { LATCHKEY_KEYCHAIN: 'off' } });
    expect(off).toMatchObject({ stderr: '', protection: expect.stringContaining(`the key file ${home.keyFile}`) });
    expect(await home.run({ do: 'entries' }, { login })).toMatchObject({ entries: [] });
  });
});

describe.skipIf(!canHaveNone())('without a keychain', { timeout: 60_000 }, () => {
  it('that is, without its package, the key is in the key file, and nobody is told', async () => {
    const first = await call({ isWithoutPackage: true });
    expect(first).toMatchObject({ answered: true, events: ['login'], storeFailure: null, stderr: '' });
    expect(first.protection).toContain(`the key file ${home.keyFile}`);
    expect(await call({ isWithoutPackage: true })).toMatchObject({ events: ['adoption'], secret: first.secret });
    // One that has the package goes on with the key that there is.
    expect(await call()).toMatchObject({ events: ['adoption'], secret: first.secret, stderr: '' });
  });

  it('that is, without a message bus, the key is in the key file, with one warning', async () => {
    const first = await call();
    expect(first).toMatchObject({ answered: true, events: ['login'], storeFailure: null });
    expect(first.protection).toContain(`the key file ${home.keyFile}`);
    expect(first.stderr).toContain('LatchkeyWarning');
    expect(await call()).toMatchObject({ events: ['adoption'], stderr: '' });
  });

  it('that answers, calls are answered all the same, nothing stands still, and the program ends', async () => {
    await using login = await home.logInToNothing();
    const first = await call({ login });
    expect(first).toMatchObject({ answered: true, code: 0, stderr: '' });
    expect(first.events).toEqual(['store-failed', 'login']);
    expect(first.storeFailure).toContain('gave no answer');
    // The keychain says nothing for five seconds, and then goes on saying nothing.
    expect(first.stoodStillMs).toBeLessThan(3000);
    // The one who asked in its place, too, though the keychain still says nothing.
    await expect.poll(home.running, { timeout: 5000 }).toEqual([]);
    // Nothing is settled yet: the next time it may answer.
    await expect(stat(home.keyFile)).rejects.toThrow('ENOENT');
  });
});
