import { isJson, textOf } from '../transport/bodies.ts';
import { type OperationFacts, operationFinder } from '../transport/operations.ts';
import { checkValue, type Finding, nameStep, shownMediaType, type Validate } from './finding.ts';
import { isHttpAnswerHeader, isHttpHeader } from './http-headers.ts';
import type { Message, RequestLine } from './message.ts';
import { type Shapes, strayNames } from './names.ts';

/** What the generated validators say of one operation. */
interface OperationValidators {
  readonly parameters: Readonly<Partial<Record<'header' | 'query' | 'path' | 'cookie', Validate>>>;
  readonly body?: { readonly required: boolean; readonly content: ContentValidators };
  readonly responses: Readonly<Record<string, { readonly headers?: Validate; readonly content: ContentValidators }>>;
  readonly known: Readonly<Record<'header' | 'query' | 'path' | 'cookie', readonly string[]>>;
}

type ContentValidators = Readonly<Record<string, Validate>>;

/** What the document names, for one operation: media types to shapes. */
interface DocumentedNames {
  readonly body?: ContentShapes;
  readonly responses: Readonly<
    Record<string, { readonly headers: readonly string[]; readonly content: ContentShapes }>
  >;
}

type ContentShapes = Readonly<Record<string, string | null>>;

/** An OpenAPI system, as generated. */
export interface OpenApiContract {
  readonly kind: 'openapi';
  readonly operations: readonly OperationFacts[];
  readonly validators: Readonly<Record<string, OperationValidators>>;
  /** Every name that the document gives. */
  readonly documented: { readonly names: Readonly<Record<string, DocumentedNames>>; readonly shapes: Shapes };
  /** Paths of its `servers` below which its paths may also stand, such as `/rest`. */
  readonly basePaths?: readonly string[];
}

/** Holds both halves of an exchange against an OpenAPI document. */
export function checkOpenApiExchange(
  line: RequestLine,
  request: Message,
  response: (Message & { readonly status: number }) | undefined,
  contract: OpenApiContract,
): Finding[] {
  const path = pathBelow(line.url.pathname, contract.basePaths ?? []);
  const operation = operationFinder(contract.operations)(line.method, path);
  const validators = operation === undefined ? undefined : contract.validators[operation.id];
  if (operation === undefined || validators === undefined) return [unknownOperation(line.method, path, contract)];
  const findings = [
    ...checkParameters(line, path, request, operation, validators),
    ...checkRequestBody(request, validators),
    ...checkBodyNames('/request', request, contract.documented.names[operation.id]?.body ?? {}, contract),
    ...(response === undefined ? [] : checkResponse(line.method, response, validators)),
    ...(response === undefined ? [] : checkAnswerNames(operation.id, response, contract)),
  ];
  // A name that the schema forbids is told of once.
  const isTold = ({ place }: Finding, before: number): boolean =>
    findings.slice(0, before).some((finding) => finding.place === place);
  return findings.filter((finding, index) => finding.kind === 'violation' || !isTold(finding, index));
}

function pathBelow(path: string, basePaths: readonly string[]): string {
  const base = basePaths.find((candidate) => path.startsWith(`${candidate}/`));
  return base === undefined ? path : path.slice(base.length);
}

function unknownOperation(method: string, path: string, { operations }: OpenApiContract): Finding {
  const methods = [...new Set(operations.map((operation) => operation.method))].filter(
    (candidate) => operationFinder(operations)(candidate, path) !== undefined,
  );
  return methods.length === 0
    ? { kind: 'undocumented', place: '/request/path', expected: 'a documented path', found: 'another' }
    : { kind: 'undocumented', place: '/request/method', expected: methods.join(' or '), found: method };
}

function checkParameters(
  { url }: RequestLine,
  path: string,
  { headers }: Message,
  operation: OperationFacts,
  { parameters, known }: OperationValidators,
): Finding[] {
  const findings: Finding[] = [];
  const undocumented = (place: string): void => {
    findings.push(undocumentedName(place));
  };
  const query = new Map<string, string | string[]>();
  for (const name of new Set(url.searchParams.keys())) {
    const [only = '', ...more] = url.searchParams.getAll(name);
    if (known.query.includes(name)) query.set(name, more.length === 0 ? only : [only, ...more]);
    else undocumented(`/request/query/${nameStep(name)}`);
  }
  const ownHeaders = new Map<string, string>();
  const filled = new Set(
    operation.session.flatMap((field) => (field.in === 'header' ? [field.name.toLowerCase()] : [])),
  );
  for (const [name, value] of headers) {
    if (known.header.includes(name)) ownHeaders.set(name, value);
    else if (!isHttpHeader(name) && !filled.has(name)) undocumented(`/request/headers/${nameStep(name)}`);
  }
  const values = { query, header: ownHeaders, path: pathValues(operation.path, path), cookie: cookiesOf(headers) };
  for (const place of ['query', 'header', 'path', 'cookie'] as const) {
    const validate = parameters[place];
    // A fresh object: validators turn its texts into the documented types.
    if (validate === undefined) continue;
    const at = place === 'header' ? 'headers' : place;
    findings.push(...checkValue(`/request/${at}`, Object.fromEntries(values[place]), validate));
  }
  return findings;
}

