import type { Located, OpenApiDocument } from './document.ts';
import { isObject, listOf, objectEntries, pointerTo } from './json.ts';
import { isIgnoredParameter } from './parameters.ts';

/** What the client puts somewhere: the session's secret, Zato's app, Pulse's account, or what only a login sends. */
type SessionFill = 'secret' | 'app' | 'account' | 'credentials';

/** One place of a request that the client fills. */
export interface SessionField {
  readonly in: 'header' | 'query' | 'cookie' | 'body';
  readonly name: string;
  readonly fills: SessionFill;
  /** HTTP authentication scheme in lower case, where the value follows its name: `bearer`. */
  readonly scheme?: string;
}

/** A marked property of a request body. */
export interface SessionMark {
  readonly name: string;
  /** The property's own pointer, and that of the schema it refers to. */
  readonly places: readonly string[];
  /** The schema that holds the property, and the composed schemas around it. */
  readonly schemas: readonly string[];
}

/** The extension that marks what the client fills. */
export const sessionKey = 'x-latchkey-session';

const fills: readonly unknown[] = ['secret', 'app', 'account', 'credentials'] satisfies SessionFill[];
const places: readonly unknown[] = ['header', 'query', 'cookie'] satisfies SessionField['in'][];

/**
 * What the client fills in one operation: security schemes first, then parameters, then top-level properties of the body.
 * @throws SpecError on a mark that is not understood or where it could have no effect.
 */
export function readSession(
  document: OpenApiDocument,
  operation: Located,
  parameters: readonly Located[],
  requestBody: Located | undefined,
): { fields: SessionField[]; marks: SessionMark[] } {
  const body = requestBody === undefined ? [] : markedInBody(document, requestBody);
  const fields = new Map<string, SessionField>();
  const found = [...markedSchemes(document, operation), ...markedParameters(document, parameters), ...body];
  for (const { field } of found) {
    const key = `${field.in} ${field.in === 'header' ? field.name.toLowerCase() : field.name}`;
    if (!fields.has(key)) fields.set(key, field);
  }
  return { fields: [...fields.values()], marks: body.map(({ mark }) => mark) };
}

function readFill(document: OpenApiDocument, place: Located): SessionFill | undefined {
  const fill = place.value[sessionKey];
  if (fill === undefined) return undefined;
  if (fills.includes(fill)) return fill as SessionFill; // one of the listed words, as just looked up
  throw document.fault(`${sessionKey} must be one of ${fills.join(', ')}`, pointerTo(place.pointer, sessionKey));
}

function markedSchemes(document: OpenApiDocument, operation: Located): { field: SessionField }[] {
  const ownList = operation.value.security;
  const [list, owner] = ownList === undefined ? [document.root.security, '#'] : [ownList, operation.pointer];
  const components = isObject(document.root.components) ? document.root.components : {};
  const schemes = isObject(components.securitySchemes) ? components.securitySchemes : {};
  const names = listOf(list).flatMap((alternative, index) =>
    isObject(alternative) ? Object.keys(alternative).map((name) => ({ name, index })) : [],
  );
  return names.flatMap(({ name, index }) => {
    const entry = Object.hasOwn(schemes, name) ? schemes[name] : undefined;
    const place = pointerTo(owner, 'security', index, name);
    if (entry === undefined) throw document.fault(`no security scheme is called ${name}`, place);
    const scheme = document.resolve(entry, pointerTo('#/components/securitySchemes', name));
    const fill = readFill(document, scheme);
    return fill === undefined ? [] : [{ field: fieldOfScheme(document, scheme, fill) }];
  });
}

function fieldOfScheme(document: OpenApiDocument, { value, pointer }: Located, fill: SessionFill): SessionField {
  if (value.type === 'apiKey') return { ...parameterPlace(document, { value, pointer }), fills: fill };
  const scheme = value.type === 'http' ? String(value.scheme).toLowerCase() : 'bearer';
  if (value.type === 'mutualTLS') throw document.fault('a client cannot fill a certificate', pointer);
  return { in: 'header', name: 'Authorization', fills: fill, scheme };
}

function markedParameters(document: OpenApiDocument, parameters: readonly Located[]): { field: SessionField }[] {
  return parameters.flatMap((parameter) => {
    const fill = readFill(document, parameter);
    if (fill !== undefined && isIgnoredParameter(parameter.value)) {
      throw document.fault(
        'OpenAPI ignores this header parameter; describe it as a security scheme',
        parameter.pointer,
      );
    }
    return fill === undefined ? [] : [{ field: { ...parameterPlace(document, parameter), fills: fill } }];
  });
}

