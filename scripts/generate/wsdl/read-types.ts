import { createAttributeReader } from './attributes.ts';
import { createContentReader } from './content.ts';
import { XSD } from './documents.ts';
import { settle } from './inheritance.ts';
import type { ComplexModel, MemberModel, PartModel, SimpleModel, TypeModel } from './model.ts';
import { type Component, docOf, type SchemaIndex } from './schema-index.ts';
import { builtInType, createSimpleTypeReader, isFacet, restrictionOf } from './simple-types.ts';
import { createNames, pascalCase } from './ts-names.ts';
import type { Derivation, TypeContext } from './type-context.ts';
import { childrenNamed, isTrue, nameOf, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

export interface TypeReader {
  readonly complexTypes: readonly ComplexModel[];
  readonly simpleTypes: readonly SimpleModel[];
  /** A global element as it stands in an envelope. @throws SpecError for an abstract one */
  elementPart(element: Component, from: XmlNode): PartModel;
  typeNamed(name: QName, from: XmlNode): TypeModel;
  /** Adds a type that no schema has, for what stands in a body together. */
  addType(wanted: string, uri: string, elements: readonly MemberModel[]): ComplexModel;
}

/** Types inside each other are read at once up to here, in document order; further ones wait, so that no depth is too much. */
const MOST_NESTED = 50;
/** What may stand in the declaration of an element or attribute. Which values must be unique is for the service to judge. */
const IN_DECLARATIONS = new Set(['annotation', 'complexType', 'simpleType', 'unique', 'key', 'keyref']);

/**
 * Turns the schemas' types into models, each once.
 * @throws SpecError for a type that is not declared and for constructs whose meaning a typed object cannot keep.
 */
export function readTypes(index: SchemaIndex): TypeReader {
  const names = createNames();
  const typeNames = new Map(index.types.map(({ node }) => [node, names.take(nameOf(node))] as const));
  const models = new Map<XmlNode, TypeModel>();
  const complexTypes: ComplexModel[] = [];
  const simpleTypes: SimpleModel[] = [];
  const derivations: Derivation[] = [];
  const waiting: (() => void)[] = [];
  let depth = 0;

  const readSimple = createSimpleTypeReader({
    nameOf: (node) => typeNames.get(node),
    find: (name, from) => index.find('type', name, from),
    known: (node) => {
      const known = models.get(node);
      return known?.kind === 'simple' ? known : undefined;
    },
    made(node, model) {
      models.set(node, model);
      if (model.name !== undefined) simpleTypes.push(model);
    },
  });
  const context: TypeContext = { index, memberType, addType };
  const readParticles = createContentReader(context);
  const readAttribute = createAttributeReader(context);

  for (const component of index.types) finish(() => typeOf(component));
  for (const component of index.elements) finish(() => memberType(component.node, component, []));
  settle(derivations, complexTypes, models);
  return { complexTypes, simpleTypes, elementPart, typeNamed, addType };

  function finish(step: () => void): void {
    step();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) next();
  }

  function elementPart(element: Component, from: XmlNode): PartModel {
    const { node, uri } = element;
    const name = nameOf(node);
    if (isTrue(node, 'abstract')) {
      throw specErrorAt(from, `the element "${name}" is abstract: it cannot stand in a message`);
    }
    const doc = node.attributes.has('type') ? docOf(node) : undefined;
    return { name, uri, type: memberType(node, element, []), isNillable: isTrue(node, 'nillable'), doc };
  }

  function addType(wanted: string, uri: string, elements: readonly MemberModel[], isChoice = false): ComplexModel {
    const model = { ...emptyModel(names.take(pascalCase(wanted)), uri), isChoice };
    for (const element of elements) model.elements.push(element);
    complexTypes.push(model);
    return model;
  }

  function typeOf(component: Component, owner: readonly string[] = []): TypeModel {
    const known = models.get(component.node);
    if (known !== undefined) return known;
    return component.node.local === 'simpleType' ? readSimple(component) : readComplex(component, owner);
  }

  function typeNamed(name: QName, from: XmlNode): TypeModel {
    return name.uri === XSD ? builtInType(name, from) : typeOf(index.find('type', name, from));
  }

  function memberType(node: XmlNode, component: Component, owner: readonly string[]): TypeModel {
    const written = node.attributes.get('type');
    const strange = node.children.find((child) => child.uri === XSD && !IN_DECLARATIONS.has(child.local));
    if (strange !== undefined) throw specErrorAt(strange, `${strange.local} is not supported in an ${node.local}`);
    const inline = node.children.find(
      (child) => child.uri === XSD && (child.local === 'complexType' || child.local === 'simpleType'),
    );
    if (written !== undefined && inline !== undefined) throw specErrorAt(node, `the ${node.local} has two types`);
    if (written !== undefined) return typeNamed(qnameOf(node, written), node);
    if (inline !== undefined) {
      return typeOf({ ...component, node: inline }, owner.length > 0 ? owner : [node.attributes.get('name') ?? '']);
    }
    const head = node.attributes.get('substitutionGroup');
    if (head === undefined) {
      return { kind: 'simple', primitive: node.local === 'attribute' ? 'string' : 'anyType' };
    }
    // What may stand for another has its type unless it says otherwise.
    const seen = new Set<XmlNode>([node]);
    for (let above = index.find('element', qnameOf(node, head), node); ; ) {
      if (seen.has(above.node) || seen.size > MOST_NESTED) {
        throw specErrorAt(node, 'the element stands for itself, or for too many others');
      }
      seen.add(above.node);
      const next = above.node.attributes.get('substitutionGroup');
      const isTyped = above.node.attributes.has('type') || above.node.children.some(({ local }) => /Type$/.test(local));
      if (isTyped || next === undefined) return memberType(above.node, above, []);
      above = index.find('element', qnameOf(above.node, next), above.node);
    }
  }

  function readComplex(component: Component, owner: readonly string[]): ComplexModel {
    const { node, uri } = component;
    const anonymousName = pascalCase(owner.join(' '));
    const model: ComplexModel = {
      ...emptyModel(typeNames.get(node) ?? names.take(anonymousName, `${anonymousName}Element`), uri),
      local: typeNames.has(node) ? nameOf(node) : undefined,
      isAbstract: isTrue(node, 'abstract'),
      doc: docOf(node) ?? docOfHolder(node),
    };
    models.set(node, model);
    complexTypes.push(model);
    const read = () => readContent(node, component, model, owner.length > 0 ? owner : [model.name]);
    if (depth >= MOST_NESTED) {
      waiting.push(read);
      return model;
    }
    depth++;
    read();
    depth--;
    return model;
  }

  function readContent(node: XmlNode, component: Component, model: ComplexModel, owner: readonly string[]): void {
    if (isTrue(node, 'mixed')) {
      throw specErrorAt(node, 'mixed content is not supported: text between elements would be lost');
    }
    for (const child of node.children) {
      if (child.uri !== XSD || child.local === 'annotation') continue;
      if (child.local === 'complexContent' || child.local === 'simpleContent') {
        readContent(child, component, model, owner);
      } else if (child.local === 'extension' || child.local === 'restriction') {
        readDerivation(child, component, model);
        readContent(child, component, model, owner);
      } else if (['sequence', 'choice', 'all', 'group'].includes(child.local)) {
        readParticles(child, component, model, owner);
      } else if (['attribute', 'attributeGroup', 'anyAttribute'].includes(child.local)) {
        readAttribute(child, component, model);
      } else if (node.local !== 'restriction' || !isFacet(child)) {
        throw specErrorAt(child, `${child.local} is not supported in a complex type`);
      }
    }
  }

  function readDerivation(node: XmlNode, component: Component, model: ComplexModel): void {
    const written = node.attributes.get('base');
    if (written === undefined) throw specErrorAt(node, `${node.local} names no base`);
    const base = typeNamed(qnameOf(node, written), node);
    const isText = node.parent?.local === 'simpleContent';
    if (base.kind === 'simple') {
      if (base.primitive === 'anyType' && (isText || node.local === 'extension')) {
        throw specErrorAt(
          node,
          'an extension of anyType is not supported: it has mixed content, whose text would be lost',
        );
      }
      if (base.primitive !== 'anyType') model.text = isText ? textOf(base, node, component) : base;
      return;
    }
    model.base = base;
    model.inherits = node.local === 'extension';
    if (model.local === undefined) base.hasNamelessHeirs = true;
    else base.derived.push(model);
    derivations.push({ node, model });
    const [inline] = childrenNamed(node, XSD, 'simpleType');
    if (inline !== undefined) model.text = restrictionOf(readSimple({ ...component, node: inline }), node);
  }

  /** The text of a type with simple content, with what the type itself demands of it. */
  function textOf(base: SimpleModel, node: XmlNode, component: Component): SimpleModel {
    const [inline] = childrenNamed(node, XSD, 'simpleType');
    const inner = inline === undefined ? base : readSimple({ ...component, node: inline });
    return node.local === 'restriction' ? restrictionOf(inner, node) : inner;
  }
}

/** What is said of an element of the schema is said of its type, where nothing else has that type. */
function docOfHolder({ parent }: XmlNode): string | undefined {
  return parent?.local === 'element' && parent.parent?.local === 'schema' ? docOf(parent) : undefined;
}

function emptyModel(name: string, uri: string): ComplexModel {
  return {
    kind: 'complex',
    name,
    uri,
    isAbstract: false,
    inherits: true,
    elements: [],
    attributes: [],
    derived: [],
    hasNamelessHeirs: false,
  };
}
