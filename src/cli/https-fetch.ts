import { Agent, request as send } from 'node:https';
import { Readable } from 'node:stream';

/** A `fetch` for requests over HTTPS to whoever shows a certificate by this authority, given as PEM. Follows no redirect. */
export function fetchTrusting(ca: string): (request: Request) => Promise<Response> {
  const agent = new Agent({ ca, keepAlive: true });
  return async (request) => {
    const body = Buffer.from(await request.arrayBuffer());
    return new Promise((resolve, reject) => {
      const { method, signal } = request;
      const headers = { ...Object.fromEntries(request.headers), 'content-length': String(body.byteLength) };
      const outgoing = send(request.url, { method, headers, agent, signal }, (message) => {
        const { statusCode = 0, rawHeaders } = message;
        const answered = new Headers();
        for (let at = 0; at + 1 < rawHeaders.length; at += 2)
          answered.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
        const mustBeEmpty = statusCode === 204 || statusCode === 205 || statusCode === 304;
        if (mustBeEmpty) message.resume();
        // The two kinds of web stream differ in their declarations only.
        const stream = mustBeEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>);
        resolve(new Response(stream, { status: statusCode, headers: answered }));
      });
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  };
}
