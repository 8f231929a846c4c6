import { type At, asObject, child, faultAt, listUnder, type OpenApiDocument } from './document.ts';
import { canonical, isObject, type JsonObject, own } from './json.ts';

type JsonType = 'boolean' | 'object' | 'array' | 'number' | 'integer' | 'string' | 'null';

/** A schema object that says something about the value, with `$ref` and `allOf` followed. */
export interface SchemaPart {
  readonly at: At<JsonObject>;
  /** Whether it describes the value by itself, not as a member of a longer `allOf`. */
  readonly isOwn: boolean;
  /** Whether it stands beside an alternative of null alone. */
  readonly allowsNull: boolean;
}

/** Alternatives, without one that is null alone. */
export interface SchemaChoice {
  readonly at: At;
  readonly keyword: 'oneOf' | 'anyOf';
  readonly variants: readonly At[];
  readonly allowsNull: boolean;
}

/** What a schema says, however it is spread over `$ref`, `allOf`, and the dialects of OpenAPI 3.0 and 3.1. */
export interface SchemaView {
  /** Nothing is right. */
  readonly isNever: boolean;
  readonly parts: readonly SchemaPart[];
  /** Without null; `undefined` for any. */
  readonly types: ReadonlySet<JsonType> | undefined;
  /** `undefined` where any type is right, unless there are alternatives, with or without null. */
  readonly allowsNull: boolean | undefined;
  /** Where the types are written. */
  readonly typeAt: At | undefined;
  /** By canonical text; of several lists, what is in all of them. */
  readonly values: ReadonlyMap<string, At> | undefined;
  readonly valuesAt: At | undefined;
  readonly choices: readonly SchemaChoice[];
}

const JSON_TYPES: readonly string[] = [
  'boolean',
  'object',
  'array',
  'number',
  'integer',
  'string',
  'null',
] satisfies JsonType[];

/** In OpenAPI 3.0 what stands beside `$ref` is ignored; what only documents is read all the same. */
export const BESIDE_REF_30 = /^(?:description|title|summary|x-.*)$/;

/** Reads schemas; several are read as one that each of them must agree to. @throws SpecError for what is no schema */
export function viewOf(document: OpenApiDocument, schemas: readonly At[]): SchemaView {
  const parts: SchemaPart[] = [];
  const choices: SchemaChoice[] = [];
  let isNever = false;
  const seen = { alone: new Set<unknown>(), besideNull: new Set<unknown>() };
  for (const schema of schemas) flatten(schema, { isOwn: schemas.length === 1, allowsNull: false }, []);
  return { isNever, parts, choices, ...typesOf(parts, choices, document.isVersion30), ...valuesOf(parts) };

  function flatten(at: At, how: Omit<SchemaPart, 'at'>, around: readonly unknown[]): void {
    const { value } = at;
    if (value === true) return;
    if (value === false) {
      isNever = true;
      return;
    }
    if (!isObject(value)) throw faultAt(at, 'expected a schema');
    if (around.includes(value)) throw faultAt(at, 'the schema is made of itself');
    // To demand the same twice is to demand it; lists of lists of `allOf` would double with each step.
    const known = how.allowsNull ? seen.besideNull : seen.alone;
    if (known.has(value)) return;
    known.add(value);
    const inside = [...around, value];
    if (typeof value.$ref === 'string') {
      const beside = besideRef(value, document.isVersion30);
      if (beside !== undefined) parts.push({ at: { ...at, value: beside }, ...how });
      flatten(document.resolve(at), how, inside);
      if (document.isVersion30) return;
    } else {
      parts.push({ at: { ...at, value }, ...how });
    }
    const members = listUnder(at, 'allOf');
    for (const member of members) flatten(member, { ...how, isOwn: how.isOwn && members.length === 1 }, inside);
    for (const keyword of ['oneOf', 'anyOf'] as const) choose(at, keyword, how, inside);
  }

  function choose(
    at: At,
    keyword: SchemaChoice['keyword'],
    how: Omit<SchemaPart, 'at'>,
    around: readonly unknown[],
  ): void {
    const written = listUnder(at, keyword);
    const variants = written.filter((variant) => !isNull(document.resolve(variant).value));
    const allowsNull = variants.length < written.length;
    const [only, second] = variants;
    if (only !== undefined && second === undefined) flatten(only, { ...how, allowsNull }, around);
    else if (written.length > 0)
      choices.push({ at: child(at, keyword) ?? at, keyword, variants, allowsNull: allowsNull || how.allowsNull });
  }
}

