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
 * @throws SpecError when there is none
 */
export function choosePort(definitions: readonly [XmlNode, ...XmlNode[]], symbols: WsdlSymbols): SoapPort {
  const ports = definitions.flatMap((root) =>
    childrenNamed(root, WSDL, 'service').flatMap((service) =>
      childrenNamed(service, WSDL, 'port').flatMap((port) => readPort(service, port, symbols)),
    ),
  );
  const port = ports.find(({ soap }) => soap === '1.1') ?? ports[0];
  if (port !== undefined) return port;
  throw specErrorAt(definitions[0], 'no service has a port with operations that speaks SOAP over HTTP');
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
