/** Why an answer could not be read. */
export type EnvelopeProblem =
  /** Not well-formed, not UTF-8, or nothing at all. */
  | 'not-xml'
  /** Well-formed, but no SOAP envelope. */
  | 'not-soap'
  /** It has a DOCTYPE, which SOAP forbids. */
  | 'doctype'
  | 'too-large'
  | 'too-deep'
  /** It ended before its end tag. */
  | 'truncated'
  /** A SOAP envelope that does not fit the WSDL. */
  | 'contract';

/** What an {@link EnvelopeError} says. */
export interface EnvelopeErrorFacts {
  readonly reason: EnvelopeProblem;
  /** Element path such as `queryResponse.result.records[3].Balance`; empty where the document as a whole is meant. */
  readonly path?: string;
  readonly expected: string;
  /** What was there instead: kinds and names, never the text of an element. */
  readonly found: string;
}

/** An answer that is no readable SOAP envelope, or one that does not fit the WSDL. It never holds the text of an element. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
  readonly reason: EnvelopeProblem;
  readonly path: string;
  readonly expected: string;
  readonly found: string;

  constructor({ reason, path = '', expected, found }: EnvelopeErrorFacts) {
    super(`${path === '' ? 'SOAP answer' : path}: expected ${expected}, found ${found}`);
    this.reason = reason;
    this.path = path;
    this.expected = expected;
    this.found = found;
  }
}
