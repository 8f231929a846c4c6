import type { Located, OpenApiDocument } from './document.ts';
import { isExtension, nodesFrom } from './grammar.ts';
import { encodePointer, isObject, listOf, objectEntries, pointerTo, stringsOf } from './json.ts';
import type { Operation } from './operations.ts';
import { placeAndName } from './parameters.ts';
import { typesOf } from './wire-format.ts';

/** What callers can send through the typed client; other methods have no place in the types. */
const callable: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'];

/** Remarks on what is odd in a document's operations, and on what the generated types cannot say. */
export function noteOddities(document: OpenApiDocument, operations: readonly Operation[]): void {
  notePaths(document);
  noteReadOnly(document);
  noteParametersTwice(document, operations);
  for (const operation of operations) {
    notePathParameters(document, operation);
    noteUnsayable(document, operation);
    noteLeftOut(document, operation);
    noteStyles(document, operation);
  }
}

function notePaths(document: OpenApiDocument): void {
  const first = new Map<string, string>();
  for (const [path, item] of objectEntries(document.root.paths)) {
    if (isExtension(path)) continue;
    if (!path.startsWith('/')) document.remark('a path begins with a slash', pointerTo('#/paths', path));
    noteServers(document, { value: item, pointer: pointerTo('#/paths', path) });
    const shape = path.replaceAll(/\{[^{}]*\}/g, '{}');
    const other = first.get(shape);
    if (other === undefined) first.set(shape, path);
    else document.remark(`differs from ${other} in names of parameters only`, pointerTo('#/paths', path));
  }
}

function noteParametersTwice(document: OpenApiDocument, operations: readonly Operation[]): void {
  const owners = operations.map(({ pointer }) => pointer);
  for (const pointer of new Set([...owners, ...owners.map((owner) => owner.replace(/\/[^/]*$/, ''))])) {
    const owner = nodeAt(document, pointer).value;
    const seen = new Set<string>();
    for (const [index, entry] of listOf(owner.parameters).entries()) {
      const place = pointerTo(pointer, 'parameters', index);
      const key = placeAndName(document.resolve(entry, place).value);
      if (seen.has(key)) document.remark(`the ${key} is described twice; the later description counts`, place);
      seen.add(key);
    }
  }
}

function nodeAt(document: OpenApiDocument, pointer: string): Located {
  return document.resolve({ $ref: encodePointer(pointer) }, pointer);
}

/** Requests and answers share their types. One remark for all of them: documents that have any have many. */
function noteReadOnly(document: OpenApiDocument): void {
  const names: string[] = [];
  for (const [schema, kind] of nodesFrom(document.root, document.kind)) {
    if (kind.name !== 'Schema') continue;
    names.push(...stringsOf(schema.required).filter((name) => isReadOnly(schema.properties, name)));
  }
  if (names.length === 0) return;
  const what = `${names.length} required fields are readOnly, such as ${names[0]}; where requests hold them, too, they are asked of callers`;
  document.remark(what, '#');
}

function isReadOnly(properties: unknown, name: string): boolean {
  const property = isObject(properties) && Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isObject(property) && property.readOnly === true;
}

/** What is about a call and does not become a part of the client. */
function noteLeftOut(document: OpenApiDocument, { pointer }: Operation): void {
  const operation = nodeAt(document, pointer);
  noteServers(document, operation);
  if (objectEntries(operation.value.callbacks).length === 0) return;
  const what = 'callbacks are left out: they are calls of the service, not of its client';
  document.remark(what, pointerTo(pointer, 'callbacks'));
}

function noteServers(document: OpenApiDocument, { value, pointer }: Located): void {
  if (listOf(value.servers).length === 0) return;
  const what = 'servers of its own are left out: a client calls the one base URL that it is made with';
  document.remark(what, pointerTo(pointer, 'servers'));
}

/** Lists and objects that openapi-fetch writes into a query in another way, unless it is told how. */
function noteStyles(document: OpenApiDocument, { parameters }: Operation): void {
  for (const { value, pointer } of parameters) {
    if (value.in !== 'query' || value.schema === undefined) continue;
    const types = typesOf(document, value.schema, pointerTo(pointer, 'schema'));
    const { style = 'form', explode = style === 'form' } = value;
    const isWritten = types.includes('object') ? style === 'deepObject' : style === 'form' && explode === true;
    if (isWritten || !(types.includes('object') || types.includes('array'))) continue;
    const how = `style ${String(style)}, explode ${String(explode)}`;
    document.remark(`${String(value.name)} has ${how}: calls need a querySerializer that writes it so`, pointer);
  }
}

function notePathParameters(document: OpenApiDocument, { path, parameters, pointer }: Operation): void {
  const inPath = new Set([...path.matchAll(/\{([^{}]*)\}/g)].map(([, name]) => name));
  const described = new Set(
    parameters.filter(({ value }) => value.in === 'path').map(({ value }) => String(value.name)),
  );
  for (const name of inPath) {
    if (name !== undefined && !described.has(name)) document.remark(`{${name}} of the path is not described`, pointer);
  }
  for (const name of described) {
    if (!inPath.has(name)) document.remark(`the path has no {${name}}`, pointer);
  }
}

/** What OpenAPI 3.2 can say and the types cannot. */
function noteUnsayable(document: OpenApiDocument, { method, pointer, parameters, requestBody, responses }: Operation) {
  if (!callable.includes(method)) {
    document.remark(`OpenAPI 3.2: a typed client has no ${method}; the operation is left out of the types`, pointer);
  }
  for (const { value, pointer: place } of parameters) {
    if (value.in !== 'querystring') continue;
    document.remark('OpenAPI 3.2: a whole query string cannot be typed; the parameter is left out', place);
  }
  const contents = [...(requestBody === undefined ? [] : [requestBody]), ...responses.map(([, response]) => response)];
  for (const owner of contents) noteStreams(document, owner);
}

function noteStreams(document: OpenApiDocument, owner: Located): void {
  for (const [type, media] of objectEntries(owner.value.content)) {
    if (media.itemSchema === undefined || media.schema !== undefined) continue;
    const what = 'OpenAPI 3.2: the items of a stream cannot be typed; the content is unknown';
    document.remark(what, pointerTo(owner.pointer, 'content', type));
  }
}
