import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FetchError } from '../../scripts/regenerate/fetch-error.ts';
import { fetchSpec } from '../../scripts/regenerate/fetch-spec.ts';
import { fetchUrl, nextUrl } from '../../scripts/regenerate/fetch-url.ts';
import { type Answerer, openServer } from '../helpers/local-server.ts';
import { rejection } from '../helpers/waiting.ts';
import { createProject } from './regenerate.support.ts';

const limits = { mostBytes: 1000, timeoutMs: 20_000 };
const tenant = { kind: 'wsdl', specFile: 'tenant.wsdl' } as const;
const crm = { kind: 'openapi', specFile: 'crm.yaml' } as const;
const here = { lockFolder: '/nowhere', commandFolder: process.cwd() };
const printing = (script: string) => ({ command: [process.execPath, '-e', script] });

/** What a server's answer comes to: the text, or the error. */
async function fetched(answer: Answerer, source = '', settings = limits): Promise<unknown> {
  await using server = await openServer(answer);
  return await fetchUrl(`${server.url}${source}`, settings, undefined).then(
    (bytes) => Buffer.from(bytes).toString('utf8'),
    (error: unknown) => error,
  );
}

describe('a spec over HTTP', () => {
  it('is taken by one GET that carries nothing of ours', async () => {
    await using server = await openServer((_, response) => void response.end('<a/>'));
    expect(Buffer.from(await fetchUrl(`${server.url}/a?b=c`, limits, undefined)).toString()).toBe('<a/>');
    expect(server.arrived.map(({ method, url }) => `${method} ${url}`)).toEqual(['GET /a?b=c']);
    expect(server.arrived[0]?.headers).not.toHaveProperty('authorization');
    expect(server.arrived[0]?.headers).not.toHaveProperty('cookie');
  });

  it('may be five redirects away, and no more', async () => {
    const chain =
      (length: number): Answerer =>
      ({ url }, response) => {
        const step = Number(url.slice(1));
        if (step < length) response.writeHead(302, { location: `/${step + 1}` }).end();
        else response.end('there');
      };
    expect(await fetched(chain(5), '/0')).toBe('there');
    expect(await fetched(chain(6), '/0')).toMatchObject({
      code: 'ERR_FETCH',
      message: expect.stringContaining('redirects more than 5 times'),
    });
  });

  it.each([
    ['http://example.com/spec', 'is not https'],
    ['ftp://127.0.0.1/spec', 'is not https'],
    ['file:///etc/passwd', 'is not https'],
    ['https://user:secret@example.com/spec', 'has credentials in it'],
  ])('is not followed to %s', async (location, expected) => {
    const error = await fetched((_, response) => void response.writeHead(301, { location }).end());
    expect(error).toBeInstanceOf(FetchError);
    expect(Object(error).message).toContain(expected);
    expect(Object(error).message).not.toContain('secret');
  });

  it('is not followed from elsewhere to this machine, or down to http', () => {
    const from = new URL('https://example.com/a?key=hidden');
    expect(nextUrl(from, '../b').href).toBe('https://example.com/b');
    expect(nextUrl(from, 'https://other.example/b').href).toBe('https://other.example/b');
    for (const [to, expected] of [
      ['https://127.0.0.1/b', 'https://example.com/a redirects to https://127.0.0.1/b, which is this machine'],
      ['https://localhost/b', 'which is this machine'],
      ['https://[::1]/b', 'which is this machine'],
      ['https://127.1/b', 'which is this machine'],
      ['https://0/b', 'which is this machine'],
      ['https://[::]/b', 'which is this machine'],
      ['https://[::ffff:127.0.0.1]/b', 'which is this machine'],
      ['https://localhost./b', 'which is this machine'],
      ['https://a.localhost/b', 'which is this machine'],
      ['http://127.1/b', 'redirects to http://127.0.0.1/b, which is not https'],
      ['http://example.com/b', 'is not https'],
    ] as const) {
      expect(() => nextUrl(from, to)).toThrow(expected);
    }
    expect(() => nextUrl(from, null)).toThrow('redirects to nowhere');
  });

  it.each([
    ['http://example.com/x?key=hidden', 'http://example.com/x is not https'],
    ['http://127.0.0.1.example.com/', 'is not https'],
    ['http://localhost.example.com/', 'is not https'],
    ['https://:secret@example.com/x', 'has credentials in it'],
    ['https://', 'is no address'],
  ])('is not asked for at %s', async (source, expected) => {
    const error = await rejection(fetchUrl(source, limits, undefined));
    expect(error).toBeInstanceOf(FetchError);
    expect(Object(error).message).toContain(expected);
    expect(Object(error).message).not.toMatch(/hidden|secret/);
  });

  it.each([
    [404, 'ERR_FETCH'],
    [401, 'ERR_FETCH'],
    [204, 'ERR_FETCH'],
    [429, 'ERR_SERVICE_UNREACHABLE'],
    [503, 'ERR_SERVICE_UNREACHABLE'],
  ])('is not there when the answer is %i', async (status, code) => {
    const error = await fetched((_, response) => void response.writeHead(status).end());
    expect(error).toMatchObject({ code, message: expect.stringContaining(`answered with ${status}`) });
  });

  it('may not be larger than the limit, whatever its headers say', async () => {
    const error = await fetched((_, response) => {
      response.writeHead(200);
      for (let i = 0; i < 20; i++) response.write('x'.repeat(100));
      response.end();
    });
    expect(error).toMatchObject({ code: 'ERR_FETCH', message: expect.stringContaining('more than 1000 bytes') });
  });

  it.each([
    ['fewer bytes than it promised', { 'content-length': '100' }],
    ['a piece that does not end', { 'transfer-encoding': 'chunked' }],
    ['what it calls packed', { 'content-encoding': 'gzip' }],
  ])('is not taken by half: %s', async (_, headers) => {
    const error = await fetched((_request, response) => {
      response.writeHead(200, headers);
      response.write('<definitions>');
      if ('content-encoding' in headers) response.end();
      else setTimeout(() => response.socket?.destroy(), 20);
    });
    expect(error).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE' });
  });

  it('is unreachable where nobody answers, or not in time', async () => {
    const server = await openServer(() => {});
    const late = await rejection(fetchUrl(server.url, { ...limits, timeoutMs: 50 }, undefined));
    expect(late).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE', message: expect.stringContaining('within 50 ms') });
    await server[Symbol.asyncDispose]();
    const gone = await rejection(fetchUrl(server.url, limits, undefined));
    expect(gone).toMatchObject({ code: 'ERR_SERVICE_UNREACHABLE', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('is left where the wish for it ends', async () => {
    const stop = new AbortController();
    await using server = await openServer(() => stop.abort(new Error('enough')));
    expect(await rejection(fetchUrl(server.url, limits, stop.signal))).toMatchObject({ message: 'enough' });
  });
});

describe('what a source gives', () => {
  it.each([
    [tenant, '<!DOCTYPE html><html></html>', 'a web page (HTML), not a spec'],
    [tenant, '\uFEFF <!-- login first -->\n<html lang="en">', 'a web page (HTML), not a spec'],
    [crm, '<HTML>', 'a web page (HTML), not a spec'],
    [tenant, '{"openapi": "3.1.0"}', 'something that is not XML'],
    [crm, '<definitions/>', 'XML, not an OpenAPI document'],
    [crm, ' \n', 'nothing'],
  ])('is looked at, whatever a server calls it', async (spec, text, expected) => {
    await using server = await openServer((_, response) => {
      response.writeHead(200, { 'content-type': spec.kind === 'wsdl' ? 'text/xml' : 'application/yaml' }).end(text);
    });
    const error = await rejection(fetchSpec(spec, `${server.url}/s?key=hidden`, here));
    expect(error).toBeInstanceOf(FetchError);
    expect(Object(error).message).toBe(`${spec.specFile}: ${server.url}/s gave ${expected}`);
  });

  it('is taken though a server calls it a web page', async () => {
    await using server = await openServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<?xml version="1.0"?><definitions/>');
    });
    expect(await fetchSpec(tenant, server.url, here)).toBe('<?xml version="1.0"?><definitions/>');
  });

  it('is text in UTF-8, and keeps its byte order mark', async () => {
    await using project = await createProject({ 'bom.wsdl': '\uFEFF<ä/>' }, { isInGit: false });
    const context = { ...here, lockFolder: project.path };
    expect(await fetchSpec(tenant, 'bom.wsdl', context)).toBe('\uFEFF<ä/>');
    await writeFile(join(project.path, 'latin.wsdl'), Buffer.from('<ä/>', 'latin1'));
    await writeFile(join(project.path, 'utf16.wsdl'), Buffer.from('\uFEFF<a/>', 'utf16le'));
    const error = async (file: string): Promise<string> =>
      Object(await rejection(fetchSpec(tenant, file, context))).message;
    expect(await error('latin.wsdl')).toContain('something that is not UTF-8 text');
    expect(await error('utf16.wsdl')).toContain('text in UTF-16; UTF-8 is read');
    await promisify(execFile)('mkfifo', [join(project.path, 'pipe')]);
    expect(await error('pipe')).toBe('tenant.wsdl: pipe is not a file');
    expect(await error('absent.wsdl')).toMatch(/^tenant\.wsdl: absent\.wsdl cannot be read: ENOENT/);
  });
});

describe('a command that prints a spec', () => {
  it('is run without a shell, in the folder of the configuration', async () => {
    await using project = await createProject({}, { isInGit: false });
    const context = { ...here, commandFolder: project.path };
    const source = {
      command: [process.execPath, '-p', '["#", process.cwd(), process.argv[1]].join(" ")', '$HOME; exit 1'],
    };
    expect(await fetchSpec(crm, source, context)).toMatch(/^# \S*latchkey-regenerate-\w+ \$HOME; exit 1\n$/);
  });

  it.each([
    [printing('process.exit(3)'), 'ended with 3'],
    [{ command: ['/no/such/program'] }, 'could not be started: spawn /no/such/program ENOENT'],
    [printing('process.stdout.write("<!doctype html>")'), 'gave a web page (HTML), not a spec'],
    [
      printing('for (let i = 0; i < 65; i++) process.stdout.write("x".repeat(2 ** 20))'),
      'printed more than 67108864 bytes',
    ],
  ])('may fail: %j', async (source, expected) => {
    const error = await rejection(fetchSpec(crm, source, here));
    expect(error).toBeInstanceOf(FetchError);
    expect(Object(error).message).toContain(expected);
  });

  it('is ended, with what it started, when the wish for it ends', async () => {
    await using project = await createProject({}, { isInGit: false });
    const stop = new AbortController();
    const inner = 'require("fs").writeFileSync("pid", String(process.pid)); setInterval(() => {}, 1000)';
    const source = printing(
      `require("child_process").spawn(process.execPath, ["-e", ${JSON.stringify(inner)}], { stdio: "inherit" }); setInterval(() => {}, 1000)`,
    );
    const ended = rejection(fetchSpec(crm, source, { ...here, commandFolder: project.path, signal: stop.signal }));
    const pid = await expect
      .poll(() => project.read('pid').catch(() => ''), { timeout: 20_000 })
      .toMatch(/^\d+$/)
      .then(() => project.read('pid'));
    stop.abort(new Error('enough'));
    expect(await ended).toMatchObject({ message: 'enough' });
    await expect.poll(() => isRunning(Number(pid)), { timeout: 20_000 }).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
