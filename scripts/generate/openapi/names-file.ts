import type { Located, OpenApiDocument } from './document.ts';
import { isObject, listOf, objectEntries, pointerTo } from './json.ts';
import type { Operation } from './operations.ts';
import { componentName } from './schema-pool.ts';
import { literal, propertyKey, uniqueName } from './source-text.ts';

/** What a value's schemas say about the names in it, all their parts taken together. */
interface Gathered {
  readonly fields: Map<string, Located[]>;
  readonly items: Located[];
  /** Schemas of what other names hold. */
  readonly others: Located[];
  /** Whether there may be other names. */
  isOpen: boolean;
}

const PARTS = ['allOf', 'anyOf', 'oneOf'] as const;
/** Lists of schemas, one for each element from the first on; OpenAPI 3.0 is seen to have `items` so. */
const TUPLES = ['prefixItems', 'items'] as const;
const BRANCHES = ['if', 'then', 'else'] as const;

/** Lists of lists can combine schemas in as many ways as there are sets of them. */
const MOST_COMBINED = 10_000;
const LONGEST_NAME = 200;

/** Text of `names.ts`: every name that the document gives to fields and headers, by operation. */
export function namesFile(document: OpenApiDocument, operations: readonly Operation[]): string {
  const shapes = createShapes(document);
  const entries = operations.map((operation) => {
    const { id, requestBody, responses } = operation;
    const request = requestBody === undefined ? '' : `    body: ${contentOf(shapes, requestBody, `${id}_body`)},\n`;
    const answers = responses.map(([status, response]) => {
      const headers = objectEntries(response.value.headers).map(([name]) => literal(name.toLowerCase()));
      const content = contentOf(shapes, response, `${id}_${status}`);
      return `      ${propertyKey(status)}: { headers: [${headers.join(', ')}], content: ${content} },\n`;
    });
    return `  ${propertyKey(id)}: {\n${request}    responses: {\n${answers.join('')}    },\n  },\n`;
  });
  return `import type { DocumentedNames, Shape } from './validation.ts';

/** The names in each kind of value. */
export const shapes: Readonly<Record<string, Shape>> = {
${shapes.texts().join('')}};

/** What the document names, by operation id: a shape for each media type, \`null\` where it names nothing. */
export const names: Readonly<Record<string, DocumentedNames>> = {
${entries.join('')}};
`;
}

function contentOf(shapes: Shapes, owner: Located, hint: string): string {
  const types = objectEntries(owner.value.content).map(([range, media]) => {
    const type = range.split(';', 1)[0]?.trim().toLowerCase() ?? range;
    const pointer = pointerTo(owner.pointer, 'content', range, 'schema');
    const shape = media.schema === undefined ? 'null' : shapes.nameOf([{ schema: media.schema, pointer }], hint);
    return `${literal(type)}: ${shape}`;
  });
  return types.length === 0 ? '{}' : `{ ${types.join(', ')} }`;
}

interface Place {
  readonly schema: unknown;
  readonly pointer: string;
}

const placeOf = ({ value, pointer }: Located): Place => ({ schema: value, pointer });

interface Shapes {
  /** The literal of the shape's name, or `null`. */
  nameOf(places: readonly Place[], hint: string): string;
  texts(): readonly string[];
}

