import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type RequestOptions, request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../src/sandbox/certificate.ts';
import { createSandbox, type ListeningSandbox, type ListenOptions } from '../../src/sandbox/index.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const open: ListeningSandbox[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const listening of open.splice(0)) await listening.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function listen(options: ListenOptions, sandbox = createSandbox({ seed: 'https' })): Promise<ListeningSandbox> {
  const server = await sandbox.listen(options);
  open.push(server);
  return server;
}

async function fileOf(text: string | undefined): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-https-'));
  folders.push(folder);
  const file = join(folder, 'ca.pem');
  await writeFile(file, text ?? '');
  return file;
}

function statusOf(url: string, options: RequestOptions = {}): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { agent: false, ...options }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end();
  });
}

/** Runs a program that may import the sources, and gives what it printed. */
async function runProgram(program: string, env: Record<string, string> = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', program],
    { cwd: root, env: { PATH: process.env.PATH ?? '', LATCHKEY_KEYCHAIN: 'off', ...env }, timeout: 15_000 },
  );
  return stdout;
}

describe('the sandbox over HTTPS', () => {
  it('is trusted by whoever has its certificate, and by nobody else', async () => {
    const { url, ca, port } = await listen({ tls: true });
    expect(url).toBe(`https://127.0.0.1:${port}`);
    expect(await statusOf(`${url}/auth/session`, { ca })).toBe(401);
    expect(await statusOf(`https://localhost:${port}/auth/session`, { ca, lookup: toLoopback })).toBe(401);
    await expect(statusOf(`${url}/auth/session`)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  it('has the host it was given in its certificate', async () => {
    const { url, ca } = await listen({ tls: true, host: '::1' });
    expect(url).toMatch(/^https:\/\/\[::1\]:/);
    expect(await statusOf(`${url}/auth/session`, { ca })).toBe(401);
    const other = await listen({ tls: await makeCertificate('sandbox.example.test') });
    const named = { ca: other.ca, servername: 'sandbox.example.test' };
    expect(await statusOf(`${other.url}/auth/session`, named)).toBe(401);
    await expect(
      statusOf(`${other.url}/auth/session`, { ...named, servername: 'another.example.test' }),
    ).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('takes a key and a certificate, and gives the certificate back', async () => {
    const pair = await makeCertificate('127.0.0.1');
    const { url, ca } = await listen({ tls: pair });
    expect(ca).toBe(pair.cert);
    expect(await statusOf(`${url}/auth/session`, { ca: pair.cert })).toBe(401);
  });

  it('refuses what is no key and certificate, with a code', async () => {
    const [one, another] = [await makeCertificate('a.test'), await makeCertificate('b.test')];
    const refused = { code: 'BAD_TLS', message: expect.stringContaining('cannot be used') };
    await expect(listen({ tls: { key: 'x', cert: 'y' } })).rejects.toMatchObject(refused);
    await expect(listen({ tls: { key: one.key, cert: another.cert } })).rejects.toMatchObject(refused);
    await expect(listen({ tls: { ...one, crt: 'x' } as never })).rejects.toMatchObject({ code: 'UNKNOWN_OPTION' });
  });

  it('gives no certificate over plain HTTP', async () => {
    expect(await listen({})).not.toHaveProperty('ca');
    expect((await listen({ tls: false })).url).toMatch(/^http:/);
  });

  it('tells a SOAP client to go on over HTTPS', async () => {
    const sandbox = createSandbox({ seed: 'https' });
    const { url, ca } = await listen({ tls: true }, sandbox);
    const text = await new Promise<string>((resolve, reject) => {
      request(`${url}/apps/services/a/91.0?wsdl`, { agent: false, ca }, (answer) => {
        let body = '';
        answer.setEncoding('utf8').on('data', (piece: string) => {
          body += piece;
        });
        answer.on('end', () => resolve(body));
      })
        .on('error', reject)
        .end();
    });
    expect(text).toContain(`location="${url}/apps/services/a/91.0"`);
  });

  it('ends on close also the connections that never began to speak TLS', async () => {
    const server = await listen({ tls: true });
    const socket = connect(server.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    await new Promise((resolve) => setImmediate(resolve));
    await server.close();
    await gone;
  });

  it('serves a client of the package that trusts it', async () => {
    const sandbox = createSandbox({ seed: 'https' });
    const { url, ca } = await listen({ tls: true }, sandbox);
    const file = await fileOf(ca);
    const program = `
      const { createZuoraRest } = await import('./src/systems/zuora-rest.ts');
      const credentials = { apiAccessKeyId: 'username@company.com', apiSecretAccessKey: 'password' };
      const client = createZuoraRest({ baseUrl: process.env.SANDBOX, credentials });
      const { data, error } = await client.GET('/v1/entities').catch((error) => ({ error: error.code }));
      console.log(JSON.stringify({ isOk: data?.success === true, error }));
      await client[Symbol.asyncDispose]();`;
    expect(JSON.parse(await runProgram(program, { SANDBOX: url, NODE_EXTRA_CA_CERTS: file }))).toEqual({ isOk: true });
    expect(sandbox.counts('zuora-rest')).toMatchObject({ loginsAccepted: 1, accepted: 1 });
    expect(JSON.parse(await runProgram(program, { SANDBOX: url }))).toMatchObject({ isOk: false });
    expect(sandbox.counts('zuora-rest')).toMatchObject({ logins: 1 });
  });

  it('says what to install where the maker of certificates is missing', async () => {
    const program = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(\`export async function resolve(name, context, next) {
        if (name !== 'selfsigned') return next(name, context);
        throw Object.assign(new Error("Cannot find package 'selfsigned'"), { code: 'ERR_MODULE_NOT_FOUND' });
      }\`));
      const { createSandbox } = await import('./src/sandbox/index.ts');
      const error = await createSandbox().listen({ tls: true }).catch((error) => error);
      console.log(JSON.stringify({ isTypeError: error instanceof TypeError, code: error.code, message: error.message }));`;
    expect(JSON.parse(await runProgram(program))).toEqual({
      isTypeError: false,
      code: 'MISSING_PACKAGE',
      message: expect.stringContaining('npm install --save-dev "selfsigned@'),
    });
  });
});

/** Names need no resolver here; where localhost is `::1` first, nobody listens. */
const toLoopback: NonNullable<RequestOptions['lookup']> = (_name, options, found) => {
  if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};
