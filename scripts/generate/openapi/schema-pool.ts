import type { OpenApiDocument } from './document.ts';
import { decodePointer, isObject, type JsonObject, type JsonValue, pointerKeys, pointerTo, valueAt } from './json.ts';
import { uniqueName } from './source-text.ts';

/**
 * How a schema is checked: `exact` for parsed bodies; `wire` for what travels as text, where "5" is an integer and "true" a boolean.
 */
export type CheckMode = 'exact' | 'wire';

/** The schemas to compile, each once, cut down to what decides whether data is valid. */
export interface SchemaPool {
  /** Takes a schema of the document. The same place in the same mode gives the same name. */
  add(mode: CheckMode, schema: unknown, pointer: string, hint: string): string;
  /** Takes an object schema made of the document's schemas, such as the headers of a response; `pointer` says of what. */
  addObject(mode: CheckMode, members: readonly SchemaMember[], pointer: string, hint: string): string;
  /** Names to compile, in the order they were taken. */
  names(mode: CheckMode): readonly string[];
  /** All schemas by name; `$ref`s are `#/$defs/<name>`. */
  definitions(mode: CheckMode): JsonObject;
  /** Where the schema called `name` stands in the document. */
  placeOf(name: string): string;
}

/** A property of an object schema. */
export interface SchemaMember {
  readonly name: string;
  readonly isRequired: boolean;
  /** Absent where any value is accepted. */
  readonly schema?: unknown;
  readonly pointer: string;
}

const plainKeywords = [
  ...['type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  ...['maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains'],
  ...['maxProperties', 'minProperties', 'required', 'dependentRequired'],
];
const schemaKeywords = [
  ...['not', 'if', 'then', 'else', 'items', 'contains', 'additionalProperties', 'propertyNames'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
];
const listKeywords = ['allOf', 'anyOf', 'oneOf', 'prefixItems'];
const mapKeywords = ['properties', 'patternProperties', 'dependentSchemas'];

/** Makes an empty pool for one document. */
export function createSchemaPool(document: OpenApiDocument): SchemaPool {
  const nameByPlace = new Map<string, string>();
  const placeByName = new Map<string, string>();
  const counts = new Map<string, number>();
  const roots = { exact: new Set<string>(), wire: new Set<string>() };
  const definitions: Record<CheckMode, JsonObject> = { exact: {}, wire: {} };
  const waiting: { mode: CheckMode; name: string; value: unknown; pointer: string }[] = [];

  const claim = (mode: CheckMode, pointer: string, hint: string): string => {
    const clean = hint.replaceAll(/\W+/g, '_').replace(/^(?=\d|__proto__$)/, '_');
    const name = uniqueName(clean, (taken) => placeByName.has(taken), counts);
    placeByName.set(name, pointer);
    nameByPlace.set(`${mode} ${pointer}`, name);
    return name;
  };

  /** Gives a schema its name and puts it, and all it refers to, among the definitions. */
  const define = (mode: CheckMode, schema: unknown, pointer: string, hint: string): string => {
    const target = followBareReferences(document, schema, pointer);
    const known = nameByPlace.get(`${mode} ${target.pointer}`);
    if (known !== undefined) return known;
    const component = componentName(target.pointer, 'schemas');
    const ownName = mode === 'wire' && component !== undefined ? `${component}_text` : component;
    const name = claim(mode, target.pointer, ownName ?? hint);
    definitions[mode][name] = true;
    waiting.push({ mode, name, ...target });
    return name;
  };

  /** Takes in what was referred to meanwhile: one after the other, for chains of references can be longer than the stack. */
  const settle = (): void => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { mode, name, value, pointer } = next;
      definitions[mode][name] = lean(mode, value, pointer, name);
    }
  };

  const lean = (mode: CheckMode, schema: unknown, pointer: string, hint: string): JsonValue => {
    if (!isObject(schema)) return schema !== false;
    if (schema.$dynamicRef !== undefined) throw document.fault('$dynamicRef is not supported', pointer);
    const reference = schema.$ref;
    const result: JsonObject = {};
    if (typeof reference === 'string') {
      const target = decodePointer(reference);
      result.$ref = `#/$defs/${define(mode, valueAt(document.root, target), target, hint)}`;
      if (document.isVersion30) return result; // there, nothing beside a $ref counts
    }
    const below = (value: unknown, ...keys: (string | number)[]) =>
      lean(mode, value, pointerTo(pointer, ...keys), `${hint}_${keys.at(-1)}`);
    for (const [keyword, value] of Object.entries(schema)) {
      if (plainKeywords.includes(keyword)) result[keyword] = value;
      // A list of elements' schemas is called so since 2020; OpenAPI 3.0 is seen to have it by the older name.
      else if (keyword === 'items' && Array.isArray(value)) {
        result.prefixItems = value.map((part, index) => below(part, keyword, index));
      } else if (schemaKeywords.includes(keyword)) result[keyword] = below(value, keyword);
      else if (listKeywords.includes(keyword) && Array.isArray(value)) {
        result[keyword] = value.map((part, index) => below(part, keyword, index));
      } else if (mapKeywords.includes(keyword) && isObject(value)) {
        const parts = Object.entries(value).map(([name, part]) => [name, below(part, keyword, name)]);
        result[keyword] = Object.fromEntries(parts);
      }
    }
    return document.isVersion30 ? fromVersion30(result, schema.nullable === true) : result;
  };

  const root = (mode: CheckMode, name: string): string => {
    settle();
    roots[mode].add(name);
    return name;
  };

  return {
    add: (mode, schema, pointer, hint) => root(mode, define(mode, schema, pointer, hint)),
    addObject(mode, members, pointer, hint) {
      const known = nameByPlace.get(`${mode} ${pointer}`);
      if (known !== undefined) return known;
      const name = claim(mode, pointer, hint);
      const properties = members.flatMap(({ name: key, schema, pointer: place }) =>
        schema === undefined ? [] : [[key, lean(mode, schema, place, `${hint}_${key}`)]],
      );
      definitions[mode][name] = {
        type: 'object',
        properties: Object.fromEntries(properties),
        required: members.filter(({ isRequired }) => isRequired).map(({ name: key }) => key),
      };
      return root(mode, name);
    },
    names: (mode) => [...roots[mode]],
    definitions: (mode) => definitions[mode],
    placeOf: (name) => placeByName.get(name) ?? '#',
  };
}

