import { badArgument } from '../../errors.ts';
import { type Content, isObject, jsonFrom, type Pair } from './given.ts';
import type { RestOperation } from './operations.ts';

/** What was said of a call to REST. */
export interface RestInput {
  readonly params: readonly Pair[];
  readonly headers: readonly Pair[];
  /** The body. */
  readonly data: Content | undefined;
}

/** A call as it is handed to the client's `fetch`, which puts the session on it. */
export interface RestRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null;
}

/** Headers in which a session travels, or what begins one. */
const OF_THE_SESSION = ['authorization', 'proxy-authorization', 'cookie', 'apiaccesskeyid', 'apisecretaccesskey'];
/** Headers of the connection, which is not the call's business; `fetch` sends none of them, or fails. */
const OF_THE_CONNECTION =
  /^(?:host|connection|keep-alive|proxy-connection|upgrade|te|trailer|transfer-encoding|content-length|expect)$/i;

/**
 * Writes a call: parameters go into the path where it names them, into a header or the body where the spec has a field of that name there, and else
 * into the query.
 * @throws TypeError with code `ERR_USAGE`
 */
export function writeRequest(
  { facts, path, query }: RestOperation,
  baseUrl: string,
  { params, headers: given, data }: RestInput,
): RestRequest {
  const { method, session } = facts;
  const headers = new Headers({ accept: 'application/json' });
  const search = new URLSearchParams(query);
  const secrets = session.filter(({ fills }) => fills === 'secret');
  const inQuery = secrets.find((field) => search.has(field.name));
  if (inQuery) throw filledIn(`${inQuery.name} in the query`);
  const fields: Record<string, string> = {};
  const inPath = new Map<string, string>();
  for (const [name, value] of params) {
    const known = session.find((field) => sameName(field.name, name, field.in === 'header'));
    if (known?.fills === 'secret') throw filledIn(`--param ${name}`);
    if (path.includes(`{${name}}`)) inPath.set(name, value);
    else if (known?.in === 'header') setHeader(headers, known.name, value);
    else if (known?.in === 'body') fields[known.name] = value;
    else search.append(name, value);
  }
  for (const [name, value] of given) setHeader(headers, name, value);
  const target = filledPath(path, inPath);
  const text = search.toString();
  const url = `${baseUrl.replace(/\/+$/, '')}${target}${text === '' ? '' : `?${text}`}`;
  const hasFields = Object.keys(fields).length > 0;
  if (data === undefined && !hasFields) return { url, method, headers, body: null };
  if (method === 'GET' || method === 'HEAD') {
    throw badArgument('ERR_USAGE', `${facts.id} is a ${method}, which has no body: --data has no place in it`);
  }
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  const value = data && isJson(headers) ? jsonFrom(data) : undefined;
  const inBody = secrets.find(({ name }) => isObject(value) && Object.hasOwn(value, name));
  if (inBody) throw filledIn(`${inBody.name} in ${data?.from}`);
  return { url, method, headers, body: hasFields ? bodyWith(fields, data, value) : (data?.text ?? null) };
}

function isJson(headers: Headers): boolean {
  return /[/+]json\b/i.test(headers.get('content-type') ?? '');
}

/** A body of JSON with fields put in. Without any it is sent as it was written: numbers would lose digits. */
function bodyWith(fields: object, data: Content | undefined, value: unknown): string {
  if (data === undefined) return JSON.stringify(fields);
  if (isObject(value)) return JSON.stringify({ ...value, ...fields });
  const names = Object.keys(fields).join(', ');
  throw badArgument('ERR_USAGE', `--param ${names} goes into the body, so ${data.from} must be a JSON object`);
}

/** The path with values in its places. */
function filledPath(path: string, values: ReadonlyMap<string, string>): string {
  const missing: string[] = [];
  const filled = path.replaceAll(/\{([^}]*)\}/g, (_, name: string) => {
    const value = values.get(name);
    if (!value) missing.push(name);
    return encodeURIComponent(value ?? '');
  });
  if (missing.length > 0) {
    throw badArgument('ERR_USAGE', `${path} needs ${missing.map((name) => `--param ${name}=…`).join(' and ')}`);
  }
  // Whoever reads the address would take them for steps to another operation.
  if (/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(filled)) {
    throw badArgument('ERR_USAGE', `${filled}: "." and ".." cannot stand between slashes`);
  }
  return filled;
}

function setHeader(headers: Headers, name: string, value: string): void {
  if (OF_THE_SESSION.includes(name.toLowerCase())) throw filledIn(`--header ${name}`);
  if (OF_THE_CONNECTION.test(name)) {
    throw badArgument('ERR_USAGE', `--header ${name}: it belongs to the connection, and is no value of a flag`);
  }
  try {
    headers.set(name, value);
  } catch {
    throw badArgument('ERR_USAGE', `--header ${name}: the value has characters that no header can have`);
  }
}

function filledIn(what: string): Error {
  return badArgument('ERR_USAGE', `${what}: the session is put there by latchkey, and is no value of a flag`);
}

function sameName(a: string, b: string, isHeader: boolean): boolean {
  return isHeader ? a.toLowerCase() === b.toLowerCase() : a === b;
}
