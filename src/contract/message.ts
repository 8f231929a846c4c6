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

/** The largest body that is unpacked, in bytes. */
const LARGEST_BODY = 64 * 2 ** 20;

/** Reads a request or a response without using it up. @throws what {@link unpacked} throws */
export async function readMessage(source: Request | Response): Promise<Message> {
  const { headers } = source;
  const raw = new Uint8Array(await source.clone().arrayBuffer());
  return {
    headers,
    mediaType: mediaTypeOf(headers),
    bytes: unpacked(raw, headers.get('content-encoding'), LARGEST_BODY),
  };
}

/**
 * A body as it was before it was packed. `fetch` unpacks answers but leaves their header: only what really is gzip is unpacked.
 * @param limit bytes that it may grow to
 * @throws RangeError beyond the limit, and Error for gzip that is damaged
 */
export function unpacked(bytes: Uint8Array<ArrayBuffer>, encoding: string | null, limit: number) {
  const isGzip = encoding?.trim().toLowerCase() === 'gzip' && bytes[0] === 0x1f && bytes[1] === 0x8b;
  return isGzip ? new Uint8Array(gunzipSync(bytes, { maxOutputLength: limit })) : bytes;
}
