import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import { compareDocumentation, quoted, tell, type Walk } from './compared.ts';
import { compareMessages } from './diff-messages.ts';
import { type Operation, type Port, portsOf } from './ports.ts';

/** Compares services with their ports and operations. */
export function comparePorts(walk: Walk): void {
  const old = portsOf(walk.old);
  const next = portsOf(walk.new);
  const pairs = matched(old, next);
  for (const pair of pairs) comparePort(walk, pair.old, pair.next);
  for (const port of old.filter((one) => !pairs.some((pair) => pair.old === one))) {
    tell(walk, 'address-removed', 'requests', { old: port.node }, `The port \`${port.name}\` is gone.`);
  }
  for (const port of next.filter((one) => !pairs.some((pair) => pair.next === one))) {
    tell(walk, 'address-added', 'requests', { new: port.node }, `The port \`${port.name}\` is new.`);
  }
}

/** By name and protocol, by address, and then by protocol alone. */
function matched(old: readonly Port[], next: readonly Port[]): { old: Port; next: Port }[] {
  const pairs: { old: Port; next: Port }[] = [];
  const ways: ((port: Port) => string)[] = [
    ({ name, protocol }) => `${name} ${protocol}`,
    ({ address, protocol }) => `${address?.location ?? ''} ${protocol}`,
    ({ protocol }) => protocol,
  ];
  for (const way of ways) {
    for (const port of old) {
      if (pairs.some((pair) => pair.old === port)) continue;
      const same = next.find((other) => way(other) === way(port) && !pairs.some((pair) => pair.next === other));
      if (same !== undefined) pairs.push({ old: port, next: same });
    }
  }
  return pairs;
}

function comparePort(walk: Walk, old: Port, next: Port): void {
  const nodes = { old: old.node, new: next.node };
  if (old.name !== next.name) {
    tell(walk, 'name-changed', 'requests', nodes, `The port \`${old.name}\` is now called \`${next.name}\`.`);
  }
  const [was, is] = [old.address?.location, next.address?.location];
  if (was !== is) {
    const places = { old: old.address?.node ?? old.node, new: next.address?.node ?? next.node };
    tell(
      walk,
      'address-changed',
      'requests',
      places,
      `The address of the port \`${next.name}\` is now ${quoted(is)}; it was ${quoted(was)}.`,
    );
  }
  if (old.transport !== next.transport) {
    tell(
      walk,
      'encoding-changed',
      'requests',
      nodes,
      `The transport of the port \`${next.name}\` is now ${quoted(next.transport)}; it was ${quoted(old.transport)}.`,
    );
  }
  compareDocumentation(walk, nodes, `the port \`${next.name}\``);
  const names = (port: Port) =>
    [port.binding, port.operations[0]?.node.parent].map((node) => node?.attributes.get('name'));
  const [wasNamed, isNamed] = [names(old), names(next)];
  for (const [index, kind] of ['binding', 'port type'].entries()) {
    const [before, now] = [wasNamed[index], isNamed[index]];
    if (before === now || before === undefined || now === undefined) continue;
    const sentence = `The ${kind} of the port \`${next.name}\` is now called ${quoted(now)}; it was ${quoted(before)}.`;
    tell(walk, 'name-changed', 'requests', nodes, sentence);
  }
  compareOperations(walk, old.operations, next.operations);
}

