import { WSDL, XSD } from './documents.ts';
import type { MemberModel, OperationModel, PartModel } from './model.ts';
import type { SoapPort, WsdlSymbols } from './ports.ts';
import type { TypeReader } from './read-types.ts';
import { docOf, type SchemaIndex } from './schema-index.ts';
import { childrenNamed, nameOf, type QName, qnameOf, specErrorAt, type XmlNode } from './xml-tree.ts';

/**
 * Reads the operations of a port, with the headers and faults bound to each.
 * @throws SpecError for styles of messages and exchanges that are not supported, each by name and place
 */
export function readOperations(
  port: SoapPort,
  symbols: WsdlSymbols,
  index: SchemaIndex,
  types: TypeReader,
): OperationModel[] {
  const partsOfMessages = new Map<XmlNode, ReadonlyMap<string, XmlNode>>();
  const declaredOperations = new Map<string, XmlNode[]>();
  for (const node of childrenNamed(port.portType, WSDL, 'operation')) {
    const others = declaredOperations.get(nameOf(node));
    if (others === undefined) declaredOperations.set(nameOf(node), [node]);
    else others.push(node);
  }
  const operations = childrenNamed(port.binding, WSDL, 'operation').map(readOperation);
  const seen = new Set<string>();
  for (const { name } of operations) {
    if (seen.has(name)) throw specErrorAt(port.binding, `two operations named "${name}" are not supported`);
    seen.add(name);
  }
  return operations;

  function readOperation(bound: XmlNode): OperationModel {
    const name = nameOf(bound);
    const declared = declaredOperations.get(name) ?? [];
    const [operation] = declared;
    if (operation === undefined) throw specErrorAt(bound, `the port type has no operation "${name}"`);
    if (declared.length > 1)
      throw specErrorAt(declared[1] ?? bound, `two operations named "${name}" are not supported`);
    const about = bound.children.find(({ uri, local }) => uri === port.soapUri && local === 'operation');
    const style = about?.attributes.get('style') ?? port.style;
    if (style !== 'document' && style !== 'rpc') throw specErrorAt(bound, `the style "${style}" is not supported`);
    const exchange = operation.children.filter(({ local }) => local === 'input' || local === 'output');
    if (exchange.length !== 2 || exchange[0]?.local !== 'input') {
      const kind =
        exchange.length === 2
          ? 'that the service begins'
          : `without ${exchange[0]?.local === 'input' ? 'an answer' : 'a request'}`;
      throw specErrorAt(operation, `operation "${name}" is one ${kind}, which is not supported`);
    }
    for (const fault of childrenNamed(bound, WSDL, 'fault')) {
      for (const child of fault.children) if (child.uri === port.soapUri) refuseEncoded(child);
    }
    const input = direction(bound, operation, 'input', style, name);
    const output = direction(bound, operation, 'output', style, `${name}Response`);
    return {
      name,
      action: about?.attributes.get('soapAction') ?? '',
      doc: docOf(operation),
      input: input.body,
      output: output.body,
      headers: distinct('headers', bound, input.headers),
      outputHeaders: distinct('headers', bound, output.headers),
      faults: distinct('faults', operation, childrenNamed(operation, WSDL, 'fault').map(faultOf)),
    };
  }

  function direction(bound: XmlNode, operation: XmlNode, which: 'input' | 'output', style: string, wrapper: string) {
    const [node] = childrenNamed(bound, WSDL, which);
    if (node === undefined) throw specErrorAt(bound, `the binding says nothing of the ${which}`);
    const declared = childrenNamed(operation, WSDL, which)[0] ?? operation;
    const soap = node.children.filter(({ uri }) => uri === port.soapUri);
    const body = soap.find(({ local }) => local === 'body');
    if (body === undefined) {
      const other = node.children.find(({ uri, local }) => uri !== port.soapUri && local !== 'documentation');
      const hint = other === undefined ? '' : ` (${other.local} is not supported)`;
      throw specErrorAt(node, `the ${which} has no soap:body${hint}`);
    }
    const headers = soap.filter(({ local }) => local === 'header');
    const faults = headers.flatMap((header) => header.children.filter(({ local }) => local === 'headerfault'));
    for (const one of [body, ...headers, ...faults]) refuseEncoded(one);
    const message = messageOf(declared);
    const parts = bodyParts(message, body, headers);
    return {
      body: style === 'rpc' ? wrapped(parts, body, wrapper) : bare(parts, message, wrapper, which),
      headers: [...headers, ...faults].map(headerOf),
    };
  }

  function refuseEncoded(node: XmlNode): void {
    if (node.attributes.get('use') !== 'encoded') return;
    throw specErrorAt(node, `${node.local} is SOAP encoded: only literal use is supported`);
  }

  function messageOf(node: XmlNode): XmlNode {
    const written = node.attributes.get('message');
    if (written === undefined) throw specErrorAt(node, `${node.local} names no message`);
    return symbols.find('message', qnameOf(node, written), node);
  }

  /** The parts that stand in the body: those it lists, or all that no header takes. */
  function bodyParts(message: XmlNode, body: XmlNode, headers: readonly XmlNode[]): XmlNode[] {
    const listed = body.attributes.get('parts')?.split(/\s+/);
    if (listed !== undefined) {
      const names = new Set(listed.filter((name) => name !== ''));
      return [...names].map((name) => partNamed(message, name, body));
    }
    const taken = new Set(
      headers.filter((header) => messageOf(header) === message).map((header) => header.attributes.get('part')),
    );
    return [...partsOf(message)].flatMap(([name, part]) => (taken.has(name) ? [] : [part]));
  }

  /** The parts of a message by name. @throws SpecError for two of one name */
  function partsOf(message: XmlNode): ReadonlyMap<string, XmlNode> {
    const known = partsOfMessages.get(message);
    if (known !== undefined) return known;
    const parts = new Map<string, XmlNode>();
    for (const part of childrenNamed(message, WSDL, 'part')) {
      const name = nameOf(part);
      if (parts.has(name)) throw specErrorAt(part, `message "${nameOf(message)}" has two parts named "${name}"`);
      parts.set(name, part);
    }
    partsOfMessages.set(message, parts);
    return parts;
  }

  function partNamed(message: XmlNode, name: string, from: XmlNode): XmlNode {
    const part = partsOf(message).get(name);
    if (part !== undefined) return part;
    throw specErrorAt(from, `message "${nameOf(message)}" has no part "${name}"`);
  }

  /** In rpc style, the parts stand inside an element that is named for the operation. */
  function wrapped(parts: readonly XmlNode[], body: XmlNode, name: string): PartModel {
    const uri = body.attributes.get('namespace') ?? '';
    const members = parts.map((part): MemberModel => {
      const written = part.attributes.get('type');
      if (written === undefined) throw specErrorAt(part, 'a part of an rpc operation names no type');
      const type = types.typeNamed(qnameOf(part, written), part);
      return {
        name: nameOf(part),
        uri: '',
        type,
        isOptional: false,
        isArray: false,
        isNillable: false,
        doc: docOf(part),
      };
    });
    return { name, uri, type: types.addType(name, uri, members) };
  }

  /** In document style, the parts are what the body holds; mostly that is one element. */
  function bare(parts: readonly XmlNode[], message: XmlNode, name: string, which: string): PartModel {
    const elements = parts.map((part) => elementOf(part));
    const [only] = elements;
    if (elements.length === 1 && only !== undefined) return only;
    const members = elements.map((element): MemberModel => {
      const { isNillable = false } = element;
      return {
        name: element.name,
        uri: element.uri,
        type: element.type,
        isOptional: false,
        isArray: false,
        isNillable,
      };
    });
    const names = new Set<string>();
    for (const { name } of elements) {
      if (names.has(name)) throw specErrorAt(message, `two elements of the ${which} named "${name}" are not supported`);
      names.add(name);
    }
    return { name: '', uri: '', type: types.addType(`${name} Body`, '', members) };
  }

  function elementOf(part: XmlNode): PartModel {
    const written = part.attributes.get('element');
    if (written === undefined)
      throw specErrorAt(
        part,
        'a part names no element: only what stands in the body of an rpc operation may do without',
      );
    const name = qnameOf(part, written);
    if (name.uri === XSD) throw specErrorAt(part, `XML Schema's own element "${name.local}" is not supported`);
    return types.elementPart(index.find('element', name, part), part);
  }

  function headerOf(node: XmlNode): PartModel {
    const message = messageOf(node);
    return elementOf(partNamed(message, node.attributes.get('part') ?? '', node));
  }

  function faultOf(node: XmlNode): PartModel {
    const message = messageOf(node);
    const [part, ...others] = partsOf(message).values();
    if (part !== undefined && others.length === 0) return elementOf(part);
    const count = partsOf(message).size;
    throw specErrorAt(message, `the message of a fault has one part, and "${nameOf(message)}" has ${count}`);
  }

  /** Each element once. @throws SpecError for two of one name, which one key would stand for */
  function distinct(what: string, node: XmlNode, parts: readonly PartModel[]): PartModel[] {
    const found = new Map<string, PartModel>();
    for (const part of parts) {
      const known = found.get(part.name);
      if (known !== undefined && known.uri !== part.uri) {
        throw specErrorAt(node, `two ${what} named "${part.name}" are not supported`);
      }
      found.set(part.name, part);
    }
    return [...found.values()];
  }
}

/** Every qualified name of a part in a message must lead somewhere, used or not. @throws SpecError */
export function checkMessages(definitions: readonly XmlNode[], index: SchemaIndex): void {
  const parts = definitions.flatMap((root) =>
    childrenNamed(root, WSDL, 'message').flatMap((message) => childrenNamed(message, WSDL, 'part')),
  );
  for (const part of parts) {
    const element = part.attributes.get('element');
    const type = part.attributes.get('type');
    if (element === undefined && type === undefined) throw specErrorAt(part, 'a part names neither element nor type');
    const name: QName | undefined = element === undefined ? undefined : qnameOf(part, element);
    if (name !== undefined && name.uri !== XSD) index.find('element', name, part);
  }
}
