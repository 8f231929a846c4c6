import { WSDL } from './documents.ts';
import { childrenNamed, nameOf, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

const SOAP_NAMESPACES = {
  'http://schemas.xmlsoap.org/wsdl/soap/': '1.1',
  'http://schemas.xmlsoap.org/wsdl/soap12/': '1.2',
} as const;
const HTTP_TRANSPORTS: readonly string[] = [
  'http://schemas.xmlsoap.org/soap/http',
  'http://www.w3.org/2003/05/soap/bindings/HTTP/',
];

/** Longer lists of names tell a reader nothing. */
const MOST_NAMES = 10;

/** A port that speaks SOAP over HTTP. */
export interface SoapPort {
  readonly service: string;
  readonly name: string;
  readonly location: string;
  readonly soap: '1.1' | '1.2';
  /** The namespace of the binding's SOAP elements. */
  readonly soapUri: string;
  readonly style: string;
  /** `wsdl:binding` and `wsdl:portType`. */
  readonly binding: XmlNode;
  readonly portType: XmlNode;
}

/** What all WSDLs read together declare. */
export interface WsdlSymbols {
  /** @throws SpecError at `from` when nothing of that name is declared */
  find(kind: 'message' | 'portType' | 'binding', name: QName, from: XmlNode): XmlNode;
}

/** @throws SpecError for what is declared twice */
export function indexWsdl(definitions: readonly XmlNode[]): WsdlSymbols {
  const symbols = new Map<string, XmlNode>();
  for (const root of definitions) {
    const uri = root.attributes.get('targetNamespace') ?? '';
    for (const node of root.children) {
      if (node.uri !== WSDL || !['message', 'portType', 'binding'].includes(node.local)) continue;
      const key = `${node.local} {${uri}}${nameOf(node)}`;
      if (symbols.has(key)) throw specErrorAt(node, `${node.local} "${nameOf(node)}" is declared twice`);
      symbols.set(key, node);
    }
  }
  return {
    find(kind, { uri, local }, from) {
      const found = symbols.get(`${kind} {${uri}}${local}`);
      if (found !== undefined) return found;
      throw specErrorAt(from, `${kind} "${local}" of namespace "${uri}" does not exist`);
    },
  };
}

/**
 * The port to generate from: the first that speaks SOAP 1.1 over HTTP and has operations, or else the first that speaks SOAP 1.2.
 * @param onRemark Told of operations that are left out: those of other ports, and those that the port's binding does not bind.
 * @throws SpecError when there is none
 */
export function choosePort(
  definitions: readonly [XmlNode, ...XmlNode[]],
  symbols: WsdlSymbols,
  onRemark: (node: XmlNode, what: string) => void,
): SoapPort {
  const ports = definitions.flatMap((root) =>
    childrenNamed(root, WSDL, 'service').flatMap((service) =>
      childrenNamed(service, WSDL, 'port').flatMap((port) => readPort(service, port, symbols)),
    ),
  );
  const port = ports.find(({ soap }) => soap === '1.1') ?? ports[0];
  if (port === undefined) {
    throw specErrorAt(definitions[0], 'no service has a port with operations that speaks SOAP over HTTP');
  }
  const bound = namesOf(port.binding);
  const unbound = [...namesOf(port.portType)].filter((name) => !bound.has(name));
  if (unbound.length > 0) {
    onRemark(port.portType, `left out, because the port "${port.name}" does not bind them: ${shown(unbound)}`);
  }
  const seen = new Set([port.portType]);
  for (const { name, portType } of ports) {
    const others = seen.has(portType) ? [] : [...namesOf(portType)];
    seen.add(portType);
    if (others.length === 0) continue;
    onRemark(portType, `left out, because they are not of the port "${port.name}" but of "${name}": ${shown(others)}`);
  }
  return port;
}

function namesOf(node: XmlNode): ReadonlySet<string> {
  return new Set(childrenNamed(node, WSDL, 'operation').map(nameOf));
}

function shown(names: readonly string[]): string {
  const more = names.length - MOST_NAMES;
  return names.slice(0, MOST_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function readPort(service: XmlNode, port: XmlNode, symbols: WsdlSymbols): SoapPort[] {
  const bound = port.attributes.get('binding');
  if (bound === undefined) throw specErrorAt(port, 'the port names no binding');
  const binding = symbols.find('binding', qnameOf(port, bound), port);
  const soapBinding = binding.children.find(({ uri, local }) => local === 'binding' && soapVersion(uri) !== undefined);
  const soap = soapBinding && soapVersion(soapBinding.uri);
  if (soapBinding === undefined || soap === undefined) return [];
  // Neither is a binding without a transport of use: SOAP over HTTP is what names HTTP.
  if (!HTTP_TRANSPORTS.includes(soapBinding.attributes.get('transport') ?? '')) return [];
  if (childrenNamed(binding, WSDL, 'operation').length === 0) return [];
  const type = binding.attributes.get('type');
  if (type === undefined) throw specErrorAt(binding, 'the binding names no port type');
  const address = port.children.find(({ uri, local }) => local === 'address' && uri === soapBinding.uri);
  return [
    {
      service: nameOf(service),
      name: nameOf(port),
      location: address?.attributes.get('location')?.trim() ?? '',
      soap,
      soapUri: soapBinding.uri,
      style: soapBinding.attributes.get('style') ?? 'document',
      binding,
      portType: symbols.find('portType', qnameOf(binding, type), binding),
    },
  ];
}

function soapVersion(uri: string): '1.1' | '1.2' | undefined {
  return Object.entries(SOAP_NAMESPACES).find(([namespace]) => namespace === uri)?.[1];
}
