import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './questions.ts';

/** An answer that was made beforehand. */
export interface Canned {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
  /** How long the service takes for it. @default 0 */
  readonly afterMs?: number;
}

/** Idle sockets stay open while other variants have their turn. */
const KEEP_ALIVE_MS = 600_000;

/** As many as may want to connect in the same moment. */
const BACKLOG = 4_096;

/**
 * Serves a server process: answers every request on loopback with what `choose` picks; `listen` is answered with the port, and what else
 * the process may be asked with what `others` say.
 */
export function serveCanned(
  choose: (request: IncomingMessage, body: string) => Canned,
  others: Readonly<Record<string, (calls: number) => number>> = {},
): void {
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, type, body, afterMs = 0 } = choose(request, Buffer.concat(chunks).toString('utf8'));
      const answer = (): void => {
        response.writeHead(status, { 'content-type': type, 'content-length': body.byteLength });
        response.end(body);
      };
      if (afterMs > 0) setTimeout(answer, afterMs);
      else answer();
    });
  });
  const listen = (): Promise<number> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', BACKLOG, () => resolve((server.address() as AddressInfo).port));
    });
  answerQuestions(async ({ about, calls }) => {
    if (about === 'listen') return listen();
    const other = others[about];
    if (!other) throw new Error(`There is no question ${about}`);
    return other(calls);
  });
}
