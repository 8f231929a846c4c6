import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { hasRedis, startRedis } from '../helpers/redis-server.ts';
import { ensureBuilt } from './built.support.ts';
import { openDesk, people } from './desk.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const ada = people['pulse-crm'];
const env = { [ada.secretVariable]: ada.secret };

describe('--store', () => {
  it('may be a folder, which later verbs go to without being told', async () => {
    await using desk = await openDesk();
    const store = './records here';
    const login = await desk.ask(['auth', 'login', ...desk.who(ada), '--store', store], { env });
    expect(login).toMatchObject({ exit: 0, store: { kind: 'file', location: join(desk.folder, store) } });
    expect((await readdir(join(desk.folder, store))).filter((name) => name.endsWith('.record')).length).toBeGreaterThan(
      0,
    );
    expect(await desk.run(['auth', 'token', 'pulse-crm'])).toMatchObject({ code: 0, stderr: '' });
    const elsewhere = await desk.ask(['auth', 'status', 'pulse-crm'], { cwd: join(desk.folder, 'tmp') });
    expect(elsewhere).toMatchObject({ store: { kind: 'file' }, state: 'live' });
    expect((await desk.run(['auth', 'list'])).stdout).toContain(`  ${join(desk.folder, store)}  live`);
    expect(await desk.ask(['auth', 'token', ...desk.who(ada), '--store', './others'])).toMatchObject({ exit: 4 });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(1);
  });

  it('may be the memory, where a session ends with the command', async () => {
    await using desk = await openDesk();
    const args = [...desk.who(ada), '--store', 'memory'];
    const login = await desk.ask(['auth', 'login', ...args], { env });
    expect(login).toMatchObject({ exit: 0, isNew: true, store: { kind: 'memory', location: null } });
    expect(await desk.run(['auth', 'token', ...args])).toMatchObject({ code: 4, stdout: '' });
    expect(await desk.run(['auth', 'token', ...args], { env })).toMatchObject({ code: 0, stderr: '' });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(2);
    expect(await desk.ask(['auth', 'list'])).toMatchObject({ failure: null, logins: [] });
  });

  it('is said by LATCHKEY_STORE too, and the flag goes before it', async () => {
    await using desk = await openDesk();
    const more = { ...env, LATCHKEY_STORE: 'memory' };
    expect(await desk.ask(['auth', 'login', ...desk.who(ada)], { env: more })).toMatchObject({
      store: { kind: 'memory' },
    });
    const flag = [...desk.who(ada), '--store', 'file'];
    expect(await desk.ask(['auth', 'login', ...flag], { env: more })).toMatchObject({ store: { kind: 'file' } });
  });
});

describe('a store that cannot be written', () => {
  it('costs a warning that says so, and no claim that the session rests there', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'no-folder'), '');
    const store = join(desk.folder, 'no-folder/records');
    const { code, stdout, stderr } = await desk.run(['auth', 'login', ...desk.who(ada), '--store', store], { env });
    expect(code).toBe(0);
    expect(stdout).toContain('Logged in to pulse-crm');
    expect(stdout).toContain('It is kept nowhere');
    expect(stderr).toMatch(/^warning: .*no-folder/m);
    const again = await desk.ask(['auth', 'login', ...desk.who(ada), '--store', store], { env });
    expect(again).toMatchObject({ exit: 0, store: { failure: expect.stringMatching(/\S/) } });
    const token = await desk.run(['auth', 'token', ...desk.who(ada), '--store', store], { env });
    expect(token).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(3);
  });

  it('is no reason to fail where the state folder itself is away', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'no-folder'), '');
    const more = { ...env, XDG_STATE_HOME: join(desk.folder, 'no-folder') };
    const { code, stdout, stderr } = await desk.run(['auth', 'token', ...desk.who(ada)], { env: more });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(stderr).toMatch(/^warning: /);
    expect(await desk.ask(['auth', 'status', ...desk.who(ada)], { env: more })).toMatchObject({ exit: 4 });
    expect(await desk.ask(['auth', 'list'], { env: more })).toMatchObject({ exit: 0, logins: [] });
  });

  it('with a key that is none is wrong usage, and with another key as good as empty', async () => {
    await using desk = await openDesk();
    const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
    const login = ['auth', 'login', ...desk.who(ada)];
    const none = await desk.ask(login, { env: { ...env, LATCHKEY_KEY: 'short' } });
    expect(none).toMatchObject({ exit: 2, code: 'ERR_KEY' });
    expect(await desk.ask(login, { env: { ...env, LATCHKEY_KEY: key(1) } })).toMatchObject({ exit: 0 });
    const other = { LATCHKEY_KEY: key(2) };
    const { code, stderr } = await desk.run(['auth', 'token', ...desk.who(ada)], { env: other });
    expect({ code, stderr }).toEqual({ code: 4, stderr: expect.stringContaining('warning: ') });
    const listed = await desk.run(['auth', 'list'], { env: other });
    expect(listed.stdout).toBe('No login can be read, and there is no profile.\n');
    expect(listed.stderr).toContain('cannot be read, and count as none: The stored record is damaged or was written');
    expect(await desk.ask(['auth', 'list'], { env: other })).toMatchObject({
      logins: [],
      failure: expect.stringContaining('another key'),
    });
    expect(await desk.run(['auth', 'token', ...desk.who(ada)], { env: { LATCHKEY_KEY: key(1) } })).toMatchObject({
      code: 0,
    });
  });
});