/** The name of the component of a section that a pointer leads to, if it does. */
export function componentName(pointer: string, section: string): string | undefined {
  const [root, found, name, ...deeper] = pointerKeys(pointer);
  return root === 'components' && found === section && deeper.length === 0 ? name : undefined;
}

/** Follows a schema that is nothing but a reference, so that each use of a component shares one compiled check. */
function followBareReferences(document: OpenApiDocument, schema: unknown, pointer: string) {
  let value = schema;
  let place = pointer;
  const seen = new Set<string>();
  while (isObject(value) && typeof value.$ref === 'string' && (document.isVersion30 || isBare(value))) {
    if (seen.has(place)) throw document.fault('$ref leads back to itself', pointer);
    seen.add(place);
    place = decodePointer(value.$ref);
    value = valueAt(document.root, place);
  }
  return { value, pointer: place };
}

/** Whether a schema says nothing of values beside its reference. */
function isBare(schema: JsonObject): boolean {
  const keywords = [...plainKeywords, ...schemaKeywords, ...listKeywords, ...mapKeywords];
  return Object.keys(schema).every((keyword) => !keywords.includes(keyword));
}

/** OpenAPI 3.0 says `nullable` and boolean limits where JSON Schema has type lists and numbers. */
function fromVersion30(schema: JsonObject, isNullable: boolean): JsonObject {
  const result = { ...schema };
  for (const [limit, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (typeof result[exclusive] !== 'boolean') continue;
    const isExclusive = result[exclusive];
    delete result[exclusive];
    if (!isExclusive || result[limit] === undefined) continue;
    result[exclusive] = result[limit];
    delete result[limit];
  }
  if (isNullable && typeof result.type === 'string') result.type = [result.type, 'null'];
  return result;
}
