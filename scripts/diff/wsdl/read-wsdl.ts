import { readDocuments, type Schema, WSDL, XSD } from '../../generate/wsdl/documents.ts';
import { indexWsdl, type WsdlSymbols } from '../../generate/wsdl/ports.ts';
import { indexSchemas, type SchemaIndex } from '../../generate/wsdl/schema-index.ts';
import {
  childrenNamed,
  type QName,
  qnameOf,
  specErrorAt,
  type XmlDocument,
  type XmlNode,
} from '../../generate/wsdl/xml-tree.ts';
import type { Locatable } from '../change.ts';
import type { SpecInput } from '../spec-input.ts';

/** A WSDL with all that it imports, in which every name leads somewhere. */
export interface Wsdl {
  /** The WSDL itself first. */
  readonly definitions: readonly XmlNode[];
  readonly schemas: readonly Schema[];
  readonly index: SchemaIndex;
  readonly symbols: WsdlSymbols;
}

/** A type: one that XML Schema or SOAP brings along, or a declaration. */
export type TypeRef =
  | { readonly kind: 'builtin'; readonly name: string }
  | { readonly kind: 'declared'; readonly node: XmlNode };

const SOAP_ENCODING = /^http:\/\/(?:schemas\.xmlsoap\.org\/soap\/encoding\/|www\.w3\.org\/2003\/05\/soap-encoding)$/;
const ANY_TYPE: TypeRef = { kind: 'builtin', name: 'xs:anyType' };

/** @throws SpecError for a WSDL that cannot be read, or that names what is nowhere declared */
export async function readWsdl({ file, path, text, imports = {} }: SpecInput): Promise<Wsdl> {
  const { definitions, schemas } = await readDocuments({ specFile: file, path, text }, imports);
  const wsdl = { definitions, schemas, index: indexSchemas(schemas), symbols: indexWsdl(definitions) };
  for (const { node } of schemas) check(wsdl, node);
  for (const root of definitions) {
    for (const message of childrenNamed(root, WSDL, 'message')) {
      for (const part of childrenNamed(message, WSDL, 'part')) {
        if (part.attributes.has('type')) typeOf(wsdl, part);
        else elementOf(wsdl, part);
      }
    }
  }
  return wsdl;
}

/** A WSDL is nested 250 deep at most, so this may call itself. */
function check(wsdl: Wsdl, node: XmlNode): void {
  const { attributes, local } = node;
  if (node.uri === XSD) {
    for (const key of ['type', 'base', 'itemType', 'memberTypes']) {
      for (const name of (attributes.get(key) ?? '').split(/\s+/)) if (name !== '') typeNamed(wsdl, name, node);
    }
    const ref = attributes.get('ref');
    const kind = COMPONENTS.find((one) => one === local);
    if (ref !== undefined && kind !== undefined && !isKnownAnywhere(node, ref))
      wsdl.index.find(kind, qnameOf(node, ref), node);
  }
  for (const child of node.children) check(wsdl, child);
}

const COMPONENTS = ['element', 'group', 'attributeGroup', 'attribute'] as const;

/** `xml:lang` and its like need no schema, nor does `soapenc:arrayType`. */
export function isKnownAnywhere(node: XmlNode, ref: string): boolean {
  const { uri } = qnameOf(node, ref);
  return uri === 'http://www.w3.org/XML/1998/namespace' || SOAP_ENCODING.test(uri);
}

const BUILTINS = new Set([
  ...['anyType', 'anySimpleType', 'anyAtomicType', 'string', 'normalizedString', 'token', 'language', 'Name', 'NCName'],
  ...['NMTOKEN', 'NMTOKENS', 'ID', 'IDREF', 'IDREFS', 'ENTITY', 'ENTITIES', 'QName', 'NOTATION', 'anyURI', 'boolean'],
  ...['hexBinary', 'base64Binary', 'float', 'double', 'decimal', 'integer', 'long', 'int', 'short', 'byte'],
  ...['nonPositiveInteger', 'negativeInteger', 'nonNegativeInteger', 'positiveInteger', 'unsignedLong', 'unsignedInt'],
  ...['unsignedShort', 'unsignedByte', 'date', 'time', 'dateTime', 'dateTimeStamp', 'duration', 'dayTimeDuration'],
  ...['yearMonthDuration', 'gYear', 'gYearMonth', 'gMonth', 'gMonthDay', 'gDay', 'error'],
]);