function besideRef(value: JsonObject, isVersion30: boolean): JsonObject | undefined {
  const kept = Object.entries(value).filter(([key]) => key !== '$ref' && (!isVersion30 || BESIDE_REF_30.test(key)));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function isNull(value: unknown): boolean {
  return (
    isObject(value) &&
    value.type === 'null' &&
    Object.keys(value).every((key) => /^(?:type|description|title)$/.test(key))
  );
}

function typesOf(
  parts: readonly SchemaPart[],
  choices: readonly SchemaChoice[],
  isVersion30: boolean,
): Pick<SchemaView, 'types' | 'allowsNull' | 'typeAt'> {
  let common: ReadonlySet<JsonType> | undefined;
  let typeAt: At | undefined;
  for (const { at, allowsNull } of parts) {
    const types = ownTypes(at, isVersion30);
    if (types === undefined) continue;
    if (allowsNull) types.add('null');
    typeAt ??= child(at, 'type') ?? at;
    common = common === undefined ? types : intersection(common, types);
  }
  // By the letter of 3.0.3 `nullable` says nothing without a type beside it; by what people write it allows null.
  const loose = parts.find(({ at }) => isVersion30 && at.value.nullable === true && at.value.type === undefined);
  typeAt ??= loose && child(loose.at, 'nullable');
  if (common === undefined) {
    const isChosen = loose !== undefined || choices.every(({ allowsNull }) => allowsNull);
    return { types: undefined, allowsNull: choices.length > 0 ? isChosen : undefined, typeAt };
  }
  const types = new Set([...common].filter((type) => type !== 'null'));
  return { types, allowsNull: common.has('null') || loose !== undefined, typeAt };
}

function ownTypes(at: At<JsonObject>, isVersion30: boolean): Set<JsonType> | undefined {
  const { type, nullable } = at.value;
  if (type === undefined) return impliedTypes(at);
  const names: unknown[] = Array.isArray(type) ? type : [type];
  const types = new Set(names.map((name) => typeNamed(at, name)));
  if (isVersion30 && nullable === true) types.add('null');
  return types;
}

/** Values that are listed say by themselves of which type they are. */
function impliedTypes({ value }: At<JsonObject>): Set<JsonType> | undefined {
  const listed: unknown[] = value.const !== undefined ? [value.const] : Array.isArray(value.enum) ? value.enum : [];
  if (listed.length === 0) return undefined;
  return new Set(
    listed.map((item): JsonType => {
      if (item === null) return 'null';
      if (Array.isArray(item)) return 'array';
      if (typeof item === 'number') return Number.isInteger(item) ? 'integer' : 'number';
      return typeof item === 'boolean' ? 'boolean' : typeof item === 'string' ? 'string' : 'object';
    }),
  );
}

function typeNamed(at: At, name: unknown): JsonType {
  if (typeof name === 'string' && JSON_TYPES.includes(name)) return name as JsonType; // one of the listed names
  throw faultAt(child(at, 'type') ?? at, `no such type: ${JSON.stringify(name)}`);
}

function intersection(left: ReadonlySet<JsonType>, right: ReadonlySet<JsonType>): ReadonlySet<JsonType> {
  const isIn = (type: JsonType, set: ReadonlySet<JsonType>) =>
    set.has(type) || (type === 'integer' && set.has('number'));
  return new Set([...[...left].filter((type) => isIn(type, right)), ...[...right].filter((type) => isIn(type, left))]);
}

function valuesOf(parts: readonly SchemaPart[]): Pick<SchemaView, 'values' | 'valuesAt'> {
  let values: Map<string, At> | undefined;
  let valuesAt: At | undefined;
  for (const { at } of parts) {
    const single = own(at.value, 'const') === undefined ? undefined : child(at, 'const');
    const listed = single === undefined && at.value.enum !== undefined ? listUnder(at, 'enum') : undefined;
    const found = single === undefined ? listed : [single];
    if (found === undefined) continue;
    valuesAt ??= single ?? child(at, 'enum');
    const next = new Map(found.map((item) => [canonical(item.value), item]));
    values = values === undefined ? next : new Map([...values].filter(([text]) => next.has(text)));
  }
  return { values, valuesAt };
}

/** A property: the schemas that describe it, and whether it must be there. */
export interface Field {
  readonly name: string;
  /** Where it is described, or at least required. */
  readonly at: At;
  readonly schemas: readonly At[];
  /** Where it is required. */
  readonly requiredAt: At | undefined;
}

/** The properties of an object, in those of its parts that describe some. */
export function fieldsOf(view: SchemaView): ReadonlyMap<string, Field> {
  const fields = new Map<string, Field>();
  for (const { at } of view.parts) {
    const properties = child(at, 'properties');
    if (properties === undefined) continue;
    for (const name of Object.keys(asObject(properties).value)) {
      const property = child(properties, name);
      if (property === undefined) continue;
      const known = fields.get(name);
      fields.set(name, {
        name,
        at: known?.at ?? property,
        schemas: [...(known?.schemas ?? []), property],
        requiredAt: undefined,
      });
    }
  }
  for (const { at } of view.parts) {
    for (const item of typeof at.value.required === 'boolean' ? [] : listUnder(at, 'required')) {
      const name = String(item.value);
      const known = fields.get(name);
      fields.set(name, {
        name,
        at: known?.at ?? item,
        schemas: known?.schemas ?? [],
        requiredAt: known?.requiredAt ?? item,
      });
    }
  }
  return fields;
}
