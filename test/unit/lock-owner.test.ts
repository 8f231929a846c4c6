import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type LockOwner, Processes, processes, readOwner } from '../../src/stores/lock-owner.ts';

/** The processes of this machine, by files that say what they are told; `null` for files that are not there. */
function told(texts: Readonly<Record<string, string | null>>): Processes {
  const tell = (path: string, otherwise: (path: string) => Promise<string>): Promise<string> => {
    const text = texts[path];
    if (text === undefined) return otherwise(path);
    return text === null ? Promise.reject(new Error('ENOENT')) : Promise.resolve(text);
  };
  return new Processes({
    read: (path) => tell(path, (real) => readFile(real, 'utf8')),
    readLink: (path) => tell(path, (real) => readlink(real)),
  });
}

afterEach(() => {
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
  const owner: LockOwner = { ...(await processes.own()), pid, startedAt };
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
  it('is named with the boot of its machine, pid namespace, pid and start, whatever the machine is called', async () => {
    const [, stat = ''] = (await readFile('/proc/self/stat', 'utf8')).split(') ');
    expect(await processes.own()).toEqual({
      v: 1,
      place: `${(await readFile(BOOT, 'utf8')).trim()} ${await readlink(NAMESPACE)}`,
      pid: process.pid,
      startedAt: stat.split(' ')[19],
    });
  });

  it('has not ended', async () => {
    expect(await processes.hasEnded(await processes.own())).toBe(false);
  });

  it('is named alike each time, and read as it was written', async () => {
    const owner = await processes.own();
    expect(await processes.own()).toEqual(owner);
    expect(readOwner(JSON.stringify(owner))).toEqual(owner);
  });

  it('is looked up once, and again only where the system did not tell all of it', async () => {
    const stat = `/proc/${process.pid}/stat`;
    const texts: Record<string, string | null> = { [stat]: null };
    const here = told(texts);
    expect((await here.own()).startedAt).toBeNull();
    delete texts[stat];
    const known = await here.own();
    expect(known).toEqual(await processes.own());
    for (const path of [BOOT, NAMESPACE, stat]) texts[path] = null;
    expect(await here.own()).toBe(known);
  });

  it('is named without what the system does not tell', async () => {
    const silent = told({ [BOOT]: null, [NAMESPACE]: null, [`/proc/${process.pid}/stat`]: null });
    const owner = await silent.own();
    expect(owner).toEqual({ v: 1, place: `${hostname()}  `, pid: process.pid, startedAt: null });
    expect(await silent.hasEnded(owner)).toBe(false);
    expect(readOwner(JSON.stringify(owner))).toEqual(owner);
  });
});

describe('another process as the owner of a lock', () => {
  it('has not ended while it runs, and has when it was killed', async () => {
    await using other = await startOther();
    expect(await processes.hasEnded(other.owner)).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(await processes.hasEnded(other.owner)).toBe(true);
  });

  it('has ended where its pid is another’s by now', async () => {
    await using other = await startOther();
    expect(await processes.hasEnded({ ...other.owner, startedAt: String(Number(other.startedAt) - 1) })).toBe(true);
  });

  it('has not ended while its pid runs, where nobody knows when it or the owner began', async () => {
    await using other = await startOther();
    expect(await processes.hasEnded({ ...other.owner, startedAt: null })).toBe(false);
    expect(await told({ [`/proc/${other.pid}/stat`]: null }).hasEnded(other.owner)).toBe(false);
  });

  it('has ended when it is a zombie, whose parent has not looked yet', async () => {
    // A shell that became another program does not ask what came of its children.
    const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const pid = Number(String((await once(parent.stdout, 'data'))[0]));
    const stat = async (): Promise<string[]> =>
      (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.split(' ') ?? [];
    const owner: LockOwner = { ...(await processes.own()), pid, startedAt: (await stat())[19] ?? '' };
    expect(await processes.hasEnded(owner)).toBe(false);
    while ((await stat())[0] !== 'Z') await pause(10);
    expect(await processes.hasEnded(owner)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('is told by its start whatever its program is called', async () => {
    const owner: LockOwner = { ...(await processes.own()), startedAt: '4711' };
    const rest = `S ${'0 '.repeat(18)}4711 0 0`;
    const renamed = told({ [`/proc/${process.pid}/stat`]: `${process.pid} (a) Z (b) ${rest}` });
    expect(await renamed.hasEnded(owner)).toBe(false);
    expect((await renamed.own()).startedAt).toBe('4711');
  });

  it('has not ended when it may not be signalled: somebody else’s runs as well', async () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' });
    });
    await using other = await startOther();
    expect(await processes.hasEnded(other.owner)).toBe(false);
    expect(process.kill).toHaveBeenCalledExactlyOnceWith(other.pid, 0);
  });

  it.each([
    ['machine, or boot of this one', (place: string) => place.replace(/[\da-f]{8}-[\da-f-]+/, '01234567-89ab')],
    ['pid namespace', (place: string) => place.replace(/pid:\[\d+\]/, 'pid:[1]')],
  ])('is not judged from another %s, dead or alive', async (_, change) => {
    await using other = await startOther();
    const place = change(other.owner.place);
    expect(place).not.toBe(other.owner.place);
    expect(await processes.hasEnded({ ...other.owner, place })).toBe(false);
    await other[Symbol.asyncDispose]();
    expect(await processes.hasEnded({ ...other.owner, place })).toBe(false);
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
