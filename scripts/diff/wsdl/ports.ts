import { WSDL } from '../../generate/wsdl/documents.ts';
import { childrenNamed, qnameOf, specErrorAt, type XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Wsdl } from './read-wsdl.ts';

/** A port of a service; without services, a binding. */
export interface Port {
  readonly node: XmlNode;
  /** `ZuoraService/Soap` */
  readonly name: string;
  /** What is spoken: `SOAP 1.1`, `SOAP 1.2`, or the namespace of the binding. */
  readonly protocol: string;
  readonly transport: string | undefined;
  readonly address: { readonly node: XmlNode; readonly location: string } | undefined;
  /** The binding, which is the node where there is no service. */
  readonly binding: XmlNode;
  readonly operations: readonly Operation[];
}

/** An operation of a port. */
export interface Operation {
  readonly name: string;
  /** Tells operations of one name apart. */
  readonly inputName: string;
  /** In the port type, and in the binding. */
  readonly node: XmlNode;
  readonly bound: XmlNode;
  readonly action: string;
  readonly style: string;
  readonly input: Message | undefined;
  readonly output: Message | undefined;
  /** Names of the faults in the binding. */
  readonly boundFaults: string;
  /** By name. */
  readonly faults: ReadonlyMap<string, Message>;
  /** Which message comes first: `input, output`. */
  readonly order: string;
}

/** What goes one way. */
export interface Message {
  /** `wsdl:input`, `wsdl:output` or `wsdl:fault` of the port type. */
  readonly node: XmlNode;
  readonly message: XmlNode;
  readonly use: string;
  readonly encodingStyle: string;
  /** Namespace of the wrapper, in style rpc. */
  readonly namespace: string;
  /** In the order of the message; those of headers are not among them. */
  readonly parts: readonly XmlNode[];
  readonly headers: readonly Header[];
}

/** A header, and the part that says what it holds. */
export interface Header {
  readonly node: XmlNode;
  readonly part: XmlNode;
}

const PROTOCOLS: Readonly<Record<string, string>> = {
  'http://schemas.xmlsoap.org/wsdl/soap/': 'SOAP 1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': 'SOAP 1.2',
  'http://schemas.xmlsoap.org/wsdl/http/': 'HTTP',
};

const known = new WeakMap<Wsdl, readonly Port[]>();

/** All ports, read once. @throws SpecError for a binding, port type, message or part that is nowhere declared */
export function portsOf(wsdl: Wsdl): readonly Port[] {
  const before = known.get(wsdl);
  if (before !== undefined) return before;
  const ports = readPorts(wsdl);
  known.set(wsdl, ports);
  return ports;
}

function readPorts(wsdl: Wsdl): Port[] {
  const services = wsdl.definitions.flatMap((root) => childrenNamed(root, WSDL, 'service'));
  const ports = services.flatMap((service) =>
    childrenNamed(service, WSDL, 'port').map((port) => {
      const binding = wsdl.symbols.find('binding', qnameOf(port, required(port, 'binding')), port);
      return readPort(
        wsdl,
        port,
        binding,
        `${service.attributes.get('name') ?? ''}/${port.attributes.get('name') ?? ''}`,
      );
    }),
  );
  if (ports.length > 0) return ports;
  const bindings = wsdl.definitions.flatMap((root) => childrenNamed(root, WSDL, 'binding'));
  const [root] = wsdl.definitions;
  if (bindings.length === 0 && root !== undefined)
    throw specErrorAt(root, 'nothing to compare: there is neither a service nor a binding');
  return bindings.map((binding) => readPort(wsdl, binding, binding, binding.attributes.get('name') ?? ''));
}

function readPort(wsdl: Wsdl, node: XmlNode, binding: XmlNode, name: string): Port {
  const type = wsdl.symbols.find('portType', qnameOf(binding, required(binding, 'type')), binding);
  const protocolNode = binding.children.find((child) => child.local === 'binding' && child.uri !== WSDL);
  const addressNode = node.children.find((child) => child.local === 'address' && child.uri !== WSDL);
  const style = protocolNode?.attributes.get('style') ?? 'document';
  const uri = protocolNode?.uri ?? '';
  const candidates = new Map<string, XmlNode[]>();
  for (const one of childrenNamed(type, WSDL, 'operation')) {
    const operationName = one.attributes.get('name') ?? '';
    const others = candidates.get(operationName);
    if (others === undefined) candidates.set(operationName, [one]);
    else others.push(one);
  }
  return {
    node,
    name,
    protocol: PROTOCOLS[uri] ?? uri,
    transport: protocolNode?.attributes.get('transport'),
    address: addressNode && { node: addressNode, location: addressNode.attributes.get('location') ?? '' },
    binding,
    operations: childrenNamed(binding, WSDL, 'operation').map((bound) => readOperation(wsdl, candidates, bound, style)),
  };
}

