import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { fieldSentences } from '../sentences.ts';
import { tell, type Walk } from './compared.ts';

/** Where something is told about that an element holds: an element, an attribute, or what is left open. */
export interface Holder {
  readonly walk: Walk;
  readonly direction: Direction;
  /** Name of the type or element that holds it. */
  readonly label: string;
}

/** An element or attribute that only the old service has. */
export function tellGone({ walk, direction }: Holder, node: XmlNode, name: string): void {
  tell(walk, 'field-removed', direction, { old: node }, fieldSentences.gone(direction, name));
}

/** An element or attribute that only the new service has. */
export function tellAdded({ walk, direction }: Holder, node: XmlNode, name: string, isRequired: boolean): void {
  const [rule, sentence] = isRequired
    ? (['field-added-required', fieldSentences.addedRequired] as const)
    : (['field-added', fieldSentences.added] as const);
  tell(walk, rule, direction, { new: node }, sentence(direction, name));
}

/** Whether an element or attribute must be there. @returns whether that changed */
export function compareRequired(
  { walk, direction }: Holder,
  nodes: { old: XmlNode; new: XmlNode },
  name: string,
  isRequired: { old: boolean; new: boolean },
): boolean {
  if (isRequired.old === isRequired.new) return false;
  const [rule, sentence] = isRequired.new
    ? (['field-required', fieldSentences.required] as const)
    : (['field-optional', fieldSentences.optional] as const);
  tell(walk, rule, direction, nodes, sentence(direction, name));
  return true;
}
