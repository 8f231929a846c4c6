import { gzipSync } from 'node:zlib';
import { badArgument } from '../errors.ts';
import type { EventBody } from '../events.ts';
import type { Session, SessionNews } from '../keeper/session.ts';
import type { CallDraft, SessionCarrier, Verdict } from '../transport/carrier.ts';
import { cookieOf, withCookie } from '../transport/cookies.ts';
import { verdictOf } from './outcomes.ts';
import { readZuoraBody } from './zuora.ts';
import { zuoraRestCalls } from './zuora-rest-outcomes.ts';

/** The cookie that is the session. */
export const COOKIE = 'ZSession';
/** US-ASCII without colon, semicolon and quotes, as Zuora documents it. */
const TRACK_ID = /^(?:(?![:;"'])[\x20-\x7e]){1,64}$/;
const LONGEST_IDEMPOTENCY_KEY = 255;
const SAYS_NOTHING = { isDead: false, deadRows: 'none' } as const;

/** How the session and the entity travel. */
export interface ZuoraCarrierOptions {
  /** How the session travels: as the `ZSession` cookie, or as `Authorization: ZSession …`. @default 'cookie' */
  readonly sessionAs?: 'cookie' | 'authorization';
  /** `Zuora-Entity-Ids` for calls that do not set it. @default none */
  readonly entityIds?: string;
}

/** Puts the session cookie (or header) on Zuora REST calls, and takes the newest cookie from the answers. */
export class ZuoraRestCarrier<F> implements SessionCarrier<F> {
  readonly #options: ZuoraCarrierOptions;
  readonly #entity: Readonly<Record<string, string>>;
  readonly #report: (event: EventBody) => void;

  constructor(
    options: ZuoraCarrierOptions,
    entity: Readonly<Record<string, string>>,
    report: (event: EventBody) => void,
  ) {
    this.#options = options;
    this.#entity = entity;
    this.#report = report;
  }

  prepare(draft: CallDraft): CallDraft {
    const { entityIds } = this.#options;
    checkHeaders(draft);
    const headers = new Headers(draft.headers);
    const defaults = { ...this.#entity, ...(entityIds === undefined ? {} : { 'zuora-entity-ids': entityIds }) };
    for (const [name, value] of Object.entries(defaults)) if (!headers.has(name)) headers.set(name, value);
    return zipped({ ...draft, headers });
  }

  bringsOwn({ headers }: CallDraft): boolean {
    return (
      headers.has('authorization') ||
      headers.has('apiAccessKeyId') ||
      /(?:^|;)\s*ZSession=/.test(headers.get('cookie') ?? '')
    );
  }

  authorize(draft: CallDraft, session: Session<F>): CallDraft {
    const headers = new Headers(draft.headers);
    if (this.#options.sessionAs === 'authorization') headers.set('authorization', `${COOKIE} ${session.secret}`);
    else headers.set('cookie', withCookie(headers.get('cookie'), COOKIE, session.secret));
    return { ...draft, headers };
  }

  suspect({ status, url }: Response): boolean {
    // The Actions and CRUD routes answer in SOAP's words, with 200 whatever happened.
    return status >= 400 || url === '' || /\/v1\/(?:action|object)\//.test(url);
  }

  judge({ status }: Response, text: string | null): Verdict {
    // Parsed only where there is something to be found.
    const isTold = text !== null && (text.includes('INVALID_SESSION') || text.includes('90000011'));
    return verdictOf(zuoraRestCalls, { status, ...(isTold ? readZuoraBody(text) : SAYS_NOTHING) });
  }

  news(response: Response): SessionNews<F> | undefined {
    const secret = response.ok ? cookieOf(response.headers, COOKIE) : undefined;
    return secret === undefined ? undefined : { secret };
  }

  isDoneOnce({ headers }: CallDraft): boolean {
    // A key makes Zuora answer as it did the first time, for 24 hours.
    return headers.has('idempotency-key');
  }

  inspect(draft: CallDraft, response: Response): void {
    const sent = draft.headers.get('zuora-track-id');
    const returned = response.headers.get('zuora-track-id');
    if (sent === null || returned === sent) return;
    const message =
      returned === null
        ? 'Zuora did not return the Zuora-Track-Id'
        : 'Zuora returned another Zuora-Track-Id than was sent';
    this.#report({ type: 'warning', code: 'track-id-mismatch', message });
  }
}

function checkHeaders({ method, headers }: CallDraft): void {
  const key = headers.get('idempotency-key');
  if (key !== null && method !== 'POST' && method !== 'PATCH') {
    throw badArgument('ERR_IDEMPOTENCY_KEY', `Idempotency-Key is for POST and PATCH only, not for ${method}`);
  }
  if (key !== null && (key === '' || key.length > LONGEST_IDEMPOTENCY_KEY)) {
    throw badArgument(
      'ERR_IDEMPOTENCY_KEY',
      `Idempotency-Key must have 1 to ${LONGEST_IDEMPOTENCY_KEY} characters, not ${key.length}`,
    );
  }
  const trackId = headers.get('zuora-track-id');
  if (trackId !== null && !TRACK_ID.test(trackId)) {
    throw badArgument('ERR_TRACK_ID', 'Zuora-Track-Id must have 1 to 64 US-ASCII characters, none of them : ; " or \'');
  }
}

/** Compresses the body of a call that says `Content-Encoding: gzip` and is not compressed yet. */
function zipped(draft: CallDraft): CallDraft {
  const { headers, body } = draft;
  if (headers.get('content-encoding')?.trim().toLowerCase() !== 'gzip' || body.kind === 'none') return draft;
  if (body.kind === 'stream') return { ...draft, body: { kind: 'stream', stream: zippedStream(body.stream) } };
  const { bytes } = body;
  return isZipped(bytes) ? draft : { ...draft, body: { kind: 'bytes', bytes: new Uint8Array(gzipSync(bytes)) } };
}

/** No text begins with the byte that gzip begins with. */
function isZipped(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f;
}

type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>;

/** The stream compressed, unless it is already: its first bytes tell, which come only when it is read. */
function zippedStream(source: ByteStream): ByteStream {
  const reader = source.getReader();
  let parts: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> | undefined;
  const begin = async (): Promise<NonNullable<typeof parts>> => {
    let first = await reader.read();
    while (first.value?.byteLength === 0) first = await reader.read();
    const rest: ByteStream = new ReadableStream({
      start: (controller) => (first.done ? controller.close() : controller.enqueue(first.value)),
      async pull(controller) {
        const { done, value } = await reader.read();
        return done ? controller.close() : controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return (first.value && isZipped(first.value) ? rest : rest.pipeThrough(new CompressionStream('gzip'))).getReader();
  };
  return new ReadableStream({
    async pull(controller) {
      parts ??= await begin();
      const { done, value } = await parts.read();
      return done ? controller.close() : controller.enqueue(value);
    },
    cancel: (reason) => (parts ?? reader).cancel(reason),
  });
}
