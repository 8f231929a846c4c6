import { SpecError } from '../spec-error.ts';

/** One operation of a SOAP 1.1 port, as node-soap reads it. Names of messages may carry a prefix of the WSDL. */
export interface SoapOperation {
  readonly name: string;
  readonly action: string;
  readonly style: string;
  readonly use: readonly string[];
  readonly input: ElementName;
  readonly output: ElementName;
  readonly headers: readonly HeaderName[];
  readonly outputHeaders: readonly HeaderName[];
  /** The fault messages of the port type. */
  readonly faults: readonly string[];
}

export interface ElementName {
  readonly uri: string;
  readonly local: string;
}

export interface HeaderName {
  readonly message: string;
  readonly part: string;
}

export interface SoapPort {
  readonly service: string;
  readonly port: string;
  readonly location: string;
  readonly operations: readonly SoapOperation[];
}

/**
 * Reads services, ports and operations with node-soap, the well-tried reader of WSDLs. Its tree keeps no documentation, no
 * positions and no default namespaces, merges prefixes of different scopes, and lets a second schema of one namespace replace
 * the first: so schemas are read elsewhere, and whatever is left here is only what node-soap keeps whole.
 * @throws SpecError when node-soap cannot read the file, or finds no SOAP 1.1 port over HTTP in it.
 */
export async function readPorts(file: string, text: string, uri: string): Promise<readonly SoapPort[]> {
  const { WSDL } = await import('soap');
  const wsdl = new WSDL(text, uri, {});
  await new Promise<void>((resolve, reject) => {
    wsdl.onReady((error: unknown) => (error == null ? resolve() : reject(error)));
  }).catch((error: unknown) => {
    const what = error instanceof Error ? error.message : String(error);
    throw new SpecError(`not a usable WSDL: ${what}`, { file }, { cause: error });
  });
  const ports: SoapPort[] = [];
  for (const [service, { ports: found }] of entriesOf(wsdl.definitions, 'services')) {
    for (const [port, { location, binding }] of entries(found)) {
      const operations = entriesOf(binding, 'methods').map(([name, method]) => readOperation(file, name, method));
      ports.push({ service, port, location: textOf(location), operations });
    }
  }
  return ports;
}

function readOperation(file: string, name: string, method: Fields): SoapOperation {
  const inputSoap = fieldsOf(method.inputSoap);
  const outputSoap = fieldsOf(method.outputSoap);
  return {
    name,
    action: textOf(method.soapAction),
    style: textOf(method.style),
    use: [inputSoap.use, outputSoap.use].map(textOf).filter((use) => use !== ''),
    input: elementName(file, name, 'input', method.input),
    output: elementName(file, name, 'output', method.output),
    headers: headersOf(inputSoap),
    outputHeaders: headersOf(outputSoap),
    faults: childrenOf(method)
      .filter((child) => child.name === 'fault')
      .map((child) => textOf(child.$message)),
  };
}

function elementName(file: string, operation: string, direction: string, value: unknown): ElementName {
  const { $name, targetNamespace } = fieldsOf(value);
  if (typeof $name === 'string' && typeof targetNamespace === 'string') return { uri: targetNamespace, local: $name };
  const what = `the ${direction} of operation "${operation}" is no single element: only document/literal is supported`;
  throw new SpecError(what, { file, place: `definitions/portType/operation[${operation}]` });
}

function headersOf(direction: Fields): HeaderName[] {
  return childrenOf(direction)
    .filter((child) => child.name === 'header')
    .map((child) => ({ message: textOf(child.$message), part: textOf(child.$part) }));
}

// node-soap types its tree loosely, so everything taken from it is looked at before it is used.
type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  // Any object may be looked at by key; what comes out is unknown again.
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function childrenOf(fields: Fields): Fields[] {
  return Array.isArray(fields.children) ? fields.children.map(fieldsOf) : [];
}

function entries(value: unknown): [string, Fields][] {
  return Object.entries(fieldsOf(value)).map(([key, field]) => [key, fieldsOf(field)]);
}

function entriesOf(value: unknown, key: string): [string, Fields][] {
  return entries(fieldsOf(value)[key]);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
