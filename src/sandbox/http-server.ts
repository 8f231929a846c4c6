import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyBytes, type Delivery, type Incoming } from './exchange.ts';

/** Where the sandbox listens. */
export interface ListenOptions {
  /** @default 0, which takes a free one */
  readonly port?: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
}

/** A sandbox that listens on HTTP. */
export interface ListeningSandbox extends AsyncDisposable {
  /** Scheme, host and port, without a slash at the end. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

const maxBodyBytes = 16 * 1024 * 1024;

/** Puts `serve` behind node:http. Requests stay plain data: a `Request` object per call would cost more than the twin. */
export async function listenOnHttp(
  serve: (incoming: Incoming) => Promise<Delivery>,
  { port = 0, host = '127.0.0.1' }: ListenOptions,
): Promise<ListeningSandbox> {
  const server = createServer((message, response) => {
    void answerOne(serve, message, response, `http://${host}`);
  });
  server.keepAliveTimeout = 65_000;
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
      server.closeAllConnections();
    });
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shownHost}:${bound}`, port: bound, close, [Symbol.asyncDispose]: close };
}

async function answerOne(
  serve: (incoming: Incoming) => Promise<Delivery>,
  message: IncomingMessage,
  response: ServerResponse,
  fallbackOrigin: string,
): Promise<void> {
  try {
    const body = await readBody(message);
    if (body === undefined) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const target = message.url ?? '/';
    const mark = target.indexOf('?');
    send(
      await serve({
        method: message.method ?? 'GET',
        origin: message.headers.host === undefined ? fallbackOrigin : `http://${message.headers.host}`,
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

function send(delivery: Delivery, message: IncomingMessage, response: ServerResponse): void {
  if (delivery.kind === 'dropped') {
    message.socket.destroy();
    return;
  }
  const { answer } = delivery;
  const bytes = bodyBytes(answer) ?? noBytes;
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  if (answer.status !== 204 && answer.status !== 304) headers.push('Content-Length', String(bytes.length));
  response.sendDate = false;
  if (answer.statusText === undefined) response.writeHead(answer.status, headers);
  else response.writeHead(answer.status, answer.statusText, headers);
  if (delivery.kind === 'cut') {
    response.write(bytes.subarray(0, delivery.afterBytes), () => message.socket.destroy());
  } else response.end(message.method === 'HEAD' ? undefined : bytes);
}
