import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { makeCertificate } from '../../src/sandbox/certificate.ts';
import { createFolder, ensureBuilt, type Finished, latchkey, root, run, start } from './built.support.ts';

/** Loaded before the command: whoever opens a socket fails. */
const offline = `data:text/javascript,${encodeURIComponent(
  "import { Socket } from 'node:net'; Socket.prototype.connect = () => { throw new Error('the network was asked for'); };",
)}`;

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 120_000 });

const wsdl = await readFile(join(root, 'specs/zuora-soap.wsdl'), 'utf8');
const field = / *<xs:element name="AccountNumber"[^>]*\/>\n/;
const poorer = wsdl.replace(field, '');
const richer = wsdl.replace(field, (line) => line + line.replace('AccountNumber', 'Shade__c'));

async function git(cwd: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { cwd })).stdout;
}

async function commitAll(folder: string): Promise<void> {
  await git(folder, 'init', '--quiet', '--initial-branch=main');
  for (const [name, value] of [
    ['name', 'Test'],
    ['email', 'test@example.com'],
  ])
    await git(folder, 'config', `user.${name}`, `${value}`);
  await git(folder, 'add', '--all');
  await git(folder, 'commit', '--quiet', '--message', 'Begin');
}

/** A tenant's project: configuration, lock and what its spec is taken from. */
async function createTenant(folder: string, source: unknown, verify: readonly string[][] = []): Promise<void> {
  const files = {
    'latchkey.config.json': JSON.stringify({
      out: 'generated',
      specs: [{ wsdl: 'specs/tenant.wsdl' }],
      ...(verify.length > 0 && { verify }),
    }),
    'specs/sources.json': JSON.stringify({ specs: [{ file: 'tenant.wsdl', source }] }),
    'specs/tenant.wsdl': wsdl,
    'vendor.wsdl': wsdl,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, file)), { recursive: true });
    await writeFile(join(folder, file), text);
  }
  const { code, stderr } = await regenerate(folder, '--no-fetch', '--no-verify');
  expect(stderr).not.toContain('Error');
  expect(code).toBe(0);
  await commitAll(folder);
}

function regenerate(cwd: string, ...args: string[]): Promise<Finished> {
  return run(latchkey, ['regenerate', ...args], { cwd });
}

