import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer as createTcpServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { latchkey, run } from './built.support.ts';
import { about, answering, closedPort, examined, listening } from './doctor.support.ts';
import { createHome, secret, shareService } from './home.support.ts';
import { hasMounts, mountScratch } from './mounts.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();
const key = Buffer.alloc(32, 7).toString('base64');

describe('latchkey doctor, where there is no home to speak of', () => {
  it.each([
    ['is empty', ''],
    ['is relative', 'somewhere'],
  ])('says what to set where HOME %s, and looks at the rest', async (_, folder) => {
    await using home = await createHome();
    const env = { HOME: folder, XDG_STATE_HOME: '', XDG_CONFIG_HOME: '', LATCHKEY_KEYCHAIN: 'off' };
    const found = await examined(about(service.url), env, home.path);
    expect(found.home).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('HOME is no absolute path'),
      advice: expect.stringContaining('Set HOME'),
    });
    expect(found.versions).toMatchObject({ state: 'ok' });
    const login = await run(latchkey, ['auth', 'login', ...about(service.url), '--password-stdin', '--json'], {
      env,
      cwd: home.path,
      input: secret,
    });
    expect(JSON.parse(login.stdout)).toMatchObject({ ok: false, code: 'ERR_HOME' });
    expect(login.code).toBe(2);
    expect(await readdir(home.path)).toEqual([]);
  });

  it('names variables that count as not set because they are relative, and the folders in their place', async () => {
    await using home = await createHome();
    const env = { ...home.env, XDG_STATE_HOME: 'my/state' };
    expect((await examined([], env, home.path)).home).toMatchObject({
      state: 'warning',
      message: expect.stringMatching(`^XDG_STATE_HOME=my/state: .*${join(home.path, '.local/state/latchkey')}`),
      advice: expect.stringContaining('absolute path'),
    });
  });

  it('says so where the folders cannot be made: one above them is a file', async () => {
    await using home = await createHome();
    await writeFile(join(home.path, 'state'), '');
    await writeFile(join(home.path, 'config'), '');
    expect(await examined([], home.env, home.path)).toMatchObject({
      store: { state: 'failed', message: expect.stringContaining(`cannot be made: ${home.path}/state is no folder`) },
      key: { state: 'failed', message: expect.stringContaining(`cannot be made: ${home.path}/config is no folder`) },
    });
  });

  it.skipIf(!hasMounts)('says so where their disk is read-only, or full', async () => {
    await using home = await createHome();
    using disk = mountScratch('size=1m');
    const env = { ...home.env, XDG_STATE_HOME: disk.directory, XDG_CONFIG_HOME: disk.directory };
    expect(await examined([], env, home.path)).toMatchObject({ store: { state: 'ok' }, key: { state: 'ok' } });
    disk.remount('ro');
    const readOnly = { state: 'failed', message: expect.stringContaining('is on a file system that is read-only') };
    expect(await examined([], env, home.path)).toMatchObject({ store: readOnly, key: readOnly });
    disk.remount('rw');
    const login = ['auth', 'login', ...about(service.url), '--password-stdin'];
    expect((await run(latchkey, login, { env, input: secret })).code).toBe(0);
    await writeFile(join(disk.directory, 'much'), Buffer.alloc(2 ** 20)).catch(() => {});
    expect(await examined(about(service.url), env, home.path)).toMatchObject({
      store: {
        state: 'failed',
        message: expect.stringContaining('The disk of'),
        advice: expect.stringContaining('Make room'),
      },
    });
  });
});

describe('latchkey doctor, where the key cannot be used', () => {
  it('says who can read it, what it is where it is none, and whose keychain has it', async () => {
    await using home = await createHome();
    const login = ['auth', 'login', ...about(service.url), '--password-stdin'];
    expect((await run(latchkey, login, { env: home.env, input: secret })).code).toBe(0);
    const file = join(home.path, 'config/latchkey/store.key');
    expect((await examined(about(service.url), home.env, home.path)).key).toMatchObject({ state: 'ok' });
    await chmod(file, 0o644);
    const wide = await examined(about(service.url), home.env, home.path);
    expect(wide.key).toMatchObject({ state: 'failed', advice: `chmod 600 ${file}` });
    // Once is enough.
    expect(wide['store-use']).toBeUndefined();
    await chmod(file, 0o600);
    const entry = { v: 1, keychain: 'latchkey', account: 'store-key-1', host: hostname() };
    const texts: readonly (readonly [string, string, string])[] = [
      ['no-key-0815', 'holds no key', 'move it away'],
      [JSON.stringify(entry), 'is in the OS keychain, but', 'LATCHKEY_KEY'],
    ];
    for (const [text, message, advice] of texts) {
      await writeFile(file, text);
      const found = await examined([], home.env, home.path);
      expect(found.key).toMatchObject({
        state: 'failed',
        message: expect.stringContaining(message),
        advice: expect.stringContaining(advice),
      });
      expect(JSON.stringify(found)).not.toContain('no-key-0815');
    }
  });

  it('says so where there is none yet, and its folder is one that others can write to', async () => {
    await using home = await createHome();
    const folder = join(home.path, 'config/latchkey');
    await mkdir(folder, { recursive: true });
    await chmod(folder, 0o777);
    expect((await examined([], home.env, home.path)).key).toMatchObject({
      state: 'failed',
      advice: `chmod 700 ${folder}`,
    });
  });
});