function createShapes(document: OpenApiDocument): Shapes {
  /** The literal of a name, or `null`. */
  const nameByPlaces = new Map<string, string>();
  const textByName = new Map<string, string>();
  const counts = new Map<string, number>();
  let combined = 0;
  const waiting: { readonly name: string; readonly found: Gathered }[] = [];

  const gather = ({ schema, pointer: at }: Place, found: Gathered, seen: Set<string>): void => {
    if (!isObject(schema)) return;
    const { value, pointer } = document.resolveSchema(schema, at);
    if (seen.has(pointer)) return;
    seen.add(pointer);
    const { properties } = value;
    for (const [name, part] of isObject(properties) ? Object.entries(properties) : []) {
      const places = isObject(part) ? [{ value: part, pointer: pointerTo(pointer, 'properties', name) }] : [];
      found.fields.set(name, [...(found.fields.get(name) ?? []), ...places]);
    }
    const { additionalProperties: rest, items } = value;
    if (rest === true || value.unevaluatedProperties === true || isObject(value.patternProperties)) found.isOpen = true;
    if (isObject(rest)) {
      found.isOpen = true;
      found.others.push({ value: rest, pointer: pointerTo(pointer, 'additionalProperties') });
    }
    if (isObject(items)) found.items.push({ value: items, pointer: pointerTo(pointer, 'items') });
    for (const keyword of TUPLES) {
      for (const [index, item] of listOf(value[keyword]).entries()) {
        if (isObject(item)) found.items.push({ value: item, pointer: pointerTo(pointer, keyword, index) });
      }
    }
    // What stands beside a reference counts as well.
    if (schema.$ref !== undefined && !document.isVersion30) {
      const { $ref: _followed, ...beside } = schema;
      gather({ schema: beside, pointer: at }, found, seen);
    }
    for (const keyword of PARTS) {
      for (const [index, part] of listOf(value[keyword]).entries())
        gather({ schema: part, pointer: pointerTo(pointer, keyword, index) }, found, seen);
    }
    for (const [name, part] of objectEntries(value.dependentSchemas))
      gather({ schema: part, pointer: pointerTo(pointer, 'dependentSchemas', name) }, found, seen);
    for (const keyword of BRANCHES)
      gather({ schema: value[keyword], pointer: pointerTo(pointer, keyword) }, found, seen);
  };

  const refTo = (located: readonly Located[], hint: string): string => nameOf(located.map(placeOf), hint);

  const claim = (key: string, hint: string): string => {
    const [only = '', ...more] = key.split(' ');
    const clean = ((more.length === 0 && componentName(only, 'schemas')) || hint)
      .replaceAll(/\W+/g, '_')
      .slice(0, LONGEST_NAME);
    const name = uniqueName(clean, (taken) => textByName.has(taken), counts);
    if (more.length > 0) combined += 1;
    if (combined > MOST_COMBINED) {
      throw document.fault(`parts of schemas combine in more than ${MOST_COMBINED} ways`, only);
    }
    // Kept in this order, and written when what is below it has its name.
    textByName.set(name, '');
    return name;
  };

  const gatherAll = (places: readonly Place[]): Gathered => {
    const found: Gathered = { fields: new Map(), items: [], others: [], isOpen: false };
    const seen = new Set<string>();
    for (const place of places) gather(place, found, seen);
    return found;
  };

  /** Whether there are no names to know: a plain value, a list of them, or an object whose fields nobody lists. */
  const isNameless = (whole: Gathered): boolean => {
    const seen = new Set<string>();
    const waiting = [whole];
    for (const { fields, items, others } of waiting) {
      if (fields.size > 0 || others.length > 0) return false;
      for (const place of items.map(placeOf)) {
        // A list may hold lists of its own kind.
        if (seen.has(keyOf([place]))) continue;
        seen.add(keyOf([place]));
        waiting.push(gatherAll([place]));
      }
    }
    return true;
  };

  const keyOf = (places: readonly Place[]): string =>
    places
      .map(({ schema, pointer }) => (isObject(schema) ? document.resolveSchema(schema, pointer).pointer : pointer))
      .join(' ');

  const nameOf = (places: readonly Place[], hint: string): string => {
    const key = keyOf(places);
    const known = nameByPlaces.get(key);
    if (known !== undefined) return known;
    const found = gatherAll(places);
    const name = isNameless(found) ? undefined : claim(key, hint);
    nameByPlaces.set(key, name === undefined ? 'null' : literal(name));
    if (name !== undefined) waiting.push({ name, found });
    return nameByPlaces.get(key) ?? 'null';
  };

  const textOf = (name: string, found: Gathered): string => {
    const lines: string[] = [];
    if (found.fields.size > 0) {
      const fields = [...found.fields].map(
        ([field, located]) => `${propertyKey(field)}: ${refTo(located, `${name}_${field}`)}`,
      );
      lines.push(`fields: { ${fields.join(', ')} }`);
    }
    if (found.items.length > 0) lines.push(`items: ${refTo(found.items, `${name}_item`)}`);
    if (found.isOpen)
      lines.push(`others: ${found.others.length === 0 ? 'null' : refTo(found.others, `${name}_other`)}`);
    return `  ${propertyKey(name)}: { ${lines.join(', ')} },\n`;
  };

  /** One after the other, for chains of references can be longer than the stack. */
  const settle = (): void => {
    for (const { name, found } of waiting) textByName.set(name, textOf(name, found)); // adds to the list
    waiting.length = 0;
  };

  return {
    nameOf,
    texts() {
      settle();
      return [...textByName.values()];
    },
  };
}
