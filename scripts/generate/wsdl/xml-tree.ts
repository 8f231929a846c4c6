import { SaxesParser } from 'saxes';
import { SpecError } from '../spec-error.ts';

/** A name with its namespace; the namespace is empty for names in none. */
export interface QName {
  readonly uri: string;
  readonly local: string;
}

/** One element of the WSDL, with all that node-soap's tree drops: position, scope of prefixes, text, unknown children. */
export interface XmlNode extends QName {
  /** Attributes without a namespace, by local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** Text directly inside, joined. */
  readonly text: string;
  readonly line: number;
  readonly column: number;
  readonly parent: XmlNode | undefined;
  /** Prefixes declared on this very element. */
  readonly prefixes: readonly string[];
  /** The namespace bound to a prefix here; the empty prefix is the default namespace. */
  namespaceOf(prefix: string): string | undefined;
}

interface OpenNode extends XmlNode {
  readonly children: XmlNode[];
  text: string;
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';

/**
 * Reads a WSDL into a tree.
 * @throws SpecError for text that is not well-formed and for any DOCTYPE, with line and column.
 */
export function readXmlTree(file: string, text: string): XmlNode {
  const parser = new SaxesParser({ xmlns: true, position: true });
  let root: XmlNode | undefined;
  let current: OpenNode | undefined;
  const clean = text.replace(/^\uFEFF/, '');
  const start = { offset: 0, line: 1, column: 1 };
  const here = () => ({ file, line: parser.line, column: parser.column + 1 });

  parser.on('error', (error) => {
    const what = error.message.replace(/^(?:[^:]*:)?\d+:\d+: /, '');
    throw new SpecError(`not well-formed XML: ${what}`, here());
  });
  parser.on('doctype', () => {
    throw new SpecError('a DOCTYPE is not allowed in a WSDL', here());
  });
  parser.on('opentagstart', ({ name }) => {
    // saxes tells where the name ended; errors are about where the tag began.
    const offset = clean.lastIndexOf(`<${name}`, parser.position);
    const lines = clean.slice(start.offset, offset).split('\n');
    start.column = (lines.length === 1 ? start.column : 1) + (lines.at(-1)?.length ?? 0);
    start.line += lines.length - 1;
    start.offset = offset;
  });
  parser.on('opentag', (tag) => {
    const parent = current;
    const own = new Map(Object.entries(tag.ns));
    const node: OpenNode = {
      uri: tag.uri,
      local: tag.local,
      attributes: new Map(
        Object.values(tag.attributes)
          .filter((attribute) => attribute.uri === '')
          .map((attribute) => [attribute.local, attribute.value]),
      ),
      children: [],
      text: '',
      line: start.line,
      column: start.column,
      parent,
      prefixes: [...own.keys()],
      namespaceOf: (prefix) =>
        own.get(prefix) ?? parent?.namespaceOf(prefix) ?? (prefix === 'xml' ? XML_NAMESPACE : undefined),
    };
    parent?.children.push(node);
    root ??= node;
    current = node;
  });
  const addText = (chunk: string) => {
    if (current !== undefined) current.text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    // The nodes on the way up are the same objects that were opened, so they are still open for writing.
    current = current?.parent as OpenNode | undefined;
  });
  parser.write(clean).close();
  if (root === undefined) throw new SpecError('not well-formed XML: no root element', { file, line: 1, column: 1 });
  return root;
}

/** Where a node stands, for messages: `definitions/types/schema/element[login]`. */
export function placeOf(node: XmlNode): string {
  const name = node.attributes.get('name');
  const own = name === undefined ? node.local : `${node.local}[${name}]`;
  return node.parent === undefined ? own : `${placeOf(node.parent)}/${own}`;
}

export function specErrorAt(file: string, node: XmlNode, what: string): SpecError {
  return new SpecError(what, { file, line: node.line, column: node.column, place: placeOf(node) });
}

/** Resolves the value of an attribute that holds a qualified name, such as `type="zns:ID"`. */
export function qnameOf(file: string, node: XmlNode, value: string): QName {
  const text = value.trim();
  const colon = text.indexOf(':');
  const prefix = colon === -1 ? '' : text.slice(0, colon);
  const uri = node.namespaceOf(prefix);
  if (uri === undefined && prefix !== '') throw specErrorAt(file, node, `the prefix "${prefix}" is not declared`);
  return { uri: uri ?? '', local: text.slice(colon + 1) };
}

/** Children with this name, in order. */
export function childrenNamed(node: XmlNode, uri: string, local: string): XmlNode[] {
  return node.children.filter((child) => child.uri === uri && child.local === local);
}
