import { XML, XSD } from './documents.ts';
import type { ComplexModel, MemberModel } from './model.ts';
import { type Component, docOf, XML_ATTRIBUTES } from './schema-index.ts';
import type { TypeContext } from './type-context.ts';
import { nameOf, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

/** Groups inside each other further than this are refused; mostly they hold themselves. */
const MOST_STEPS = 50;
/** Groups that hold groups can stand for more attributes than any memory has; no service has as many as this. */
export const MOST_ATTRIBUTES = 1_000_000;

/** Reads an attribute, a group of them or the leave for any into a type. */
export type ReadAttribute = (node: XmlNode, component: Component, model: ComplexModel) => void;

export function createAttributeReader({ index, memberType }: TypeContext): ReadAttribute {
  const names = new Map<ComplexModel, Set<string>>();
  let visits = 0;
  return (node, component, model) => read(node, component, model, 0);

  function read(node: XmlNode, component: Component, model: ComplexModel, steps: number): void {
    visits++;
    if (visits > MOST_ATTRIBUTES) throw specErrorAt(node, `the types come to more than ${MOST_ATTRIBUTES} attributes`);
    const reference = node.attributes.get('ref');
    if (node.local === 'anyAttribute') {
      model.anyAttributes = true;
    } else if (node.local === 'attributeGroup' && reference !== undefined) {
      if (steps > MOST_STEPS) {
        throw specErrorAt(node, 'the attribute group holds itself, or groups are too deep in each other');
      }
      const group = index.find('attributeGroup', qnameOf(node, reference), node);
      for (const child of group.node.children) {
        if (child.uri === XSD && child.local !== 'annotation') read(child, group, model, steps + 1);
      }
    } else if (node.local === 'attribute') {
      if (node.attributes.get('use') === 'prohibited') return;
      const member = readOne(node, component, model);
      const taken = names.get(model) ?? new Set();
      names.set(model, taken);
      if (taken.has(member.name)) {
        throw specErrorAt(node, `two attributes named "${member.name}" in one type are not supported`);
      }
      taken.add(member.name);
      model.attributes.push(member);
    } else {
      throw specErrorAt(node, `${node.local} is not supported among attributes`);
    }
  }

  function readOne(node: XmlNode, component: Component, model: ComplexModel): MemberModel {
    const isOptional = node.attributes.get('use') !== 'required';
    const plain = { isOptional, isArray: false, isNillable: false };
    const reference = node.attributes.get('ref');
    const name = reference === undefined ? undefined : qnameOf(node, reference);
    if (name?.uri === XML && XML_ATTRIBUTES.has(`${name.uri} ${name.local}`)) {
      const type = { kind: 'simple', primitive: 'string' } as const;
      return { ...plain, name: name.local, uri: XML, type, doc: attributeDoc(node, node) };
    }
    const target = name === undefined ? undefined : index.find('attribute', name, node);
    const declared = target?.node ?? node;
    if (node.attributes.has('targetNamespace'))
      throw specErrorAt(node, 'targetNamespace of an attribute is not supported');
    const form = node.attributes.get('form') ?? component.schema.attributes.get('attributeFormDefault');
    const type = memberType(declared, target ?? component, [model.name, nameOf(declared)]);
    if (type.kind === 'complex' || type.primitive === 'anyType')
      throw specErrorAt(node, 'an attribute has a complex type');
    const uri = target?.uri ?? (form === 'qualified' ? component.uri : '');
    return { ...plain, name: nameOf(declared), uri, type, doc: attributeDoc(node, declared) };
  }
}

function attributeDoc(node: XmlNode, declared: XmlNode): string | undefined {
  const isGivenHere = node.attributes.has('fixed') || node.attributes.has('default');
  return withGiven(docOf(node) ?? docOf(declared), isGivenHere ? node : declared, 'absent');
}

/** Documentation with the value that a schema gives: a program does not fill it in, so its reader must know. */
export function withGiven(doc: string | undefined, node: XmlNode, where: 'absent' | 'empty'): string | undefined {
  const fixed = node.attributes.get('fixed');
  const usual = node.attributes.get('default');
  if (fixed === undefined && usual === undefined) return doc;
  const shown = `\`${(fixed ?? usual ?? '').replaceAll(/\s+/g, ' ')}\``;
  const note = fixed === undefined ? `${shown} is meant where it is ${where}.` : `Always ${shown}.`;
  return doc === undefined ? note : `${doc}\n\n${note}`;
}
