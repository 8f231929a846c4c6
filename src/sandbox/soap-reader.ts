import { SaxesParser } from 'saxes';

/** An element of a request. */
export interface XmlElement {
  readonly namespace: string;
  readonly name: string;
  readonly children: XmlElement[];
  /** Text of the element itself, without that of its children. */
  text: string;
  readonly isNil: boolean;
  /** What `xsi:type` says, resolved. */
  readonly type?: { readonly namespace: string; readonly name: string };
}

/** The two envelope versions; an answer comes in that of its request. */
export type SoapVersion = '1.1' | '1.2';

export interface SoapRequest {
  readonly version: SoapVersion;
  readonly headers: readonly XmlElement[];
  /** The one child of the body. */
  readonly payload: XmlElement;
}

/** What cannot be read as a SOAP request; the message starts as those of the service's parser do. */
export class UnreadableSoapError extends Error {
  constructor(what: string) {
    super(`com.ctc.wstx.exc.WstxParsingException: ${what}`);
    this.name = 'UnreadableSoapError';
  }
}

export const envelopeNamespaces: Readonly<Record<SoapVersion, string>> = {
  '1.1': 'http://schemas.xmlsoap.org/soap/envelope/',
  '1.2': 'http://www.w3.org/2003/05/soap-envelope',
};
export const schemaInstance = 'http://www.w3.org/2001/XMLSchema-instance';
const maxDepth = 200;

/** @throws UnreadableSoapError */
export function readSoapRequest(body: Buffer): SoapRequest {
  const root = readXml(body.toString('utf8').replace(/^\uFEFF/, ''));
  const version = (['1.1', '1.2'] as const).find((candidate) => envelopeNamespaces[candidate] === root.namespace);
  if (version === undefined || root.name !== 'Envelope') throw new UnreadableSoapError('not a SOAP envelope');
  const part = (name: string) =>
    root.children.find((child) => child.name === name && child.namespace === root.namespace);
  const [payload, ...more] = part('Body')?.children ?? [];
  if (payload === undefined || more.length > 0) throw new UnreadableSoapError('the body must hold one element');
  return { version, headers: part('Header')?.children ?? [], payload };
}

function readXml(text: string): XmlElement {
  const parser = new SaxesParser({ xmlns: true });
  const open: XmlElement[] = [];
  let root: XmlElement | undefined;
  const addText = (piece: string) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += piece;
  };
  parser.on('error', (error) => {
    throw new UnreadableSoapError(error.message);
  });
  parser.on('doctype', () => {
    throw new UnreadableSoapError('a DOCTYPE is not allowed');
  });
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('opentag', (tag) => {
    if (open.length >= maxDepth) throw new UnreadableSoapError('nested too deeply');
    const attribute = (name: string) =>
      Object.values(tag.attributes).find((candidate) => candidate.uri === schemaInstance && candidate.local === name)
        ?.value;
    const [local = '', prefix = ''] = (attribute('type') ?? '').trim().split(':').reverse();
    const nil = attribute('nil')?.trim();
    const element: XmlElement = {
      namespace: tag.uri,
      name: tag.local,
      children: [],
      text: '',
      isNil: nil === 'true' || nil === '1',
      ...(local === '' ? {} : { type: { namespace: parser.resolve(prefix) ?? '', name: local } }),
    };
    open.at(-1)?.children.push(element);
    root ??= element;
    open.push(element);
  });
  parser.on('closetag', () => void open.pop());
  parser.write(text).close();
  if (root === undefined) throw new UnreadableSoapError('there is no element');
  return root;
}
