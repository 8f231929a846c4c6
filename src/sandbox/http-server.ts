import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type KeyAndCertificate, makeCertificate } from './certificate.ts';
import type { Delivery, Incoming } from './exchange.ts';
import { sendDelivery } from './http-answer.ts';
import { checkOptionNames } from './option-names.ts';
import { badArgument } from './systems.ts';

/** Where the sandbox listens. */
export interface ListenOptions {
  /** @default 0, which takes a free one */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  /**
   * Speaks HTTPS instead of HTTP: with a certificate that it makes (`true`; needs the optional peer `selfsigned`), or with the given key
   * and certificate, as PEM. @default false
   */
  readonly tls?: boolean | { readonly key: string; readonly cert: string };
}

/** A sandbox that listens on HTTP or HTTPS. */
export interface ListeningSandbox extends AsyncDisposable {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /**
   * Over HTTPS, the certificate that a client has to trust, as PEM: for `ca` of `node:https`, `connect.ca` of undici's `Agent`,
   * `curl --cacert`, or, in a file, `NODE_EXTRA_CA_CERTS`. One that was given is given back.
   */
  readonly ca?: string;
  /** Ends every connection, also those with an answer on the way, and frees the port. */
  close(): Promise<void>;
}

const maxBodyBytes = 16 * 1024 * 1024;

/**
 * Puts `serve` behind node:http or node:https. Requests stay plain data: a `Request` object per call would cost more than the twin.
 * @throws TypeError with code `UNKNOWN_OPTION`, or `BAD_TLS` for a key and certificate that cannot be used
 */
export async function listenOnHttp(
  serve: (incoming: Incoming) => Promise<Delivery>,
  { port = 0, host = '127.0.0.1', tls = false }: ListenOptions,
): Promise<ListeningSandbox> {
  const pair = tls === true ? await makeCertificate(host) : tls === false ? undefined : tls;
  const scheme = pair === undefined ? 'http' : 'https';
  const server = serverFor(pair, (message, response) => {
    void answerOne(serve, message, response, scheme, host);
  });
  server.keepAliveTimeout = 65_000;
  // Sockets, because a connection is not one of HTTP before its TLS handshake is done.
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // A thousand clients connecting at once overflow the default queue of 511.
    server.listen({ port, host, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // A server that listens on TCP reports an AddressInfo; the other forms are for pipes and closed servers.
  const bound = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${scheme}://${shownHost}:${bound}`,
    port: bound,
    ...(pair === undefined ? {} : { ca: pair.cert }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Listener = (message: IncomingMessage, response: ServerResponse) => void;

function serverFor(pair: KeyAndCertificate | undefined, listener: Listener): Server | TlsServer {
  if (pair === undefined) return createServer(listener);
  checkOptionNames('tls', pair, ['key', 'cert']);
  try {
    return createTlsServer({ key: pair.key, cert: pair.cert }, listener);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'they are not PEM';
    throw badArgument('BAD_TLS', `the key and certificate of tls cannot be used: ${why}`);
  }
}

async function answerOne(
  serve: (incoming: Incoming) => Promise<Delivery>,
  message: IncomingMessage,
  response: ServerResponse,
  scheme: 'http' | 'https',
  host: string,
): Promise<void> {
  try {
    const body = await readBody(message);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const target = message.url ?? '/';
    const mark = target.indexOf('?');
    await sendDelivery(
      await serve({
        method: message.method ?? 'GET',
        origin: `${scheme}://${message.headers.host ?? host}`,
        path: mark < 0 ? target : target.slice(0, mark),
        query: mark < 0 ? '' : target.slice(mark + 1),
        headers: singleHeaders(message.headers),
        body,
        remoteAddress: message.socket.remoteAddress ?? '',
        onGone: (listener) => (response.closed ? listener() : response.once('close', listener)),
      }),
      message,
      response,
    );
  } catch {
    // Either the caller has gone, or a twin failed: neither may take the server down, and no detail leaves it.
    if (!response.headersSent && !response.destroyed) response.writeHead(500).end();
    else response.destroy();
  }
}

function singleHeaders(headers: IncomingMessage['headers']): Record<string, string> {
  const single: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) single[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return single;
}

const noBytes = Buffer.alloc(0);

/** @returns undefined when the body is larger than the sandbox takes */
function readBody(message: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBodyBytes) {
        message.removeAllListeners('data').resume();
        resolve(undefined);
      } else chunks.push(chunk);
    });
    message.on('end', () => {
      const [only] = chunks;
      resolve(only === undefined ? noBytes : chunks.length === 1 ? only : Buffer.concat(chunks, size));
    });
    message.on('error', reject);
  });
}
