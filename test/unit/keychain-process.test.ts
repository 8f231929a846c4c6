import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Keychain, type KeychainOptions, openKeychain } from '../../src/stores/keychain.ts';
import { rejection } from '../helpers/waiting.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-keychain-'));
  vi.stubEnv('LATCHKEY_KEYCHAIN', '');
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A keychain whose library is this program, with a class `Entry` that has no entries. */
async function open(program = '', options: KeychainOptions = {}): Promise<Keychain> {
  const file = join(folder, 'library.cjs');
  await writeFile(file, `exports.Entry = class { getPassword() { return null; } };\n${program}`);
  return openKeychain({ find: () => file, ...options });
}

/** Runs with another program in the place of Node's. */
async function runBy<T>(program: string, run: () => Promise<T>): Promise<T> {
  const before = process.execPath;
  process.execPath = program;
  try {
    return await run();
  } finally {
    process.execPath = before;
  }
}

describe('the process that asks the keychain', () => {
  it('keeps this one alive no longer than somebody waits', async () => {
    const keychain = await open();
    // Node lists only what keeps the process alive.
    const handles = () => process.getActiveResourcesInfo().filter((name) => /^(?:Process|Pipe)Wrap$/.test(name));
    const before = handles();
    const answer = keychain.get('one');
    expect(handles()).toEqual(before);
    expect(await answer).toBeNull();
  });

  it('is not held up by what the library says beside', async () => {
    const keychain = await open('for (let n = 0; n < 50; n += 1) console.error("x".repeat(10_000));', {
      limitMs: 10_000,
    });
    expect(await keychain.get('one')).toBeNull();
  });

  it('that cannot be begun is told of', async () => {
    const keychain = await open();
    const error = await runBy(join(folder, 'no-node'), () => rejection(keychain.get('one')));
    expect(error).toMatchObject({ code: 'ENOENT' });
  });

  it.skipIf(process.platform !== 'linux')('that ends before it has read the question is told of', async () => {
    const keychain = await open();
    // More than fits between two processes that nobody reads from.
    const attempt = () => rejection(keychain.set('one', 'x'.repeat(2 ** 22)));
    expect(await runBy('/bin/false', attempt)).toMatchObject({ message: 'its library ended with 1' });
  });

  it('that answers with something else is told of', async () => {
    const keychain = await open(`require('node:fs').writeSync(1, '{"failure":7}'); process.exit(0);`);
    expect(await rejection(keychain.get('one'))).toMatchObject({ message: 'its library ended with 0' });
  });

  it.skipIf(process.platform !== 'linux')(
    'has the library that is installed, where there is no Secret Service',
    async () => {
      vi.stubEnv('DBUS_SESSION_BUS_ADDRESS', `unix:path=${join(folder, 'no-bus')}`);
      const error = await rejection(openKeychain({ limitMs: 20_000 }).get('latchkey-test'));
      expect(error).toBeInstanceOf(Error);
      expect(String(error)).not.toMatch(/its library|no answer/);
    },
  );
});

describe('a keychain that has failed', () => {
  it('is asked again as soon as its rest is over', async () => {
    const keychain = await open('throw new Error("locked");', { restMs: 1000 });
    const clock = vi.spyOn(performance, 'now').mockReturnValue(5000);
    const first = await rejection(keychain.get('one'));
    clock.mockReturnValue(5999);
    expect(await rejection(keychain.get('one'))).toBe(first);
    clock.mockReturnValue(6000);
    const second = await rejection(keychain.get('one'));
    expect(second).not.toBe(first);
    expect(second).toMatchObject({ message: 'locked' });
  });

  it('in an Electron app is not asked at all: its windows would open for each question', async () => {
    const versions = Object.getOwnPropertyDescriptor(process, 'versions') ?? {};
    Object.defineProperty(process, 'versions', { ...versions, value: { ...process.versions, electron: '40.0.0' } });
    try {
      const keychain = await open();
      expect(keychain.whyNot()).toBe('this is an Electron app');
      expect(await rejection(keychain.get('one'))).toMatchObject({ message: 'this is an Electron app' });
    } finally {
      Object.defineProperty(process, 'versions', versions);
    }
  });
});
