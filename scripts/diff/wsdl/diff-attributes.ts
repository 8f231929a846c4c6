import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import { compareDocumentation, keyNow, type Nodes, quoted, tell, type Walk } from './compared.ts';
import type { Attribute, ComplexView } from './content.ts';
import { compareRequired, type Holder, tellAdded, tellGone } from './diff-members.ts';
import { typeOf } from './read-wsdl.ts';
import { compareWildcards, tellWildcard } from './wildcards.ts';

/** Compares values that are always the same, and those that stand for nothing; `declared` is what a reference refers to. */
export function compareFixed(
  walk: Walk,
  nodes: { old: XmlNode; new: XmlNode },
  direction: Direction,
  label: string,
  absent: string,
  declared: Nodes = {},
): void {
  const text = (key: string) => ({
    was: nodes.old.attributes.get(key) ?? declared.old?.attributes.get(key),
    is: nodes.new.attributes.get(key) ?? declared.new?.attributes.get(key),
  });
  const fixed = text('fixed');
  if (fixed.was !== fixed.is) {
    const start = `In ${direction}, \`${label}\``;
    if (fixed.was === undefined)
      tell(walk, 'enum-added', direction, nodes, `${start} can only be ${quoted(fixed.is)}.`);
    else if (fixed.is === undefined)
      tell(walk, 'enum-dropped', direction, nodes, `${start} is no longer limited to listed values.`);
    else
      tell(
        walk,
        'const-changed',
        direction,
        nodes,
        `${start} is now always ${quoted(fixed.is)}; it was ${quoted(fixed.was)}.`,
      );
  }
  const usual = text('default');
  if (usual.was === usual.is) return;
  const rule =
    usual.was === undefined ? 'default-added' : usual.is === undefined ? 'default-removed' : 'default-changed';
  const word = (value: string | undefined) => (value === undefined ? 'no certain value' : quoted(value));
  tell(
    walk,
    rule,
    direction,
    nodes,
    `${absent} ${direction}, \`${label}\` now means ${word(usual.is)}; it was ${word(usual.was)}.`,
  );
}

/** Compares the attributes of two types. */
export function compareAttributes(
  walk: Walk,
  views: Readonly<Record<'old' | 'new', Pick<ComplexView, 'attributes' | 'anyAttribute'>>>,
  direction: Direction,
  label: string,
): void {
  const holder: Holder = { walk, direction, label };
  const old = new Map([...views.old.attributes.values()].map((attribute) => [keyNow(walk, attribute.name), attribute]));
  const next = views.new.attributes;
  for (const [key, attribute] of old) {
    const same = next.get(key);
    if (same !== undefined) compareAttribute(holder, attribute, same);
    else tellGone(holder, attribute.node, quoted(nameOf(attribute, label)));
  }
  for (const [key, attribute] of next) {
    if (!old.has(key)) tellAdded(holder, attribute.node, quoted(nameOf(attribute, label)), attribute.isRequired);
  }
  const any = { old: views.old.anyAttribute, new: views.new.anyAttribute };
  if (any.old !== undefined && any.new !== undefined)
    compareWildcards(holder, { old: any.old, new: any.new }, 'attributes');
  else if (any.old !== undefined || any.new !== undefined) tellWildcard(holder, any, 'attributes');
}

function compareAttribute(holder: Holder, old: Attribute, next: Attribute): void {
  const { walk, direction } = holder;
  const label = nameOf(next, holder.label);
  const nodes = { old: old.node, new: next.node };
  compareRequired(holder, nodes, quoted(label), { old: old.isRequired, new: next.isRequired });
  compareFixed(walk, nodes, direction, label, 'Left out of', { old: old.declared, new: next.declared });
  if (old.declared === undefined || next.declared === undefined) return;
  compareDocumentation(walk, { old: old.declared, new: next.declared }, quoted(label));
  walk.types.later(typeOf(walk.old, old.declared), typeOf(walk.new, next.declared), direction, label, nodes);
}

function nameOf({ name }: Attribute, label: string): string {
  return `${label}.@${name.local}`;
}