describe('latchkey doctor, at a service that answers oddly', () => {
  it('tells a page for people from an API', async () => {
    await using home = await createHome();
    await using page = await answering(200, { 'content-type': 'text/html; charset=utf-8' });
    expect((await examined(about(page.url), home.env, home.path)).reachability).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('page for people (200, HTML)'),
    });
    await using missing = await answering(404, { 'content-type': 'text/html' });
    expect((await examined(about(missing.url), home.env, home.path)).reachability).toMatchObject({ state: 'ok' });
  });

  it('says so where it closes the connection, or speaks something else', async () => {
    await using home = await createHome();
    await using shut = await listening(createTcpServer((socket) => socket.destroy()));
    expect((await examined(about(shut.url), home.env, home.path)).reachability).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/the connection was cut|no answer in time/),
    });
    await using other = await listening(
      createTcpServer((socket) =>
        socket
          .on('error', () => {})
          .resume()
          .end('220 mail.example.test ESMTP\r\n'),
      ),
    );
    expect((await examined(about(other.url), home.env, home.path)).reachability).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('does not speak HTTP'),
    });
  });

  it('waits for an answer that never comes for ten seconds at most', async () => {
    await using home = await createHome();
    await using silent = await listening(createTcpServer((socket) => socket.on('error', () => {}).resume()));
    const found = await examined(about(silent.url), home.env, home.path);
    expect(found.reachability).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('no answer in time'),
    });
  });

  it.each([
    ['hours', 3.5 * 3_600_000, '3 h ahead of'],
    ['days', -3.5 * 86_400_000, '3 days behind'],
  ])('says how many %s a clock is wrong', async (_, ms, said) => {
    await using home = await createHome();
    await using late = await answering(200, { date: new Date(Date.now() - ms).toUTCString() });
    expect((await examined(about(late.url), home.env, home.path)).clock).toMatchObject({
      state: 'warning',
      message: expect.stringContaining(said),
    });
  });
});

describe('latchkey doctor, with a store in Redis', () => {
  it('says why Redis cannot be used, never with its password, and what to do', async () => {
    await using home = await createHome();
    await using port = await closedPort();
    const address = port.url.replace('http://', 'redis://me:hush-0815@');
    const env = { ...home.env, LATCHKEY_KEY: key, LATCHKEY_STORE: address };
    for (const args of [[], about(service.url)]) {
      const found = await examined(args, env, home.path);
      expect(found.store).toMatchObject({
        state: 'failed',
        message: expect.stringMatching(
          // A machine that is busy may give up before it has heard.
          `^Redis at ${port.url.replace('http:', 'redis:')} cannot be used: (nothing listens there|there was no answer in time)\\.$`,
        ),
      });
      expect(JSON.stringify(found)).not.toContain('hush');
      expect(found['store-use']).toBeUndefined();
    }
    await using strict = await listening(
      createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', () => socket.write('-NOAUTH Authentication required.\r\n'));
      }),
    );
    const closed = { ...env, LATCHKEY_STORE: strict.url.replace('http:', 'redis:') };
    expect((await examined([], closed, home.path)).store).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/it wants another user name or password|no answer in time/),
    });
  });

  it('asks for the key that is shared', async () => {
    await using home = await createHome();
    const env = { ...home.env, LATCHKEY_STORE: 'redis://127.0.0.1:1' };
    expect((await examined([], env, home.path)).key).toMatchObject({
      state: 'failed',
      advice: expect.stringContaining('Set LATCHKEY_KEY'),
    });
    expect((await examined(about(service.url), env, home.path)).settings).toMatchObject({
      state: 'failed',
      advice: expect.stringContaining('Set LATCHKEY_KEY'),
    });
  });
});

describe('latchkey doctor, without a system', () => {
  it('looks at the login of the default profile, and at one that flags name', async () => {
    const text = JSON.stringify({
      default: 'work',
      profiles: { work: { system: 'pulse-crm', baseUrl: service.url, user: 'somebody' } },
    });
    await using home = await createHome(text);
    expect(await examined([], home.env, home.path)).toMatchObject({
      settings: { state: 'ok', message: expect.stringContaining('pulse-crm as somebody') },
      reachability: { state: 'ok' },
    });
    await using other = await createHome();
    expect((await examined(['--base-url', service.url], other.env, other.path)).settings).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('say which system is meant'),
    });
  });
});
