import { SaxesParser } from 'saxes';
import { SpecError } from '../spec-error.ts';

/** A name with its namespace; the namespace is empty for names in none. */
export interface QName {
  readonly uri: string;
  readonly local: string;
}

/** A file of which a tree was read. */
export interface XmlDocument {
  /** The file's name in messages. */
  readonly file: string;
  readonly text: string;
  /** What names without a namespace mean: the namespace of the schema that includes a schema without one. */
  readonly adoptedUri: string;
}

/** One element, with all that a generator needs: position, scope of prefixes, text, unknown children. */
export interface XmlNode extends QName {
  /** Attributes without a namespace, by local name. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  /** Text directly inside, joined. */
  readonly text: string;
  readonly document: XmlDocument;
  /** How much of its parent's text comes before it. */
  readonly textBefore: number;
  /** Where its tag begins in the text of the document. */
  readonly offset: number;
  readonly parent: XmlNode | undefined;
  /** Namespaces of the prefixes declared on this very element. */
  readonly declared: ReadonlyMap<string, string>;
}

interface OpenNode extends XmlNode {
  readonly children: XmlNode[];
  text: string;
}

const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace';
/** A name in XML 1.0, without a prefix. The codec has the same: what is declared here must be a name on the wire. */
const NAME_START = String.raw`A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}`;
const NAME_REST = String.raw`\-.\d\u00b7\u0300-\u036f\u203f\u2040`;
const XML_NAME = new RegExp(`^[${NAME_START}][${NAME_START}${NAME_REST}]*$`, 'u');
/** Deep enough for any schema; what is read here is walked by functions that call themselves. */
const MOST_DEPTH = 250;
const LONGEST_MESSAGE = 500;
const NONE: ReadonlyMap<string, string> = new Map();

/**
 * Reads a WSDL or a schema into a tree.
 * @throws SpecError for text that is not well-formed, for any DOCTYPE and for more than 250 elements inside each other, with line and
 * column.
 */
export function readXmlTree(file: string, text: string, adoptedUri = ''): XmlNode {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const document = { file, text: text.replace(/^\uFEFF/, ''), adoptedUri };
  const here = () => ({ file, line: parser.line, column: parser.column + 1 });
  let root: XmlNode | undefined;
  let current: OpenNode | undefined;
  let offset = 0;
  let depth = 0;

  // Six listeners, no more: with a seventh, V8 turns the parser into a slow dictionary. So errors are caught where saxes throws them.
  parser.on('doctype', () => {
    throw new SpecError('a DOCTYPE is not allowed in a WSDL', here());
  });
  parser.on('opentagstart', ({ name }) => {
    // saxes has read the name and the character after it; errors are about where the tag began.
    offset = parser.position - name.length - 2;
  });
  parser.on('opentag', (tag) => {
    depth++;
    if (depth > MOST_DEPTH) throw new SpecError(`elements are nested more than ${MOST_DEPTH} deep`, here());
    let attributes: Map<string, string> | undefined;
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute?.uri !== '') continue;
      attributes ??= new Map();
      attributes.set(attribute.local, attribute.value);
    }
    const own = Object.entries(tag.ns);
    const node: OpenNode = {
      uri: tag.uri,
      local: tag.local,
      attributes: attributes ?? NONE,
      children: [],
      text: '',
      document,
      textBefore: current === undefined ? 0 : current.text.length,
      offset,
      parent: current,
      declared: own.length === 0 ? NONE : new Map(own),
    };
    current?.children.push(node);
    root ??= node;
    current = node;
  });
  const addText = (chunk: string) => {
    if (current !== undefined) current.text += chunk;
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    depth--;
    // The nodes on the way up are the same objects that were opened, so they are still open for writing.
    current = current?.parent as OpenNode | undefined;
  });
  try {
    parser.write(document.text).close();
  } catch (error) {
    if (error instanceof SpecError || !(error instanceof Error)) throw error;
    const what = error.message.replace(/^(?:[^:]*:)?\d+:\d+: /, '');
    throw new SpecError(`not well-formed XML: ${what.slice(0, LONGEST_MESSAGE)}`, here(), { cause: error });
  }
  if (root === undefined) throw new SpecError('not well-formed XML: no root element', { file, line: 1, column: 1 });
  return root;
}

/** The namespace bound to a prefix at a node; the empty prefix is the default namespace. */
function namespaceAt(node: XmlNode, prefix: string): string | undefined {
  for (let scope: XmlNode | undefined = node; scope !== undefined; scope = scope.parent) {
    const uri = scope.declared.get(prefix);
    if (uri !== undefined) return uri;
  }
  return prefix === 'xml' ? XML_NAMESPACE : undefined;
}

/** Where a node stands, for messages: `definitions/types/schema/element[login]`. */
function placeOf(node: XmlNode): string {
  const steps: string[] = [];
  for (let step: XmlNode | undefined = node; step !== undefined; step = step.parent) {
    const name = step.attributes.get('name');
    steps.unshift(name === undefined ? step.local : `${step.local}[${name}]`);
  }
  return steps.join('/').slice(0, LONGEST_MESSAGE);
}

/** An error about a node, with its file, line, column and place. */
export function specErrorAt(node: XmlNode, what: string): SpecError {
  const { file, text } = node.document;
  const lines = text.slice(0, node.offset).split(/\r\n|\r|\n/);
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return new SpecError(what.slice(0, LONGEST_MESSAGE), { file, line: lines.length, column, place: placeOf(node) });
}

/** Resolves the value of an attribute that holds a qualified name, such as `type="zns:ID"`. */
export function qnameOf(node: XmlNode, value: string): QName {
  const text = value.trim();
  const colon = text.indexOf(':');
  const prefix = colon === -1 ? '' : text.slice(0, colon);
  const uri = namespaceAt(node, prefix);
  if (uri === undefined && prefix !== '') throw specErrorAt(node, `the prefix "${prefix}" is not declared`);
  // A schema without a namespace that another includes speaks of that one's names.
  return { uri: uri ?? node.document.adoptedUri, local: text.slice(colon + 1) };
}

/** What a declaration is called. @throws SpecError for no name, and for text that is no XML name */
export function nameOf(node: XmlNode): string {
  const name = node.attributes.get('name')?.trim();
  if (name === undefined) throw specErrorAt(node, `${node.local} has no name`);
  if (!XML_NAME.test(name)) throw specErrorAt(node, `${JSON.stringify(name.slice(0, 80))} is no XML name`);
  return name;
}

/** Whether an attribute of XML Schema's boolean type is set: it has two ways to say so. */
export function isTrue(node: XmlNode, attribute: string): boolean {
  const value = node.attributes.get(attribute)?.trim();
  return value === 'true' || value === '1';
}

/** Children with this name, in order. */
export function childrenNamed(node: XmlNode, uri: string, local: string): XmlNode[] {
  return node.children.filter((child) => child.uri === uri && child.local === local);
}
