import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SaxesParser } from 'saxes';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { ensureBuilt, latchkey, run } from './built.support.ts';

const SECRET = 'secret-000000000001';
const credentials = { LATCHKEY_PULSE_CRM_API_KEY: 'apiKey-000000000001', LATCHKEY_PULSE_CRM_API_SECRET: SECRET };

let folder = '';
beforeAll(async () => {
  await ensureBuilt();
  folder = await mkdtemp(join(tmpdir(), 'latchkey-contract-'));
}, 200_000);
afterAll(() => rm(folder, { recursive: true, force: true }));
vi.setConfig({ testTimeout: 60_000 });

/** The names of all elements, and an error for XML that is none. */
function elementsOf(xml: string): string[] {
  const names: string[] = [];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', ({ name }) => names.push(name));
  parser.write(xml).close();
  return names;
}

/** A service that answers every request with the same. */
async function serve(status: number, body: string, type = 'application/json') {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

describe('latchkey contract', () => {
  it('holds the sandbox to the four specs, in process, and says so', async () => {
    const { code, stdout, stderr } = await run(latchkey, ['contract']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const system of ['zuora-rest', 'zuora-soap', 'zato-sso', 'pulse-crm'])
      expect(stdout).toContain(`${system} at `);
    expect(stdout.match(/the service conforms to its spec/g)).toHaveLength(4);
    expect(stdout).not.toMatch(/violated|drift|skipped/);
  });

  it.each(['sandbox:http', 'sandbox:https'])('holds the sandbox to a spec over the wire: %s', async (target) => {
    const { code, stdout } = await run(latchkey, ['contract', '--system', 'zato-sso', '--target', target, '--json']);
    expect(code).toBe(0);
    const { reports } = JSON.parse(stdout);
    expect(reports).toMatchObject([
      {
        system: 'zato-sso',
        outcome: 'conforms',
        target: expect.stringMatching(target.endsWith('s') ? /^https:/ : /^http:/),
      },
    ]);
  });

  it('holds a service at an address to its spec, with credentials from the environment, and sends nothing unsafe', async () => {
    const sandbox = createSandbox();
    await using server = await sandbox.listen({ systems: ['pulse-crm'] });
    const args = ['contract', '--system', 'pulse-crm', '--target', server.url];
    const { code, stdout, stderr } = await run(latchkey, args, { env: credentials });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/skipped +login-denied +not without being allowed to/);
    expect(stdout).toMatch(/skipped +expiry +needs a target that can be steered/);
    expect(stdout).not.toContain(SECRET);
    expect(sandbox.counts('pulse-crm').loginsDenied).toBe(0);
    const unsafe = await run(latchkey, [...args, '--allow-unsafe'], { env: credentials });
    expect(unsafe.code).toBe(0);
    expect(sandbox.counts('pulse-crm').loginsDenied).toBe(1);
    for (const name of ['login-denied', 'use']) expect(unsafe.stdout).toMatch(new RegExp(`conforms +${name}\\n`));
    expect(unsafe.stdout).toMatch(/skipped +missing-field +a login was not accepted before/);
    expect(unsafe.stderr).toMatch(
      /^pulse-crm: a login was sent that was not accepted, so others were held back\. Each further run/,
    );
    const again = await run(latchkey, [...args, '--allow-unsafe', '--scenario', 'login-denied'], { env: credentials });
    expect(again).toMatchObject({ code: 0, stderr: expect.stringMatching(/Each further run may send another/) });
    expect(sandbox.counts('pulse-crm').loginsDenied).toBe(2);
  });

  it('trusts a certificate authority that it is given', async () => {
    await using server = await createSandbox().listen({ systems: ['pulse-crm'], tls: true });
    const args = ['contract', '--system', 'pulse-crm', '--target', server.url, '--scenario', 'use'];
    expect((await run(latchkey, args, { env: credentials })).code).toBe(5);
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, server.ca ?? '');
    expect((await run(latchkey, [...args, '--ca', ca], { env: credentials })).code).toBe(0);
    await writeFile(ca, 'no certificate');
    const bad = await run(latchkey, [...args, '--ca', ca], { env: credentials });
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining('holds no certificate') });
  });

  it('prints nothing of a secret that cannot be sent, and names it', async () => {
    const args = ['contract', '--system', 'zuora-rest', '--target', 'http://127.0.0.1:9', '--json'];
    const env = {
      LATCHKEY_ZUORA_REST_API_ACCESS_KEY_ID: 'id',
      LATCHKEY_ZUORA_REST_API_SECRET_ACCESS_KEY: 'Xq\nXq-Tail',
    };
    const { code, stdout, stderr } = await run(latchkey, args, { env });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      code: 'ERR_CREDENTIALS',
      message: expect.stringContaining('apiSecretAccessKey'),
    });
    expect(stdout + stderr).not.toMatch(/Xq|Tail/);
  });

  it('says why nothing was run', async () => {
    const args = ['contract', '--system', 'pulse-crm', '--target', 'http://127.0.0.1:9', '--json', '--scenario'];
    const outcomeOf = async (...more: string[]) => {
      const { code, stdout } = await run(latchkey, [...args, ...more], { env: credentials });
      const { code: word, message } = JSON.parse(stdout);
      return { code, word, message };
    };
    expect(await outcomeOf('login-denied')).toEqual({
      code: 4,
      word: 'ERR_NOTHING_RUN',
      message: 'Nothing was run: not without being allowed to: a wrong secret may count towards a lockout',
    });
    expect(await outcomeOf('use', '--max-calls', '1')).toMatchObject({
      code: 4,
      message: 'Nothing was run: would go beyond 1 calls',
    });
    expect(await outcomeOf('login-person')).toMatchObject({
      code: 4,
      word: 'ERR_CREDENTIALS_MISSING',
      message: expect.stringContaining('needs email, password'),
    });
  });

  it('ends with what it found, and writes reports of it for CI and for people', async () => {
    const user = { id: 1, email: 'a@b.test', accessToken: 'x|y' };
    await using service = await serve(200, JSON.stringify(user));
    const [junit, markdown] = [join(folder, 'junit.xml'), join(folder, 'report.md')];
    const args = [
      'contract',
      '--system',
      'pulse-crm',
      '--target',
      service.url,
      '--junit',
      junit,
      '--markdown',
      markdown,
    ];
    const { code, stdout } = await run(latchkey, [...args, '--json'], { env: credentials });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'ERR_CONTRACT_VIOLATION' });
    const xml = await readFile(junit, 'utf8');
    const elements = elementsOf(xml);
    expect(elements.filter((name) => name === 'testcase')).toHaveLength(10);
    expect(elements.filter((name) => name === 'failure').length).toBeGreaterThan(0);
    expect(xml).toContain('/response/body/token');
    const text = await readFile(markdown, 'utf8');
    expect(text).toContain('| login | `/response/body/token` | violation | a value | nothing | login');
    expect(text).toContain('| login | `/response/body/accessToken` | undocumented | a documented name | another |');
    for (const shown of [stdout, xml, text]) {
      expect(shown).not.toContain(SECRET);
      expect(shown).not.toContain('x|y');
    }
  });

  it.each([
    ['1 where a service violates its spec', 200, '<html>', 'text/html', 1],
    ['6 where the credentials are refused', 401, '{}', 'application/json', 6],
  ])('ends with %s', async (_, status, body, type, expected) => {
    await using service = await serve(status, body, type);
    const args = ['contract', '--system', 'pulse-crm', '--target', service.url];
    expect((await run(latchkey, args, { env: credentials })).code).toBe(expected);
    expect(service.seen.filter((line) => line === 'POST /auth/login')).toHaveLength(1);
  });

  it('ends with 3 for drift, 4 without credentials, 5 where nobody answers', async () => {
    const user = { id: 1, email: 'a@b.test', token: 't', shoe: 7 };
    await using service = await serve(200, JSON.stringify(user));
    const at = (url: string) => ['contract', '--system', 'pulse-crm', '--target', url, '--scenario', 'login'];
    expect((await run(latchkey, at(service.url), { env: credentials })).code).toBe(3);
    const bare = await run(latchkey, at(service.url), { env: { LATCHKEY_PULSE_CRM_API_KEY: '' } });
    expect(bare.code).toBe(4);
    expect(bare.stderr).toContain('needs apiKey, apiSecret');
    expect((await run(latchkey, at('http://127.0.0.1:9'), { env: credentials })).code).toBe(5);
  });

  it.each([
    ['an address and no system', ['--target', 'http://127.0.0.1:9']],
    ['an address that is none', ['--system', 'pulse-crm', '--target', 'nowhere']],
    ['plain http to another machine', ['--system', 'pulse-crm', '--target', 'http://crm.example.test']],
    ['a scenario that is none', ['--system', 'pulse-crm', '--scenario', 'logn']],
    ['a number that is none', ['--max-calls', '0']],
    ['a number that is too large', ['--timeout', '99999999999']],
    ['an authority for the sandbox', ['--ca', 'package.json']],
    [
      'an authority for plain http',
      ['--system', 'pulse-crm', '--target', 'http://127.0.0.1:9', '--ca', 'package.json'],
    ],
  ])('ends with 2 for %s', async (_, args) => {
    const { code, stdout } = await run(latchkey, ['contract', ...args], { env: credentials });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });
});
