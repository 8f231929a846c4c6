import { WSDL, XSD } from '../../generate/wsdl/documents.ts';
import { childrenNamed, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { canonicalNode } from './canonical.ts';
import { compareDocumentation, type Nodes, quoted, tell, type Wsdls } from './compared.ts';
import { compareExtensions } from './diff-extensions.ts';
import { foreignAttributes } from './foreign-attributes.ts';
import { WILDCARD_KEYS } from './wildcards.ts';

/** Attributes that are compared elsewhere, or only lead to something. */
const COMPARED = new Set([
  ...['name', 'type', 'ref', 'element', 'message', 'binding', 'base', 'value', 'itemType', 'memberTypes', 'id'],
  ...[
    'minOccurs',
    'maxOccurs',
    'nillable',
    'default',
    'fixed',
    'form',
    'use',
    'abstract',
    'mixed',
    'substitutionGroup',
  ],
  ...['xpath', 'refer', 'targetNamespace', 'elementFormDefault', 'attributeFormDefault', 'schemaLocation', 'location'],
  ...WILDCARD_KEYS,
]);
/** Attributes that are for those who write schemas. */
const FOR_AUTHORS = new Set(['final', 'finalDefault', 'version', 'parameterOrder']);
/** What is compared elsewhere, or by walking on. */
const KNOWN = new Set([
  ...['schema', 'element', 'attribute', 'complexType', 'simpleType', 'group', 'attributeGroup', 'annotation'],
  ...[
    'sequence',
    'choice',
    'all',
    'any',
    'anyAttribute',
    'complexContent',
    'simpleContent',
    'extension',
    'restriction',
  ],
  ...['list', 'union', 'key', 'keyref', 'unique', 'selector', 'field', 'import', 'include', 'notation'],
  ...['enumeration', 'pattern', 'length', 'minLength', 'maxLength', 'minInclusive', 'maxInclusive', 'minExclusive'],
  ...['maxExclusive', 'totalDigits', 'fractionDigits', 'whiteSpace'],
]);
const ARRAY_TYPE = `{${WSDL}}arrayType`;

/**
 * Compares what nothing else does of nodes that are on both sides, so that no change is without a word: documentation in every place,
 * notes for programs, attributes and children that are seldom used, and what other specifications add.
 * @param told nodes of the new service of which all is told already
 */
export function compareRest(
  wsdls: Wsdls,
  pairs: readonly { old: XmlNode; new: XmlNode }[],
  told: ReadonlySet<XmlNode>,
): void {
  const { reach } = wsdls.reporter;
  const seen = new Set(told);
  const todo: { old: XmlNode; new: XmlNode; around?: XmlNode }[] = [...pairs];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const { around, ...nodes } = pair;
    if (seen.has(pair.new)) continue;
    seen.add(pair.new);
    const place = reach.has(pair.new) ? pair.new : around;
    reach.within(place, () => compareNode(nodes));
    const rest = keyed(pair.new);
    for (const [key, old] of keyed(pair.old)) {
      const same = rest.get(key);
      if (same !== undefined) todo.push({ old, new: same, ...(place && { around: place }) });
    }
  }

  function compareNode(nodes: { old: XmlNode; new: XmlNode }): void {
    const subject = subjectOf(nodes.new);
    if (!wsdls.documented.has(nodes.new) && nodes.new.local !== 'annotation')
      compareDocumentation(wsdls, nodes, subject);
    compareAttributes(nodes, subject);
    compareForeign(nodes, subject);
    if (nodes.new.uri === XSD) compareChildren(nodes, subject);
    else compareExtensions(wsdls, nodes, /^(?:output|fault)$/.test(nodes.new.local) ? 'answers' : 'requests', subject);
  }

  function compareAttributes(nodes: { old: XmlNode; new: XmlNode }, subject: string): void {
    const keys = [...nodes.old.attributes.keys(), ...nodes.new.attributes.keys()].filter((key) => !COMPARED.has(key));
    for (const key of new Set(keys)) {
      const [was, is] = [nodes.old, nodes.new].map(({ attributes }) =>
        attributes.get(key)?.split(/\s+/).filter(Boolean).sort().join(' '),
      );
      if (was === is) continue;
      const sentence = `${quoted(key)} of ${subject} is now ${quoted(is)}; it was ${quoted(was)}.`;
      if (FOR_AUTHORS.has(key)) tell(wsdls, 'documentation-changed', 'requests', nodes, sentence);
      else harm(nodes, sentence);
    }
  }

  function compareForeign(nodes: { old: XmlNode; new: XmlNode }, subject: string): void {
    const [before, after] = [foreignAttributes(nodes.old), foreignAttributes(nodes.new)];
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const [was, is] = [before.get(key), after.get(key)].map((value) => named(nodes, key, value));
      if (was === is) continue;
      const sentence = `${quoted(key)} of ${subject} is now ${quoted(is)}; it was ${quoted(was)}.`;
      if (key === ARRAY_TYPE || key === `{${WSDL}}required`) harm(nodes, sentence);
      else tell(wsdls, 'extension-changed', 'requests', nodes, sentence);
    }
  }

  /** Notes for programs, and what XML Schema 1.0 does not know. */
  function compareChildren({ old, new: next }: { old: XmlNode; new: XmlNode }, subject: string): void {
    const notes = ({ children }: XmlNode) => children.filter(({ uri, local }) => uri !== XSD || local === 'appinfo');
    const [wasNoted, isNoted] = [notes(old), notes(next)];
    if (textsOf(wasNoted) !== textsOf(isNoted)) {
      const at = { old: wasNoted[0] ?? old, new: isNoted[0] ?? next };
      tell(wsdls, 'extension-changed', 'requests', at, `The notes for programs in ${subject} changed.`);
    }
    const unknown = ({ children }: XmlNode) =>
      next.local === 'annotation' ? [] : children.filter(({ uri, local }) => uri === XSD && !KNOWN.has(local));
    const [was, is] = [unknown(old), unknown(next)];
    // Unknown facets are compared with the values that they limit.
    if (/^(?:restriction|simpleType)$/.test(next.local) || textsOf(was) === textsOf(is)) return;
    const names = [...new Set([...was, ...is].map(({ local }) => quoted(`xs:${local}`)))].join(', ');
    harm({ old: was[0] ?? old, new: is[0] ?? next }, `${names} of ${subject} changed.`);
  }

  function harm(nodes: Nodes, sentence: string): void {
    for (const direction of ['requests', 'answers'] as const)
      tell(wsdls, 'constraint-changed', direction, nodes, `In ${direction}, ${sentence}`);
  }
}

