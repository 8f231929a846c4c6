import { XSD } from '../../generate/wsdl/documents.ts';
import { childrenNamed, specErrorAt, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { complexView } from './content.ts';
import { type TypeRef, typeNamed, type Wsdl } from './read-wsdl.ts';

const ANY_SIMPLE: TypeRef = { kind: 'builtin', name: 'xs:anySimpleType' };

/** What a simple type says, with its bases followed. */
export interface SimpleView {
  readonly variety: 'atomic' | 'list' | 'union';
  /** The type that XML Schema brings along which it comes from: `xs:int`. */
  readonly builtin: string;
  /** Of a list. */
  readonly item: TypeRef | undefined;
  /** Of a union. */
  readonly members: readonly TypeRef[];
  /** The nearest of each kind; enumerations and patterns apart. */
  readonly facets: ReadonlyMap<string, XmlNode>;
  readonly values: ReadonlyMap<string, XmlNode> | undefined;
  /** Those of each step must all be met. */
  readonly patterns: readonly { readonly text: string; readonly node: XmlNode }[];
  /** Facets that are not weighed: those of XML Schema 1.1, and any without a value. */
  readonly others: readonly XmlNode[];
}

/** Reads a simple type; `undefined` for one that is not simple. @throws SpecError for a type that is its own base */
export function simpleView(wsdl: Wsdl, type: TypeRef, inside: readonly XmlNode[] = []): SimpleView | undefined {
  if (type.kind === 'builtin') return builtinView(type.name);
  const { node } = type;
  if (inside.includes(node)) throw specErrorAt(node, 'the type is its own base');
  const around = [...inside, node];
  if (node.local === 'complexType') {
    const { text } = complexView(wsdl, node);
    return text && simpleView(wsdl, text, around);
  }
  const list = childrenNamed(node, XSD, 'list')[0];
  const union = childrenNamed(node, XSD, 'union')[0];
  // A restriction of simple content stands for itself: it is a base with facets, too.
  const restriction = node.local === 'restriction' ? node : childrenNamed(node, XSD, 'restriction')[0];
  if (list !== undefined)
    return { ...plain('list', 'xs:anySimpleType'), item: namedOrInline(wsdl, list, 'itemType')[0] ?? ANY_SIMPLE };
  if (union !== undefined)
    return { ...plain('union', 'xs:anySimpleType'), members: namedOrInline(wsdl, union, 'memberTypes') };
  if (restriction === undefined) return plain('atomic', 'xs:anySimpleType');
  const base = baseOf(wsdl, restriction, around) ?? plain('atomic', 'xs:anySimpleType');
  return restricted(base, restriction);
}

function baseOf(wsdl: Wsdl, restriction: XmlNode, around: readonly XmlNode[]): SimpleView | undefined {
  const inline = childrenNamed(restriction, XSD, 'simpleType')[0];
  if (inline !== undefined) return simpleView(wsdl, { kind: 'declared', node: inline }, around);
  const base = namedOrInline(wsdl, restriction, 'base')[0];
  return base && simpleView(wsdl, base, around);
}

function namedOrInline(wsdl: Wsdl, node: XmlNode, key: string): TypeRef[] {
  const names = (node.attributes.get(key) ?? '').split(/\s+/).filter((name) => name !== '');
  const inline = childrenNamed(node, XSD, 'simpleType').map((child): TypeRef => ({ kind: 'declared', node: child }));
  return [...names.map((name) => typeNamed(wsdl, name, node)), ...inline];
}

function builtinView(name: string): SimpleView | undefined {
  return name === 'xs:anyType' || name === 'soapenc:Array' ? undefined : plain('atomic', name);
}

function plain(variety: SimpleView['variety'], builtin: string): SimpleView {
  return {
    variety,
    builtin,
    item: undefined,
    members: [],
    facets: new Map(),
    values: undefined,
    patterns: [],
    others: [],
  };
}

const FACETS = new Set([
  ...['minInclusive', 'minExclusive', 'maxInclusive', 'maxExclusive', 'length', 'minLength', 'maxLength'],
  ...['totalDigits', 'fractionDigits', 'whiteSpace'],
]);
/** What else a restriction may hold: it is read elsewhere. */
const NO_FACETS = new Set(['annotation', 'simpleType', 'attribute', 'attributeGroup', 'anyAttribute']);

function restricted(base: SimpleView, restriction: XmlNode): SimpleView {
  const facets = new Map(base.facets);
  const values = new Map<string, XmlNode>();
  const patterns: XmlNode[] = [];
  const others: XmlNode[] = [];
  for (const facet of restriction.children) {
    if (facet.uri !== XSD || NO_FACETS.has(facet.local)) continue;
    const value = facet.attributes.get('value');
    if (value === undefined) others.push(facet);
    else if (facet.local === 'enumeration') values.set(value, facet);
    else if (facet.local === 'pattern') patterns.push(facet);
    else if (FACETS.has(facet.local)) facets.set(facet.local, facet);
    else others.push(facet);
  }
  const [first] = patterns;
  const text = patterns
    .map((pattern) => pattern.attributes.get('value') ?? '')
    .sort()
    .join('|');
  return {
    ...base,
    facets,
    values: values.size > 0 ? values : base.values,
    others: [...base.others, ...others],
    patterns: first === undefined ? base.patterns : [...base.patterns, { text, node: first }],
  };
}

const BASES: Readonly<Record<string, string>> = {
  normalizedString: 'string',
  token: 'normalizedString',
  language: 'token',
  NMTOKEN: 'token',
  Name: 'token',
  NCName: 'Name',
  ID: 'NCName',
  IDREF: 'NCName',
  ENTITY: 'NCName',
  integer: 'decimal',
  nonPositiveInteger: 'integer',
  negativeInteger: 'nonPositiveInteger',
  long: 'integer',
  int: 'long',
  short: 'int',
  byte: 'short',
  nonNegativeInteger: 'integer',
  unsignedLong: 'nonNegativeInteger',
  unsignedInt: 'unsignedLong',
  unsignedShort: 'unsignedInt',
  unsignedByte: 'unsignedShort',
  positiveInteger: 'nonNegativeInteger',
  string: 'anySimpleType',
  decimal: 'anySimpleType',
  float: 'double',
};
/** Holds by the range of values, though neither is derived from the other. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  unsignedInt: ['long'],
  unsignedShort: ['int'],
  unsignedByte: ['short'],
  decimal: ['double'],
};

/** Whether everything that is right for the inner type is right for the outer one as well. Any simple value is right as a string. */
export function holds(outer: string, inner: string): boolean {
  if (outer === inner || outer === 'xs:anySimpleType' || outer === 'xs:string') return true;
  const name = inner.replace(/^xs:/, '');
  const above = [
    ...(Object.hasOwn(BASES, name) ? [BASES[name]] : []),
    ...(Object.hasOwn(ALSO, name) ? (ALSO[name] ?? []) : []),
  ];
  return above.some((next) => next !== undefined && next !== 'anySimpleType' && holds(outer, `xs:${next}`));
}