function parameterPlace(document: OpenApiDocument, { value, pointer }: Located): Pick<SessionField, 'in' | 'name'> {
  if (!places.includes(value.in)) {
    throw document.fault(`the client can fill ${places.join(', ')} and body, not ${String(value.in)}`, pointer);
  }
  return { in: value.in as SessionField['in'], name: String(value.name) }; // one of the listed places
}

interface MarkedProperty {
  readonly field: SessionField;
  readonly mark: SessionMark;
}

function markedInBody(document: OpenApiDocument, requestBody: Located): MarkedProperty[] {
  const found = objectEntries(requestBody.value.content).flatMap(([mediaType, media]) =>
    media.schema === undefined
      ? []
      : markedProperties(document, media.schema, pointerTo(requestBody.pointer, 'content', mediaType, 'schema')),
  );
  const fillOf = new Map<string, SessionFill>();
  for (const { field, mark } of found) {
    const before = fillOf.get(field.name) ?? field.fills;
    if (before !== field.fills) {
      throw document.fault(`${field.name} is marked both ${before} and ${field.fills}`, mark.schemas[0] ?? '#');
    }
    fillOf.set(field.name, before);
  }
  return found;
}

/** A schema of a body, and the composed schemas that it is a part of. */
interface BodySchema extends Located {
  readonly wholes: Set<string>;
}

/** Own properties, marked beside their `$ref` or where it leads, and those of composed schemas. */
function markedProperties(document: OpenApiDocument, schema: unknown, at: string): MarkedProperty[] {
  const found = composedSchemas(document, schema, at);
  return [...found.values()].flatMap((part) =>
    objectEntries(part.value.properties).flatMap(([name, property]): MarkedProperty[] => {
      const beside = { value: property, pointer: pointerTo(part.pointer, 'properties', name) };
      const target = document.resolveSchema(property, beside.pointer);
      const fill = readFill(document, beside) ?? readFill(document, target);
      if (fill === undefined) return [];
      const mark = { name, places: [beside.pointer, target.pointer], schemas: withWholes(found, part.pointer) };
      return [{ field: { in: 'body', name, fills: fill }, mark }];
    }),
  );
}

/** A schema and the parts that it is composed of, by pointer, in order: each once, however many ways lead to it. */
function composedSchemas(document: OpenApiDocument, schema: unknown, at: string): ReadonlyMap<string, BodySchema> {
  const found = new Map<string, BodySchema>();
  const waiting: { schema: unknown; at: string; whole?: string }[] = [{ schema, at }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isObject(next.schema)) continue;
    const { value, pointer } = document.resolveSchema(next.schema, next.at);
    const known = found.get(pointer);
    const part = known ?? { value, pointer, wholes: new Set() };
    if (next.whole !== undefined) part.wholes.add(next.whole);
    if (known !== undefined) continue;
    found.set(pointer, part);
    const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((keyword) =>
      listOf(value[keyword]).map((branch, index) => ({
        schema: branch,
        at: pointerTo(pointer, keyword, index),
        whole: pointer,
      })),
    );
    waiting.push(...parts.reverse());
  }
  return found;
}

/** A schema and all that it is, directly or not, a part of. */
function withWholes(found: ReadonlyMap<string, BodySchema>, pointer: string): string[] {
  const pointers = new Set([pointer]);
  for (const part of pointers) for (const whole of found.get(part)?.wholes ?? []) pointers.add(whole); // adds to the set
  return [...pointers];
}

/** Whether a document says anywhere what the client fills. One that does not was written by somebody who knows nothing of it. */
export function hasMarks(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return (!Array.isArray(value) && Object.hasOwn(value, sessionKey)) || Object.values(value).some(hasMarks);
}

/**
 * Makes sure that no mark is without effect.
 * @throws SpecError on one that stands neither on a parameter, nor on a security scheme, nor on a top-level property of a request body.
 */
export function checkMarks(document: OpenApiDocument, marks: readonly SessionMark[]): void {
  const known = new Set(marks.flatMap(({ places }) => places));
  const visit = (value: unknown, pointer: string): void => {
    if (Array.isArray(value)) for (const [index, element] of value.entries()) visit(element, pointerTo(pointer, index));
    if (!isObject(value)) return;
    const isCarrier = typeof value.in === 'string' || pointer.startsWith('#/components/securitySchemes/');
    if (value[sessionKey] !== undefined && !isCarrier && !known.has(pointer)) {
      const what = 'has no effect here: mark a parameter, a security scheme or a top-level property of a request body';
      throw document.fault(`${sessionKey} ${what}`, pointerTo(pointer, sessionKey));
    }
    for (const [key, child] of Object.entries(value)) visit(child, pointerTo(pointer, key));
  };
  visit(document.root, '#');
}
