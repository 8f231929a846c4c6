import { badArgument } from '../errors.ts';
import type { Session } from '../keeper/session.ts';
import { textOf } from '../transport/bodies.ts';
import type { CallDraft, SessionCarrier, Verdict } from '../transport/carrier.ts';
import { escapeText } from '../transport/soap-scalars.ts';
import type { ServiceTable } from '../transport/soap-table.ts';
import { verdictOf } from './outcomes.ts';
import { deadOf } from './zuora.ts';
import { zuoraSoapCalls } from './zuora-soap-outcomes.ts';

const ENVELOPE = /<((?:[\w.-]+:)?)Envelope\b[^>]*>/;
const HEADER = /<(?:[\w.-]+:)?Header\b[^>]*?(\/?)>/;
const LOGIN_CALL = /<(?:[\w.-]+:)?Body\b[^>]*>\s*(?:<!--[\s\S]*?-->\s*)*<(?:[\w.-]+:)?login\b/;
const DEAD_FAULT = /<(?:[\w.-]+:)?(?:FaultCode|faultcode)\b[^>]*>\s*(?:[\w.-]+:)?INVALID_SESSION\s*</;
const DEAD_ROW = /<(?:[\w.-]+:)?Code\b[^>]*>\s*INVALID_SESSION\s*</;
const ROW = /<((?:[\w.-]+:)?result)\b[^>]*>[\s\S]*?<\/\1\s*>/g;

/** Puts the session into envelopes that were written elsewhere, such as by node-soap. */
export class ZuoraSoapCarrier<F> implements SessionCarrier<F> {
  readonly #namespace: string;

  constructor({ namespaces }: Pick<ServiceTable, 'namespaces'>) {
    const [, namespace = 'http://api.zuora.com/'] = namespaces[0] ?? [];
    this.#namespace = namespace;
  }

  bringsOwn(draft: CallDraft): boolean {
    const text = envelopeOf(draft);
    return LOGIN_CALL.test(text) || /<(?:[\w.-]+:)?SessionHeader\b/.test(text);
  }

  authorize(draft: CallDraft, session: Session<F>): CallDraft {
    const bytes = new TextEncoder().encode(withSessionHeader(envelopeOf(draft), this.#namespace, session.secret));
    return { ...draft, body: { kind: 'bytes', bytes } };
  }

  suspect(): boolean {
    // A dead session is told by the fault's content, whatever the status.
    return true;
  }

  judge(_response: Response, text: string | null): Verdict {
    if (text === null) return 'accepted';
    // Any other fault goes back to whoever wrote the envelope, as it came.
    if (DEAD_FAULT.test(text)) return verdictOf(zuoraSoapCalls, { word: 'INVALID_SESSION', deadRows: 'none' });
    const rows = text.match(ROW) ?? [];
    return verdictOf(zuoraSoapCalls, { deadRows: deadOf(rows, (row) => DEAD_ROW.test(row)) });
  }
}

function envelopeOf({ body }: CallDraft): string {
  const text = body.kind === 'bytes' ? textOf(body.bytes) : '';
  if (ENVELOPE.test(text)) return text;
  throw badArgument(
    'ERR_BODY',
    'Zuora SOAP takes the session inside the envelope, so the body must be an envelope of at most 1 MiB',
  );
}

function withSessionHeader(envelope: string, namespace: string, secret: string): string {
  const escaped = escapeText(secret);
  const block = `<SessionHeader xmlns="${namespace}"><session>${escaped}</session></SessionHeader>`;
  const body = envelope.search(/<(?:[\w.-]+:)?Body\b/);
  const header = HEADER.exec(body < 0 ? envelope : envelope.slice(0, body));
  if (header && header[1] === '') {
    const at = header.index + header[0].length;
    return envelope.slice(0, at) + block + envelope.slice(at);
  }
  const rest = header ? envelope.slice(0, header.index) + envelope.slice(header.index + header[0].length) : envelope;
  return rest.replace(ENVELOPE, (start, prefix: string) => `${start}<${prefix}Header>${block}</${prefix}Header>`);
}
