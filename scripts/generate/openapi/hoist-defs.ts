import { childOf, decodePointer, isObject, type JsonObject, pointerTo, setOwn, valueAt } from './json.ts';
import { componentKey, uniqueName } from './source-text.ts';

/**
 * Makes components of what schemas keep in `$defs` and something refers to, and drops the rest: openapi-typescript would have every
 * value hold its `$defs`. Changes the document in place.
 */
export function hoistDefs(root: JsonObject): void {
  const owners: JsonObject[] = [];
  const references: JsonObject[] = [];
  visit(root, (node) => {
    if (isObject(node.$defs)) owners.push(node);
    if (typeof node.$ref === 'string' && node.$ref.includes('/$defs/')) references.push(node);
  });
  if (owners.length === 0) return;
  const components = childOf(root, 'components');
  const schemas = childOf(components, 'schemas');
  const nameOf = new Map<unknown, string>();
  const counts = new Map<string, number>();
  for (const reference of references) {
    const pointer = decodePointer(String(reference.$ref));
    const [, before = '', name = '', deeper = ''] = /^(.*)\/\$defs\/([^/]*)(\/.*)?$/.exec(pointer) ?? [];
    const schema = valueAt(root, `${before}/$defs/${name}`);
    if (schema === undefined) continue;
    const known =
      nameOf.get(schema) ?? uniqueName(componentKey(name), (taken) => Object.hasOwn(schemas, taken), counts);
    nameOf.set(schema, known);
    setOwn(schemas, known, schema);
    reference.$ref = `${pointerTo('#/components/schemas', known)}${deeper}`.replaceAll('%', '%25');
  }
  for (const owner of owners) delete owner.$defs;
}

function visit(value: unknown, look: (node: JsonObject) => void): void {
  if (typeof value !== 'object' || value === null) return;
  if (isObject(value)) look(value);
  for (const child of Object.values(value)) visit(child, look);
}
