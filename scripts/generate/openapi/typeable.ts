import type { OpenApiDocument } from './document.ts';
import { isExtension, type NodeKind, nodesFrom } from './grammar.ts';
import {
  childOf,
  decodePointer,
  encodePointer,
  isObject,
  type JsonObject,
  objectEntries,
  pointerKeys,
  pointerTo,
  setOwn,
  valueAt,
} from './json.ts';
import { isStatus, type Operation } from './operations.ts';
import { componentKey, uniqueName } from './source-text.ts';
import { sizeUp } from './tree-size.ts';

/** Where types know what is referred to. A reference to another place would name a type that is not there, or not quite that. */
const sections: Readonly<Record<string, string>> = {
  Schema: 'schemas',
  Parameter: 'parameters',
  Response: 'responses',
  RequestBody: 'requestBodies',
  PathItem: 'pathItems',
};

type Nodes = (readonly [JsonObject, NodeKind])[];

/** Puts what openapi-typescript would drop, or make wrong types of, into words that it knows. Changes the copy in place. */
export function makeTypeable(document: OpenApiDocument, copy: JsonObject, operations: readonly Operation[]): void {
  const owners = new Map(operations.map(({ id, pointer }) => [id, valueAt(copy, pointer)]));
  const nodes = [...nodesFrom(copy, document.kind)];
  let isShared = false;
  for (const [node, kind] of nodes) {
    if (kind.name === 'Paths') dropKeys(node, isExtension);
    if (kind.name === 'Responses') dropKeys(node, (key) => !isStatus(key));
    if (kind.name === 'Response') isShared = shareHeaders(document, copy, node) || isShared;
    if (kind.name === 'DiscriminatorMapping') nameFully(node, copy);
    if (kind.name === 'Operation') keepIdUnique(node, owners);
  }
  const isMoved = moveTargets(copy, nodes);
  isShared = writeOutAliases(copy) || isShared;
  for (const [node, kind] of isMoved ? nodesFrom(copy, document.kind) : nodes) {
    if (kind.name !== 'Schema') continue;
    if ('$defs' in node) delete node.$defs; // every value would hold them
    if (!document.isVersion30) partReference(node);
    spellOutFlags(node);
  }
  const size = isShared ? sizeUp(copy) : undefined;
  if (size !== undefined && 'problem' in size) throw document.fault(size.problem, '#');
}

function dropKeys(node: JsonObject, isDropped: (key: string) => boolean): void {
  for (const key of Object.keys(node)) if (isDropped(key)) delete node[key];
}

/** openapi-typescript takes every referenced response header for a required one. */
function shareHeaders(document: OpenApiDocument, copy: JsonObject, response: JsonObject): boolean {
  const { headers } = response;
  const references = objectEntries(headers).filter(([, header]) => header.$ref !== undefined);
  for (const [name, header] of references) {
    setOwn(Object(headers), name, valueAt(copy, document.resolve(header, '#').pointer));
  }
  return references.length > 0;
}

/** A schema may be meant by its name alone. */
function nameFully(mapping: JsonObject, root: JsonObject): void {
  for (const [value, reference] of Object.entries(mapping)) {
    const pointer = pointerTo('#/components/schemas', String(reference));
    if (valueAt(root, pointer) !== undefined) setOwn(mapping, value, encodePointer(pointer));
  }
}

/** What is no call of the client may go by the same id as one that is; it is typed where it stands then. */
function keepIdUnique(operation: JsonObject, owners: Map<string, unknown>): void {
  const { operationId } = operation;
  if (typeof operationId !== 'string') return;
  if (!owners.has(operationId)) owners.set(operationId, operation);
  else if (owners.get(operationId) !== operation) delete operation.operationId;
}

/** Makes components of what is referred to elsewhere, and leaves references in its place. */
function moveTargets(root: JsonObject, nodes: Nodes): boolean {
  const pointerOf = new Map<JsonObject, string>();
  const redirected = new Map<JsonObject, string>();
  const counts = new Map<string, number>();
  for (const [reference, section, keys, target] of strayReferences(root, nodes)) {
    const known = pointerOf.get(target);
    const components = childOf(childOf(root, 'components'), section);
    const name = known ?? uniqueName(nameFor(keys), (taken) => Object.hasOwn(components, taken), counts);
    const pointer = known ?? encodePointer(pointerTo('#/components', section, name));
    if (known === undefined) setOwn(components, name, {}); // the name is taken
    pointerOf.set(target, pointer);
    redirected.set(reference, pointer);
  }
  // Where references lead to has been found by now, also through what is moved.
  for (const [reference, pointer] of redirected) reference.$ref = pointer;
  for (const [target, pointer] of pointerOf) {
    const component = valueAt(root, decodePointer(pointer));
    if (!isObject(component)) continue;
    for (const [key, value] of Object.entries(target)) {
      setOwn(component, key, value);
      if (key !== 'description') delete target[key];
    }
    target.$ref = pointer;
  }
  return pointerOf.size > 0;
}