describe.skipIf(!hasRedis)('--store redis://…', () => {
  const key = { LATCHKEY_KEY: Buffer.alloc(32, 7).toString('base64') };

  it('shares the session between machines that have the key', async () => {
    await using redis = await startRedis();
    await using desk = await openDesk();
    await using other = await openDesk({ url: desk.url });
    const args = [...desk.who(ada), '--store', redis.url];
    const login = await desk.ask(['auth', 'login', ...args], { env: { ...env, ...key } });
    expect(login).toMatchObject({ exit: 0, isNew: true, store: { kind: 'redis', failure: null } });
    const here = await desk.run(['auth', 'token', 'pulse-crm'], { env: key });
    const there = await other.run(['auth', 'token', ...args], { env: key });
    expect(there).toEqual({ ...here, code: 0, stderr: '' });
    const out = await other.ask(['auth', 'logout', ...args], { env: key });
    expect(out).toMatchObject({ exit: 0, wasLive: true });
    expect(await desk.run(['auth', 'token', ...args], { env: key })).toMatchObject({ code: 4, stdout: '' });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(1);
    expect(await redis.cli('keys', '*')).not.toContain(ada.user);
  });

  it('takes no key from this machine', async () => {
    await using redis = await startRedis();
    await using desk = await openDesk();
    const answer = await desk.ask(['auth', 'login', ...desk.who(ada), '--store', redis.url], { env });
    expect(answer).toMatchObject({ exit: 2, code: 'ERR_KEY', message: expect.stringContaining('LATCHKEY_KEY') });
  });

  it('that is down costs a warning, and a login of its own', async () => {
    await using redis = await startRedis();
    await using desk = await openDesk();
    const args = [...desk.who(ada), '--store', redis.url];
    await desk.ask(['auth', 'login', ...args], { env: { ...env, ...key } });
    await redis.stop();
    const { code, stdout, stderr } = await desk.run(['auth', 'token', ...args], { env: { ...env, ...key } });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(stderr).toMatch(/^warning: /);
    expect(await desk.ask(['auth', 'list'], { env: key })).toMatchObject({ exit: 0, logins: [{ state: 'unknown' }] });
    await redis.restart();
    expect(await desk.run(['auth', 'token', ...args], { env: { ...env, ...key } })).toMatchObject({ code: 0 });
  });

  it('does not show a password of its address', async () => {
    await using redis = await startRedis();
    await redis.cli('acl', 'setuser', 'crm', 'on', '>redis-Pa55-phrase', '~*', '+@all');
    await using desk = await openDesk();
    const store = redis.url.replace('redis://', 'redis://crm:redis-Pa55-phrase@');
    const args = desk.who(ada);
    const shared = { ...key, LATCHKEY_STORE: store };
    const login = await desk.run(['auth', 'login', ...args], { env: { ...env, ...shared } });
    expect(login.code).toBe(0);
    const refused = await desk.run(['auth', 'login', ...args, '--store', store], { env: { ...env, ...key } });
    expect(refused.code).toBe(2);
    const later: string[] = [login.stdout, login.stderr, refused.stdout, refused.stderr];
    for (const verb of ['status', 'list', 'token', 'header', 'logout']) {
      const { stdout, stderr } = await desk.run(['auth', verb, ...(verb === 'list' ? [] : args), '--json'], {
        env: shared,
      });
      later.push(stdout, stderr);
    }
    expect(later.join('\n')).not.toContain('redis-Pa55-phrase');
    const files = await readdir(desk.folder, { recursive: true, withFileTypes: true });
    for (const file of files.filter((entry) => entry.isFile())) {
      expect(await readFile(join(file.parentPath, file.name), 'latin1')).not.toContain('redis-Pa55-phrase');
    }
  });
});
