import { WSDL, XSD } from '../../generate/wsdl/documents.ts';
import { qnameOf, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { canonicalNode } from './canonical.ts';
import { keyNow, tell, type Wsdls } from './compared.ts';
import type { Port } from './ports.ts';
import { portsOf } from './ports.ts';
import { globalName, keyOf, type Wsdl } from './read-wsdl.ts';

/** Declarations that no operation leads to mean nothing on the wire, but someone may read them. */
export function compareUnused(wsdls: Wsdls): void {
  const old = declarations(wsdls.old);
  const next = declarations(wsdls.new);
  const [used, usedNow] = [usedIn(wsdls.old, old), usedIn(wsdls.new, next)];
  const before = new Map([...old.values()].map((node) => [keyOfNode(node, (name) => keyNow(wsdls, name)), node]));
  for (const [key, node] of before) {
    const same = next.get(key);
    if (used.has(node) || (same !== undefined && usedNow.has(same))) continue;
    if (same === undefined) say({ old: node }, node, 'is gone');
    else if (canonicalNode(node) !== canonicalNode(same)) say({ old: node, new: same }, same, 'changed');
  }
  for (const [key, node] of next) if (!before.has(key) && !usedNow.has(node)) say({ new: node }, node, 'is new');

  const [parts, partsNow] = [unusedParts(wsdls.old), unusedParts(wsdls.new)];
  for (const [key, node] of parts.unused) {
    const same = partsNow.unused.get(key);
    if (same !== undefined && canonicalNode(node) !== canonicalNode(same))
      say({ old: node, new: same }, same, 'changed');
    if (same === undefined && !partsNow.used.has(key)) say({ old: node }, node, 'is gone');
  }
  for (const [key, node] of partsNow.unused) {
    if (!parts.unused.has(key) && !parts.used.has(key)) say({ new: node }, node, 'is new');
  }

  function say(nodes: { old?: XmlNode; new?: XmlNode }, node: XmlNode, what: string): void {
    tell(
      wsdls,
      'unused-changed',
      'requests',
      nodes,
      `The ${node.local} \`${node.attributes.get('name') ?? ''}\`, which no operation uses, ${what}.`,
    );
  }
}

/** Messages, port types and bindings by name: those that no port leads to, and the names of those that one does. */
function unusedParts(wsdl: Wsdl): { unused: ReadonlyMap<string, XmlNode>; used: ReadonlySet<string> } {
  const operations = portsOf(wsdl).flatMap((port) => [...port.operations.values()]);
  const led = operations.flatMap(({ node, bound, input, output, faults }) => [
    node.parent,
    bound.parent,
    ...[input, output, ...faults.values()].flatMap((one) =>
      one === undefined ? [] : [one.message, ...one.headers.map(({ part }) => part.parent)],
    ),
  ]);
  const key = (node: XmlNode) => `${node.local} ${node.attributes.get('name') ?? ''}`;
  const all = wsdl.definitions.flatMap((root) =>
    root.children.filter(({ uri, local }) => uri === WSDL && /^(?:message|portType|binding)$/.test(local)),
  );
  const used = all.filter((node) => led.includes(node));
  const unused = all.filter((node) => !led.includes(node));
  return { unused: new Map(unused.map((node) => [key(node), node])), used: new Set(used.map(key)) };
}

type Declarations = ReadonlyMap<string, XmlNode>;

function declarations({ schemas }: Wsdl): Declarations {
  const nodes = schemas.flatMap(({ node }) =>
    node.children.filter((child) => child.uri === XSD && globalName(child) !== undefined),
  );
  return new Map(nodes.map((node) => [keyOfNode(node, keyOf), node]));
}

const KINDS: Readonly<Record<string, string>> = { complexType: 'type', simpleType: 'type' };

function keyOfNode(node: XmlNode, key: typeof keyOf): string {
  const name = globalName(node) ?? { uri: '', local: '' };
  return `${KINDS[node.local] ?? node.local} ${key(name)}`;
}

/** What operations lead to; a type leads to those that extend it, and an element to those that may stand for it. */
function usedIn(wsdl: Wsdl, known: Declarations): ReadonlySet<XmlNode> {
  const used = new Set<XmlNode>();
  const heirs = new Map<XmlNode, XmlNode[]>();
  const keys = {
    type: 'type',
    base: 'type',
    itemType: 'type',
    memberTypes: 'type',
    substitutionGroup: 'element',
    element: 'element',
  } as const;
  const targets = (node: XmlNode): XmlNode[] => {
    const own = [...node.attributes].flatMap(([key, value]) => {
      const kind = key === 'ref' ? node.local : Object.hasOwn(keys, key) ? keys[key as keyof typeof keys] : undefined; // just looked up
      if (kind === undefined) return [];
      const names = value.split(/\s+/).filter((word) => word !== '');
      return names.flatMap((word) => known.get(`${kind} ${keyOf(qnameOf(node, word))}`) ?? []);
    });
    return [...own, ...node.children.flatMap(targets)];
  };
  for (const node of known.values()) {
    for (const target of targets(node)) heirs.set(target, [...(heirs.get(target) ?? []), node]);
  }
  const todo = portsOf(wsdl).flatMap(partsOf).flatMap(targets);
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    if (used.has(node)) continue;
    used.add(node);
    todo.push(...targets(node));
    for (const heir of heirs.get(node) ?? []) if (extendsOrReplaces(heir, node)) todo.push(heir);
  }
  return used;
}

function extendsOrReplaces(heir: XmlNode, node: XmlNode): boolean {
  const name = node.attributes.get('name') ?? '';
  if (heir.local === 'element') return heir.attributes.get('substitutionGroup')?.split(':').at(-1) === name;
  const derivations = heir.children.flatMap((holder) => [holder, ...holder.children]);
  return derivations.some((one) => one.attributes.get('base')?.split(':').at(-1) === name);
}

function partsOf({ operations }: Port): XmlNode[] {
  return [...operations.values()].flatMap(({ input, output, faults }) =>
    [input, output, ...faults.values()].flatMap((message) =>
      message === undefined ? [] : [...message.parts, ...message.headers.map(({ part }) => part)],
    ),
  );
}
