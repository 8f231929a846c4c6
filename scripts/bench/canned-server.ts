import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './questions.ts';

/** An answer that was made beforehand. */
export interface Canned {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Idle sockets stay open while other variants have their turn. */
const KEEP_ALIVE_MS = 600_000;

/** Serves a server process: answers every request on loopback with what `choose` picks; `listen` is answered with the port. */
export function serveCanned(choose: (request: IncomingMessage, body: string) => Canned): void {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, type, body } = choose(request, Buffer.concat(chunks).toString('utf8'));
      response.writeHead(status, { 'content-type': type, 'content-length': body.byteLength });
      response.end(body);
    });
  });
  answerQuestions(
    () =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
      }),
  );
}
