import { writeAnyElement, writeOpenAttributes } from './soap-any-writer.ts';
import { escapeAttribute, escapeAttributeSpaces, scalarWriter, WriteProblem, withStep } from './soap-scalars.ts';
import { objectOf, type Slot, type Slots, slotsOf, writeItems, writeSlots } from './soap-slots.ts';
import {
  attributesOf,
  type ElementFacts,
  elementsOf,
  type HeadersOf,
  type InputOf,
  isKindOf,
  namespaceOf,
  operationOf,
  type PartRow,
  type ServiceTable,
  SOAP_11,
  SOAP_12,
  takesAnyAttributes,
  typeOf,
  WILDCARD,
  XSI,
} from './soap-table.ts';

/** Writes one value between a start tag that is still open (`<zns:login`) and an end tag. */
type WriteElement = (value: unknown, open: string, close: string) => string;

interface OperationWriter {
  readonly body: (value: unknown) => string;
  readonly headers: Slots;
}

interface ServiceWriter {
  readonly head: string;
  readonly operations: Map<string, OperationWriter>;
  readonly types: Map<string, WriteElement>;
}

const writers = new WeakMap<ServiceTable, ServiceWriter>();

/**
 * Writes an envelope for one operation, in the version of SOAP that the service speaks.
 *
 * Children come in the order of the schema, whatever the order of the argument's keys. `Date` and ISO text are taken for days and
 * times (a `Date` as a day means its day in UTC), text, numbers and bigints for `xs:long` and `xs:decimal`. `null` becomes
 * `xsi:nil`, `undefined` is left out, `$type` becomes `xsi:type`.
 *
 * @param headers Header blocks by element name, in any order; only those that the WSDL binds to the operation.
 * @throws TypeError with a `code` and the `path` of the place, never with the value: `ERR_UNKNOWN_OPERATION`, `ERR_UNKNOWN_ELEMENT`,
 * `ERR_MISSING_ELEMENT`, `ERR_WRONG_TYPE`, `ERR_FORBIDDEN_CHARACTER` (a control character or half a surrogate pair).
 */
export function writeEnvelope<Operations, Name extends keyof Operations & string>(
  service: ServiceTable<Operations>,
  operation: Name,
  input: InputOf<Operations, Name>,
  headers?: HeadersOf<Operations, Name>,
): string {
  const writer = serviceWriter(service);
  const { body, headers: known } = operationWriter(service, writer, operation);
  try {
    const blocks = headers === undefined ? '' : writeHeaders(headers, known);
    const header = blocks === '' ? '' : `<soapenv:Header>${blocks}</soapenv:Header>`;
    return `${writer.head}${header}${body(input)}</soapenv:Envelope>`;
  } catch (problem) {
    if (!(problem instanceof WriteProblem)) throw problem;
    const path = `${operation}${problem.path.join('')}`;
    throw Object.assign(new TypeError(`${path}: ${problem.what}`), { code: problem.code, path });
  }
}

function writeHeaders(headers: unknown, known: Slots): string {
  try {
    return writeSlots(objectOf(headers), known, false);
  } catch (problem) {
    throw withStep(problem, '.headers');
  }
}

function serviceWriter(service: ServiceTable): ServiceWriter {
  let writer = writers.get(service);
  if (writer === undefined) {
    const soap = service.soap === '1.2' ? SOAP_12 : SOAP_11;
    const declared = service.namespaces.map(([prefix, uri]) => ` xmlns:${prefix}="${escapeAttribute(uri)}"`).join('');
    const head = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${soap}" xmlns:xsi="${XSI}"${declared}>`;
    writer = { head, operations: new Map(), types: new Map() };
    writers.set(service, writer);
  }
  return writer;
}

function operationWriter(service: ServiceTable, writer: ServiceWriter, name: string): OperationWriter {
  let operation = writer.operations.get(name);
  if (operation === undefined) {
    const row = operationOf(service, name);
    const headers = (row.headers ?? []).map(
      (part) => [part[0], { isRequired: false, write: partWriter(service, writer, part) }] as const,
    );
    operation = { body: bodyWriter(service, writer, row.input), headers: slotsOf(headers) };
    writer.operations.set(name, operation);
  }
  return operation;
}

function bodyWriter(service: ServiceTable, writer: ServiceWriter, part: PartRow): Slot['write'] {
  const [name, , type] = part;
  if (name === '') {
    const write = elementWriter(service, writer, type);
    return (value) => write(value, '<soapenv:Body', '</soapenv:Body>');
  }
  const write = partWriter(service, writer, part);
  return (value) => `<soapenv:Body>${write(value)}</soapenv:Body>`;
}

function partWriter(service: ServiceTable, writer: ServiceWriter, part: PartRow): Slot['write'] {
  const [name, namespace, type, marks] = part;
  const [prefix, uri] = namespaceOf(service, namespace);
  const tag = tagOf(prefix, name);
  const write = type === 'xs:anyType' ? anyWriter({ name, uri }) : elementWriter(service, writer, type);
  const one: Slot['write'] = (value) => write(value, `<${tag}`, `</${tag}>`);
  return marks === '~' ? (value) => (value === null ? `<${tag} xsi:nil="true"/>` : one(value)) : one;
}

function elementWriter(service: ServiceTable, writer: ServiceWriter, type: string): WriteElement {
  if (type.startsWith('xs:')) {
    const scalar = scalarWriter(type);
    return (value, open, close) => `${open}>${scalar(value)}${close}`;
  }
  if (typeOf(service, type).tagged !== true) return untaggedWriter(service, writer, type);
  return (value, open, close) => {
    const fields = objectOf(value);
    const tag = fields.$type;
    if (tag === undefined) return untaggedWriter(service, writer, type)(fields, open, close);
    const actual = actualType(service, tag, type);
    const row = typeOf(service, actual);
    const name = tagOf(namespaceOf(service, row.namespace)[0], row.name ?? actual);
    return untaggedWriter(service, writer, actual)(fields, `${open} xsi:type="${name}"`, close);
  };
}

