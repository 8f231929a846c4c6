import {
  checkModes,
  checkName,
  checkOptions,
  hasOnlyUnicodePatterns,
  patternFault,
  patternsIn,
  tracksEvaluated,
} from './check-options.ts';
import type { OpenApiDocument } from './document.ts';
import { isObject, type JsonObject, type JsonValue } from './json.ts';
import type { CheckMode, SchemaPool } from './schema-pool.ts';

/** Characters of schemas from which on they are compiled where they are used: compiled beforehand they come to fifty times as much. */
const MOST_COMPILED = 64 * 1024;

/** Whether the pool's schemas are too many to compile all of them beforehand. */
export function isLarge(pool: SchemaPool): boolean {
  let characters = 0;
  for (const mode of checkModes) {
    for (const schema of Object.values(pool.definitions(mode))) {
      characters += JSON.stringify(schema).length;
      if (characters > MOST_COMPILED) return true;
    }
  }
  return false;
}

/**
 * Code that declares a variable for each name, called by `checkName`, and has Ajv compile a schema when it is first asked about.
 * @throws SpecError on a regular expression that is none, with its place.
 */
export function lazySchemas(document: OpenApiDocument, pool: SchemaPool): string {
  for (const mode of checkModes) refuseBadPatterns(document, pool, mode);
  const unicodeRegExp = checkModes.every((mode) => hasOnlyUnicodePatterns(pool.definitions(mode)));
  const modes = checkModes.map((mode) => {
    const definitions = pool.definitions(mode);
    const tracks = tracksEvaluated(definitions);
    const lines = Object.entries(definitions).map(
      ([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(tracks ? schema : unlinked(schema ?? true))}`,
    );
    const text = `{${lines.join(',\n')}}`.replaceAll(/[\\`$]/g, String.raw`\$&`);
    const options = JSON.stringify(checkOptions(mode, unicodeRegExp));
    return `const ${mode} = ${tracks ? 'linked' : 'unlinked'}(${options}, () => \`${text}\`);\n`;
  });
  const checks = checkModes.flatMap((mode) =>
    pool.names(mode).map((name) => `const ${checkName(name)} = ${mode}(${JSON.stringify(name)});\n`),
  );
  return `${helpers}
${modes.join('')}
${checks.join('')}`;
}

/** Says \`isValid: Name\` in place of each reference, so that compiling a schema compiles no other: that would go as deep as they refer. */
function unlinked(schema: JsonValue): JsonValue {
  if (Array.isArray(schema)) return schema.map(unlinked);
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref' && typeof value === 'string') result.isValid = value.slice('#/$defs/'.length);
    else if (schemaMaps.includes(keyword) && isObject(value)) {
      const parts = Object.entries(value).map(([name, part]) => [name, unlinked(part ?? true)]);
      result[keyword] = Object.fromEntries(parts);
    } else result[keyword] = dataKeywords.includes(keyword) ? value : unlinked(value ?? true);
  }
  return result;
}

/** Keywords that hold schemas by name, and those that hold data. */
const schemaMaps: readonly string[] = ['properties', 'patternProperties', 'dependentSchemas'];
const dataKeywords: readonly string[] = ['enum', 'const', 'required', 'dependentRequired'];

const helpers = `function lazily(open) {
  return (name) => {
    let check;
    const validate = (data) => {
      check ??= open(name);
      const isValid = check(data);
      validate.errors = check.errors;
      return isValid;
    };
    return validate;
  };
}

function unlinked(options, text) {
  const checks = new Map();
  let schemas;
  let ajv;
  const open = (name) => {
    if (ajv === undefined) {
      schemas = JSON.parse(text());
      ajv = new Ajv2020(options);
      ajv.opts.unevaluated = false;
      ajv.addKeyword({ keyword: 'isValid', schemaType: 'string', modifying: true, errors: true, compile: refer });
    }
    if (!checks.has(name)) checks.set(name, ajv.compile(schemas[name]));
    return checks.get(name);
  };
  const refer = (name) => {
    const validate = (data, context) => {
      const check = open(name);
      const isValid = check(data, context);
      validate.errors = check.errors;
      return isValid;
    };
    return validate;
  };
  return lazily(open);
}

function linked(options, text) {
  let ajv;
  return lazily((name) => {
    if (ajv === undefined) {
      ajv = new Ajv2020(options);
      ajv.addSchema({ $id: 'all', $defs: JSON.parse(text()) }, undefined, undefined, false);
    }
    return ajv.getSchema('all#/$defs/' + name);
  });
}
`;

function refuseBadPatterns(document: OpenApiDocument, pool: SchemaPool, mode: CheckMode): void {
  for (const [name, schema] of Object.entries(pool.definitions(mode))) {
    for (const pattern of patternsIn(schema)) {
      const why = patternFault(pattern, '');
      if (why === undefined || patternFault(pattern, 'u') === undefined) continue;
      throw document.fault(`schema cannot be compiled: ${why}`, pool.placeOf(name));
    }
  }
}
