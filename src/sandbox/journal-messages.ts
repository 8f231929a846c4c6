import { constants, gunzipSync } from 'node:zlib';
import type { Answer, Delivery, HeaderPairs, Incoming } from './exchange.ts';
import { maskedBody, maskedHeader } from './masking.ts';
import type { SecretLedger } from './secrets.ts';

/** A request or an answer as the journal shows it: every secret is masked, and a gzipped body is unzipped. */
export interface JournalMessage {
  readonly headers: HeaderPairs;
  /** The beginning of the body as text: 16 KiB at most. */
  readonly body: string;
  /** Size of the whole body in bytes, as it was sent. */
  readonly bytes: number;
  /** Whether there is more than is shown. */
  readonly isCut: boolean;
}

const bodyLimit = 16 * 1024;
const headersLimit = 16 * 1024;
// What a body of the limit, zipped, may become before it is looked at no further.
const unzippedLimit = 1024 * 1024;

/** What is kept of a message until somebody looks: references where that is safe, so that a request costs next to nothing. */
interface KeptMessage {
  readonly headers: HeaderPairs | Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  readonly bytes: number;
  readonly isCut: boolean;
  /** Whether the body ended where nobody meant it to, so that its last word may be half a secret. */
  readonly hasLooseEnd: boolean;
  /** About how many bytes of memory it holds. */
  readonly cost: number;
}

export interface KeptExchange {
  readonly request: KeptMessage;
  readonly answer: KeptMessage | undefined;
  /** That of both. */
  readonly cost: number;
}

export function keepExchange(incoming: Incoming, made: Answer, delivery: Delivery): KeptExchange {
  const request = keepMessage(incoming.headers, incoming.body, incoming.body.length, false);
  const answer = made.outcome === 'dropped' ? undefined : keepAnswer(made, delivery);
  return { request, answer, cost: request.cost + (answer === undefined ? 0 : answer.cost) };
}

function keepAnswer(made: Answer, delivery: Delivery): KeptMessage {
  const { headers, body } = delivery.kind === 'dropped' ? made : delivery.answer;
  const size = body === null ? 0 : typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  switch (delivery.kind) {
    case 'padded':
      return { ...keepMessage(headers, body, delivery.toBytes, false), isCut: true };
    case 'cut':
      return keepMessage(headers, Buffer.from(body ?? '').subarray(0, delivery.afterBytes), delivery.afterBytes, true);
    default:
      return keepMessage(headers, body, size, body !== made.body);
  }
}

function keepMessage(
  headers: KeptMessage['headers'],
  body: KeptMessage['body'],
  bytes: number,
  hasLooseEnd: boolean,
): KeptMessage {
  const headersSize = sizeOf(headers);
  const areHeadersLong = headersSize > headersLimit;
  const kept = keptBody(body);
  const keptSize = kept === null ? 0 : kept.length;
  return {
    headers: areHeadersLong ? firstHeaders(headers) : headers,
    body: kept,
    bytes,
    isCut: areHeadersLong || (body !== null && keptSize < body.length),
    hasLooseEnd,
    cost: Math.min(headersSize, headersLimit) + keptSize + messageCost,
  };
}

function keptBody(body: KeptMessage['body']): KeptMessage['body'] {
  if (body === null || body.length === 0) return null;
  // Copies, because a part of a string or a buffer keeps the whole alive.
  if (typeof body === 'string') return body.length <= bodyLimit ? body : Buffer.from(body.slice(0, bodyLimit));
  const isWasteful = body.buffer.byteLength > 2 * body.length + 1024;
  return body.length <= bodyLimit && !isWasteful ? body : new Uint8Array(body.subarray(0, bodyLimit));
}

/** What a message and a header take besides their text. */
const messageCost = 200;
const headerCost = 48;

function sizeOf(headers: KeptMessage['headers']): number {
  let size = 0;
  if (isPairs(headers)) for (const [, value] of headers) size += value.length + headerCost;
  else for (const name in headers) size += (headers[name]?.length ?? 0) + headerCost;
  return size;
}

function firstHeaders(headers: KeptMessage['headers']): HeaderPairs {
  let left = headersLimit;
  return pairsOf(headers).filter(([name, value]) => {
    left -= name.length + value.length + headerCost;
    return left >= 0;
  });
}

function isPairs(headers: KeptMessage['headers']): headers is HeaderPairs {
  return Array.isArray(headers);
}

function pairsOf(headers: KeptMessage['headers']): HeaderPairs {
  return isPairs(headers) ? headers : Object.entries(headers);
}

/** Masks a message for whoever looks at it. */
export function showMessage(kept: KeptMessage, secrets: SecretLedger, atMs: number): JournalMessage {
  const pairs = pairsOf(kept.headers);
  const headerOf = (wanted: string) => pairs.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
  const { text, isWhole } = textOf(kept.body, headerOf('content-encoding'));
  const isCut = kept.isCut || !isWhole || text.length > bodyLimit;
  const named = pairs.map(([name, value]) => [name, maskedHeader(name, value)] as const);
  const body = maskedBody(text.slice(0, bodyLimit), headerOf('content-type'));
  const shown = { bytes: kept.bytes, isCut };
  const hasEnd = !isCut && !kept.hasLooseEnd;
  if (hasEnd && secrets.isClean([...named.flat(), body].join('\n'), atMs)) return { headers: named, body, ...shown };
  return {
    headers: named.map(([name, value]) => [secrets.hide(name, atMs), secrets.hide(value, atMs)]),
    body: hasEnd ? secrets.hide(body, atMs) : secrets.hideCut(body, atMs),
    ...shown,
  };
}

function textOf(body: KeptMessage['body'], encoding: string): { text: string; isWhole: boolean } {
  if (body === null) return { text: '', isWhole: true };
  if (typeof body === 'string') return { text: body, isWhole: true };
  if (!/\bgzip\b/i.test(encoding)) return { text: Buffer.from(body).toString('utf8'), isWhole: true };
  try {
    // A body that was cut off is unzipped as far as it goes.
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: unzippedLimit };
    return { text: gunzipSync(body, options).toString('utf8'), isWhole: true };
  } catch (error) {
    const isTooLarge = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? { text: '', isWhole: false } : { text: Buffer.from(body).toString('utf8'), isWhole: true };
  }
}
