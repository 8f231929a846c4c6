import { withGiven } from './attributes.ts';
import type { ComplexModel, MemberModel } from './model.ts';
import {
  isRepeated,
  mayOccur,
  type Occurrence,
  ONCE,
  occurrenceOf,
  particlesOf,
  withoutRepetition,
} from './occurrences.ts';
import { type Component, docOf } from './schema-index.ts';
import type { TypeContext } from './type-context.ts';
import { isTrue, nameOf, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

/** Stands for elements that the schema leaves open, among those it names. */
const OPEN = Symbol('any');
type Particle = MemberModel | typeof OPEN;

/** Where a content model is read for. */
interface Place {
  readonly model: ComplexModel;
  readonly owner: readonly string[];
  /** Whether it is a round of elements that repeat together: what repeats in there is kept by further rounds. */
  readonly isRound: boolean;
  /** Whether such a round is one of its elements, which its type says without a note. */
  readonly isChoice?: boolean;
  /** Told of what repeats inside a round. */
  readonly onRepeat?: () => void;
  readonly steps: number;
}

/** Groups inside each other further than this are refused; mostly they hold themselves. */
const MOST_STEPS = 300;
/** Groups that hold groups can stand for more elements than any memory has; no service has as many as this. */
const MOST_VISITS = 2_000_000;
/** Longer lists of names tell a reader nothing. */
const MOST_NAMES = 30;

/** Reads a sequence, choice, all or group into the elements of a type. */
export type ReadParticles = (
  node: XmlNode,
  component: Component,
  model: ComplexModel,
  owner: readonly string[],
) => void;

export function createContentReader({ index, memberType, addType }: TypeContext): ReadParticles {
  const lists = new Map<ComplexModel, number>();
  let visits = 0;
  return (node, component, model, owner) => {
    if (!mayOccur(node)) return;
    const particles = compositor(node, component, { model, owner, isRound: false, steps: 0 }, ONCE);
    const open = particles.indexOf(OPEN);
    if (open !== -1) model.anyAt = open;
    const members = particles.filter((particle) => particle !== OPEN);
    if (members.length + (open === -1 ? 0 : 1) < particles.length) {
      throw specErrorAt(node, 'two places for any element in one type are not supported: which is which would be lost');
    }
    for (const member of members) model.elements.push(member);
  };

  function visit(node: XmlNode): void {
    visits++;
    if (visits > MOST_VISITS) throw specErrorAt(node, `the types come to more than ${MOST_VISITS} elements`);
  }

  function compositor(node: XmlNode, component: Component, place: Place, outer: Occurrence): Particle[] {
    if (place.steps > MOST_STEPS)
      throw specErrorAt(node, 'the group holds itself, or groups are too deep in each other');
    visit(node);
    const own = occurrenceOf(node, outer);
    const reference = node.attributes.get('ref');
    const inner = { ...place, steps: place.steps + 1 };
    if (node.local === 'group' && reference !== undefined) {
      const group = index.find('group', qnameOf(node, reference), node);
      return particlesOf(group.node).flatMap((part) => compositor(part, group, inner, own));
    }
    if (!['sequence', 'choice', 'all'].includes(node.local)) {
      throw specErrorAt(node, `${node.local} is not supported in the content of a type`);
    }
    const parts = particlesOf(node);
    if (own.isArray && !place.isRound && (parts.length > 1 || parts.some(hasSubstitutes))) {
      return [rounds(node, component, place, own)];
    }
    // In a round, a list of its own would take in what further rounds hold.
    if (place.isRound && own.isArray) place.onRepeat?.();
    const repeats = place.isRound ? { isOptional: own.isOptional || own.isArray, isArray: false } : own;
    if (node.local === 'choice') return alternatives(node, parts, component, inner, repeats);
    return parts.flatMap((part) => particle(part, component, inner, repeats));
  }

  function particle(node: XmlNode, component: Component, place: Place, outer: Occurrence): Particle[] {
    visit(node);
    if (node.local === 'any') {
      if (place.isRound) {
        throw specErrorAt(
          node,
          'any element among elements that repeat together is not supported: their order would be lost',
        );
      }
      return [OPEN];
    }
    if (node.local !== 'element') return compositor(node, component, place, outer);
    const reference = node.attributes.get('ref');
    if (reference === undefined) return [elementOf(node, component, place, occurrenceOf(node, outer))];
    const head = index.find('element', qnameOf(node, reference), node);
    const own = occurrenceOf(node, outer);
    const elements = index.substitutes(head);
    if (elements.length === 0) return place.isRound ? [] : [OPEN];
    const [only] = elements;
    if (elements.length === 1 && only !== undefined) return [referred(only, own)];
    if (own.isArray && !place.isRound) return [rounds(node, component, place, own)];
    return noteChoice(
      elements.map((element) => {
        visit(node);
        return referred(element, { ...own, isOptional: true });
      }),
      place,
    );

    function referred(element: Component, occurrence: Occurrence): MemberModel {
      const member = elementOf(element.node, element, { ...place, owner: [] }, occurrence);
      const own = docOf(node);
      return {
        ...member,
        uri: element.uri,
        doc: own === undefined ? member.doc : withGiven(own, element.node, 'empty'),
      };
    }
  }

  /** Elements that repeat together become a list of rounds: nothing else would keep their order. */
  function rounds(node: XmlNode, component: Component, place: Place, own: Occurrence): MemberModel {
    const { model } = place;
    const taken = lists.get(model) ?? 0;
    lists.set(model, taken + 1);
    const isChoice =
      node.local === 'element' ||
      (node.local === 'choice' && particlesOf(node).every((part) => part.local === 'element' && !isRepeated(part)));
    let isLoose = false;
    const inside: Place = {
      ...place,
      isRound: true,
      isChoice,
      steps: place.steps + 1,
      onRepeat() {
        isLoose = true;
      },
    };
    const once = withoutRepetition(node);
    const parts = (node.local === 'element' ? particle : compositor)(once, component, inside, ONCE);
    const members = parts.filter((part) => part !== OPEN);
    const key = taken === 0 ? '$items' : `$items${taken + 1}`;
    const type = addType(
      `${model.name} Item${taken === 0 ? '' : taken + 1}`,
      model.uri,
      // What begins anew inside a round leaves out what came before it.
      members.map((member) => (isLoose ? { ...member, isOptional: true } : member)),
      isChoice,
    );
    const doc = `${namesOf(members)}, round after round, in the order of the list.`;
    return {
      name: key,
      uri: model.uri,
      type,
      isOptional: own.isOptional || isEmptiable(once),
      isArray: true,
      isNillable: false,
      rounds: isChoice ? 'choice' : 'sequence',
      doc,
    };
  }

  /** Whether a round may be of nothing, so that there may seem to be none where one must be. */
  function isEmptiable(node: XmlNode): boolean {
    visit(node);
    if (occurrenceOf(node, ONCE).isOptional) return true;
    if (node.local === 'element') return false;
    const reference = node.attributes.get('ref');
    const parts = particlesOf(
      reference === undefined ? node : index.find('group', qnameOf(node, reference), node).node,
    );
    return node.local === 'choice' ? parts.some(isEmptiable) : parts.every(isEmptiable);
  }

  function alternatives(
    node: XmlNode,
    parts: readonly XmlNode[],
    component: Component,
    place: Place,
    outer: Occurrence,
  ): Particle[] {
    const merged: Particle[] = [];
    const keys = new Set<string>();
    for (const part of parts) {
      // From its end on, so that what is new stands before what follows it.
      let next = merged.length;
      for (const one of particle(part, component, place, { ...outer, isOptional: true }).reverse()) {
        const key = one === OPEN ? '' : `${one.uri} ${one.name}`;
        const known = keys.has(key) ? merged.findIndex((other) => isSame(one, other)) : -1;
        keys.add(key);
        if (known === -1) {
          merged.splice(next, 0, one);
        } else if (known < next && (one === OPEN || isAlike(one, merged[known]))) {
          next = known;
        } else {
          const name = one === OPEN ? 'any element' : `"${one.name}"`;
          throw specErrorAt(
            node,
            `two elements named ${name} in one choice are not supported: they differ, or their order does`,
          );
        }
      }
    }
    const members = merged.filter((one) => one !== OPEN);
    if (members.length !== merged.length) return merged;
    // Each gets a note, and choices inside each other many.
    for (const _ of members) visit(node);
    return noteChoice(members, place);
  }

  function elementOf(node: XmlNode, component: Component, place: Place, occurrence: Occurrence): MemberModel {
    const name = nameOf(node);
    if (node.attributes.has('targetNamespace'))
      throw specErrorAt(node, 'targetNamespace of an element is not supported');
    const form = node.attributes.get('form') ?? component.schema.attributes.get('elementFormDefault');
    return {
      name,
      uri: form === 'qualified' ? component.uri : '',
      type: memberType(node, component, place.owner.length === 0 ? [] : [...place.owner, name]),
      ...occurrence,
      isNillable: isTrue(node, 'nillable'),
      doc: withGiven(docOf(node), node, 'empty'),
    };
  }

  function hasSubstitutes(node: XmlNode): boolean {
    const reference = node.local === 'element' ? node.attributes.get('ref') : undefined;
    return (
      reference !== undefined && index.substitutes(index.find('element', qnameOf(node, reference), node)).length > 1
    );
  }
}

function isSame(one: Particle, other: Particle): boolean {
  if (one === OPEN || other === OPEN) return one === other;
  return one.name === other.name && one.uri === other.uri;
}

/** Whether one member can stand for both. */
function isAlike(one: MemberModel, other: Particle | undefined): boolean {
  if (other === OPEN || other === undefined) return false;
  if (one.isArray !== other.isArray || one.isNillable !== other.isNillable) return false;
  const [a, b] = [one.type, other.type];
  if (a.kind === 'complex' || b.kind === 'complex') return a === b;
  return a.name === b.name && a.primitive === b.primitive && a.isList === b.isList;
}

function namesOf(members: readonly MemberModel[]): string {
  if (members.length > MOST_NAMES) return `${members.length} elements`;
  return members.map(({ name }) => `\`${name}\``).join(', ');
}

/** Types do not say that only one of a choice may be there, so the documentation does. */
function noteChoice(members: readonly MemberModel[], { isChoice }: Place): MemberModel[] {
  if (members.length < 2 || isChoice) return [...members];
  const note = `One of ${namesOf(members)}.`;
  return members.map((member) => ({
    ...member,
    doc: member.doc === undefined ? note : `${member.doc}\n\n${note}`,
  }));
}
