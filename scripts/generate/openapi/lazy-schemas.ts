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
    const options = { ...checkOptions(mode, unicodeRegExp) };
    const lines = Object.entries(definitions).map(
      ([name, schema]) => `${JSON.stringify(name)}:${JSON.stringify(schema)}`,
    );
    const text = `{${lines.join(',\n')}}`.replaceAll(/[\\`$]/g, String.raw`\$&`);
    return `const ${mode} = lazily('${mode}', ${JSON.stringify(options)}, ${tracksEvaluated(definitions)}, () => \`${text}\`);\n`;
  });
  const checks = checkModes.flatMap((mode) =>
    pool.names(mode).map((name) => `const ${checkName(name)} = ${mode}(${JSON.stringify(name)});\n`),
  );
  return `${helper}
${modes.join('')}
${checks.join('')}`;
}

const helper = `function lazily(mode, options, unevaluated, text) {
  let ajv;
  const open = () => {
    ajv = new Ajv2020(options);
    if (!unevaluated) ajv.opts.unevaluated = false;
    ajv.addSchema({ $id: mode, $defs: JSON.parse(text()) }, undefined, undefined, false);
    return ajv;
  };
  return (name) => {
    let check;
    const validate = (data) => {
      check ??= (ajv ?? open()).getSchema(mode + '#/$defs/' + name);
      const isValid = check(data);
      validate.errors = check.errors;
      return isValid;
    };
    return validate;
  };
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