/** The type that a name stands for. @throws SpecError when it is nowhere declared */
export function typeNamed(wsdl: Wsdl, written: string, from: XmlNode): TypeRef {
  const name = qnameOf(from, written);
  if (name.uri === XSD) {
    if (!BUILTINS.has(name.local)) throw specErrorAt(from, `XML Schema has no type "${name.local}"`);
    return { kind: 'builtin', name: `xs:${name.local}` };
  }
  if (SOAP_ENCODING.test(name.uri)) return { kind: 'builtin', name: `soapenc:${name.local}` };
  return { kind: 'declared', node: wsdl.index.find('type', name, from).node };
}

/** The type of an element, attribute or part. */
export function typeOf(wsdl: Wsdl, node: XmlNode): TypeRef {
  const written = node.attributes.get('type');
  if (written !== undefined) return typeNamed(wsdl, written, node);
  const inline = node.children.find(
    ({ uri, local }) => uri === XSD && (local === 'complexType' || local === 'simpleType'),
  );
  if (inline !== undefined) return { kind: 'declared', node: inline };
  const head = node.attributes.get('substitutionGroup');
  if (head !== undefined) return typeOf(wsdl, wsdl.index.find('element', qnameOf(node, head), node).node);
  return node.local === 'attribute' ? { kind: 'builtin', name: 'xs:anySimpleType' } : ANY_TYPE;
}

/** The element that a part names. @throws SpecError when it names none, or one that is nowhere declared */
export function elementOf(wsdl: Wsdl, part: XmlNode): XmlNode {
  const written = part.attributes.get('element');
  if (written === undefined) throw specErrorAt(part, 'a part names neither element nor type');
  return wsdl.index.find('element', qnameOf(part, written), part).node;
}

/** The schema that a node stands in, and the namespace of what it declares. */
function schemaOf(node: XmlNode): Schema {
  let at = node;
  while (at.parent !== undefined && !(at.local === 'schema' && at.uri === XSD)) at = at.parent;
  return { node: at, uri: at.attributes.get('targetNamespace') ?? at.document.adoptedUri };
}

/** The namespace of what the schema around a node declares. */
export function schemaUri(node: XmlNode): string {
  return schemaOf(node).uri;
}

/** The name that an element or attribute has on the wire. */
export function wireName(node: XmlNode): QName {
  const schema = schemaOf(node);
  const isGlobal = node.parent === schema.node;
  const fallback = schema.node.attributes.get(`${node.local}FormDefault`);
  const isQualified = isGlobal || (node.attributes.get('form') ?? fallback) === 'qualified';
  return { uri: isQualified ? schema.uri : '', local: node.attributes.get('name') ?? '' };
}

/** The name of a global declaration; `undefined` for what stands inside another one. */
export function globalName(node: XmlNode): QName | undefined {
  const local = node.attributes.get('name');
  const schema = schemaOf(node);
  return local === undefined || node.parent !== schema.node ? undefined : { uri: schema.uri, local };
}

/** A name as a key. */
export function keyOf({ uri, local }: QName): string {
  return `{${uri}}${local}`;
}

/** Where a node stands: `definitions/types/schema/element[login]`. */
function placeOf(node: XmlNode): string {
  const steps: string[] = [];
  for (let step: XmlNode | undefined = node; step !== undefined; step = step.parent) {
    const name = step.attributes.get('name') ?? step.attributes.get('value');
    steps.unshift(name === undefined ? step.local : `${step.local}[${name}]`);
  }
  return steps.join('/');
}

const lineStarts = new WeakMap<XmlDocument, readonly number[]>();

/** A node as the place of a change. */
export function at(node: XmlNode): Locatable {
  return {
    position() {
      const { document, offset } = node;
      let starts = lineStarts.get(document);
      if (starts === undefined) {
        starts = [0, ...[...document.text.matchAll(/\r\n|\r|\n/g)].map((found) => found.index + found[0].length)];
        lineStarts.set(document, starts);
      }
      let [low, high] = [0, starts.length];
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if ((starts[middle] ?? 0) <= offset) low = middle;
        else high = middle;
      }
      return { place: placeOf(node), file: document.file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
    },
  };
}
