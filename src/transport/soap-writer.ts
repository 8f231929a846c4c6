import { writeAnyElement } from './soap-any-writer.ts';
import {
  escapeAttribute,
  escapeAttributeSpaces,
  scalarWriter,
  WriteProblem,
  withStep,
  wrongType,
} from './soap-scalars.ts';
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
  typeOf,
  XSI,
} from './soap-table.ts';

/** Writes one value between a start tag that is still open (`<zns:login`) and an end tag. */
type WriteElement = (value: unknown, open: string, close: string) => string;

type Fields = Readonly<Record<string, unknown>>;

interface Slot {
  readonly index: number;
  readonly isRequired: boolean;
  readonly write: (value: unknown) => string;
}

/** The members a type may have, in the order of the schema. */
interface Slots {
  readonly byName: ReadonlyMap<string, Slot>;
  /** How many of them must be there. */
  readonly required: number;
}

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
 * Writes a SOAP 1.1 envelope for one operation.
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
    return `${writer.head}${header}<soapenv:Body>${body(input)}</soapenv:Body></soapenv:Envelope>`;
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
    const declared = service.namespaces.map(([prefix, uri]) => ` xmlns:${prefix}="${escapeAttribute(uri)}"`).join('');
    const head = `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP_11}" xmlns:xsi="${XSI}"${declared}>`;
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
    operation = { body: partWriter(service, writer, row.input), headers: slotsOf(headers) };
    writer.operations.set(name, operation);
  }
  return operation;
}

function partWriter(service: ServiceTable, writer: ServiceWriter, [name, namespace, type]: PartRow): Slot['write'] {
  const tag = tagOf(namespaceOf(service, namespace)[0], name);
  const write = elementWriter(service, writer, type);
  return (value) => write(value, `<${tag}`, `</${tag}>`);
}

function elementWriter(service: ServiceTable, writer: ServiceWriter, type: string): WriteElement {
  if (type === 'xs:anyType') return (value) => writeAnyElement(value);
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
  const attributes = slotsOf(attributesOf(service, type).map((facts) => [`@${facts.name}`, attributeSlot(facts)]));
  if (attributes.byName.size === 0) {
    return (value, open, close) => {
      const inner = writeSlots(objectOf(value), content, isTagged);
      return inner === '' ? `${open}/>` : `${open}>${inner}${close}`;
    };
  }
  return (value, open, close) => {
    const entries = Object.entries(objectOf(value));
    const own = Object.fromEntries(entries.filter(([key]) => key.startsWith('@')));
    const rest = Object.fromEntries(entries.filter(([key]) => !key.startsWith('@')));
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

/** Writes the members that an object has, in the order of the schema. */
function writeSlots(fields: Fields, slots: Slots, isTagged: boolean): string {
  const keys = Object.keys(fields);
  let last = -1;
  let isInOrder = true;
  let required = 0;
  for (const key of keys) {
    const slot = slots.byName.get(key);
    if (slot === undefined) {
      if (isTagged && key === '$type') continue;
      const hint =
        isTagged && !Object.hasOwn(fields, '$type') ? '; $type names the type that is meant, if it has one' : '';
      const what = `the schema has no such element here${hint}`;
      throw withStep(new WriteProblem('ERR_UNKNOWN_ELEMENT', what), `.${key}`);
    }
    if (slot.index < last) isInOrder = false;
    last = slot.index;
    if (slot.isRequired && fields[key] !== undefined) required++;
  }
  if (required < slots.required) throw missing(fields, slots);
  let written = '';
  for (const key of isInOrder ? keys : slots.byName.keys()) {
    if (!isInOrder && !Object.hasOwn(fields, key)) continue;
    const value = fields[key];
    if (value === undefined) continue;
    try {
      written += slots.byName.get(key)?.write(value) ?? '';
    } catch (problem) {
      throw withStep(problem, `.${key}`);
    }
  }
  return written;
}

function missing(fields: Fields, slots: Slots): unknown {
  const isMissing = (key: string) => !Object.hasOwn(fields, key) || fields[key] === undefined;
  const name = [...slots.byName].find(([key, slot]) => slot.isRequired && isMissing(key))?.[0] ?? '';
  return withStep(new WriteProblem('ERR_MISSING_ELEMENT', 'is required'), `.${name}`);
}

function slotsOf(slots: readonly (readonly [string, Omit<Slot, 'index'>])[]): Slots {
  const byName = new Map(slots.map(([name, slot], index) => [name, { ...slot, index }]));
  return { byName, required: slots.filter(([, slot]) => slot.isRequired).length };
}

function memberSlot(service: ServiceTable, writer: ServiceWriter, facts: ElementFacts): Omit<Slot, 'index'> {
  const tag = tagOf(facts.prefix, facts.name);
  const open = `<${tag}`;
  const close = `</${tag}>`;
  const nil = `${open} xsi:nil="true"/>`;
  let element: WriteElement | undefined;
  const one = (value: unknown): string => {
    if (value === null && facts.isNillable) return nil;
    // Types may contain themselves, so a member's type is looked at only when a value is there.
    element ??= elementWriter(service, writer, facts.type);
    return element(value, open, close);
  };
  return { isRequired: !facts.isOptional, write: facts.isArray ? (value) => writeItems(value, one) : one };
}

function writeItems(value: unknown, one: (item: unknown) => string): string {
  if (!Array.isArray(value)) throw wrongType('an array', value);
  let written = '';
  for (const [index, item] of value.entries()) {
    try {
      written += one(item);
    } catch (problem) {
      throw withStep(problem, `[${index}]`);
    }
  }
  return written;
}

function objectOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Date) {
    throw wrongType('an object', value);
  }
  // Any object may be looked at by key; what comes out is unknown again.
  return value as Fields;
}

function tagOf(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}:${name}`;
}
