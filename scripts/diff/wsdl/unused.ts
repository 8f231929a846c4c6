import { WSDL, XSD } from '../../generate/wsdl/documents.ts';
import { qnameOf, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { canonicalNode } from './canonical.ts';
import { keyNow, tell, type Wsdls } from './compared.ts';
import type { Port } from './ports.ts';
import { portsOf } from './ports.ts';
import { globalName, keyOf, type Wsdl } from './read-wsdl.ts';

/**
 * Declarations that no operation leads to mean nothing on the wire, but someone may read them.
 * @returns what it compared of the new service
 */
export function compareUnused(wsdls: Wsdls): ReadonlySet<XmlNode> {
  const told = new Set<XmlNode>();
  const old = declarations(wsdls.old);
  const next = declarations(wsdls.new);
  const [used, usedNow] = [usedIn(wsdls.old, old), usedIn(wsdls.new, next)];
  const before = new Map([...old.values()].map((node) => [keyOfNode(node, (name) => keyNow(wsdls, name)), node]));
  for (const [key, node] of before) {
    const same = next.get(key);
    // What operations lead to is compared with what stands in its place, unless only one of the two is led to.
    if (used.has(node) && (same === undefined || usedNow.has(same))) continue;
    if (same === undefined) say({ old: node }, node, 'is gone');
    else compare(node, same);
  }
  for (const [key, node] of next) if (!before.has(key) && !usedNow.has(node)) say({ new: node }, node, 'is new');

  const [parts, partsNow] = [unusedParts(wsdls.old), unusedParts(wsdls.new)];
  for (const [key, node] of parts.unused) {
    const same = partsNow.unused.get(key);
    if (same !== undefined) compare(node, same);
    if (same === undefined && !partsNow.used.has(key)) say({ old: node }, node, 'is gone');
  }
  for (const [key, node] of partsNow.unused) {
    if (!parts.unused.has(key) && !parts.used.has(key)) say({ new: node }, node, 'is new');
  }
  return told;

  function compare(old: XmlNode, next: XmlNode): void {
    told.add(next);
    if (canonicalNode(old) !== canonicalNode(next)) say({ old, new: next }, next, 'changed');
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

/**
 * Messages, port types and bindings by name, and what they hold: those that no port leads to, and the names of those that one does.
 * An operation of a port type may be bound nowhere, and a part of a message be in no body.
 */
function unusedParts(wsdl: Wsdl): { unused: ReadonlyMap<string, XmlNode>; used: ReadonlySet<string> } {
  const operations = portsOf(wsdl).flatMap((port) => port.operations);
  const messages = operations.flatMap(({ input, output, faults }) =>
    [input, output, ...faults.values()].filter((message) => message !== undefined),
  );
  const led = new Set<XmlNode | undefined>([
    ...operations.flatMap(({ node, bound }) => [node, node.parent, bound.parent]),
    ...messages.flatMap(({ message, parts, headers }) => [
      message,
      ...parts,
      ...headers.flatMap(({ part }) => [part, part.parent]),
    ]),
  ]);
  const all = wsdl.definitions.flatMap((root) =>
    root.children.filter(({ uri, local }) => uri === WSDL && /^(?:message|portType|binding)$/.test(local)),
  );
  const inside = all
    .filter((node) => led.has(node) && node.local !== 'binding')
    .flatMap(({ children }) => children.filter(({ uri, local }) => uri === WSDL && /^(?:part|operation)$/.test(local)));
  const insideSet = new Set(inside);
  const [used, unused] = [new Map<string, XmlNode>(), new Map<string, XmlNode>()];
  for (const node of [...all, ...inside]) {
    const name = (one: XmlNode | undefined) => one?.attributes.get('name') ?? '';
    const key = `${node.local} ${insideSet.has(node) ? name(node.parent) : ''} ${name(node)}`;
    const map = led.has(node) ? used : unused;
    let index = 0;
    while (map.has(`${key} ${index}`)) index++;
    map.set(`${key} ${index}`, node);
  }
  return { unused, used: new Set(used.keys()) };
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
    for (const target of targets(node)) {
      const others = heirs.get(target);
      if (others === undefined) heirs.set(target, [node]);
      else others.push(node);
    }
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
  const target = globalName(node);
  const isNamed = (from: XmlNode, key: string) => {
    const written = from.attributes.get(key);
    return written !== undefined && target !== undefined && keyOf(qnameOf(from, written)) === keyOf(target);
  };
  if (heir.local === 'element') return isNamed(heir, 'substitutionGroup');
  return heir.children.flatMap((holder) => [holder, ...holder.children]).some((one) => isNamed(one, 'base'));
}

function partsOf({ operations }: Port): XmlNode[] {
  return operations.flatMap(({ input, output, faults }) =>
    [input, output, ...faults.values()].flatMap((message) =>
      message === undefined ? [] : [...message.parts, ...message.headers.map(({ part }) => part)],
    ),
  );
}
