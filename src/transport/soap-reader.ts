import { SaxesParser } from 'saxes';
import { createContentBuilder } from './soap-answer.ts';
import { EnvelopeError, type EnvelopeProblem } from './soap-envelope-error.ts';
import { readFault } from './soap-fault.ts';
import { readPlansOf } from './soap-read-plans.ts';
import { type FaultsOf, type OutputOf, operationOf, type ServiceTable, type UnknownElement } from './soap-table.ts';

export interface EnvelopeLimits {
  /**
   * Most bytes (for text: UTF-16 units) read before the answer is refused.
   * @default 67108864
   */
  readonly maxBytes?: number;
  /**
   * Most elements inside each other.
   * @default 100
   */
  readonly maxDepth?: number;
}

/** The detail of a fault. `declared` says whether the WSDL binds it to the operation; then `name` tells the type of `value`. */
type FaultDetail<Faults> =
  | {
      [Name in keyof Faults & string]: {
        readonly declared: true;
        readonly namespace: string;
        readonly name: Name;
        readonly value: Faults[Name];
      };
    }[keyof Faults & string]
  | { readonly declared: false; readonly namespace: string; readonly name: string; readonly value: unknown };

interface AnswerNotes {
  readonly version: '1.1' | '1.2';
  /** Paths of what the WSDL does not have, each once and without places in lists. At most 1,000. */
  readonly unknown: string[];
  /** The same elements whole, at most 10,000 counting those inside them. */
  readonly unknownElements: UnknownElement[];
}

/** The operation's output, whole wrapper. */
interface ResultAnswer<Output> extends AnswerNotes {
  readonly kind: 'result';
  readonly value: Output;
  /** Header blocks that the WSDL binds to the answer, by element name. */
  readonly headers?: Record<string, unknown>;
}

interface FaultAnswer<Faults> extends AnswerNotes {
  readonly kind: 'fault';
  /** `faultcode`; in SOAP 1.2 the innermost Subcode, else the Code. The namespace is empty when its prefix is unknown. */
  readonly code: { readonly namespace: string; readonly name: string };
  readonly message: string;
  readonly detail?: FaultDetail<Faults>;
}

export type EnvelopeAnswer<Output, Faults> = ResultAnswer<Output> | FaultAnswer<Faults>;