function compareOperations(walk: Walk, old: readonly Operation[], next: readonly Operation[]): void {
  const { reach } = walk.reporter;
  const free = { old: new Set(old), next: new Set(next) };
  // Operations may share a name; then that of their input tells them apart.
  for (const way of [({ name, inputName }: Operation) => `${name} ${inputName}`, ({ name }: Operation) => name]) {
    const byKey = new Map<string, Operation[]>();
    for (const operation of free.next) {
      const others = byKey.get(way(operation));
      if (others === undefined) byKey.set(way(operation), [operation]);
      else others.push(operation);
    }
    for (const operation of free.old) {
      const same = byKey.get(way(operation))?.shift();
      if (same === undefined) continue;
      free.old.delete(operation);
      free.next.delete(same);
      reach.inOperation(same.name, () => compareOperation(walk, operation, same));
    }
  }
  for (const { name, node } of free.old)
    reach.inOperation(name, () =>
      tell(walk, 'operation-removed', 'requests', { old: node }, `The operation \`${name}\` is gone.`),
    );
  for (const { name, node } of free.next)
    reach.inOperation(name, () =>
      tell(walk, 'operation-added', 'requests', { new: node }, `The operation \`${name}\` is new.`),
    );
}

function compareOperation(walk: Walk, old: Operation, next: Operation): void {
  for (const node of [next.node, next.bound]) walk.reporter.reach.leadTo(node);
  const bound = { old: old.bound, new: next.bound };
  const subject = `the operation \`${next.name}\``;
  if (old.action !== next.action) {
    tell(
      walk,
      'soap-action-changed',
      'requests',
      bound,
      `The SOAPAction of ${subject} is now ${quoted(next.action)}; it was ${quoted(old.action)}.`,
    );
  }
  if (old.style !== next.style) {
    tell(
      walk,
      'encoding-changed',
      'requests',
      bound,
      `The style of ${subject} is now \`${next.style}\`; it was \`${old.style}\`.`,
    );
  }
  compareDocumentation(walk, { old: old.node, new: next.node }, subject);
  if (old.order !== next.order && old.order.includes(',') && next.order.includes(',')) {
    const sentence = `The messages of ${subject} come in another order: ${next.order}.`;
    tell(walk, 'order-changed', 'requests', { old: old.node, new: next.node }, sentence);
  }
  const [calledBefore, calledNow] = [old, next].map(({ node }) => messageNames(node));
  if (calledBefore !== calledNow) {
    const sentence = `The messages of ${subject} are now called ${quoted(calledNow)}; it was ${quoted(calledBefore)}.`;
    tell(walk, 'name-changed', 'requests', { old: old.node, new: next.node }, sentence);
  }
  const style = next.style === old.style ? next.style : 'document';
  compareMessages(walk, old.input, next.input, {
    direction: 'requests',
    subject: `the request of ${subject}`,
    nodes: bound,
    style,
  });
  compareMessages(walk, old.output, next.output, {
    direction: 'answers',
    subject: `the answer of ${subject}`,
    nodes: bound,
    style,
  });
  const areSame = [...old.faults.keys()].sort().join() === [...next.faults.keys()].sort().join();
  if (areSame && old.boundFaults !== next.boundFaults) {
    tell(
      walk,
      'name-changed',
      'requests',
      bound,
      `The binding of ${subject} now names the faults ${quoted(next.boundFaults)}; it was ${quoted(old.boundFaults)}.`,
    );
  }
  for (const [name, fault] of old.faults) {
    const same = next.faults.get(name);
    if (same !== undefined) {
      compareMessages(walk, fault, same, {
        direction: 'answers',
        subject: `the fault \`${name}\` of ${subject}`,
        nodes: bound,
        style: 'document',
      });
    } else {
      tell(
        walk,
        'failure-removed',
        'answers',
        { old: fault.node },
        `The operation \`${next.name}\` no longer answers with the fault \`${name}\`.`,
      );
    }
  }
  for (const [name, fault] of next.faults) {
    if (!old.faults.has(name)) {
      tell(
        walk,
        'failure-added',
        'answers',
        { new: fault.node },
        `The operation \`${next.name}\` may now answer with the fault \`${name}\`.`,
      );
    }
  }
}

function messageNames({ children }: XmlNode): string | undefined {
  const names = children.flatMap(({ local, attributes }) =>
    /^(?:input|output)$/.test(local) ? (attributes.get('name') ?? []) : [],
  );
  return names.length === 0 ? undefined : names.join(', ');
}
