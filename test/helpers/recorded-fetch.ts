/** One request as it was handed to `fetch`. */
export interface SentRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body as text; `''` if there was none. */
  readonly text: string;
}

/** A `fetch` that sends what it is given and keeps a copy. */
export interface RecordedFetch {
  readonly fetch: typeof fetch;
  readonly sent: SentRequest[];
  /** Those sent to paths that end so. */
  to(path: string): SentRequest[];
}

export function recordFetch(
  send: (request: Request) => Promise<Response> = (request) => globalThis.fetch(request),
): RecordedFetch {
  const sent: SentRequest[] = [];
  return {
    sent,
    to: (path) => sent.filter(({ url }) => url.pathname.endsWith(path)),
    async fetch(input, init) {
      const request = new Request(input, init);
      const { method, url } = request;
      const bytes = Buffer.from(await request.clone().arrayBuffer());
      sent.push({ method, url: new URL(url), headers: new Headers(request.headers), bytes, text: bytes.toString() });
      return send(request);
    },
  };
}
