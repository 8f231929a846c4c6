/**
 * A member of a type: name, type (`xs:` and a simple type, `[]` for a list in one text; or a key of `types`), marks (`?` optional,
 * `*` repeated, `~` may be nil, `#` rounds of elements that repeat together, `|` the same with one element each), number of its
 * namespace where that is not its type's (-1 for none).
 */
type MemberRow = readonly [name: string, type: string, marks?: string, namespace?: number];

/**
 * An element that stands in an envelope: name, number of its namespace (-1 for none), type, marks. Without a name, the body itself
 * is of the type: it holds no element, or several.
 */
export type PartRow = readonly [name: string, namespace: number, type: string, marks?: string];

/** A complex type as a generated table has it. */
export interface TypeRow {
  readonly namespace: number;
  readonly name?: string;
  readonly extends?: string;
  readonly restricts?: string;
  readonly tagged?: true;
  readonly elements?: readonly MemberRow[];
  readonly attributes?: readonly MemberRow[];
  readonly text?: string;
  readonly anyAt?: number;
  readonly anyAttributes?: true;
}

export interface OperationRow {
  readonly action: string;
  readonly input: PartRow;
  readonly output: PartRow;
  readonly headers?: readonly PartRow[];
  readonly outputHeaders?: readonly PartRow[];
  readonly faults?: readonly PartRow[];
}

/**
 * What the codec knows of a service. The `service` of every `table.ts` that the generator writes fits, without importing this.
 * @typeParam Operations The generated `Operations`: name to input, output, headers and faults.
 */
export interface ServiceTable<Operations = unknown> {
  readonly name: string;
  readonly port: string;
  /** The endpoint that the WSDL names. */
  readonly location: string;
  /** Version of SOAP to write. @default '1.1' */
  readonly soap?: '1.2';
  /** Prefix and URI; elsewhere a namespace is its number in this list. */
  readonly namespaces: readonly (readonly [prefix: string, uri: string])[];
  readonly types: Readonly<Record<string, TypeRow>>;
  readonly operations: { readonly [Name in keyof Operations]: OperationRow };
  /** For types only: never present. */
  readonly '~operations'?: Operations;
}

/** The part of `Operations` that says what goes in and what comes out. */
export type InputOf<Operations, Name extends keyof Operations> = Operations[Name] extends { input: infer Input }
  ? Input
  : never;
export type OutputOf<Operations, Name extends keyof Operations> = Operations[Name] extends { output: infer Output }
  ? Output
  : never;
export type HeadersOf<Operations, Name extends keyof Operations> = Operations[Name] extends { headers: infer Headers }
  ? Headers
  : never;
export type FaultsOf<Operations, Name extends keyof Operations> = Operations[Name] extends { faults: infer Faults }
  ? Faults
  : never;

/** An element of which no schema says what it holds. */
export interface AnyElement {
  name: string;
  /** Empty for none. */
  namespace: string;
  /** By local name, or `{namespace}name` where there is a namespace. */
  attributes: Record<string, string>;
  children: AnyElement[];
  /** Text directly inside, joined. */
  text: string;
}

/** Something in the answer that the WSDL does not have. */
export interface UnknownElement {
  /** With places in lists: `queryResponse.result.records[3].Region__c`. */
  readonly path: string;
  readonly element: AnyElement;
}

/** The namespaces that the codec itself writes and reads. */
export const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
export const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';
export const XMLNS = 'http://www.w3.org/2000/xmlns/';
export const XML = 'http://www.w3.org/XML/1998/namespace';

const NAME_START = String.raw`A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\u{10000}-\u{effff}`;
const NAME_REST = String.raw`\-.\d\u00b7\u0300-\u036f\u203f\u2040`;
/** A name in XML 1.0, without a prefix. */
export const XML_NAME = new RegExp(`^[${NAME_START}][${NAME_START}${NAME_REST}]*$`, 'u');

/** Looks an operation up. @throws TypeError `ERR_UNKNOWN_OPERATION`. */
export function operationOf(service: ServiceTable, operation: string): OperationRow {
  // Any table fits once its keys are forgotten.
  const rows: Readonly<Record<string, OperationRow>> = service.operations;
  const row = Object.hasOwn(rows, operation) ? rows[operation] : undefined;
  if (row !== undefined) return row;
  const problem = new TypeError(`${service.name} has no operation "${operation}"`);
  throw Object.assign(problem, { code: 'ERR_UNKNOWN_OPERATION' });
}

/** The members of a type, inherited ones first, each with its namespace. */
export function elementsOf(service: ServiceTable, key: string): readonly ElementFacts[] {
  const row = typeOf(service, key);
  const inherited = row.extends === undefined ? [] : elementsOf(service, row.extends);
  const own = (row.elements ?? []).map((member) => factsOf(service, member, row.namespace));
  if (row.anyAt !== undefined && !inherited.includes(WILDCARD)) own.splice(row.anyAt, 0, WILDCARD);
  return [...inherited, ...own];
}

/** The attributes of a type, inherited ones first. */
export function attributesOf(service: ServiceTable, key: string): readonly ElementFacts[] {
  const row = typeOf(service, key);
  const own = (row.attributes ?? []).map((member) => factsOf(service, member, -1));
  return row.extends === undefined ? own : [...attributesOf(service, row.extends), ...own];
}

/** A member with its marks taken apart. */
export interface ElementFacts {
  readonly name: string;
  readonly uri: string;
  readonly prefix: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly isArray: boolean;
  readonly isNillable: boolean;
  /** For elements that repeat together: whether a round is one of them, or goes on until their order begins anew. */
  readonly rounds?: 'choice' | 'sequence' | undefined;
}

/** What stands for `xs:any`: a name that no element can have. */
export const WILDCARD: ElementFacts = {
  name: '$any',
  uri: '',
  prefix: '',
  type: 'xs:anyType',
  isOptional: true,
  isArray: true,
  isNillable: false,
};

/** Prefix and URI of a namespace by its number; both empty for none. */
export function namespaceOf(service: ServiceTable, number: number): readonly [prefix: string, uri: string] {
  return service.namespaces[number] ?? ['', ''];
}

function factsOf(service: ServiceTable, [name, type, marks = '', namespace]: MemberRow, usual: number): ElementFacts {
  const [prefix, uri] = namespaceOf(service, namespace ?? usual);
  return {
    name,
    uri,
    prefix,
    type,
    isOptional: marks.includes('?'),
    isArray: marks.includes('*'),
    isNillable: marks.includes('~'),
    rounds: marks.includes('#') ? 'sequence' : marks.includes('|') ? 'choice' : undefined,
  };
}

/** Whether attributes that the schema does not name may stand on a type. */
export function takesAnyAttributes(service: ServiceTable, key: string): boolean {
  const row = typeOf(service, key);
  return row.anyAttributes === true || (row.extends !== undefined && takesAnyAttributes(service, row.extends));
}

export function typeOf(service: ServiceTable, key: string): TypeRow {
  const row = Object.hasOwn(service.types, key) ? service.types[key] : undefined;
  if (row === undefined) throw new TypeError(`${service.name}: the table has no type "${key}"`);
  return row;
}

/** Whether a value of one type may stand where another is declared. */
export function isKindOf(service: ServiceTable, key: string, declared: string): boolean {
  for (let current: string | undefined = key; current !== undefined; ) {
    if (current === declared) return true;
    const row: TypeRow = typeOf(service, current);
    current = row.extends ?? row.restricts;
  }
  return false;
}
