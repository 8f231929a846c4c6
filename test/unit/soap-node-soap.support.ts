import { type Client, createClientAsync } from 'soap';
import { elementsOf, namespaceOf, type ServiceTable, typeOf } from '../../src/transport/soap-table.ts';

/** A call as node-soap made it. */
export interface NodeSoapCall {
  readonly envelope: string;
  readonly value: unknown;
}

/** node-soap, whose HTTP client keeps what is sent and answers with what it is told to. */
export interface NodeSoap {
  call(operation: string, input: unknown, answer: string, session?: string): Promise<NodeSoapCall>;
}

export async function openNodeSoap(wsdl: string, headerNamespace: string): Promise<NodeSoap> {
  let envelope = '';
  let answer = '';
  const httpClient = {
    request(_url: string, data: string, done: (error: unknown, response: unknown, body: string) => void) {
      envelope = data;
      done(null, { status: 200, headers: {}, data: answer }, answer);
      return {};
    },
  };
  // Of its HTTP client, node-soap calls no more than this.
  const client: Client = await createClientAsync(wsdl, { httpClient: httpClient as never });
  return {
    async call(operation, input, told, session) {
      answer = told;
      client.clearSoapHeaders();
      if (session !== undefined) client.addSoapHeader({ SessionHeader: { session } }, '', 'zns', headerNamespace);
      const [value]: unknown[] = await client[`${operation}Async`](input);
      return { envelope, value };
    },
  };
}

type Fields = Readonly<Record<string, unknown>>;

/** Leaves nil items out of lists: node-soap can neither write nor read them. */
export function withoutNilItems(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== null).map(withoutNilItems);
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withoutNilItems(inner)]));
}

/** Arguments as node-soap must be given them: in the order of the schema, no `Date`, the type in an attribute of its own. */
export function nodeSoapInput(table: ServiceTable, type: string, value: unknown): unknown {
  if (value === null || value === undefined) return value;
  if (type.startsWith('xs:')) {
    if (value instanceof Date) return value.toISOString().slice(0, type === 'xs:date' ? 10 : 24);
    return typeof value === 'bigint' ? String(value) : value;
  }
  const fields = value as Fields;
  const actual = typeof fields.$type === 'string' ? fields.$type : type;
  const row = typeOf(table, actual);
  const xmlns = namespaceOf(table, row.namespace)[1];
  const tag = fields.$type === undefined ? {} : { attributes: { xsi_type: { type: row.name ?? actual, xmlns } } };
  const members = elementsOf(table, actual)
    .filter(({ name }) => fields[name] !== undefined)
    .map(({ name, type: inner, isArray }) => {
      const one = (item: unknown) => nodeSoapInput(table, inner, item);
      return [name, isArray ? (fields[name] as unknown[]).map(one) : one(fields[name])];
    });
  return { ...tag, ...Object.fromEntries(members) };
}

/** What node-soap makes of a value that our reader gives: nil is absent, numbers are numbers, days and times are `Date`s. */
export function nodeSoapOutput(table: ServiceTable, type: string, value: unknown): unknown {
  if (type === 'xs:decimal' || type === 'xs:long') return Number(value);
  if (type === 'xs:date' || type === 'xs:dateTime') return new Date(String(value));
  if (type.startsWith('xs:')) return value;
  const fields = value as Fields;
  const actual = typeof fields.$type === 'string' ? fields.$type : type;
  const row = typeOf(table, actual);
  const prefix = namespaceOf(table, row.namespace)[0];
  const tag = fields.$type === undefined ? {} : { attributes: { 'xsi:type': `${prefix}:${row.name ?? actual}` } };
  const members = elementsOf(table, actual)
    .filter(({ name }) => fields[name] !== undefined && fields[name] !== null)
    .map(({ name, type: inner, isArray }) => {
      const one = (item: unknown) => nodeSoapOutput(table, inner, item);
      return [name, isArray ? (fields[name] as unknown[]).map(one) : one(fields[name])];
    })
    .filter(([, inner]) => !(Array.isArray(inner) && inner.length === 0));
  const whole = { ...tag, ...Object.fromEntries(members) };
  return Object.keys(whole).length === 0 ? null : whole;
}