describe('latchkey regenerate', () => {
  it('makes of a changed spec a branch with a changelog, offline: from this project, in a clone', async () => {
    await using folder = await createFolder();
    const [origin, clone] = [join(folder.path, 'origin'), join(folder.path, 'clone')];
    await mkdir(origin);
    for (const name of ['specs', 'generated', 'CHANGELOG.md'])
      await cp(join(root, name), join(origin, name), { recursive: true });
    const looking =
      "process.exit(/favourite_colour/.test(require('fs').readFileSync('generated/pulse-crm/types.ts', 'utf8')) ? 0 : 1)";
    const config = { verify: [[process.execPath, '-e', looking]] };
    await writeFile(join(origin, 'latchkey.config.json'), JSON.stringify(config));
    await commitAll(origin);
    await git(folder.path, 'clone', '--quiet', origin, clone);
    for (const [name, value] of [
      ['name', 'Test'],
      ['email', 'test@example.com'],
    ])
      await git(clone, 'config', `user.${name}`, `${value}`);

    const spec = join(clone, 'specs/pulse-crm.openapi.yaml');
    const before = await readFile(spec, 'utf8');
    const after = before.replace(
      /^( *)properties:\n(?=( +)\w+:)/m,
      (all, _, indent) => `${all}${indent}favourite_colour: { type: string }\n`,
    );
    expect(after).not.toBe(before);
    await writeFile(spec, after);

    const args = [
      'regenerate',
      '--branch',
      'specs/pulse',
      '--changelog',
      'CHANGELOG.md',
      '--summary',
      '../summary.md',
      '--json',
    ];
    const { code, stdout, stderr } = await run(latchkey, args, {
      cwd: clone,
      env: { NODE_OPTIONS: `--import=${offline}` },
    });
    expect(code, stdout + stderr).toBe(0);
    const printed = JSON.parse(stdout);
    expect(printed).toMatchObject({
      ok: true,
      code: 'OK',
      changed: true,
      label: 'minor',
      branch: { name: 'specs/pulse' },
      checks: [{ ok: true }],
    });
    expect(printed.specs.filter(({ state }: { state: string }) => state !== 'same')).toMatchObject([
      { system: 'pulse-crm', state: 'changed', bump: 'minor' },
    ]);

    const committed = (await git(clone, 'show', '--format=', '--name-only', 'specs/pulse', '--')).trim().split('\n');
    expect(committed).toEqual(
      expect.arrayContaining([
        'CHANGELOG.md',
        'specs/pulse-crm.openapi.yaml',
        'specs/sources.json',
        'generated/pulse-crm/types.ts',
      ]),
    );
    expect(committed.filter((file) => file.startsWith('generated/zuora'))).toEqual([]);
    expect(await git(clone, 'rev-list', '--count', 'main..specs/pulse')).toBe('1\n');
    expect(await git(clone, 'status', '--porcelain')).toBe('');
    const changelog = await git(clone, 'show', 'specs/pulse:CHANGELOG.md');
    expect(changelog).toMatch(/^- `pulse-crm`: .*favourite_colour/m);
    expect(await readFile(join(folder.path, 'summary.md'), 'utf8')).toMatch(
      /Suggested version: \*\*minor\*\*[\s\S]*favourite/,
    );
    expect((await regenerate(clone)).stdout).toBe('Nothing changed\n');
  });

  it('ends with 7 for a change that breaks callers, where that is asked for, and has done its work', async () => {
    await using folder = await createFolder();
    await createTenant(folder.path, '../vendor.wsdl');
    await writeFile(join(folder.path, 'vendor.wsdl'), poorer);
    const finished = await regenerate(folder.path, '--fail-on', 'breaking', '--json');
    expect(finished.code).toBe(7);
    expect(JSON.parse(finished.stdout)).toMatchObject({ ok: false, code: 'ERR_BREAKING_CHANGE', label: 'major' });
    expect(await readFile(join(folder.path, 'specs/tenant.wsdl'), 'utf8')).toBe(poorer);
    await git(folder.path, 'commit', '--quiet', '--all', '--message', 'Less');
    await writeFile(join(folder.path, 'vendor.wsdl'), wsdl);
    expect((await regenerate(folder.path, '--fail-on', 'breaking')).code).toBe(0);
  });

  it('ends with 1 when a check fails, and says that the work is there', async () => {
    await using folder = await createFolder();
    await createTenant(folder.path, '../vendor.wsdl', [
      [process.execPath, '-e', 'console.log("type error"); process.exit(2)'],
    ]);
    await writeFile(join(folder.path, 'vendor.wsdl'), richer);
    const { code, stdout, stderr } = await regenerate(folder.path, '--branch', 'b');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('type error\n');
    expect(stderr).toMatch(/failed with what was generated: it ended with 2\. .*, and left for you to look at\n$/);
    expect(await git(folder.path, 'branch', '--format=%(refname:short)')).toBe('main\n');
  });

  it('ends with 5 when a source is not there now, and with 1 when it gives something else', async () => {
    await using folder = await createFolder();
    await createTenant(folder.path, 'http://127.0.0.1:9/tenant.wsdl');
    const away = await regenerate(folder.path, '--json');
    expect(away.code).toBe(5);
    expect(JSON.parse(away.stdout).message).toContain(
      'specs/tenant.wsdl: http://127.0.0.1:9/tenant.wsdl cannot be reached',
    );
    const lock = {
      specs: [{ file: 'tenant.wsdl', source: { command: [process.execPath, '-p', '"<!doctype html>"'] } }],
    };
    await writeFile(join(folder.path, 'specs/sources.json'), JSON.stringify(lock));
    const other = await regenerate(folder.path, '--json');
    expect(other.code).toBe(1);
    expect(JSON.parse(other.stdout)).toMatchObject({
      code: 'ERR_FETCH',
      message: expect.stringContaining('a web page (HTML)'),
    });
  });

  it.each([
    [['--fetch-only', '--no-fetch'], 'leave nothing to do'],
    [['--fetch-only', '--branch', 'x'], '--branch'],
    [['--fail-on', 'always'], 'Allowed choices are breaking, additive, documentation, never'],
    [['--config', 'absent.json'], 'absent.json cannot be read'],
  ])('refuses %j', async (args, expected) => {
    await using folder = await createFolder();
    const { code, stderr } = await regenerate(folder.path, ...args);
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
  });

  it('at Ctrl-C ends its children, with 130, and leaves whole files', async () => {
    await using folder = await createFolder();
    const inner = 'process.stdout.write(["pid", process.pid, ""].join(" ")); setInterval(() => {}, 1000)';
    const outer = `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: "inherit" })`;
    await createTenant(folder.path, '../vendor.wsdl', [[process.execPath, '-e', outer]]);
    await writeFile(join(folder.path, 'vendor.wsdl'), richer);
    await using program = start(latchkey, ['regenerate'], { cwd: folder.path });
    const pid = Number(/pid (\d+) /.exec(await program.printed('stderr', 'pid '))?.[1] ?? 0);
    // Whatever comes of it, what was started is ended: it is in a group of its own.
    await using _ = { [Symbol.asyncDispose]: async () => void (isRunning(pid) && process.kill(pid, 'SIGKILL')) };
    expect(pid).toBeGreaterThan(1);
    program.signal('SIGINT');
    expect((await program.finished).code).toBe(130);
    await expect.poll(() => isRunning(pid), { timeout: 20_000 }).toBe(false);
    expect(await readFile(join(folder.path, 'specs/tenant.wsdl'), 'utf8')).toBe(richer);
    expect(await git(folder.path, 'ls-files', '--others', '--exclude-standard')).toBe('');
  });
});