function pathValues(template: string, path: string): Map<string, string> {
  const steps = path.split('/');
  return new Map(
    template.split('/').flatMap((step, index): [string, string][] => {
      const name = /^\{(.+)\}$/.exec(step)?.[1];
      return name === undefined ? [] : [[name, unescaped(steps[index] ?? '')]];
    }),
  );
}

function cookiesOf(headers: Headers): Map<string, string> {
  const pairs = (headers.get('cookie') ?? '').split(';').map((pair) => pair.trim().split('='));
  return new Map(pairs.flatMap(([name, ...value]): [string, string][] => (name ? [[name, value.join('=')]] : [])));
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function checkRequestBody(message: Message, { body }: OperationValidators): Finding[] {
  const place = '/request/body';
  if (message.bytes.length > 0) return checkBody('/request', message, body?.content ?? {});
  return body?.required ? [{ kind: 'violation', place, expected: 'a body', found: 'nothing' }] : [];
}

function checkResponse(
  method: string,
  response: Message & { readonly status: number },
  { responses }: OperationValidators,
): Finding[] {
  const { status, headers, bytes } = response;
  const documented = ofStatus(responses, status);
  if (documented === undefined) {
    const expected = Object.keys(responses).join(' or ');
    return [{ kind: 'undocumented', place: '/response/status', expected, found: String(status) }];
  }
  const findings =
    documented.headers === undefined
      ? []
      : checkValue('/response/headers', Object.fromEntries(headerValues(headers)), documented.headers);
  if (method === 'HEAD') return findings;
  if (bytes.length > 0) return [...findings, ...checkBody('/response', response, documented.content)];
  const mayBeEmpty = Object.keys(documented.content).length === 0 || '*/*' in documented.content;
  if (mayBeEmpty) return findings;
  return [...findings, { kind: 'violation', place: '/response/body', expected: 'a body', found: 'nothing' }];
}

function ofStatus<T>(responses: Readonly<Record<string, T>>, status: number): T | undefined {
  return responses[status] ?? responses[`${Math.floor(status / 100)}XX`] ?? responses.default;
}

function ofMediaType<T>(content: Readonly<Record<string, T>>, mediaType: string): T | undefined {
  return content[mediaType] ?? content[`${mediaType.split('/', 1)[0]}/*`] ?? content['*/*'];
}

function checkAnswerNames(
  id: string,
  response: Message & { readonly status: number },
  contract: OpenApiContract,
): Finding[] {
  const documented = ofStatus(contract.documented.names[id]?.responses ?? {}, response.status);
  if (documented === undefined) return [];
  const stray = [...response.headers.keys()].filter(
    (name) => !documented.headers.includes(name) && !isHttpAnswerHeader(name),
  );
  const findings = stray.map((name): Finding => undocumentedName(`/response/headers/${nameStep(name)}`));
  return [...findings, ...checkBodyNames('/response', response, documented.content, contract)];
}

/** Names in a JSON body that the document does not give. */
function checkBodyNames(
  side: string,
  { mediaType, bytes }: Message,
  content: ContentShapes,
  { documented }: OpenApiContract,
): Finding[] {
  const shape = ofMediaType(content, mediaType) ?? null;
  const json = shape === null || !isJson(mediaType) ? undefined : parsed(textOf(bytes));
  return json === undefined
    ? []
    : strayNames(json.value, shape, documented.shapes).map((path) => undocumentedName(`${side}/body${path}`));
}

function undocumentedName(place: string): Finding {
  return { kind: 'undocumented', place, expected: 'a documented name', found: 'another' };
}

/** Each header once: `Set-Cookie`, which comes in lines, is joined like the others. */
function headerValues(headers: Headers): Map<string, string> {
  const values = new Map(headers);
  const cookies = headers.getSetCookie();
  if (cookies.length > 0) values.set('set-cookie', cookies.join(', '));
  return values;
}

function checkBody(side: string, { mediaType, bytes }: Message, content: ContentValidators): Finding[] {
  const types = Object.keys(content);
  const place = `${side}/body`;
  if (types.length === 0) return [{ kind: 'undocumented', place, expected: 'no body', found: 'a body' }];
  const validate = ofMediaType(content, mediaType);
  if (validate === undefined) {
    const found = shownMediaType(mediaType);
    return [{ kind: 'violation', place: `${side}/headers/content-type`, expected: types.join(' or '), found }];
  }
  const text = textOf(bytes);
  if (isJson(mediaType)) return checkJson(place, text, validate);
  if (mediaType !== 'application/x-www-form-urlencoded') return checkValue(place, text, validate);
  const isWholeText = validate(text);
  const asJson = content['application/json'];
  if (!isWholeText) return checkValue(place, Object.fromEntries(new URLSearchParams(text)), validate);
  // A form that is one text is no form: what `curl -d` labels so is the JSON that is documented beside it.
  return asJson === undefined ? [] : checkJson(place, text, asJson);
}

function checkJson(place: string, text: string, validate: Validate): Finding[] {
  const json = parsed(text);
  return json === undefined
    ? [{ kind: 'violation', place, expected: 'JSON', found: 'text that is not' }]
    : checkValue(place, json.value, validate);
}

function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
