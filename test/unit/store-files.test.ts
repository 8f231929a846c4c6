import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StoreError } from '../../src/errors.ts';
import {
  ignoring,
  isErrno,
  makeFolder,
  readPrivate,
  replaceFile,
  sweepFolder,
  writeBeside,
} from '../../src/stores/files.ts';
import { rejection } from '../helpers/waiting.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-files-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Runs with something of the process set otherwise. */
async function withProcess<T>(name: 'platform' | 'getuid', value: unknown, run: () => Promise<T>): Promise<T> {
  const before = Object.getOwnPropertyDescriptor(process, name);
  Object.defineProperty(process, name, { value, configurable: true, writable: true });
  try {
    return await run();
  } finally {
    if (before) Object.defineProperty(process, name, before);
  }
}

describe.skipIf(process.platform === 'win32')('a folder for records', () => {
  it.each([0o722, 0o770, 0o777])('that others can write to is unsafe, and its mode is told: %o', async (mode) => {
    await chmod(folder, mode);
    const error = await rejection(makeFolder(folder));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      reason: 'unsafe',
      message: `Others can write to the folder ${folder} (mode ${mode.toString(8)}); it must be 0700`,
    });
  });

  it('is made with those above it, with mode 0700', async () => {
    const below = join(folder, 'one', 'two', 'three');
    await Promise.all([makeFolder(below), makeFolder(below)]);
    await makeFolder(below);
    expect((await stat(below)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'one'))).mode & 0o777).toBe(0o700);
  });

  it.runIf(process.platform === 'linux')('is an error where none can be made, and is not tried for ever', async () => {
    expect(await rejection(makeFolder('/proc/nope/latchkey'))).toMatchObject({ code: 'ENOENT' });
  });

  it('of another user is unsafe, and whose it is is told', async () => {
    const { uid } = await stat(folder);
    const error = await rejection(
      withProcess(
        'getuid',
        () => uid + 1,
        () => makeFolder(folder),
      ),
    );
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({
      reason: 'unsafe',
      message: `The folder ${folder} belongs to another user (uid ${uid})`,
    });
  });

  it('is taken as it is where a system has no users', async () => {
    expect(await withProcess('getuid', undefined, () => makeFolder(folder))).toBeUndefined();
  });

  it('and its files are taken as they are on Windows, whose modes say nothing', async () => {
    await chmod(folder, 0o777);
    await writeFile(join(folder, 'a'), 'text', { mode: 0o644 });
    await withProcess('platform', 'win32', async () => {
      await makeFolder(folder);
      expect(await readPrivate(join(folder, 'a'))).toBe('text');
    });
  });
});

describe('a file that is written', () => {
  const kept = async (): Promise<string[]> => (await readdir(folder)).toSorted();

  it('holds the text in UTF-8, in a file of its own', async () => {
    const path = await writeBeside(join(folder, 'a'), 'žluťoučký 😀');
    expect(await readFile(path)).toEqual(Buffer.from('žluťoučký 😀'));
    expect(path).toMatch(/a\.\d+\.[0-9a-f]{12}\.tmp$/);
  });

  /** A text whose end does not come, as on a disk that is full: what Node's files also take. */
  const cutOff = (before: () => Promise<void> = async () => {}): string =>
    (async function* () {
      yield 'half';
      await before();
      throw new Error('no space left');
    })() as unknown as string;

  it('and cannot be finished is removed again', async () => {
    expect(await rejection(writeBeside(join(folder, 'a'), cutOff()))).toMatchObject({ message: 'no space left' });
    expect(await kept()).toEqual([]);
  });

  it('and cannot be finished is told of in its own words, even if somebody has removed it', async () => {
    const gone = cutOff(async () => {
      for (const name of await kept()) await rm(join(folder, name));
    });
    expect(await rejection(writeBeside(join(folder, 'a'), gone))).toMatchObject({ message: 'no space left' });
  });

  it('stays as it was, alone, when it may not be replaced after all', async () => {
    const path = join(folder, 'a');
    await replaceFile(path, 'one');
    const refused = replaceFile(path, 'two', async () => {
      expect(await kept()).toHaveLength(2);
      throw new Error('the lock is lost');
    });
    expect(await rejection(refused)).toMatchObject({ message: 'the lock is lost' });
    expect(await kept()).toEqual(['a']);
    expect(await readFile(path, 'utf8')).toBe('one');
  });

  it('and may not replace another says why, even if somebody has removed it', async () => {
    const refused = replaceFile(join(folder, 'a'), 'two', async () => {
      for (const name of await kept()) await rm(join(folder, name));
      throw new Error('the lock is lost');
    });
    expect(await rejection(refused)).toMatchObject({ message: 'the lock is lost' });
  });
});

describe('what killed processes have left in a folder', () => {
  const nowMs = Date.UTC(2026, 0, 2);
  const HOUR_MS = 3_600_000;
  async function left(names: Readonly<Record<string, number>>): Promise<string[]> {
    for (const [name, ageMs] of Object.entries(names)) {
      await writeFile(join(folder, name), 'half');
      await utimes(join(folder, name), new Date(), new Date(nowMs - ageMs));
    }
    vi.spyOn(Date, 'now').mockReturnValue(nowMs);
    await sweepFolder(folder);
    return (await readdir(folder)).toSorted();
  }

  it('is removed once nobody can still be writing it', async () => {
    expect(await left({ 'a.1.x.tmp': HOUR_MS + 1000, 'b.1.x.tmp': HOUR_MS, 'c.1.x.tmp': 0 })).toEqual([
      'b.1.x.tmp',
      'c.1.x.tmp',
    ]);
  });

  it('is told from records and what others have put there, however old', async () => {
    const others = { '.tmp.record': 10 * HOUR_MS, 'a.record': 10 * HOUR_MS, 'a.tmp.gz': 10 * HOUR_MS };
    expect(await left(others)).toEqual(Object.keys(others));
  });

  it('and cannot be removed stays, and hinders nothing', async () => {
    await mkdir(join(folder, 'a.tmp'));
    await utimes(join(folder, 'a.tmp'), new Date(), new Date(nowMs - 2 * HOUR_MS));
    expect(await left({ 'b.tmp': 2 * HOUR_MS })).toEqual(['a.tmp']);
  });

  it('is none in a folder that is not there', async () => {
    expect(await sweepFolder(join(folder, 'missing'))).toBeUndefined();
  });
});

describe('an error of the system', () => {
  it.each([null, undefined, 'ENOENT', 2, {}, new Error('ENOENT'), { code: 'EACCES' }])(
    'is told from anything else that is thrown: %j',
    (other) => {
      expect(isErrno(other, 'ENOENT')).toBe(false);
      expect(() => ignoring('ENOENT')(other)).toThrow();
    },
  );

  it('is none where its code is one of those that mean no harm', () => {
    const error = Object.assign(new Error('gone'), { code: 'ENOENT' });
    expect(isErrno(error, 'ENOENT')).toBe(true);
    expect(ignoring('EEXIST', 'ENOENT')(error)).toBeUndefined();
  });
});
