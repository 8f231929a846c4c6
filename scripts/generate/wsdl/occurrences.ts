import { XSD } from './documents.ts';
import { specErrorAt, type XmlNode } from './xml-tree.ts';

/** Whether a particle may be missing, and whether it may come more than once. */
export interface Occurrence {
  readonly isOptional: boolean;
  readonly isArray: boolean;
}
export const ONCE: Occurrence = { isOptional: false, isArray: false };

/** How often a particle may come inside others. @throws SpecError for a count that is none */
export function occurrenceOf(node: XmlNode, outer: Occurrence): Occurrence {
  return {
    isOptional: outer.isOptional || countOf(node, 'minOccurs') === 0,
    isArray: outer.isArray || countOf(node, 'maxOccurs') > 1,
  };
}

export function isRepeated(node: XmlNode): boolean {
  return occurrenceOf(node, ONCE).isArray;
}

/** Whether a particle may come at all: with `maxOccurs="0"`, a schema takes back what it lists. */
export function mayOccur(node: XmlNode): boolean {
  return countOf(node, 'maxOccurs') > 0;
}

/** The particles inside a content model. */
export function particlesOf(node: XmlNode): XmlNode[] {
  return node.children.filter((child) => child.uri === XSD && child.local !== 'annotation' && mayOccur(child));
}

/** The same particle, standing for one round of itself. */
export function withoutRepetition(node: XmlNode): XmlNode {
  const attributes = new Map(node.attributes);
  attributes.delete('maxOccurs');
  attributes.delete('minOccurs');
  return { ...node, attributes };
}

function countOf(node: XmlNode, attribute: 'minOccurs' | 'maxOccurs'): number {
  const written = node.attributes.get(attribute)?.trim();
  if (written === undefined) return 1;
  if (/^\+?\d+$/.test(written)) return Number(written);
  if (written === 'unbounded' && attribute === 'maxOccurs') return Number.POSITIVE_INFINITY;
  throw specErrorAt(node, `${attribute} is ${JSON.stringify(written.slice(0, 40))}, which is no count`);
}
