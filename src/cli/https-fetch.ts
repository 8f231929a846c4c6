import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:https';
import { Readable } from 'node:stream';
import { rootCertificates } from 'node:tls';

/**
 * The authorities that Node trusts, those of `NODE_EXTRA_CA_CERTS` included, and one more: an agent that is given any trusts those only.
 * @param ca one or more certificates as PEM
 */
export function trustedBeside(ca: string, env: Readonly<Record<string, string | undefined>>): readonly string[] {
  return [...rootCertificates, ...extraCertificates(env.NODE_EXTRA_CA_CERTS), ca];
}

function extraCertificates(file: string | undefined): string[] {
  if (!file) return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch {
    // Node warns of it as it starts, and goes on.
    return [];
  }
}

/** A `fetch` for requests over HTTPS to whoever shows a certificate by this authority, or one of these, as PEM. Follows no redirect. */
export function fetchTrusting(authorities: string | readonly string[]): (request: Request) => Promise<Response> {
  const agent = new Agent({ ca: [authorities].flat(), keepAlive: true });
  return async (request) => {
    const body = Buffer.from(await request.arrayBuffer());
    return new Promise((resolve, reject) => {
      const { method, signal } = request;
      const headers = { ...Object.fromEntries(request.headers), 'content-length': String(body.byteLength) };
      const outgoing = send(request.url, { method, headers, agent, signal }, (message) => {
        try {
          resolve(responseOf(message));
        } catch (error) {
          message.destroy();
          reject(error);
        }
      });
      outgoing.on('error', reject);
      // The signal of a request that nobody holds any more never fires.
      outgoing.once('close', () => void request.url);
      outgoing.end(body);
    });
  };
}

/** @throws RangeError for a status that HTTP does not have */
function responseOf(message: Readable & { readonly statusCode?: number | undefined; readonly rawHeaders: string[] }) {
  const { statusCode = 0, rawHeaders } = message;
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
  const mustBeEmpty = statusCode === 204 || statusCode === 205 || statusCode === 304;
  if (mustBeEmpty) message.resume();
  // The two kinds of web stream differ in their declarations only.
  const stream = mustBeEmpty ? null : (Readable.toWeb(message) as ReadableStream<Uint8Array<ArrayBuffer>>);
  return new Response(stream, { status: statusCode, headers });
}
