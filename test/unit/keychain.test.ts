import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type KeychainOptions, openKeychain } from '../../src/stores/keychain.ts';
import { rejection } from '../helpers/waiting.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-keychain-'));
  vi.stubEnv('LATCHKEY_KEYCHAIN', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** What the library of a test keeps, and how often it was asked. */
interface Kept {
  readonly asked: number;
  readonly entries: Record<string, string>;
  /** What the last question was asked with: where, which entry, and what others on this machine can see of it. */
  readonly last: { readonly pid: number; readonly made: unknown[]; readonly seen: string };
}
const keptIn = async (): Promise<Kept> => JSON.parse(await readFile(join(folder, 'kept.json'), 'utf8'));

/** A library in the place of the native one, which the process that asks loads as it would load that. @param ahead what it does before it answers */
async function open(ahead = '', options: KeychainOptions = {}) {
  const file = join(folder, 'library.cjs');
  const text = `
    const { existsSync, readFileSync, writeFileSync } = require('node:fs');
    const path = ${JSON.stringify(join(folder, 'kept.json'))};
    const kept = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : { asked: 0, entries: {} };
    const save = () => writeFileSync(path, JSON.stringify(kept));
    exports.Entry = class {
      constructor(...made) {
        this.account = made[1];
        kept.asked += 1;
        kept.last = { pid: process.pid, made, seen: JSON.stringify([process.argv, process.execArgv, process.env]) };
        save();
        ${ahead}
      }
      getPassword() { return kept.entries[this.account] ?? null; }
      setPassword(secret) { kept.entries[this.account] = secret; save(); }
      deletePassword() { delete kept.entries[this.account]; save(); return true; }
    };`;
  await writeFile(file, text);
  return openKeychain({ find: () => file, ...options });
}
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('the keychain', () => {
  it('keeps an entry, gives it, and forgets it', async () => {
    const keychain = await open();
    expect(keychain.whyNot()).toBeNull();
    expect(await keychain.get('one')).toBeNull();
    await keychain.set('one', 's3cret');
    expect(await keychain.get('one')).toBe('s3cret');
    expect(await keychain.get('another')).toBeNull();
    await keychain.remove('one');
    expect(await keychain.get('one')).toBeNull();
  });

  it('lists its entries as latchkey’s, and on Linux takes nothing in the place of the Secret Service', async () => {
    await (await open()).get('one');
    expect((await keptIn()).last.made).toEqual(['latchkey', 'one', { linux: { store: 'secret-service' } }]);
  });

  it('is asked in a process of its own, with the secret in neither its arguments nor its environment', async () => {
    vi.stubEnv('NODE_OPTIONS', '--no-warnings');
    await (await open()).set('one', 's3cret');
    const { pid, seen } = (await keptIn()).last;
    expect(pid).not.toBe(process.pid);
    expect(isRunning(pid)).toBe(false);
    expect(seen).not.toContain('s3cret');
    // What a debugger or a test runner has loaded into this process stays here.
    expect(seen).not.toContain('NODE_OPTIONS');
    expect(seen).toContain('PATH');
  });

  it('fails when it does not keep what is put into it', async () => {
    const keychain = await open('this.setPassword = () => {};');
    expect(await rejection(keychain.set('one', 's3cret'))).toMatchObject({ message: expect.stringContaining('keep') });
  });
});

describe('a keychain that cannot be asked', () => {
  it('for want of the package says so, and asks nobody', async () => {
    const missing = (): string => {
      throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
    };
    const keychain = openKeychain({ find: missing });
    expect(keychain.whyNot()).toBe('the package @napi-rs/keyring is not installed');
    expect(await rejection(keychain.get('one'))).toMatchObject({ message: expect.stringContaining('not installed') });
  });

  it('because it is turned off is not even looked for', async () => {
    vi.stubEnv('LATCHKEY_KEYCHAIN', 'off');
    const find = vi.fn(() => 'nowhere');
    const keychain = await open('', { find });
    expect(keychain.whyNot()).toContain('LATCHKEY_KEYCHAIN=off');
    expect(await rejection(keychain.set('one', 's3cret'))).toMatchObject({ message: expect.stringContaining('off') });
    expect(find).not.toHaveBeenCalled();
  });

  it('is looked for when it is needed, not before', async () => {
    const find = vi.fn(() => 'nowhere');
    const keychain = openKeychain({ find });
    expect(find).not.toHaveBeenCalled();
    expect(keychain.whyNot()).toBeNull();
    expect(find).toHaveBeenCalledOnce();
  });

  it.each(['on', ''])('unless LATCHKEY_KEYCHAIN is %j', async (set) => {
    vi.stubEnv('LATCHKEY_KEYCHAIN', set);
    expect((await open()).whyNot()).toBeNull();
  });

  it.each(['no', '0', 'OFF', 'false'])('LATCHKEY_KEYCHAIN=%s is a bad argument: it would turn nothing off', (set) => {
    vi.stubEnv('LATCHKEY_KEYCHAIN', set);
    expect(() => openKeychain()).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: 'LATCHKEY_KEYCHAIN must be on or off' }),
    );
  });

  it('finds the package that is installed', () => {
    expect(openKeychain().whyNot()).toBeNull();
  });
});

describe('a keychain that fails', () => {
  it('says why, in its own words', async () => {
    const keychain = await open('throw new Error("the collection is locked")');
    expect(await rejection(keychain.get('one'))).toMatchObject({ message: 'the collection is locked' });
  });

  it.each([
    ['ends its process', 'process.exit(3)', 'ended with 3'],
    ['breaks down', 'process.kill(process.pid, "SIGTERM"); for (;;);', 'ended with SIGTERM'],
    ['prints something else', 'process.stdout.write("hello ");', 'ended with 0'],
    ['gives something else', 'this.getPassword = () => 7;', 'ended with 0'],
  ])('because its library %s harms nobody else', async (_, ahead, why) => {
    expect(await rejection((await open(ahead)).get('one'))).toMatchObject({ message: expect.stringContaining(why) });
  });

  it('because its library cannot be loaded says so', async () => {
    const keychain = openKeychain({ find: () => join(folder, 'no-binary-for-this-machine.cjs') });
    expect(await rejection(keychain.get('one'))).toMatchObject({ message: expect.stringContaining('no-binary') });
  });

  it('is left alone for a while: each question might show a prompt', async () => {
    const keychain = await open('throw new Error("locked")');
    const first = await rejection(keychain.get('one'));
    expect(await rejection(keychain.get('one'))).toBe(first);
    expect(await rejection(keychain.set('two', 's3cret'))).toBe(first);
    expect((await keptIn()).asked).toBe(1);
  });

  it('is asked again after that, and has failed no longer when it answers', async () => {
    const keychain = await open('if (kept.asked % 2 === 1) throw new Error("locked")', { restMs: 1 });
    await rejection(keychain.get('one'));
    await pause(5);
    expect(await keychain.get('one')).toBeNull();
    expect((await keptIn()).asked).toBe(2);
  });

  it('by saying nothing is killed, however it hangs, and nothing else stands still', async () => {
    const keychain = await open('for (;;);', { limitMs: 300 });
    let turns = 0;
    const turning = setInterval(() => {
      turns += 1;
    }, 10);
    const error = await rejection(keychain.get('one'));
    clearInterval(turning);
    expect(error).toMatchObject({ message: 'it gave no answer within 300 ms' });
    expect(turns).toBeGreaterThan(5);
    expect(isRunning((await keptIn()).last.pid)).toBe(false);
  });
});