function textsOf(nodes: readonly XmlNode[]): string {
  return nodes.map(canonicalNode).sort().join();
}

/** The prefix of a name in `wsdl:arrayType` means nothing. */
function named({ new: next }: { new: XmlNode }, key: string, value: string | undefined): string | undefined {
  return key === ARRAY_TYPE && next.uri === XSD ? value?.replace(/^[^:]*:/, '') : value;
}

/** Children of WSDL and XML Schema by what they are called; those of one name by their order. */
function keyed({ children }: XmlNode): ReadonlyMap<string, XmlNode> {
  const found = new Map<string, XmlNode>();
  const counts = new Map<string, number>();
  for (const node of children) {
    if ((node.uri !== XSD && node.uri !== WSDL) || node.local === 'documentation' || node.local === 'appinfo') continue;
    const name = node.attributes.get('name') ?? localOf(node.attributes.get('ref')) ?? node.attributes.get('value');
    const key = `${node.uri} ${node.local} ${name ?? ''}`;
    const count = counts.get(key) ?? 0;
    counts.set(key, count + 1);
    found.set(`${key} ${count}`, node);
  }
  return found;
}

function localOf(name: string | undefined): string | undefined {
  return name?.split(':').at(-1);
}

/** "the output of the operation `find`"; what has no name is told by what it stands in. */
function subjectOf(node: XmlNode): string {
  const name = node.attributes.get('name') ?? localOf(node.attributes.get('ref')) ?? node.attributes.get('value');
  const { parent } = node;
  const isOwn = parent === undefined || parent.local === 'schema' || parent.local === 'definitions';
  const own = name === undefined ? `the ${node.local}` : `the ${node.local} ${quoted(name)}`;
  return isOwn || parent === undefined ? own : `${own} of ${subjectOf(namedAround(parent))}`;
}

function namedAround(node: XmlNode): XmlNode {
  let at = node;
  while (at.parent !== undefined && !at.attributes.has('name') && at.local !== 'schema') at = at.parent;
  return at;
}

/** Declarations of WSDL that are called the same on both sides, and schemas of the same namespace. */
export function topPairs({ old, new: next, namespaceNow }: Wsdls): { old: XmlNode; new: XmlNode }[] {
  const top = (wsdl: Wsdls['old'], isOld: boolean) => {
    const found = new Map<string, XmlNode>();
    const add = (key: string, node: XmlNode) => {
      let index = 0;
      while (found.has(`${key} ${index}`)) index++;
      found.set(`${key} ${index}`, node);
    };
    for (const [index, root] of wsdl.definitions.entries()) {
      if (index === 0) add('definitions', root);
      for (const kind of ['message', 'portType', 'binding', 'service'])
        for (const node of childrenNamed(root, WSDL, kind)) add(`${kind} ${node.attributes.get('name') ?? ''}`, node);
    }
    for (const { node, uri } of wsdl.schemas) add(`schema ${isOld ? namespaceNow(uri) : uri}`, node);
    return found;
  };
  const after = top(next, false);
  return [...top(old, true)].flatMap(([key, node]) => {
    const same = after.get(key);
    return same === undefined ? [] : [{ old: node, new: same }];
  });
}
