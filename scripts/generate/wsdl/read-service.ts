import { readDocuments, XML } from './documents.ts';
import type { ImportOptions } from './imported-files.ts';
import type { ComplexModel, OperationModel, PartModel, ServiceModel } from './model.ts';
import { checkMessages, readOperations } from './operations.ts';
import { choosePort, indexWsdl } from './ports.ts';
import { readTypes } from './read-types.ts';
import { docOf, indexSchemas } from './schema-index.ts';
import { specErrorAt, type XmlNode } from './xml-tree.ts';

/** What to read, and from where. */
export interface WsdlInput extends ImportOptions {
  /** The file's name in messages. */
  readonly specFile: string;
  /** Where the file lies. */
  readonly path: string;
  readonly text: string;
  /** Operation that a login is made with. */
  readonly loginOperation: string;
  /** Told of what is left out, with file, line and place. */
  readonly onRemark?: ((remark: string) => void) | undefined;
}

/** A service with the files, besides the WSDL itself, that it was read from. */
export interface ReadService {
  readonly service: ServiceModel;
  readonly imported: readonly { readonly file: string; readonly text: string }[];
}

/**
 * Reads a WSDL 1.1 file, with all that it imports, into a model of its first port that speaks SOAP over HTTP.
 * @throws SpecError for whatever cannot be generated from, with file, line and place where there are such.
 */
export async function readService(input: WsdlInput): Promise<ReadService> {
  const { definitions, schemas, imported } = await readDocuments(input, input);
  const [main, ...others] = definitions;
  if (main === undefined) throw new Error('a WSDL has definitions');
  const index = indexSchemas(schemas);
  const types = readTypes(index);
  checkMessages(definitions, index);
  const symbols = indexWsdl(definitions);
  const port = choosePort([main, ...others], symbols, (node, what) =>
    input.onRemark?.(specErrorAt(node, what).message),
  );
  const operations = readOperations(port, symbols, index, types);
  if (!operations.some(({ name }) => name === input.loginOperation)) {
    const what = `no login operation: the port "${port.name}" has no operation named "${input.loginOperation}"`;
    throw specErrorAt(port.binding, what);
  }
  const faults = new Map(
    operations.flatMap((operation) => operation.faults).map((fault) => [`${fault.uri} ${fault.name}`, fault]),
  );
  const service: ServiceModel = {
    name: port.service,
    port: port.name,
    location: port.location,
    soap: port.soap,
    doc: docOf(main),
    operations,
    complexTypes: types.complexTypes,
    simpleTypes: types.simpleTypes,
    faults: [...faults.values()],
    namespaces: namespacesOf(definitions, operations, types.complexTypes),
  };
  return { service, imported };
}

/** Every namespace in use, with the prefix that the WSDL itself has for it. */
function namespacesOf(
  definitions: readonly XmlNode[],
  operations: readonly OperationModel[],
  types: readonly ComplexModel[],
) {
  const used = new Set<string>();
  for (const operation of operations) {
    const { input, output, headers, outputHeaders, faults } = operation;
    const parts: readonly PartModel[] = [input, output, ...headers, ...outputHeaders, ...faults];
    for (const { uri } of parts) used.add(uri);
  }
  for (const type of types) used.add(type.uri);
  for (const type of types) {
    for (const { uri } of type.elements) used.add(uri);
    for (const { uri } of type.attributes) used.add(uri);
  }
  used.delete('');
  const prefixes = new Set<string>(['xml']);
  return [...used].map((uri, number) => {
    if (uri === XML) return { prefix: 'xml', uri };
    const declared = prefixFor(definitions, uri);
    const prefix = declared === undefined || prefixes.has(declared) ? `ns${number + 1}` : declared;
    prefixes.add(prefix);
    return { prefix, uri };
  });
}

function prefixFor(definitions: readonly XmlNode[], uri: string): string | undefined {
  for (const { declared } of definitions) {
    for (const [prefix, bound] of declared) {
      if (bound === uri && /^(?!xml|xsi$|soapenv$|ns\d+$)[A-Za-z]\w*$/i.test(prefix)) return prefix;
    }
  }
  return undefined;
}
