import type { Outcome } from './outcome.ts';
import { paddedStream } from './padding.ts';

/**
 * A request as the twins see it: plain data, because building a `Request` for each call over HTTP costs more than
 * answering it.
 */
export interface Incoming {
  readonly method: string;
  /** Scheme, host and port that the caller used, without a path. */
  readonly origin: string;
  /** The path as sent, still percent-encoded, without the query. */
  readonly path: string;
  /** What follows the question mark, as sent; empty when there is none. */
  readonly query: string;
  /** Names in lower case; repeated headers are joined the way node:http joins them. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly remoteAddress: string;
  /** Tells when the caller has gone, so that nothing waits for it. */
  readonly onGone?: (listener: () => void) => void;
}

export type HeaderPairs = ReadonlyArray<readonly [name: string, value: string]>;

/** What a twin says, before it is put on a wire. */
export interface Answer {
  readonly status: number;
  /** Reason phrase; the standard one when absent. */
  readonly statusText?: string;
  readonly headers: HeaderPairs;
  readonly body: string | Uint8Array | null;
  /** What happened, for the journal and the counters. */
  readonly outcome: Outcome;
  /** Printable name of the session that the call used or opened. */
  readonly session?: string;
}

/** How an answer leaves: whole, followed by blanks up to a size, cut in the middle of its body, or not at all. */
export type Delivery =
  | { readonly kind: 'whole'; readonly answer: Answer }
  | { readonly kind: 'padded'; readonly answer: Answer; readonly toBytes: number }
  | { readonly kind: 'cut'; readonly answer: Answer; readonly afterBytes: number }
  | { readonly kind: 'dropped' };

/** The error that an in-process caller meets where an HTTP caller would see its socket reset. */
export class ConnectionDroppedError extends TypeError {
  readonly code = 'ECONNRESET';
  constructor() {
    super('the sandbox dropped the connection, as its scenario asked');
    this.name = 'ConnectionDroppedError';
  }
}

export function bodyBytes(answer: Answer): Uint8Array | null {
  return typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
}

export async function incomingFrom(request: Request): Promise<Incoming> {
  const url = new URL(request.url);
  const { signal } = request;
  return {
    method: request.method,
    origin: url.origin,
    path: url.pathname,
    query: url.search.slice(1),
    headers: Object.fromEntries(request.headers),
    body: Buffer.from(await request.arrayBuffer()),
    remoteAddress: '127.0.0.1',
    onGone: (listener) => (signal.aborted ? listener() : signal.addEventListener('abort', listener, { once: true })),
  };
}

const bodilessStatuses = new Set([204, 205, 304]);

/** @throws ConnectionDroppedError when the answer was to be lost */
export function responseFrom(delivery: Delivery): Response {
  if (delivery.kind === 'dropped') throw new ConnectionDroppedError();
  const { answer } = delivery;
  const headers = new Headers();
  // How a body travels is the connection's matter: in process there is none.
  for (const [name, value] of answer.headers)
    if (name.toLowerCase() !== 'transfer-encoding') headers.append(name, value);
  const bytes = bodilessStatuses.has(answer.status) ? null : bodyBytes(answer);
  return new Response(bytes === null ? null : bodyOf(delivery, bytes), {
    status: answer.status,
    headers,
    ...(answer.statusText === undefined ? {} : { statusText: answer.statusText }),
  });
}

function bodyOf(delivery: Exclude<Delivery, { kind: 'dropped' }>, bytes: Uint8Array): BodyInit {
  if (delivery.kind === 'cut') return cutStream(bytes.subarray(0, delivery.afterBytes));
  if (delivery.kind === 'padded') return paddedStream(bytes, delivery.toBytes);
  // The bytes of a body never stand in shared memory, which is all that the types cannot tell.
  return bytes as BodyInit;
}

function cutStream(firstBytes: Uint8Array): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new ConnectionDroppedError());
      sent = true;
      controller.enqueue(firstBytes);
    },
  });
}
