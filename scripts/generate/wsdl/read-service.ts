import { SpecError } from '../spec-error.ts';
import type { ComplexModel, OperationModel, PartModel, ServiceModel } from './model.ts';
import { type ElementName, type HeaderName, readPorts, type SoapOperation } from './read-ports.ts';
import { readTypes } from './read-types.ts';
import { docOf, indexSchemas, WSDL } from './schema-index.ts';
import { childrenNamed, placeOf, qnameOf, readXmlTree, specErrorAt, type XmlNode } from './xml-tree.ts';

/** What to read, and from where. */
export interface WsdlInput {
  /** The file's name in messages. */
  readonly specFile: string;
  /** Where the file lies. */
  readonly path: string;
  readonly text: string;
  /** Operation that a login is made with. */
  readonly loginOperation: string;
}

/**
 * Reads a WSDL 1.1 file into a model of its first SOAP 1.1 port.
 * @throws SpecError for whatever cannot be generated from, with file, line and place where there are such.
 */
export async function readService({ specFile, path, text, loginOperation }: WsdlInput): Promise<ServiceModel> {
  const definitions = readXmlTree(specFile, text);
  if (definitions.local !== 'definitions' || definitions.uri !== WSDL) {
    throw specErrorAt(specFile, definitions, 'not a WSDL 1.1 file: its root is not wsdl:definitions');
  }
  const index = indexSchemas(specFile, definitions);
  const types = readTypes(specFile, index);
  const messages = readMessages();
  const ports = await readPorts(specFile, text, path);
  const port = ports.find(({ operations }) => operations.length > 0);
  if (port === undefined) throw specErrorAt(specFile, definitions, 'no service has a SOAP 1.1 port with operations');
  if (!port.operations.some(({ name }) => name === loginOperation)) {
    const place = `${placeOf(definitions)}/service[${port.service}]`;
    throw new SpecError(`no login operation: the port "${port.port}" has no operation named "${loginOperation}"`, {
      file: specFile,
      place,
    });
  }
  const operations = port.operations.map(readOperation);
  const faults = new Map(
    operations.flatMap(({ faults }) => faults).map((fault) => [`${fault.uri} ${fault.name}`, fault]),
  );
  return {
    name: port.service,
    port: port.port,
    location: port.location,
    doc: docOf(definitions),
    operations,
    complexTypes: types.complexTypes,
    simpleTypes: types.simpleTypes,
    faults: [...faults.values()],
    namespaces: namespacesOf(definitions, operations, types.complexTypes),
  };

  /** Every part of every message leads to an element, so a broken one is found before node-soap trips over it. */
  function readMessages(): ReadonlyMap<string, ReadonlyMap<string, () => PartModel>> {
    const found = new Map<string, ReadonlyMap<string, () => PartModel>>();
    for (const message of childrenNamed(definitions, WSDL, 'message')) {
      const parts = new Map<string, () => PartModel>();
      for (const part of childrenNamed(message, WSDL, 'part')) {
        const written = part.attributes.get('element');
        if (written === undefined) {
          throw specErrorAt(specFile, part, 'a part names no element: only document/literal is supported');
        }
        const name = qnameOf(specFile, part, written);
        index.find('element', name, part);
        parts.set(part.attributes.get('name') ?? '', () => elementPart(name, part));
      }
      found.set(message.attributes.get('name') ?? '', parts);
    }
    return found;
  }

  function elementPart({ uri, local }: ElementName, from: XmlNode): PartModel {
    return { name: local, uri, type: types.elementType(index.find('element', { uri, local }, from)) };
  }

  function partOf(operation: SoapOperation, { message, part }: HeaderName): PartModel {
    const local = message.slice(message.indexOf(':') + 1);
    const parts = messages.get(local);
    // A fault message has one part, whatever its name.
    const found = part === '' ? parts?.values().next().value : parts?.get(part);
    if (found !== undefined) return found();
    throw new SpecError(
      `operation "${operation.name}" uses message "${local}"${part && `, part "${part}"`}, which does not exist`,
      {
        file: specFile,
        place: `${placeOf(definitions)}/binding/operation[${operation.name}]`,
      },
    );
  }

  function readOperation(operation: SoapOperation): OperationModel {
    const place = `${placeOf(definitions)}/binding/operation[${operation.name}]`;
    if (operation.style === 'rpc' || operation.use.includes('encoded')) {
      throw new SpecError('only document/literal operations are supported', { file: specFile, place });
    }
    const input = elementPart(operation.input, definitions);
    const output = elementPart(operation.output, definitions);
    for (const part of [input, output]) {
      if (part.type.kind === 'complex') continue;
      throw new SpecError(`the element "${part.name}" has a simple type: only wrapped elements are supported`, {
        file: specFile,
        place,
      });
    }
    return {
      name: operation.name,
      action: operation.action,
      doc: operationDoc(operation.name),
      input,
      output,
      headers: operation.headers.map((header) => partOf(operation, header)),
      outputHeaders: operation.outputHeaders.map((header) => partOf(operation, header)),
      faults: operation.faults.map((message) => partOf(operation, { message, part: '' })),
    };
  }

  function operationDoc(name: string): string | undefined {
    const nodes = childrenNamed(definitions, WSDL, 'portType').flatMap((node) =>
      childrenNamed(node, WSDL, 'operation'),
    );
    const node = nodes.find((candidate) => candidate.attributes.get('name') === name);
    return node && docOf(node);
  }
}

/** Every namespace in use, with the prefix that the WSDL itself has for it. */
function namespacesOf(definitions: XmlNode, operations: readonly OperationModel[], types: readonly ComplexModel[]) {
  const parts = operations.flatMap((operation) => [
    operation.input,
    operation.output,
    ...operation.headers,
    ...operation.outputHeaders,
    ...operation.faults,
  ]);
  const used = new Set(
    [...parts, ...types, ...types.flatMap((type) => [...type.elements, ...type.attributes])].map(({ uri }) => uri),
  );
  used.delete('');
  const prefixes = new Set<string>();
  return [...used].map((uri, number) => {
    const declared = prefixFor(definitions, uri);
    const prefix = declared === undefined || prefixes.has(declared) ? `ns${number + 1}` : declared;
    prefixes.add(prefix);
    return { prefix, uri };
  });
}

function prefixFor(definitions: XmlNode, uri: string): string | undefined {
  return definitions.prefixes.find(
    (prefix) => /^(?!xml|xsi$|soapenv$)[A-Za-z]\w*$/i.test(prefix) && definitions.namespaceOf(prefix) === uri,
  );
}
