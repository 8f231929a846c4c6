/** A body held in memory, or one that can be read only once. */
export type Body =
  | { readonly kind: 'none' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'stream'; readonly stream: ReadableStream<Uint8Array<ArrayBuffer>> };

/** Reads a body into memory unless it is larger than the limit, in bytes; then it stays a stream, with nothing lost. */
export async function bufferUpTo(stream: ReadableStream<Uint8Array<ArrayBuffer>> | null, limit: number): Promise<Body> {
  if (!stream) return { kind: 'none' };
  const reader = stream.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  while (size <= limit) {
    const { done, value } = await reader.read();
    if (done) return { kind: 'bytes', bytes: joined(chunks, size) };
    chunks.push(value);
    size += value.byteLength;
  }
  return {
    kind: 'stream',
    stream: new ReadableStream({
      async pull(controller) {
        const buffered = chunks.shift();
        if (buffered) return controller.enqueue(buffered);
        const { done, value } = await reader.read();
        return done ? controller.close() : controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }),
  };
}

function joined(chunks: readonly Uint8Array<ArrayBuffer>[], size: number): Uint8Array<ArrayBuffer> {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.byteLength;
  }
  return all;
}

/** The bytes as text; ill-formed UTF-8 gets replacement characters. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The media type of a `Content-Type` header: lower-case, without parameters; `''` if there is none. */
export function mediaTypeOf(headers: Headers): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';');
  return type.trim().toLowerCase();
}

/** Whether a media type is JSON, such as `application/json` or `application/problem+json`. */
export function isJson(mediaType: string): boolean {
  return mediaType === 'application/json' || mediaType.endsWith('+json');
}
