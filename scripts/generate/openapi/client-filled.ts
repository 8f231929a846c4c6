import type { Located, OpenApiDocument } from './document.ts';
import { decodePointer, isObject, type JsonObject, listOf, objectEntries, setOwn, stringsOf, valueAt } from './json.ts';
import type { Operation } from './operations.ts';
import { apiKeys, isIgnoredParameter, placeAndName } from './parameters.ts';
import { type SessionMark, sessionKey } from './session-fields.ts';

/**
 * A copy of the document as callers see it: what the client fills is optional, and a body of which nothing else is required is too.
 * The document itself, and so what validators demand of the wire, stays as it was.
 */
export function withClientFilledOptional(document: OpenApiDocument, operations: readonly Operation[]): JsonObject {
  const keys = apiKeys(document);
  const copy = copyOf(document.root, (node) => {
    relaxParameters(document, node, keys);
    inlineHeaders(document, node);
  });
  for (const { marks } of operations) for (const mark of marks) relaxProperty(copy, mark);
  for (const { requestBody, marks } of operations) {
    const body = requestBody === undefined || marks.length === 0 ? undefined : valueAt(copy, requestBody.pointer);
    if (isObject(body) && objectEntries(body.content).every(([, media]) => needsNothing(copy, media.schema))) {
      delete body.required;
    }
  }
  return copy;
}

/** Copies an object and what is in it, and lets each copied object be changed. */
function copyOf(value: JsonObject, change: (node: JsonObject) => void): JsonObject {
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) setOwn(copy, key, copyOfAny(child, change));
  change(copy);
  return copy;
}

function copyOfAny(value: unknown, change: (node: JsonObject) => void): unknown {
  if (Array.isArray(value)) return value.map((element) => copyOfAny(element, change));
  return isObject(value) ? copyOf(value, change) : value;
}

function relaxParameters(document: OpenApiDocument, node: JsonObject, keys: ReadonlySet<string>): void {
  if (typeof node.in === 'string' && (node[sessionKey] !== undefined || keys.has(placeAndName(node)))) {
    delete node.required;
  }
  if (!Array.isArray(node.parameters)) return;
  node.parameters = node.parameters.filter(
    (entry) => !isObject(entry) || !isIgnoredParameter(resolved(document, entry).value),
  );
}

/** openapi-typescript takes every referenced response header for a required one. */
function inlineHeaders(document: OpenApiDocument, node: JsonObject): void {
  if (!('description' in node) || !isObject(node.headers)) return;
  for (const [name, header] of objectEntries(node.headers)) {
    if (header.$ref !== undefined) setOwn(node.headers, name, structuredClone(resolved(document, header).value));
  }
}

function resolved(document: OpenApiDocument, value: JsonObject): Located {
  return document.resolve(value, '#');
}

function relaxProperty(copy: JsonObject, { name, schemas }: SessionMark): void {
  for (const pointer of schemas) dropRequired(valueAt(copy, pointer), name);
}

/** Also in the inline parts of an `allOf`: one part may declare a property and another require it. */
function dropRequired(schema: unknown, name: string): void {
  if (!isObject(schema)) return;
  const rest = stringsOf(schema.required).filter((required) => required !== name);
  if (rest.length > 0) schema.required = rest;
  else delete schema.required;
  for (const part of listOf(schema.allOf)) dropRequired(part, name);
}

/** Whether an empty object satisfies a schema's `required` lists. */
function needsNothing(copy: JsonObject, schema: unknown, seen: readonly unknown[] = []): boolean {
  if (!isObject(schema) || seen.includes(schema)) return true;
  const around = [...seen, schema];
  const accepts = (part: unknown) => needsNothing(copy, part, around);
  if (typeof schema.$ref === 'string' && !accepts(valueAt(copy, decodePointer(schema.$ref)))) return false;
  if (stringsOf(schema.required).length > 0 || !listOf(schema.allOf).every(accepts)) return false;
  return [schema.oneOf, schema.anyOf].every((parts) => !Array.isArray(parts) || parts.some(accepts));
}