type Stray = readonly [reference: JsonObject, section: string, keys: readonly string[], target: JsonObject];

/** References to what is no component, and lies in an object. */
function strayReferences(root: JsonObject, nodes: Nodes): Stray[] {
  const strays: Stray[] = [];
  const seen = new Set<unknown>(nodes.map(([node]) => node));
  for (const [reference, kind] of nodes) {
    const section = sections[kind.name];
    if (section === undefined || typeof reference.$ref !== 'string') continue;
    const keys = pointerKeys(decodePointer(reference.$ref));
    if (keys.length === 3 && keys[0] === 'components' && keys[1] === section) continue;
    const target = valueAt(root, pointerTo('#', ...keys));
    if (typeof target === 'boolean') standForFlag(reference, target);
    if (!isObject(target)) continue;
    strays.push([reference, section, keys, target]);
    if (seen.has(target)) continue;
    // No grammar led there.
    for (const found of nodesFrom(target, kind)) {
      if (!seen.has(found[0])) nodes.push(found); // the loop goes on with it
      seen.add(found[0]);
    }
  }
  return strays;
}

/** There is nothing to move where a schema is `true` or `false`. */
function standForFlag(reference: JsonObject, isAnything: boolean): void {
  delete reference.$ref;
  if (!isAnything) reference.enum = [];
}

const structural: readonly string[] = ['components', 'schemas', 'properties', 'schema', 'paths'];
const shelves: readonly string[] = ['$defs', 'definitions'];

/** Its own name where it has one, else where it stands. */
function nameFor(keys: readonly string[]): string {
  const last = keys.at(-1) ?? '';
  if (shelves.includes(keys.at(-2) ?? '')) return componentKey(last);
  const telling = keys.filter((key) => !structural.includes(key));
  return componentKey((telling.length === 0 ? keys : telling).join('_').replace(/^\W+/, ''));
}

/** Gives what is but another name of a component its content: references are typed as such elsewhere only. */
function writeOutAliases(root: JsonObject): boolean {
  const { components, webhooks } = root;
  const listed = [...Object.values(sections), 'headers'].map((section) =>
    section === sections.Schema ? [] : Object(components)[section],
  );
  let isShared = false;
  for (const [, alias] of [...listed, webhooks].flatMap(objectEntries)) {
    let target: unknown = alias;
    while (isObject(target) && typeof target.$ref === 'string') target = valueAt(root, decodePointer(target.$ref));
    if (!isObject(target) || target === alias) continue;
    isShared = true;
    const { $ref: _followed, ...beside } = alias;
    delete alias.$ref;
    for (const [key, value] of Object.entries({ ...target, ...beside })) {
      // An operation of a path has its id there, where it is found by it.
      const { operationId: _elsewhere, ...operation } = Object(value);
      setOwn(alias, key, isObject(value) && 'operationId' in value ? operation : value);
    }
  }
  return isShared;
}

/** Parts that are `true` or `false` are looked into as if they were objects. */
function spellOutFlags(schema: JsonObject): void {
  for (const keyword of ['allOf', 'anyOf', 'oneOf']) {
    const parts = schema[keyword];
    if (!Array.isArray(parts) || parts.every(isObject)) continue;
    schema[keyword] = parts.map((part) => (typeof part === 'boolean' ? (part ? {} : { enum: [] }) : part));
  }
}

const narrowing: readonly string[] = ['properties', 'required', 'allOf', 'anyOf', 'oneOf', 'enum', 'const'];

/** Makes a reference with something beside it one of the parts: openapi-typescript sees nothing but the reference. */
function partReference(schema: JsonObject): void {
  if (typeof schema.$ref !== 'string' || !narrowing.some((keyword) => keyword in schema)) return;
  const parts = Array.isArray(schema.allOf) ? schema.allOf : [];
  schema.allOf = [{ $ref: schema.$ref }, ...parts];
  delete schema.$ref;
}
