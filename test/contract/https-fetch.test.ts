import { writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { generate } from 'selfsigned';
import { beforeAll, describe, expect, it } from 'vitest';
import { fetchTrusting, trustedBeside } from '../../src/cli/https-fetch.ts';
import { type KeyAndCertificate, makeCertificate } from '../../src/sandbox/certificate.ts';
import { scratchFolder } from '../helpers/peers.ts';
import { rejection } from '../helpers/waiting.ts';

let own: KeyAndCertificate | undefined;
let other: KeyAndCertificate | undefined;
beforeAll(async () => {
  own = await makeCertificate('localhost');
  // Authorities of one name cannot be told apart.
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'somebody else' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  other = { key, cert };
});

interface Listening extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
}

async function serve(certificate: KeyAndCertificate | undefined, answer: RequestListener): Promise<Listening> {
  if (certificate === undefined) throw new Error('there is no certificate');
  const server = createServer({ ...certificate }, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`, server, [Symbol.asyncDispose]: close };
}

const trusting = (): ReturnType<typeof fetchTrusting> => fetchTrusting([own?.cert ?? '']);

describe('fetch by the certificate authority that it is given', () => {
  it('sends method, headers and body, and gives status, headers, each cookie and body', async () => {
    const seen: unknown[] = [];
    await using service = await serve(own, async (request, response) => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part);
      const { method, url, headers } = request;
      const { 'x-sent': sent, 'content-length': length } = headers;
      seen.push({ method, url, sent, length, body: Buffer.concat(parts).toString() });
      response.writeHead(418, { 'set-cookie': ['a=1', 'b=2'], 'x-shown': 'y' }).end('pot');
    });
    const request = new Request(`${service.url}a?b=c`, { method: 'POST', headers: { 'x-sent': 'x' }, body: 'täa' });
    const response = await trusting()(request);
    expect(seen).toEqual([{ method: 'POST', url: '/a?b=c', sent: 'x', length: '4', body: 'täa' }]);
    expect(response.status).toBe(418);
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(response.headers.get('x-shown')).toBe('y');
    expect(await response.text()).toBe('pot');
  });

  it.each([204, 205, 304])('takes %i without a body, and can go on', async (status) => {
    await using service = await serve(own, (_, response) => response.writeHead(status).end());
    const fetch = trusting();
    for (let count = 0; count < 2; count += 1) {
      const response = await fetch(new Request(service.url));
      expect({ status: response.status, body: response.body }).toEqual({ status, body: null });
    }
  });

  it('follows no redirect', async () => {
    await using service = await serve(own, (_, response) => response.writeHead(302, { location: '/b' }).end());
    expect((await trusting()(new Request(service.url))).status).toBe(302);
  });

  it('refuses everybody else', async () => {
    let arrived = 0;
    await using stranger = await serve(other, (_, response) => {
      arrived += 1;
      response.end();
    });
    const error = await rejection(trusting()(new Request(stranger.url)));
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    expect(arrived).toBe(0);
  });

  it('goes on trusting whom Node trusts', async () => {
    using folder = await scratchFolder();
    const file = join(folder.path, 'extra.pem');
    await writeFile(file, other?.cert ?? '');
    const authorities = trustedBeside(own?.cert ?? '', { NODE_EXTRA_CA_CERTS: file });
    expect(authorities).toEqual([...rootCertificates, other?.cert, own?.cert]);
    const fetch = fetchTrusting(authorities);
    for (const certificate of [own, other]) {
      await using service = await serve(certificate, (_, response) => response.end('in'));
      expect(await (await fetch(new Request(service.url))).text()).toBe('in');
    }
    const gone = trustedBeside('a', { NODE_EXTRA_CA_CERTS: join(folder.path, 'none.pem') });
    expect(gone).toEqual([...rootCertificates, 'a']);
  });

  it.each([999, 600])('fails for the status %i, and the process lives on', async (status) => {
    await using service = await serve(own, (_, response) => {
      response.socket?.end(`HTTP/1.1 ${status} Strange\r\ncontent-length: 0\r\n\r\n`);
    });
    expect(await rejection(trusting()(new Request(service.url)))).toBeInstanceOf(RangeError);
  });

  it('fails where nobody listens, where the connection ends, and where the body breaks off', async () => {
    await using service = await serve(own, ({ url }, response) => {
      if (url === '/none') response.socket?.destroy();
      else response.writeHead(200, { 'content-length': 9 }).write('abc', () => response.socket?.destroy());
    });
    const fetch = trusting();
    expect(await rejection(fetch(new Request(`${service.url}none`)))).toMatchObject({ code: 'ECONNRESET' });
    expect(await rejection((await fetch(new Request(service.url))).text())).toBeInstanceOf(Error);
    const closed = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    expect(await rejection(fetch(new Request(`https://127.0.0.1:${port}/`)))).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('ends with its signal, before and after the answer began', async () => {
    await using service = await serve(own, ({ url }, response) => {
      if (url === '/begun') response.writeHead(200).write('abc');
    });
    const fetch = trusting();
    const silent = new AbortController();
    const waiting = rejection(fetch(new Request(service.url, { signal: silent.signal })));
    service.server.once('request', () => silent.abort());
    expect(await waiting).toMatchObject({ name: 'AbortError' });
    const begun = new AbortController();
    const response = await fetch(new Request(`${service.url}begun`, { signal: begun.signal }));
    begun.abort();
    expect(await rejection(response.text())).toBeInstanceOf(Error);
  });
});
