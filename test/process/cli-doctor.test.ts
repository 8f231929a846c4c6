import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { createFileStore } from '../../src/stores/file.ts';
import { createFileLocks } from '../../src/stores/file-lock.ts';
import { latchkey, root, run } from './built.support.ts';
import { about, answering, closedPort, examined } from './doctor.support.ts';
import { createHome, secret, shareService, user } from './home.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const service = shareService();

describe('latchkey doctor', () => {
  it('looks at everything on a machine that has nothing yet, and leaves nothing', async () => {
    await using home = await createHome();
    const found = await examined([], home.env, home.path);
    expect(Object.keys(found)).toEqual([
      'versions',
      'optional-packages',
      'home',
      'config',
      'store',
      'locks',
      'key',
      'proxy',
    ]);
    expect(found.versions?.message).toContain(`on Node.js ${process.versions.node} `);
    expect(new Set(Object.values(found).map(({ state }) => state))).toEqual(new Set(['ok']));
    expect(await readdir(home.path)).toEqual([]);
  });

  it('sends no credentials and makes no login, though it could', async () => {
    await using home = await createHome();
    service.sandbox.reset();
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: secret };
    const found = await examined(about(service.url), env, home.path);
    expect(found).toMatchObject({
      settings: { state: 'ok', message: expect.stringContaining(service.url) },
      reachability: { state: 'ok' },
      clock: { state: 'ok' },
      quarantine: { state: 'ok' },
      budget: { state: 'ok', message: expect.stringContaining('0 of 10') },
    });
    expect(service.sandbox.counts('pulse-crm')).toMatchObject({ logins: 0 });
    const sent = JSON.stringify(service.sandbox.journal.entries());
    expect(sent).not.toContain(user);
    expect(sent).not.toContain(secret);
  });

  it('tells people the same on stdout, and only a bad verdict on stderr', async () => {
    await using home = await createHome();
    await using port = await closedPort();
    const good = await run(latchkey, ['doctor'], { env: home.env, cwd: home.path });
    expect(good).toMatchObject({ code: 0, stderr: '' });
    expect(good.stdout).toMatch(/^ok {7}versions: .*\n[\s\S]*\n8 checks: 0 failed, 0 warnings\.\n$/);
    const bad = await run(latchkey, ['doctor', ...about(port.url)], { env: home.env, cwd: home.path });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/^failed {3}reachability: .* nothing listens there\.\n {9}-> \S/m);
    expect(bad.stdout).not.toMatch(/\d+ checks:/);
    expect(bad.stderr).toMatch(/^\d+ checks: 1 failed, 1 warning \(reachability\)\n$/);
  });

  it('says what is wrong with a clock, a service that is down, and TLS', async () => {
    await using home = await createHome();
    await using late = await answering(200, { date: new Date(Date.now() - 600_000).toUTCString() });
    expect(await examined(about(late.url), home.env, home.path)).toMatchObject({
      clock: {
        state: 'warning',
        message: expect.stringContaining('10 min ahead of'),
        advice: expect.stringContaining('NTP'),
      },
    });
    await using down = await answering(503, {});
    expect((await examined(about(down.url), home.env, home.path)).reachability).toMatchObject({ state: 'warning' });
    const plain = down.url.replace('http:', 'https:');
    expect((await examined(about(plain), home.env, home.path)).reachability).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('does not speak TLS'),
    });
    await using secure = await createSandbox().listen({ systems: ['pulse-crm'], tls: true });
    expect((await examined(about(secure.url), home.env, home.path)).reachability).toMatchObject({
      state: 'failed',
      advice: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
    await writeFile(join(home.path, 'ca.pem'), secure.ca ?? '');
    const trusting = { ...home.env, NODE_EXTRA_CA_CERTS: join(home.path, 'ca.pem') };
    expect((await examined(about(secure.url), trusting, home.path)).reachability).toMatchObject({ state: 'ok' });
  });

  it('follows no redirect', async () => {
    await using home = await createHome();
    await using other = await answering(200, {});
    await using service = await answering(302, { location: other.url });
    expect((await examined(about(service.url), home.env, home.path)).reachability).toMatchObject({
      state: 'warning',
      message: expect.stringContaining(`(302): to ${other.url}`),
    });
    expect(other.requests()).toBe(0);
  });

  it('names proxies that Node.js does not use', async () => {
    await using home = await createHome();
    const env = { ...home.env, HTTPS_PROXY: 'http://proxy:3128' };
    expect((await examined([], env, home.path)).proxy).toMatchObject({
      state: 'warning',
      message: expect.stringContaining('HTTPS_PROXY is set'),
    });
  });

  it('fails for a broken file of profiles, with its line, and looks at the rest', async () => {
    await using home = await createHome();
    await mkdir(join(home.path, 'config/latchkey'), { recursive: true });
    const file = join(home.path, 'config/latchkey/config.json');
    await writeFile(file, '{\n  "profiles": { "work": { "system": "pulse" } }\n}\n');
    const found = await examined(['--profile', 'work'], home.env, home.path);
    expect(found.config).toMatchObject({ state: 'failed', message: expect.stringContaining(`${file}:2:`) });
    expect(found.store).toMatchObject({ state: 'ok' });
  });

  it('fails for settings that are not whole, and for a key that is none', async () => {
    await using home = await createHome();
    const found = await examined(['zato-sso'], home.env, home.path);
    expect(found.settings).toMatchObject({ state: 'failed' });
    const bad = await examined([], { ...home.env, LATCHKEY_KEY: 'short-and-secret' }, home.path);
    expect(bad.key).toMatchObject({ state: 'failed', message: expect.stringContaining('LATCHKEY_KEY') });
    expect(JSON.stringify(bad)).not.toContain('short-and-secret');
  });

  it.skipIf(process.platform === 'win32')('looks at who can read and write the store', async () => {
    await using home = await createHome();
    await mkdir(home.store, { recursive: true, mode: 0o700 });
    expect((await examined([], home.env, home.path)).store).toMatchObject({ state: 'ok' });
    await chmod(home.store, 0o755);
    expect((await examined([], home.env, home.path)).store).toMatchObject({
      state: 'warning',
      advice: `chmod 700 ${home.store}`,
    });
    await chmod(home.store, 0o777);
    expect((await examined([], home.env, home.path)).store).toMatchObject({
      state: 'failed',
      advice: `chmod 700 ${home.store}`,
    });
    await chmod(home.store, 0o700);
    await writeFile(join(home.store, 'x.record'), '', { mode: 0o644 });
    expect((await examined([], home.env, home.path)).store).toMatchObject({
      state: 'failed',
      advice: `chmod 600 ${join(home.store, 'x.record')}`,
    });
  });

  it('tells which locks are held, by whom, and which by nobody who lives', async () => {
    await using home = await createHome();
    const store = createFileStore({ directory: home.store, keyFile: join(home.path, 'store.key') });
    await store.withLock(
      'a',
      async () => {
        expect((await examined([], home.env, home.path)).locks).toMatchObject({
          state: 'ok',
          message: expect.stringContaining(`1 of 1 locks are held now, held by process ${process.pid}.`),
        });
      },
      { waitMs: 0 },
    );
    expect((await examined([], home.env, home.path)).locks?.message).toBe('None of 1 locks is held.');
    // As a process leaves it that was killed: its owner's pid is another's, or nobody's.
    const folder = join(home.store, 'locks/dead');
    const held = await createFileLocks().take(folder, { waitMs: 0 });
    const owner = JSON.parse(await readFile(join(folder, '1'), 'utf8'));
    await writeFile(join(folder, '1'), JSON.stringify({ ...owner, startedAt: '1' }));
    expect((await examined([], home.env, home.path)).locks).toMatchObject({
      state: 'warning',
      message: expect.stringContaining(`1 of 2 locks were left by who has ended (process ${process.pid})`),
    });
    await held.release();
  });

  it('tells of quarantine and of logins that were spent', async () => {
    await using home = await createHome();
    const env = { ...home.env, LATCHKEY_PULSE_CRM_API_SECRET: 'a-wrong-secret' };
    expect((await run(latchkey, ['auth', 'login', ...about(service.url)], { env })).code).toBe(6);
    expect(await examined(about(service.url), home.env, home.path)).toMatchObject({
      quarantine: { state: 'warning', message: expect.stringContaining('not sent until') },
      budget: { state: 'ok', message: expect.stringContaining('1 of 10') },
    });
  });

  it('says whether generated files are what the specs give', async () => {
    await using home = await createHome();
    const spec = join(root, 'test/unit/generate-openapi.fixture.yaml');
    await writeFile(join(home.path, 'latchkey.config.json'), JSON.stringify({ specs: [{ openapi: spec }] }));
    expect((await examined([], home.env, home.path)).specs).toMatchObject({
      state: 'failed',
      advice: 'latchkey generate',
    });
    expect((await run(latchkey, ['generate'], { env: home.env, cwd: home.path })).code).toBe(0);
    expect((await examined([], home.env, home.path)).specs).toMatchObject({ state: 'ok' });
  });
});
