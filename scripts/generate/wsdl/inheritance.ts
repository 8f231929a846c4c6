import { MOST_ATTRIBUTES } from './attributes.ts';
import type { ComplexModel, MemberModel, TypeModel } from './model.ts';
import { restrictionOf } from './simple-types.ts';
import type { Derivation } from './type-context.ts';
import { qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

/** Longer chains of types are refused: programs walk them by functions that call themselves. */
const MOST_BASES = 100;

/**
 * Gives every type what it has from its base, and sees to it that each name in a type means one thing.
 * @throws SpecError
 */
export function settle(
  derivations: readonly Derivation[],
  complexTypes: readonly ComplexModel[],
  models: ReadonlyMap<XmlNode, TypeModel>,
): void {
  const nodes = new Map([...models].map(([node, model]) => [model, node]));
  let keptAttributes = 0;
  const pending = new Map(derivations.map((derivation) => [derivation.model, derivation]));
  for (const { model } of derivations) {
    const chain: Derivation[] = [];
    const seen = new Set<ComplexModel>();
    for (let above: ComplexModel | undefined = model; above !== undefined; above = above.base) {
      const derivation = pending.get(above);
      if (seen.has(above)) throw specErrorAt(derivation?.node ?? nodeOf(above), 'the type is its own base');
      seen.add(above);
      if (seen.size > MOST_BASES) {
        throw specErrorAt(nodeOf(model), `the type stands on more than ${MOST_BASES} others, one on the other`);
      }
      if (derivation !== undefined) chain.push(derivation);
    }
    for (const derivation of chain.reverse()) {
      inherit(derivation);
      pending.delete(derivation.model);
    }
  }
  const ownNames = new Map(complexTypes.map((model) => [model, checkOwnNames(model)] as const));
  for (const model of complexTypes) checkInherited(model);

  function inherit({ node, model }: Derivation): void {
    const { base } = model;
    if (base === undefined) return;
    if (base.text !== undefined) model.text ??= model.inherits ? base.text : restrictionOf(base.text, node);
    if (model.inherits) {
      if (model.anyAt !== undefined && basesOf(base).some(({ anyAt }) => anyAt !== undefined)) {
        throw specErrorAt(
          node,
          'two places for any element in one type are not supported: which is which would be lost',
        );
      }
      return;
    }
    // A restriction repeats the elements that it keeps, but only those attributes that it changes.
    const prohibited = node.children.filter((child) => child.attributes.get('use') === 'prohibited');
    const without = new Set([
      ...model.attributes.map(({ name }) => name),
      ...prohibited.map(
        (child) => child.attributes.get('name') ?? qnameOf(child, child.attributes.get('ref') ?? '').local,
      ),
    ]);
    const kept = basesOf(base)
      .flatMap(({ attributes }) => attributes)
      .filter(({ name }) => !without.has(name));
    keptAttributes += kept.length;
    if (keptAttributes > MOST_ATTRIBUTES) {
      throw specErrorAt(node, `the types come to more than ${MOST_ATTRIBUTES} attributes`);
    }
    const own = model.attributes.splice(0);
    for (const attribute of [...kept, ...own]) model.attributes.push(attribute);
  }

  /** The names of a type's own elements and attributes, these with an `@`. */
  function checkOwnNames(model: ComplexModel): ReadonlySet<string> {
    const seen = new Set<string>();
    for (const name of model.elements.flatMap(namesOf)) {
      if (seen.has(name)) refuseTwo(model, name);
      seen.add(name);
    }
    for (const { name } of model.attributes) seen.add(`@${name}`);
    return seen;
  }

  /** Against each base by itself: thousands of types may extend one that has thousands of elements. */
  function checkInherited(model: ComplexModel): void {
    const chain = basesOf(model);
    for (const base of chain.slice(0, -1)) {
      const inherited = ownNames.get(base);
      for (const name of ownNames.get(model) ?? []) if (inherited?.has(name)) refuseTwo(model, name);
    }
    if (model.text !== undefined && chain.some(({ elements }) => elements.length > 0)) {
      throw specErrorAt(nodeOf(model), 'a type with both text and elements is not supported');
    }
  }

  function refuseTwo(model: ComplexModel, name: string): never {
    const what = name.startsWith('$items')
      ? 'elements that repeat together in a type and in its base are not supported'
      : `two ${name.startsWith('@') ? 'attributes' : 'elements'} named "${name.replace('@', '')}" in one type are not supported`;
    throw specErrorAt(nodeOf(model), what);
  }

  function nodeOf(model: ComplexModel): XmlNode {
    const node = nodes.get(model) ?? models.keys().next().value;
    if (node === undefined) throw new Error(`there is no schema for the type ${model.name}`);
    return node;
  }
}

/** A type and those that it inherits from, the furthest first. */
function basesOf(model: ComplexModel): ComplexModel[] {
  const chain: ComplexModel[] = [];
  for (
    let above: ComplexModel | undefined = model;
    above !== undefined;
    above = above.inherits ? above.base : undefined
  ) {
    chain.unshift(above);
  }
  return chain;
}

/** The names of elements on the wire that belong to a member. */
function namesOf(member: MemberModel): string[] {
  if (member.rounds === undefined || member.type.kind !== 'complex') return [member.name];
  return [member.name, ...member.type.elements.map(({ name }) => name)];
}