/** Writes an element of which the schema has the name and nothing more, or not even that. */
function anyWriter(declared: Pick<ElementFacts, 'name' | 'uri'>): WriteElement {
  const { name, uri } = declared;
  return (value) => {
    if (declared !== WILDCARD) {
      const { name: given, namespace = '' } = objectOf(value);
      if (given !== name || namespace !== uri) {
        const where = uri === '' ? 'no namespace' : `namespace "${uri}"`;
        throw new WriteProblem('ERR_WRONG_TYPE', `expected an element named ${name} of ${where}`);
      }
    }
    return writeAnyElement(value);
  };
}

function actualType(service: ServiceTable, tag: unknown, declared: string): string {
  if (typeof tag === 'string' && Object.hasOwn(service.types, tag) && isKindOf(service, tag, declared)) return tag;
  const problem = new WriteProblem('ERR_WRONG_TYPE', `expected the name of a kind of ${declared}`);
  throw withStep(problem, '.$type');
}

/** The writer of a type's own content, compiled when a value of the type is first written. */
function untaggedWriter(service: ServiceTable, writer: ServiceWriter, type: string): WriteElement {
  let write = writer.types.get(type);
  if (write === undefined) {
    write = compileType(service, writer, type);
    writer.types.set(type, write);
  }
  return write;
}

function compileType(service: ServiceTable, writer: ServiceWriter, type: string): WriteElement {
  const row = typeOf(service, type);
  const isTagged = row.tagged === true;
  const text = row.text === undefined ? undefined : scalarWriter(row.text);
  const content = slotsOf(
    text === undefined
      ? elementsOf(service, type).map((facts) => [facts.name, memberSlot(service, writer, facts)])
      : [['$value', { isRequired: true, write: text }]],
  );
  const declared = attributesOf(service, type);
  const attributes = slotsOf([
    ...declared.map((facts) => [`@${facts.name}`, attributeSlot(facts)] as const),
    ...(takesAnyAttributes(service, type) ? [['$attributes', openAttributesSlot(declared)] as const] : []),
  ]);
  if (attributes.byName.size === 0) {
    return (value, open, close) => {
      const inner = writeSlots(objectOf(value), content, isTagged);
      return inner === '' ? `${open}/>` : `${open}>${inner}${close}`;
    };
  }
  return (value, open, close) => {
    const entries = Object.entries(objectOf(value));
    const isAttribute = (key: string) => key.startsWith('@') || (key === '$attributes' && attributes.byName.has(key));
    const own = Object.fromEntries(entries.filter(([key]) => isAttribute(key)));
    const rest = Object.fromEntries(entries.filter(([key]) => !isAttribute(key)));
    return `${open}${writeSlots(own, attributes, false)}>${writeSlots(rest, content, isTagged)}${close}`;
  };
}

function attributeSlot(facts: ElementFacts): Omit<Slot, 'index'> {
  const scalar = scalarWriter(facts.type);
  const name = tagOf(facts.prefix, facts.name);
  return {
    isRequired: !facts.isOptional,
    write: (value) => ` ${name}="${escapeAttributeSpaces(scalar(value))}"`,
  };
}

/** Attributes that the schema does not name; those that it does are members of their own. */
function openAttributesSlot(declared: readonly ElementFacts[]): Omit<Slot, 'index'> {
  const taken = new Set(declared.map(({ uri, name }) => (uri === '' ? name : `{${uri}}${name}`)));
  return { isRequired: false, write: (value) => writeOpenAttributes(objectOf(value), taken) };
}

function memberSlot(service: ServiceTable, writer: ServiceWriter, facts: ElementFacts): Omit<Slot, 'index'> {
  if (facts.rounds !== undefined) return roundsSlot(service, writer, facts);
  const tag = tagOf(facts.prefix, facts.name);
  const open = `<${tag}`;
  const close = `</${tag}>`;
  const nil = `${open} xsi:nil="true"/>`;
  let element: WriteElement | undefined;
  const one = (value: unknown): string => {
    if (value === null && facts.isNillable) return nil;
    // Types may contain themselves, so a member's type is looked at only when a value is there.
    element ??= facts.type === 'xs:anyType' ? anyWriter(facts) : elementWriter(service, writer, facts.type);
    return element(value, open, close);
  };
  return { isRequired: !facts.isOptional, write: facts.isArray ? (value) => writeItems(value, one) : one };
}

/** Elements that repeat together: what each round holds stands there without an element of its own. */
function roundsSlot(service: ServiceTable, writer: ServiceWriter, facts: ElementFacts): Omit<Slot, 'index'> {
  let slots: Slots | undefined;
  const one = (round: unknown): string => {
    slots ??= slotsOf(elementsOf(service, facts.type).map((inner) => [inner.name, memberSlot(service, writer, inner)]));
    const fields = objectOf(round);
    const isOne = Object.values(fields).filter((value) => value !== undefined).length === 1;
    if (facts.rounds === 'choice' && !isOne) {
      throw new WriteProblem('ERR_WRONG_TYPE', `expected exactly one of ${[...slots.byName.keys()].join(', ')}`);
    }
    return writeSlots(fields, slots, false);
  };
  return { isRequired: !facts.isOptional, write: (value) => writeItems(value, one) };
}

function tagOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}:${name}`;
}