function readOperation(
  wsdl: Wsdl,
  candidates: ReadonlyMap<string, readonly XmlNode[]>,
  bound: XmlNode,
  usualStyle: string,
): Operation {
  const name = required(bound, 'name');
  const inputName = childrenNamed(bound, WSDL, 'input')[0]?.attributes.get('name');
  const named = candidates.get(name) ?? [];
  const overload = named.find(
    (candidate) => childrenNamed(candidate, WSDL, 'input')[0]?.attributes.get('name') === inputName,
  );
  const node = overload ?? named[0];
  if (node === undefined) throw specErrorAt(bound, `operation "${name}" is not in the port type`);
  const details = bound.children.find(({ local, uri }) => local === 'operation' && uri !== WSDL);
  const style = details?.attributes.get('style') ?? usualStyle;
  const message = (kind: string) => {
    const found = childrenNamed(node, WSDL, kind)[0];
    return found === undefined ? undefined : readMessage(wsdl, found, childrenNamed(bound, WSDL, kind)[0]);
  };
  const faults = childrenNamed(node, WSDL, 'fault').map((fault): [string, Message] => {
    const faultName = fault.attributes.get('name') ?? '';
    const binding = childrenNamed(bound, WSDL, 'fault').find((one) => one.attributes.get('name') === faultName);
    return [faultName, readMessage(wsdl, fault, binding)];
  });
  return {
    name,
    inputName: inputName ?? childrenNamed(node, WSDL, 'input')[0]?.attributes.get('name') ?? '',
    node,
    bound,
    action: details?.attributes.get('soapAction') ?? '',
    style,
    input: message('input'),
    output: message('output'),
    boundFaults: childrenNamed(bound, WSDL, 'fault')
      .map((fault) => fault.attributes.get('name') ?? '')
      .sort()
      .join(', '),
    faults: new Map(faults),
    order: node.children
      .flatMap(({ uri, local }) => (uri === WSDL && /^(?:input|output)$/.test(local) ? [local] : []))
      .join(', '),
  };
}

function readMessage(wsdl: Wsdl, node: XmlNode, bound: XmlNode | undefined): Message {
  const message = wsdl.symbols.find('message', qnameOf(node, required(node, 'message')), node);
  const inside =
    bound?.children.flatMap((child) =>
      child.local === 'multipartRelated' ? child.children.flatMap((part) => part.children) : [child],
    ) ?? [];
  const body = inside.find(({ local, uri }) => (local === 'body' || local === 'fault') && uri !== WSDL);
  const headers = inside
    .filter(({ local, uri }) => local === 'header' && uri !== WSDL)
    .map((header) => readHeader(wsdl, header));
  const chosen = body?.attributes
    .get('parts')
    ?.split(/\s+/)
    .filter((name) => name !== '');
  const inHeaders = new Set(headers.map(({ part }) => part));
  const parts = childrenNamed(message, WSDL, 'part').filter((part) => {
    return chosen === undefined ? !inHeaders.has(part) : chosen.includes(part.attributes.get('name') ?? '');
  });
  return {
    node,
    message,
    use: body?.attributes.get('use') ?? 'literal',
    encodingStyle: body?.attributes.get('encodingStyle') ?? '',
    namespace: body?.attributes.get('namespace') ?? '',
    parts,
    headers,
  };
}

function readHeader(wsdl: Wsdl, node: XmlNode): Header {
  const message = wsdl.symbols.find('message', qnameOf(node, required(node, 'message')), node);
  const name = required(node, 'part');
  const part = childrenNamed(message, WSDL, 'part').find((candidate) => candidate.attributes.get('name') === name);
  if (part === undefined) throw specErrorAt(node, `the message has no part "${name}"`);
  return { node, part };
}

function required(node: XmlNode, key: string): string {
  const value = node.attributes.get(key);
  if (value === undefined) throw specErrorAt(node, `${node.local} has no ${key}`);
  return value;
}
