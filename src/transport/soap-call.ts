import { ContractViolationError } from '../errors.ts';
import { whileWaiting } from '../keeper/waiting.ts';
import { describeCall } from './origins.ts';
import type { Sender } from './send.ts';
import { EnvelopeError } from './soap-envelope-error.ts';
import type { EnvelopeAnswer } from './soap-reader.ts';
import { escapeText } from './soap-scalars.ts';
import type { FaultsOf, HeadersOf, InputOf, OutputOf, ServiceTable } from './soap-table.ts';
import { writeEnvelope } from './soap-writer.ts';

/** A private-use text that no XML needs, so that an envelope can be written before the session is known. */
const SESSION_MARK = '\u{E000}session\u{E000}';

/** Kept, because even an import of what is loaded takes its time. */
let loading: ReturnType<typeof loadReader> | undefined;
const loadReader = () => import('./soap-reader.ts');

/** An answer with its status. */
export interface SoapAnswer<Operations, Name extends keyof Operations> {
  readonly status: number;
  readonly headers: Headers;
  readonly answer: EnvelopeAnswer<OutputOf<Operations, Name>, FaultsOf<Operations, Name>>;
}

/** An envelope that needs only a session; written once, sent as often as need be. */
export type WrittenCall = (session: string) => string;

/**
 * Writes a call's envelope, so that bad input is told before anything is sent.
 * @throws TypeError with a `code` for input that does not fit the WSDL
 */
export function writeCall<Operations, Name extends keyof Operations & string>(
  service: ServiceTable<Operations>,
  operation: Name,
  input: InputOf<Operations, Name>,
  headers: object,
): WrittenCall {
  // The header part is the table's own type plus the session's block, which every operation but the login declares.
  const blocks = { ...headers, SessionHeader: { session: SESSION_MARK } } as HeadersOf<Operations, Name>;
  const [before = '', ...after] = writeEnvelope(service, operation, input, blocks).split(SESSION_MARK);
  const rest = after.join(SESSION_MARK);
  return (session) => before + escapeText(session) + rest;
}

/** Sends one envelope and reads the answer while it comes in. */
export async function sendEnvelope<Operations, Name extends keyof Operations & string>(
  {
    service,
    system,
    sender,
  }: { readonly service: ServiceTable<Operations>; readonly system: string; readonly sender: Sender },
  operation: Name,
  request: { readonly url: string; readonly envelope: string; readonly signal?: AbortSignal | undefined },
): Promise<SoapAnswer<Operations, Name>> {
  // Only for messages: it parses the URL.
  const call = (): string => `${operation} (${describeCall('POST', request.url)})`;
  const { action } = service.operations[operation];
  const headers =
    service.soap === '1.2'
      ? { 'content-type': contentTypeOf12(action), accept: 'application/soap+xml' }
      : { 'content-type': 'text/xml; charset=utf-8', accept: 'text/xml', soapaction: `"${action}"` };
  const sent = sender.open({
    method: 'POST',
    url: request.url,
    headers,
    body: request.envelope,
    signal: request.signal,
  });
  // The reader brings the XML parser. It is loaded while the first answer is on its way, and made while its own is.
  loading ??= loadReader().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  const loaded = loading;
  const makeReader = async () => (await loaded).createEnvelopeReader(service, operation);
  const [reader, response] = await Promise.all([whileWaiting(makeReader), sent]);
  const { status } = response;
  const type = response.headers.get('content-type') ?? 'no media type';
  if (!/\bxml\b/.test(type)) {
    response.body?.cancel().catch(() => {});
    if (status === 429 || (status === 503 && response.headers.has('retry-after'))) throw sender.rateLimited(response);
    throw sender.unreachable(`${call()} was answered with ${type} and status ${status} instead of an envelope`, {
      status,
    });
  }
  const body = response.body?.getReader();
  try {
    for (;;) {
      const part = await body?.read().catch((cause: unknown) => {
        throw sender.unreachable(`the answer to ${call()} broke off`, { status, cause });
      });
      if (!part || part.done) break;
      reader.write(part.value);
    }
    return { status, headers: response.headers, answer: reader.close() };
  } catch (error) {
    body?.cancel().catch(() => {});
    if (request.signal?.aborted) throw request.signal.reason;
    if (!(error instanceof EnvelopeError)) throw error;
    const { path, expected, found } = error;
    if (error.reason !== 'contract')
      throw sender.unreachable(`the answer to ${call()} is no readable envelope (${error.reason})`, { status });
    throw new ContractViolationError(
      `${system}: the answer to ${operation} does not fit the WSDL at ${path}: expected ${expected}, found ${found}`,
      { system, redactor: sender.redactor, place: path, expected, found },
    );
  }
}

/** SOAP 1.2 has the action in the media type, where there is one. */
function contentTypeOf12(action: string): string {
  const type = 'application/soap+xml; charset=utf-8';
  return action === '' ? type : `${type}; action="${action.replaceAll(/["\\]/g, '\\$&')}"`;
}
