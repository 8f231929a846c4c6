import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { quoted, tell, type Walk } from './compared.ts';
import type { Holder } from './diff-members.ts';
import { schemaUri } from './read-wsdl.ts';

/** What a wildcard leaves open. */
type Open = 'elements' | 'attributes';

/** Tells of a wildcard that only one service has. */
export function tellWildcard(
  { walk, direction, label }: Holder,
  nodes: { old?: XmlNode | undefined; new?: XmlNode | undefined },
  what: Open,
): void {
  const [rule, verb] =
    nodes.new === undefined ? (['content-closed', 'can no longer'] as const) : (['content-opened', 'may now'] as const);
  tell(walk, rule, direction, nodes, `In ${direction}, \`${label}\` ${verb} hold ${what} that are not named.`);
}

/** Compares `xs:any` or `xs:anyAttribute`: which namespaces are let in, and how strictly what comes is checked. */
export function compareWildcards(holder: Holder, nodes: { old: XmlNode; new: XmlNode }, what: Open): void {
  const { walk, direction, label } = holder;
  const start = `In ${direction}, other ${what} in \`${label}\``;
  const [was, is] = [namespacesOf(walk, nodes.old, 'old'), namespacesOf(walk, nodes.new, 'new')];
  if (was.text !== is.text) {
    const rule = holds(is, was) ? 'type-widened' : holds(was, is) ? 'type-narrowed' : 'constraint-changed';
    tell(walk, rule, direction, nodes, `${start} may now be of these namespaces: ${words(is)}; it was: ${words(was)}.`);
  }
  const [wasStrict, isStrict] = [strictnessOf(nodes.old), strictnessOf(nodes.new)];
  if (wasStrict !== isStrict) {
    const [before, now] = [CHECKS.indexOf(wasStrict), CHECKS.indexOf(isStrict)];
    const rule = before === -1 || now === -1 ? 'constraint-changed' : now > before ? 'type-widened' : 'type-narrowed';
    const sentence = `${start} are now checked as ${quoted(isStrict)}; it was ${quoted(wasStrict)}.`;
    tell(walk, rule, direction, nodes, sentence);
  }
  // XML Schema 1.1 knows more attributes of a wildcard; what they do is not weighed.
  for (const key of ['notNamespace', 'notQName']) {
    const [old, next] = [nodes.old.attributes.get(key), nodes.new.attributes.get(key)];
    if (old === next) continue;
    const sentence = `${start}: \`${key}\` is now ${quoted(next)}; it was ${quoted(old)}.`;
    tell(walk, 'constraint-changed', direction, nodes, sentence);
  }
}

/** Attributes of a wildcard that are compared here. */
export const WILDCARD_KEYS: readonly string[] = ['namespace', 'processContents', 'notNamespace', 'notQName'];

/** From the strictest on. */
const CHECKS = ['strict', 'lax', 'skip'];

function strictnessOf({ attributes }: XmlNode): string {
  return attributes.get('processContents')?.trim() ?? 'strict';
}

interface Namespaces {
  /** Any but those listed, or the listed ones only. */
  readonly isAllBut: boolean;
  readonly uris: ReadonlySet<string>;
  readonly text: string;
}

function namespacesOf({ namespaceNow }: Walk, node: XmlNode, side: 'old' | 'new'): Namespaces {
  const target = schemaUri(node);
  const uriOf = (word: string) => (word === '##targetNamespace' ? target : word === '##local' ? '' : word);
  const now = (uri: string) => (side === 'old' ? namespaceNow(uri) : uri);
  const listed = (node.attributes.get('namespace') ?? '##any').split(/\s+/).filter((word) => word !== '');
  const isAny = listed.includes('##any');
  const isOther = listed.includes('##other');
  const uris = new Set(isAny ? [] : isOther ? [now(target), ''] : listed.map((word) => now(uriOf(word))));
  const isAllBut = isAny || isOther;
  return { isAllBut, uris, text: `${isAllBut ? 'all but ' : ''}${[...uris].sort().join(' ')}` };
}

/** Whether the outer one lets in all that the inner one does. */
function holds(outer: Namespaces, inner: Namespaces): boolean {
  if (inner.isAllBut) return outer.isAllBut && [...outer.uris].every((uri) => inner.uris.has(uri));
  return [...inner.uris].every((uri) => outer.uris.has(uri) !== outer.isAllBut);
}

function words({ isAllBut, uris }: Namespaces): string {
  const list = [...uris].map((uri) => (uri === '' ? 'none' : `\`${uri}\``)).join(', ');
  if (isAllBut) return list === '' ? 'any' : `any but ${list}`;
  return list === '' ? 'not one' : list;
}
