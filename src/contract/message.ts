import { gunzipSync } from 'node:zlib';
import { mediaTypeOf } from '../transport/bodies.ts';

/** What a request says before its headers. */
export interface RequestLine {
  readonly method: string;
  readonly url: URL;
}

/** One half of an exchange, read whole and unpacked. */
export interface Message {
  readonly headers: Headers;
  /** In lower case, without parameters; empty if there is none. */
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** Reads a request or a response without using it up. */
export async function readMessage(source: Request | Response): Promise<Message> {
  const { headers } = source;
  const raw = new Uint8Array(await source.clone().arrayBuffer());
  return { headers, mediaType: mediaTypeOf(headers), bytes: unpacked(raw, headers.get('content-encoding')) };
}

/** `fetch` unpacks answers but leaves their header: only what really is gzip is unpacked. */
function unpacked(bytes: Uint8Array, encoding: string | null): Uint8Array {
  const isGzip = encoding?.trim().toLowerCase() === 'gzip' && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? gunzipSync(bytes) : bytes;
}
