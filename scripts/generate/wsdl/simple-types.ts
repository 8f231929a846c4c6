import { XSD } from './documents.ts';
import type { Primitive, SimpleModel } from './model.ts';
import { type Component, docOf } from './schema-index.ts';
import { childrenNamed, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

const TEXTS = 'string normalizedString token language Name NCName NMTOKEN ID IDREF ENTITY anyURI anySimpleType';
const LISTS = 'NMTOKENS IDREFS ENTITIES';
const WHOLE_NUMBERS = 'long integer';
const BOUNDED: Readonly<Record<string, string>> = {
  unsignedLong: 'At least 0.',
  nonNegativeInteger: 'At least 0.',
  positiveInteger: 'At least 1.',
  nonPositiveInteger: 'At most 0.',
  negativeInteger: 'At most -1.',
};
const SAME_NAME =
  'boolean int short byte unsignedInt unsignedShort unsignedByte decimal double date dateTime base64Binary anyType';
/** Kept as text, whose form the documentation tells. */
const FORMS: Readonly<Record<string, string>> = {
  duration: 'A duration in ISO 8601, such as `P1DT2H`.',
  time: 'A time of day, `hh:mm:ss`, perhaps with an offset.',
  gYear: 'A year, `YYYY`.',
  gYearMonth: 'A month, `YYYY-MM`.',
  gMonth: 'A month of any year, `--MM`.',
  gMonthDay: 'A day of any year, `--MM-DD`.',
  gDay: 'A day of any month, `---DD`.',
  hexBinary: 'Bytes in hexadecimal.',
  QName: 'A qualified name as it is written; what its prefix means is not kept.',
  NOTATION: 'A qualified name as it is written; what its prefix means is not kept.',
};

const BUILT_IN: ReadonlyMap<string, Omit<SimpleModel, 'kind'>> = new Map<string, Omit<SimpleModel, 'kind'>>([
  ...each(TEXTS, () => ({ primitive: 'string' })),
  ...each(LISTS, () => ({ primitive: 'string', isList: true })),
  ...each(WHOLE_NUMBERS, () => ({ primitive: 'long' })),
  // The list holds only names that are primitives of the model.
  ...each(SAME_NAME, (name) => ({ primitive: name as Primitive })),
  ...Object.entries(BOUNDED).map(([name, limit]) => [name, { primitive: 'long', limits: [limit] }] as const),
  ...Object.entries(FORMS).map(([name, form]) => [name, { primitive: 'string', limits: [form] }] as const),
  ['float', { primitive: 'double' }],
]);

const LIMITS: Readonly<Record<string, (value: string) => string>> = {
  length: (value) => `${value} long.`,
  minLength: (value) => `At least ${value} long.`,
  maxLength: (value) => `At most ${value} long.`,
  pattern: (value) => `Matches \`${value}\`.`,
  minInclusive: (value) => `At least ${value}.`,
  maxInclusive: (value) => `At most ${value}.`,
  minExclusive: (value) => `More than ${value}.`,
  maxExclusive: (value) => `Less than ${value}.`,
  totalDigits: (value) => `At most ${value} digits.`,
  fractionDigits: (value) => `At most ${value} digits after the point.`,
};

/** Types that stand on each other further than this are refused; mostly they stand on themselves. */
const MOST_STEPS = 100;
/** Unions of unions can list more values than any memory has; no service has as many as this. */
const MOST_VALUES = 2_000_000;
/** Further limits tell a reader nothing. */
const MOST_LIMITS = 100;

/** A type of XML Schema itself. @throws SpecError when it has none of that name */
export function builtInType(name: QName, from: XmlNode): SimpleModel {
  const found = BUILT_IN.get(name.local);
  if (found === undefined) throw specErrorAt(from, `XML Schema has no type "${name.local}"`);
  return { kind: 'simple', ...found };
}

/** What reading simple types needs of the reader of all types. */
interface SimpleTypeContext {
  /** The TypeScript name of a named type. */
  nameOf(node: XmlNode): string | undefined;
  find(name: QName, from: XmlNode): Component;
  /** Called once for each model, inner types first. */
  made(node: XmlNode, model: SimpleModel): void;
  known(node: XmlNode): SimpleModel | undefined;
}

export type ReadSimple = (component: Component, steps?: number) => SimpleModel;

export function createSimpleTypeReader(context: SimpleTypeContext): ReadSimple {
  let valuesOfUnions = 0;
  return readSimple;

  function readSimple(component: Component, steps = 0): SimpleModel {
    const { node } = component;
    const known = context.known(node);
    if (known !== undefined) return known;
    if (steps > MOST_STEPS) throw specErrorAt(node, 'the simple type stands on itself, or on too many others');
    const name = context.nameOf(node);
    const own = elementsIn(node);
    const [content] = own;
    const strange = content?.local === 'restriction' ? elementsIn(content).find((child) => !isFacet(child)) : undefined;
    if (strange !== undefined) throw specErrorAt(strange, `${strange.local} is not supported in a simple type`);
    if (content === undefined || own.length > 1) {
      throw specErrorAt(node, 'a simple type is one restriction, one list or one union');
    }
    const read =
      content.local === 'restriction'
        ? restricted(content, component, steps)
        : content.local === 'list'
          ? listed(content, component, steps)
          : content.local === 'union'
            ? united(content, component, steps)
            : undefined;
    if (read === undefined) throw specErrorAt(content, `${content.local} is not supported in a simple type`);
    const model: SimpleModel = { ...read, kind: 'simple', name, doc: docOf(node) };
    context.made(node, model);
    return model;
  }

  function restricted(content: XmlNode, component: Component, steps: number): SimpleModel {
    const base = innerType(content, 'base', component, steps);
    return restrictionOf(base, content);
  }

  function listed(content: XmlNode, component: Component, steps: number): SimpleModel {
    const item = innerType(content, 'itemType', component, steps);
    if (item.isList) throw specErrorAt(content, 'a list of lists is not possible in XML Schema');
    return { ...item, isList: true };
  }

  function united(content: XmlNode, component: Component, steps: number): SimpleModel {
    const named = (content.attributes.get('memberTypes') ?? '').split(/\s+/).filter((name) => name !== '');
    const members = [
      ...named.map((name) => typeNamed(qnameOf(content, name), content, steps)),
      ...childrenNamed(content, XSD, 'simpleType').map((node) => readSimple({ ...component, node }, steps + 1)),
    ];
    const [first] = members;
    if (first === undefined) throw specErrorAt(content, 'the union has no members');
    const isSame = members.every(({ primitive, isList }) => primitive === first.primitive && isList === first.isList);
    // The values of a list are those of its items, which are no values of a text.
    const listing = isSame ? members : members.filter(({ isList }) => !isList);
    for (const { values = [] } of listing) valuesOfUnions += values.length;
    if (valuesOfUnions > MOST_VALUES) throw specErrorAt(content, `the unions list more than ${MOST_VALUES} values`);
    const values = [...new Set(listing.flatMap((member) => member.values ?? []))];
    const union = {
      kind: 'simple',
      values: values.length === 0 ? undefined : values,
      valueDocs: docsOf(listing.flatMap(({ valueDocs }) => [...(valueDocs ?? [])])),
    } as const;
    const limits = [`Text of one of these: ${[...new Set(members.map(inWords))].join(', ')}.`];
    // Which member a text is meant as cannot be told by it, so it stays text.
    if (!isSame) return { ...union, primitive: 'string', limits };
    const isUnlimited = members.every((member) => member.limits === undefined);
    return { ...union, primitive: first.primitive, isList: first.isList, limits: isUnlimited ? undefined : limits };
  }

  function innerType(content: XmlNode, attribute: string, component: Component, steps: number): SimpleModel {
    const written = content.attributes.get(attribute);
    if (written !== undefined) return typeNamed(qnameOf(content, written), content, steps);
    const [inline] = childrenNamed(content, XSD, 'simpleType');
    if (inline === undefined) throw specErrorAt(content, `${content.local} names no type`);
    return readSimple({ ...component, node: inline }, steps + 1);
  }

  function typeNamed(name: QName, from: XmlNode, steps: number): SimpleModel {
    const builtIn = name.uri === XSD ? builtInType(name, from) : undefined;
    if (builtIn?.primitive === 'anyType') throw specErrorAt(from, 'a simple type stands on anyType');
    if (builtIn !== undefined) return builtIn;
    const component = context.find(name, from);
    if (component.node.local !== 'simpleType') throw specErrorAt(from, 'a simple type stands on a complex one');
    return readSimple(component, steps + 1);
  }
}

/** Whether an element inside a restriction says something of a text: listed values, a limit, its type, or nothing to a program. */
export function isFacet({ local }: XmlNode): boolean {
  return local === 'enumeration' || local === 'whiteSpace' || local === 'simpleType' || Object.hasOwn(LIMITS, local);
}

/** A type with what a restriction adds to it: listed values, and limits in words. */
export function restrictionOf(base: SimpleModel, restriction: XmlNode): SimpleModel {
  const facets = restriction.children.filter((child) => child.uri === XSD);
  const listed = facets.filter(({ local }) => local === 'enumeration');
  const values = listed.map(givenValue);
  const valueDocs = listed.flatMap((facet): [string, string][] => {
    const value = givenValue(facet);
    const doc = docOf(facet)?.replaceAll(/\s+/g, ' ') ?? base.valueDocs?.get(value);
    return doc === undefined ? [] : [[value, doc]];
  });
  const limits = facets.flatMap((facet) => {
    const words = Object.hasOwn(LIMITS, facet.local) ? LIMITS[facet.local] : undefined;
    return words === undefined ? [] : [words(givenValue(facet).replaceAll(/\s+/g, ' '))];
  });
  if (base.isList && values.length > 0)
    limits.push(`One of these lists: ${values.map((value) => `\`${value}\``).join(', ')}.`);
  const said = [...(base.limits ?? []), ...limits];
  const all = said.length > MOST_LIMITS ? [...said.slice(0, MOST_LIMITS), 'There are more limits.'] : said;
  return {
    kind: 'simple',
    primitive: base.primitive,
    isList: base.isList,
    // The values of a list are whole lists, which are no values of its items.
    values: values.length > 0 && !base.isList ? values : base.values,
    valueDocs: values.length > 0 ? docsOf(valueDocs) : base.valueDocs,
    limits: all.length > 0 ? all : undefined,
  };
}

function docsOf(entries: readonly (readonly [string, string])[]): ReadonlyMap<string, string> | undefined {
  return entries.length === 0 ? undefined : new Map(entries);
}

/** A member of a union, for documentation. */
function inWords({ name, primitive, isList, limits }: SimpleModel): string {
  const nameless = limits === undefined ? primitive : `${primitive} (${limits.join(' ')})`;
  return `${name ?? nameless}${isList ? ' list' : ''}`;
}

function elementsIn(node: XmlNode): XmlNode[] {
  return node.children.filter((child) => child.uri === XSD && child.local !== 'annotation');
}

function givenValue(facet: XmlNode): string {
  return facet.attributes.get('value') ?? '';
}

function each(
  names: string,
  model: (name: string) => Omit<SimpleModel, 'kind'>,
): (readonly [string, Omit<SimpleModel, 'kind'>])[] {
  return names.split(' ').map((name) => [name, model(name)] as const);
}