/** Reads one answer, piece by piece. After an error every further call throws it again. */
export interface EnvelopeReader<Output, Faults> {
  /** @throws EnvelopeError as soon as the answer is known to be bad. */
  write(chunk: Uint8Array | string): void;
  /** @throws EnvelopeError */
  close(): EnvelopeAnswer<Output, Faults>;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_DEPTH = 100;

/**
 * Creates a reader for the answer to one operation, SOAP 1.1 or 1.2. It parses while pieces arrive, strictly and with namespaces;
 * refuses any DOCTYPE and processing instruction, so that there are no entities to expand; and decides by content whether it holds
 * a fault, whatever the HTTP status was.
 *
 * `xsi:nil` becomes null (in lists too), `xsi:type` becomes `$type`, `xs:long` and `xs:decimal` stay text. What the WSDL does not
 * have is kept apart and is never an error; a missing required element or a value of another type is.
 * @throws TypeError `ERR_UNKNOWN_OPERATION`
 */
export function createEnvelopeReader<Operations, Name extends keyof Operations & string>(
  service: ServiceTable<Operations>,
  operation: Name,
  limits: EnvelopeLimits = {},
): EnvelopeReader<OutputOf<Operations, Name>, FaultsOf<Operations, Name>> {
  type Answer = EnvelopeAnswer<OutputOf<Operations, Name>, FaultsOf<Operations, Name>>;
  const { maxBytes = DEFAULT_MAX_BYTES, maxDepth = DEFAULT_MAX_DEPTH } = limits;
  const row = operationOf(service, operation);
  const plans = readPlansOf(service);
  const builder = createContentBuilder(plans, row);
  const decoder = new TextDecoder('utf-8', { fatal: true });
  // XML 1.1 would allow control characters, so a declaration of it is not honoured.
  const parser = new SaxesParser({ xmlns: true, forceXMLVersion: true, defaultXMLVersion: '1.0' });
  const resolve = (prefix: string) => parser.resolve(prefix);
  let bytes = 0;
  let depth = 0;
  let isBinary = false;
  let isEnding = false;
  let half = '';
  let failure: unknown;

  // Six listeners, no more: with a seventh, V8 turns the parser into a slow dictionary and reading takes five times as long. So
  // errors are caught where saxes throws them, and the XML declaration is looked at when the first tag opens.
  parser.on('doctype', () => {
    throw refuse('doctype', 'no DOCTYPE', 'one');
  });
  parser.on('processinginstruction', () => {
    throw refuse('not-soap', 'no processing instruction', 'one');
  });
  parser.on('opentag', (tag) => {
    if (depth === 0 && isBinary) checkEncoding(parser.xmlDecl.encoding);
    depth++;
    if (depth > maxDepth) throw refuse('too-deep', `at most ${maxDepth} elements inside each other`, 'more');
    builder.open(tag, resolve);
  });
  parser.on('text', (text) => builder.text(text));
  parser.on('cdata', (text) => builder.text(text));
  parser.on('closetag', () => {
    depth--;
    builder.close(resolve);
  });

  return {
    write: (chunk) => guarded(() => parse(chunk)),
    close: () => guarded(end),
  };

  function guarded<T>(step: () => T): T {
    if (failure !== undefined) throw failure;
    try {
      return step();
    } catch (error) {
      failure = asEnvelopeError(error);
      throw failure;
    }
  }

  /** saxes throws plain errors, and only about XML that is not well-formed. */
  function asEnvelopeError(error: unknown): unknown {
    if (!(error instanceof Error) || error.name !== 'Error') return error;
    const found = error.message.slice(0, 200);
    if (!isEnding) return refuse('not-xml', 'well-formed XML', found);
    if (bytes === 0) return refuse('not-xml', 'a SOAP Envelope', 'an empty answer');
    return refuse('truncated', 'an end tag', found);
  }

  function parse(chunk: Uint8Array | string): void {
    bytes += chunk.length;
    if (bytes > maxBytes) throw refuse('too-large', `at most ${maxBytes} bytes`, 'more');
    if (typeof chunk === 'string') {
      parser.write(wholeCharacters(chunk));
    } else {
      isBinary = true;
      parser.write(decode(() => decoder.decode(chunk, { stream: true })));
    }
  }

  function end(): Answer {
    isEnding = true;
    const rest = isBinary ? decode(() => decoder.decode()) : half;
    if (rest !== '') throw refuse('truncated', 'whole characters', 'half a character');
    parser.close();
    const { fault, value, headers, ...content } = builder.finish();
    const notes = { version: content.version, unknown: content.unknown, unknownElements: content.unknownElements };
    if (fault !== undefined) {
      // The table is what the types were generated from, and the plans read by it.
      return { kind: 'fault', ...readFault(fault, service, row, plans), ...notes } as Answer;
    }
    return { kind: 'result', value, ...(headers && { headers }), ...notes } as Answer;
  }

  function decode(step: () => string): string {
    try {
      return step();
    } catch {
      if (isEnding) throw refuse('truncated', 'whole characters', 'half a character');
      throw refuse('not-xml', 'UTF-8', 'other bytes');
    }
  }

  /** Surrogates come in pairs or not at all, even when a pair is cut between two pieces of text. */
  function wholeCharacters(chunk: string): string {
    let text = half + chunk;
    half = /[\ud800-\udbff]$/.test(text) ? text.slice(-1) : '';
    if (half !== '') text = text.slice(0, -1);
    if (/\p{Surrogate}/u.test(text)) throw refuse('not-xml', 'whole characters', 'half a surrogate pair');
    return text;
  }
}

function checkEncoding(encoding: string | undefined): void {
  if (encoding === undefined || /^(?:utf-?8|us-ascii)$/i.test(encoding)) return;
  throw refuse('not-xml', 'UTF-8', encoding.slice(0, 40));
}

function refuse(reason: EnvelopeProblem, expected: string, found: string): EnvelopeError {
  return new EnvelopeError({ reason, expected, found });
}
