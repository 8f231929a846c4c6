import { XSD } from '../../generate/wsdl/documents.ts';
import { childrenNamed, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { canonicalNode } from './canonical.ts';
import { compareDocumentation, tell, type Walk } from './compared.ts';
import { isTrue } from './content.ts';
import { compareFixed } from './diff-attributes.ts';
import { compareKindsOfElement } from './diff-kinds.ts';
import { typeOf } from './read-wsdl.ts';

/** Compares two elements of the same name: what they hold, whether they may be nil, what they mean when empty. */
export function compareElements(
  walk: Walk,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  label: string,
): void {
  const { old, new: next } = nodes;
  walk.reporter.reach.leadTo(next);
  if (isTrue(old, 'nillable') !== isTrue(next, 'nillable')) {
    const isAllowed = isTrue(next, 'nillable');
    tell(
      walk,
      isAllowed ? 'null-allowed' : 'null-refused',
      direction,
      nodes,
      `In ${direction}, \`${label}\` may ${isAllowed ? 'now' : 'no longer'} be null.`,
    );
  }
  compareFixed(walk, nodes, direction, label, 'Empty in');
  compareDocumentation(walk, nodes, `\`${label}\``);
  for (const kind of ['key', 'keyref', 'unique']) {
    const text = (node: XmlNode) => childrenNamed(node, XSD, kind).map(canonicalNode).sort().join();
    if (text(old) !== text(next))
      tell(
        walk,
        'constraint-changed',
        direction,
        nodes,
        `In ${direction}, the rule \`xs:${kind}\` of \`${label}\` changed.`,
      );
  }
  compareKindsOfElement(walk, nodes, direction, label);
  walk.types.later(typeOf(walk.old, old), typeOf(walk.new, next), direction, label, nodes);
}
