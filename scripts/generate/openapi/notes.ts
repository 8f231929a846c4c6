import type { Located, OpenApiDocument } from './document.ts';
import { listOf, objectEntries, pointerTo } from './json.ts';
import type { Operation } from './operations.ts';
import { placeAndName } from './parameters.ts';

/** What callers can send through the typed client; other methods have no place in the types. */
const callable: readonly string[] = ['GET', 'PUT', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE'];

/** Remarks on what is odd in a document's operations, and on what the generated types cannot say. */
export function noteOddities(document: OpenApiDocument, operations: readonly Operation[]): void {
  noteAlikePaths(document);
  noteParametersTwice(document, operations);
  for (const operation of operations) {
    notePathParameters(document, operation);
    noteUnsayable(document, operation);
  }
}

function noteAlikePaths(document: OpenApiDocument): void {
  const first = new Map<string, string>();
  for (const [path] of objectEntries(document.root.paths)) {
    const shape = path.replaceAll(/\{[^{}]*\}/g, '{}');
    const other = first.get(shape);
    if (other === undefined) first.set(shape, path);
    else document.remark(`differs from ${other} in names of parameters only`, pointerTo('#/paths', path));
  }
}

function noteParametersTwice(document: OpenApiDocument, operations: readonly Operation[]): void {
  const owners = operations.map(({ pointer }) => pointer);
  for (const pointer of new Set([...owners, ...owners.map((owner) => owner.replace(/\/[^/]*$/, ''))])) {
    const owner = document.resolve({ $ref: pointer.replaceAll('%', '%25') }, pointer).value;
    const seen = new Set<string>();
    for (const [index, entry] of listOf(owner.parameters).entries()) {
      const place = pointerTo(pointer, 'parameters', index);
      const key = placeAndName(document.resolve(entry, place).value);
      if (seen.has(key)) document.remark(`the ${key} is described twice; the later description counts`, place);
      seen.add(key);
    }
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
