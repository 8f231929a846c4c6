import type { ComplexModel, MemberModel, Primitive, SimpleModel, TypeModel } from './model.ts';
import { type Component, docOf, type SchemaIndex, XSD } from './schema-index.ts';
import { createNames, pascalCase } from './ts-names.ts';
import { childrenNamed, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

const TEXTS =
  'string normalizedString token language Name NCName NMTOKEN NMTOKENS ID IDREF IDREFS ENTITY ENTITIES anyURI QName NOTATION ' +
  'duration time gYear gYearMonth gMonth gMonthDay gDay hexBinary anySimpleType';
const WHOLE_NUMBERS = 'long unsignedLong integer positiveInteger nonNegativeInteger negativeInteger nonPositiveInteger';
const SAME_NAME =
  'boolean int short byte unsignedInt unsignedShort unsignedByte decimal double date dateTime base64Binary anyType';

const PRIMITIVES: ReadonlyMap<string, Primitive> = new Map<string, Primitive>([
  ...TEXTS.split(' ').map((name): [string, Primitive] => [name, 'string']),
  ...WHOLE_NUMBERS.split(' ').map((name): [string, Primitive] => [name, 'long']),
  // The list holds only names that are primitives of the model.
  ...SAME_NAME.split(' ').map((name): [string, Primitive] => [name, name as Primitive]),
  ['float', 'double'],
]);

/** Elements of a type's content that hold other elements. */
const COMPOSITORS = ['sequence', 'choice', 'all'];

interface Occurrence {
  readonly isOptional: boolean;
  readonly isArray: boolean;
}
const ONCE: Occurrence = { isOptional: false, isArray: false };

export interface TypeReader {
  readonly complexTypes: readonly ComplexModel[];
  readonly simpleTypes: readonly SimpleModel[];
  /** The type of a global element. */
  elementType(element: Component): TypeModel;
}

/**
 * Turns the schemas' types into models, each once, in document order.
 * @throws SpecError for a type that is not declared and for constructs whose meaning a typed object cannot keep.
 */
export function readTypes(file: string, index: SchemaIndex): TypeReader {
  const names = createNames();
  const typeNames = new Map(
    index.types.map(({ node }) => [node, names.take(node.attributes.get('name') ?? '')] as const),
  );
  const models = new Map<XmlNode, TypeModel>();
  const complexTypes: ComplexModel[] = [];
  const simpleTypes: SimpleModel[] = [];

  for (const component of index.types) typeOf(component);
  return { complexTypes, simpleTypes, elementType: (element) => memberType(element.node, element, []) };

  function typeOf(component: Component, owner: readonly string[] = []): TypeModel {
    const known = models.get(component.node);
    if (known !== undefined) return known;
    return component.node.local === 'simpleType' ? readSimple(component) : readComplex(component, owner);
  }

  function typeNamed(name: QName, from: XmlNode): TypeModel {
    if (name.uri !== XSD) return typeOf(index.find('type', name, from));
    const primitive = PRIMITIVES.get(name.local);
    if (primitive === undefined) throw specErrorAt(file, from, `XML Schema has no type "${name.local}"`);
    return { kind: 'simple', primitive };
  }

  function readSimple({ node, schema, uri }: Component): SimpleModel {
    const name = typeNames.get(node);
    const restriction = childrenNamed(node, XSD, 'restriction')[0];
    let base: TypeModel = { kind: 'simple', primitive: 'string' };
    let values: string[] = [];
    if (restriction !== undefined) {
      const written = restriction.attributes.get('base');
      const inline = childrenNamed(restriction, XSD, 'simpleType')[0];
      if (written !== undefined) base = typeNamed(qnameOf(file, restriction, written), restriction);
      else if (inline !== undefined) base = readSimple({ node: inline, schema, uri });
      values = childrenNamed(restriction, XSD, 'enumeration').map((item) => item.attributes.get('value') ?? '');
    }
    if (base.kind === 'complex') throw specErrorAt(file, node, 'a simple type restricts a complex one');
    const model: SimpleModel = {
      kind: 'simple',
      name,
      primitive: base.primitive,
      values: values.length > 0 ? values : base.values,
      doc: docOf(node),
    };
    models.set(node, model);
    if (name !== undefined) simpleTypes.push(model);
    return model;
  }

  function readComplex(component: Component, owner: readonly string[]): ComplexModel {
    const { node, uri } = component;
    const anonymousName = pascalCase(owner.join(' '));
    const model: ComplexModel = {
      kind: 'complex',
      name: typeNames.get(node) ?? names.take(anonymousName, `${anonymousName}Element`),
      uri,
      local: node.attributes.get('name'),
      isAbstract: node.attributes.get('abstract') === 'true',
      doc: docOf(node),
      inherits: true,
      elements: [],
      attributes: [],
      derived: [],
    };
    models.set(node, model);
    complexTypes.push(model);
    readContent(node, component, model, owner.length > 0 ? owner : [model.name]);
    const seen = new Set<string>();
    for (const member of membersOf(model)) {
      if (seen.has(member))
        throw specErrorAt(file, node, `two elements named "${member}" in one type are not supported`);
      seen.add(member);
    }
    return model;
  }

  function readContent(node: XmlNode, component: Component, model: ComplexModel, owner: readonly string[]): void {
    for (const child of node.children) {
      if (child.uri !== XSD) continue;
      if (child.local === 'complexContent' || child.local === 'simpleContent') {
        readContent(child, component, model, owner);
      } else if (child.local === 'extension' || child.local === 'restriction') {
        readDerivation(child, model);
        readContent(child, component, model, owner);
      } else if (COMPOSITORS.includes(child.local) || child.local === 'group') {
        readGroup(child, component, model, owner, ONCE);
      } else if (child.local === 'attribute' || child.local === 'attributeGroup') {
        readAttribute(child, component, model);
      }
    }
  }

  function readDerivation(node: XmlNode, model: ComplexModel): void {
    const written = node.attributes.get('base');
    if (written === undefined) throw specErrorAt(file, node, `${node.local} names no base`);
    const base = typeNamed(qnameOf(file, node, written), node);
    if (base.kind === 'simple') {
      if (base.primitive !== 'anyType') model.text = base;
      return;
    }
    for (let above: ComplexModel | undefined = base; above !== undefined; above = above.base) {
      if (above === model) throw specErrorAt(file, node, 'the type is its own base');
    }
    model.base = base;
    model.inherits = node.local === 'extension';
    base.derived.push(model);
    if (base.text !== undefined) model.text = base.text;
  }

  function readGroup(
    node: XmlNode,
    component: Component,
    model: ComplexModel,
    owner: readonly string[],
    outer: Occurrence,
  ): void {
    const reference = node.attributes.get('ref');
    const own = occurrenceOf(node, outer);
    if (node.local === 'group' && reference !== undefined) {
      const group = index.find('group', qnameOf(file, node, reference), node);
      for (const part of group.node.children) readGroup(part, group, model, owner, own);
      return;
    }
    if (node.uri !== XSD || !COMPOSITORS.includes(node.local)) return;
    const inner = node.local === 'choice' ? { ...own, isOptional: true } : own;
    const particles = node.children.filter((child) => child.uri === XSD && child.local !== 'annotation');
    if (own.isArray && particles.length > 1) {
      throw specErrorAt(
        file,
        node,
        `a repeated ${node.local} of several elements is not supported: their order would be lost`,
      );
    }
    const first = model.elements.length;
    for (const child of particles) {
      if (child.local === 'element') model.elements.push(readElement(child, component, owner, inner));
      else if (child.local === 'any') model.anyAt ??= model.elements.length;
      else readGroup(child, component, model, owner, inner);
    }
    if (node.local === 'choice') noteChoice(model.elements, first);
  }

  function readElement(node: XmlNode, component: Component, owner: readonly string[], outer: Occurrence): MemberModel {
    const reference = node.attributes.get('ref');
    if (reference !== undefined) {
      const target = index.find('element', qnameOf(file, node, reference), node);
      const model = readElement(target.node, target, owner, ONCE);
      return { ...model, uri: target.uri, ...occurrenceOf(node, outer), doc: docOf(node) ?? model.doc };
    }
    if (node.attributes.has('substitutionGroup') || node.attributes.get('abstract') === 'true') {
      throw specErrorAt(file, node, 'substitution groups are not supported');
    }
    const name = nameOf(node);
    const form = node.attributes.get('form') ?? component.schema.attributes.get('elementFormDefault');
    return {
      name,
      uri: form === 'qualified' ? component.uri : '',
      type: memberType(node, component, [...owner, name]),
      ...occurrenceOf(node, outer),
      isNillable: node.attributes.get('nillable') === 'true' || node.attributes.get('nillable') === '1',
      doc: docOf(node),
    };
  }

  function memberType(node: XmlNode, component: Component, owner: readonly string[]): TypeModel {
    const written = node.attributes.get('type');
    if (written !== undefined) return typeNamed(qnameOf(file, node, written), node);
    const inline = node.children.find(
      (child) => child.uri === XSD && (child.local === 'complexType' || child.local === 'simpleType'),
    );
    if (inline === undefined) return { kind: 'simple', primitive: node.local === 'attribute' ? 'string' : 'anyType' };
    const path = owner.length > 0 ? owner : [nameOf(node)];
    return typeOf({ node: inline, schema: component.schema, uri: component.uri }, path);
  }

  function readAttribute(node: XmlNode, component: Component, model: ComplexModel): void {
    const reference = node.attributes.get('ref');
    if (node.local === 'attributeGroup' && reference !== undefined) {
      const group = index.find('attributeGroup', qnameOf(file, node, reference), node);
      for (const child of group.node.children) readAttribute(child, group, model);
      return;
    }
    if (node.uri !== XSD || node.local !== 'attribute' || node.attributes.get('use') === 'prohibited') return;
    const target = reference === undefined ? undefined : index.find('attribute', qnameOf(file, node, reference), node);
    const declared = target?.node ?? node;
    const form = node.attributes.get('form') ?? component.schema.attributes.get('attributeFormDefault');
    const type = memberType(declared, target ?? component, [model.name, nameOf(declared)]);
    if (type.kind === 'complex') throw specErrorAt(file, node, 'an attribute has a complex type');
    model.attributes.push({
      name: nameOf(declared),
      uri: target?.uri ?? (form === 'qualified' ? component.uri : ''),
      type,
      isOptional: node.attributes.get('use') !== 'required',
      isArray: false,
      isNillable: false,
      doc: docOf(node),
    });
  }

  function nameOf(node: XmlNode): string {
    const name = node.attributes.get('name');
    if (name === undefined) throw specErrorAt(file, node, `${node.local} has no name`);
    return name;
  }

  function occurrenceOf(node: XmlNode, outer: Occurrence): Occurrence {
    const max = node.attributes.get('maxOccurs') ?? '1';
    return {
      isOptional: outer.isOptional || node.attributes.get('minOccurs') === '0',
      isArray: outer.isArray || max === 'unbounded' || Number(max) > 1,
    };
  }
}

/** Types do not say that only one of a choice may be there, so the documentation does. */
function noteChoice(elements: MemberModel[], first: number): void {
  const names = elements.slice(first).map(({ name }) => `\`${name}\``);
  if (names.length < 2) return;
  const note = `One of ${names.join(', ')}.`;
  for (const [index, element] of elements.entries()) {
    if (index < first) continue;
    elements[index] = { ...element, doc: element.doc === undefined ? note : `${element.doc}\n\n${note}` };
  }
}

function membersOf(model: ComplexModel): string[] {
  const inherited = model.base !== undefined && model.inherits ? membersOf(model.base) : [];
  return [...inherited, ...model.elements.map((element) => element.name)];
}
