import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { hasEnded, type LockOwner, readOwner, thisOwner } from '../../src/stores/lock-owner.ts';

/** What files say instead of what is in them; `null` for files that are not there. */
const told = vi.hoisted(() => new Map<string, string | null>());
vi.mock('node:fs/promises', async (load) => {
  const real = await load<typeof import('node:fs/promises')>();
  const tell = (path: string, otherwise: () => Promise<string>): Promise<string> => {
    const text = told.get(path);
    if (text === undefined) return otherwise();
    return text === null ? Promise.reject(new Error('ENOENT')) : Promise.resolve(text);
  };
  return {
    ...real,
    readFile: (path: string, encoding: 'utf8') => tell(path, () => real.readFile(path, encoding)),
    readlink: (path: string) => tell(path, () => real.readlink(path)),
  };
});

afterEach(() => {
  told.clear();
  vi.restoreAllMocks();
});

const BOOT = '/proc/sys/kernel/random/boot_id';
const NAMESPACE = '/proc/self/ns/pid';

/** Another process, and it as the owner of a lock. */
async function startOther() {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  const { pid = 0 } = child;
  // Field 22, counted from behind the name, which holds no brackets here.
  const startedAt = (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19] ?? '';
  const owner: LockOwner = { ...(await thisOwner()), pid, startedAt };
  return {
    pid,
    startedAt,
    owner,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

describe('this process as the owner of a lock', () => {
  it('is named with its machine, boot, pid namespace, pid and start', async () => {
    const [, stat = ''] = (await readFile('/proc/self/stat', 'utf8')).split(') ');
    expect(await thisOwner()).toEqual({
      v: 1,
      place: `${hostname()} ${(await readFile(BOOT, 'utf8')).trim()} ${await readlink(NAMESPACE)}`,
      pid: process.pid,
      startedAt: stat.split(' ')[19],
    });
  });

  it('has not ended', async () => {
    expect(await hasEnded(await thisOwner())).toBe(false);
  });

  it('is named alike each time, and read as it was written', async () => {
    const owner = await thisOwner();
    expect(await thisOwner()).toEqual(owner);
    expect(readOwner(JSON.stringify(owner))).toEqual(owner);
  });

  it('is named without what the system does not tell', async () => {
    for (const path of [BOOT, NAMESPACE, `/proc/${process.pid}/stat`]) told.set(path, null);
    const owner = await thisOwner();
    expect(owner).toEqual({ v: 1, place: `${hostname()}  `, pid: process.pid, startedAt: null });
    expect(await hasEnded(owner)).toBe(false);
    expect(readOwner(JSON.stringify(owner))).toEqual(owner);
  });
});

describe('another process as the owner of a lock', () => {
  it('has not ended while it runs, and has when it was killed', async () => {
    await using other = await startOther();
    expect(await hasEnded(other.owner)).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(await hasEnded(other.owner)).toBe(true);
  });

  it('has ended where its pid is another’s by now', async () => {
    await using other = await startOther();
    expect(await hasEnded({ ...other.owner, startedAt: String(Number(other.startedAt) - 1) })).toBe(true);
  });

  it('has not ended while its pid runs, where nobody knows when it or the owner began', async () => {
    await using other = await startOther();
    expect(await hasEnded({ ...other.owner, startedAt: null })).toBe(false);
    told.set(`/proc/${other.pid}/stat`, null);
    expect(await hasEnded(other.owner)).toBe(false);
  });

  it('has ended when it is a zombie, whose parent has not looked yet', async () => {
    // A shell that became another program does not ask what came of its children.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    const stat = async (): Promise<string[]> =>
      (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    const owner: LockOwner = { ...(await thisOwner()), pid, startedAt: (await stat())[19] ?? '' };
    expect(await hasEnded(owner)).toBe(false);
    while ((await stat())[0] !== 'Z') await pause(10);
    expect(await hasEnded(owner)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('is told by its start whatever its program is called', async () => {
    const owner: LockOwner = { ...(await thisOwner()), startedAt: '4711' };
    const rest = `S ${'0 '.repeat(18)}4711 0 0`;
    told.set(`/proc/${process.pid}/stat`, `${process.pid} (a) Z (b) ${rest}`);
    expect(await hasEnded(owner)).toBe(false);
    expect((await thisOwner()).startedAt).toBe('4711');
  });

  it('has not ended when it may not be signalled: somebody else’s runs as well', async () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    await using other = await startOther();
    expect(await hasEnded(other.owner)).toBe(false);
    expect(process.kill).toHaveBeenCalledExactlyOnceWith(other.pid, 0);
  });

  it.each([
    ['machine', (place: string) => place.replace(hostname(), 'another-host')],
    ['boot of this machine', (place: string) => place.replace(/[\da-f]{8}-[\da-f-]+/, '01234567-89ab')],
    ['pid namespace', (place: string) => place.replace(/pid:\[\d+\]/, 'pid:[1]')],
  ])('is not judged from another %s, dead or alive', async (_, change) => {
    await using other = await startOther();
    const place = change(other.owner.place);
    expect(place).not.toBe(other.owner.place);
    expect(await hasEnded({ ...other.owner, place })).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(await hasEnded({ ...other.owner, place })).toBe(false);
  });
});

describe('the owner in a lock file', () => {
  it('is read without what a later version adds, and without a start that is none', () => {
    const owner = { v: 1, place: 'here', pid: 7, startedAt: null };
    expect(readOwner('{"v":1,"place":"here","pid":7,"startedAt":12,"nonce":"abc"}')).toEqual(owner);
    expect(readOwner('{"v":1,"place":"here","pid":7}')).toEqual(owner);
  });

  it.each([
    '',
    'null',
    '7',
    '"text"',
    '[]',
    '{"v":1}',
    '{"v":1,"pid":7}',
    '{"v":1,"place":"here"}',
    '{"v":1,"place":"here","pid":"7"}',
    '{"v":1,"place":3,"pid":7}',
    '{"v":2,"place":"here","pid":7}',
    '{"v":1,"place":"here","pid":7',
  ])('is not to be read from %j', (text) => {
    expect(readOwner(text)).toBeNull();
  });
});
