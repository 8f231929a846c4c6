import type { OpenApiDocument } from './document.ts';
import { nodesFrom } from './grammar.ts';
import {
  decodePointer,
  isObject,
  type JsonObject,
  type JsonValue,
  listOf,
  objectEntries,
  setOwn,
  stringsOf,
  valueAt,
} from './json.ts';
import type { Operation } from './operations.ts';
import { apiKeys, isIgnoredParameter, placeAndName } from './parameters.ts';
import { type SessionMark, sessionKey } from './session-fields.ts';

/**
 * A copy of the document as callers see it: what the client fills is optional, and a body of which nothing else is required is too.
 * The document itself, and so what validators demand of the wire, stays as it was.
 */
export function withClientFilledOptional(document: OpenApiDocument, operations: readonly Operation[]): JsonObject {
  const keys = apiKeys(document);
  const copy = copyOf(document.root);
  for (const [node, kind] of nodesFrom(copy, document.kind)) {
    if (kind.name === 'Parameter') relaxParameter(node, keys);
    if (Array.isArray(node.parameters) && parameterOwners.includes(kind.name)) {
      node.parameters = keptParameters(document, node.parameters);
    }
  }
  for (const { marks } of operations) for (const mark of marks) relaxProperty(copy, mark);
  for (const { requestBody, marks } of operations) {
    const body = requestBody === undefined || marks.length === 0 ? undefined : valueAt(copy, requestBody.pointer);
    if (isObject(body) && objectEntries(body.content).every(([, media]) => needsNothing(copy, media.schema))) {
      delete body.required;
    }
  }
  return copy;
}

const parameterOwners: readonly string[] = ['PathItem', 'Operation'];

function copyOf(value: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const [key, child] of Object.entries(value)) setOwn(copy, key, copyOfAny(child));
  return copy;
}

function copyOfAny(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOfAny);
  return isObject(value) ? copyOf(value) : value;
}

function relaxParameter(parameter: JsonObject, keys: ReadonlySet<string>): void {
  if (parameter[sessionKey] !== undefined || keys.has(placeAndName(parameter))) delete parameter.required;
}

/** Without those that OpenAPI says to ignore; of two with the same place and name the later. */
function keptParameters(document: OpenApiDocument, parameters: readonly JsonValue[]): JsonValue[] {
  const kept = new Map<unknown, JsonValue>();
  for (const entry of parameters) {
    if (!isObject(entry)) continue;
    const { value } = document.resolve(entry, '#');
    if (!isIgnoredParameter(value)) kept.set(placeAndName(value), entry);
  }
  return [...kept.values()];
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

/** Whether an empty object satisfies a schema's `required` lists; `known` is what was found of others, each looked at once. */
function needsNothing(copy: JsonObject, schema: unknown, known = new Map<unknown, boolean>()): boolean {
  if (!isObject(schema)) return true;
  const before = known.get(schema);
  if (before !== undefined) return before;
  known.set(schema, true);
  const accepts = (part: unknown) => needsNothing(copy, part, known);
  const found =
    (typeof schema.$ref !== 'string' || accepts(valueAt(copy, decodePointer(schema.$ref)))) &&
    stringsOf(schema.required).length === 0 &&
    listOf(schema.allOf).every(accepts) &&
    [schema.oneOf, schema.anyOf].every((parts) => !Array.isArray(parts) || parts.some(accepts));
  known.set(schema, found);
  return found;
}