describe('latchkey regenerate --fetch-only', () => {
  it('takes a spec over https, shows what changed, and generates nothing', async () => {
    await using folder = await createFolder();
    await using server = await serveTls(folder.path, (path) =>
      path === '/tenant.wsdl' ? { text: richer } : { location: 'http://127.0.0.1:9/x' },
    );
    await createTenant(folder.path, `${server.url}/tenant.wsdl?key=hidden`);
    const env = { NODE_EXTRA_CA_CERTS: server.ca };
    const refused = await run(latchkey, ['regenerate', '--fetch-only'], { cwd: folder.path });
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('cannot be reached: ') });
    const taken = await run(latchkey, ['regenerate', '--fetch-only'], { cwd: folder.path, env });
    expect(taken).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Shade__c[\s\S]*nothing was generated\. Suggested version: minor\n$/),
    });
    expect(refused.stderr + taken.stdout + taken.stderr).not.toContain('hidden');
    expect(await readFile(join(folder.path, 'specs/tenant.wsdl'), 'utf8')).toBe(richer);
    expect((await git(folder.path, 'status', '--porcelain', 'generated')).trim()).toBe('');
    const again = await run(latchkey, ['regenerate', '--fetch-only'], { cwd: folder.path, env });
    expect(again).toMatchObject({ code: 0 });

    const lock = { specs: [{ file: 'tenant.wsdl', source: `${server.url}/elsewhere` }] };
    await writeFile(join(folder.path, 'specs/sources.json'), JSON.stringify(lock));
    const down = await run(latchkey, ['regenerate', '--fetch-only'], { cwd: folder.path, env });
    expect(down).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('redirects to http://127.0.0.1:9/x, which is not https'),
    });
  });
});

/** An HTTPS server on loopback, with a certificate of its own in a file. */
async function serveTls(
  folder: string,
  answer: (path: string) => { readonly text?: string; readonly location?: string },
) {
  const { key, cert } = await makeCertificate('localhost');
  await writeFile(join(folder, 'ca.pem'), cert);
  const server = createServer({ key, cert }, ({ url = '' }, response) => {
    const { text, location } = answer(url.replace(/\?.*$/, ''));
    if (location === undefined) response.end(text);
    else response.writeHead(302, { location }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    url: `https://localhost:${port}`,
    ca: join(folder, 'ca.pem'),
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
