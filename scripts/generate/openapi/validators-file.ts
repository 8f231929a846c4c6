import { checkName } from './check-options.ts';
import type { Located, OpenApiDocument } from './document.ts';
import { byCodeUnit, isObject, objectEntries, pointerTo } from './json.ts';
import { isLarge, lazySchemas } from './lazy-schemas.ts';
import type { Operation } from './operations.ts';
import { type CheckMode, componentName, createSchemaPool, type SchemaMember, type SchemaPool } from './schema-pool.ts';
import { literal, propertyKey } from './source-text.ts';
import { travelsAsOneText } from './wire-format.ts';

/** A table in the making. */
interface Table {
  readonly document: OpenApiDocument;
  readonly pool: SchemaPool;
  /** Whether it names what accepts anything. */
  usesAnything: boolean;
}

const parameterPlaces = ['header', 'query', 'path', 'cookie'] as const;

/**
 * Text of a file of validators for some of the operations. Table and compiled code stand in one file, so that it imports no value from beside it: whatever
 * ending a project wants in such imports, another one forbids it. Its exports have types of their own, which the compiler reads all the same.
 */
export async function validatorsFile(document: OpenApiDocument, operations: readonly Operation[]): Promise<string> {
  const pool = createSchemaPool(document);
  const table: Table = { document, pool, usesAnything: false };
  const entries = operations.map((operation) => `  ${propertyKey(operation.id)}: ${describe(table, operation)},\n`);
  const names = [...pool.names('exact'), ...pool.names('wire')].sort(byCodeUnit);
  const compiled = isLarge(pool) ? undefined : await compiledSchemas(document, pool);
  const isSpread = compiled === undefined;
  const code = compiled ?? lazySchemas(document, pool);
  return `// @ts-nocheck: ${isSpread ? 'JSON schemas, compiled by Ajv when they are first used' : 'compiled from JSON schemas by Ajv'}
${isSpread ? "import { Ajv2020 } from 'ajv/dist/2020.js';\n" : ''}import type { OperationValidators, Validate } from './validation.ts';

export type { OperationValidators, SchemaViolation, Validate } from './validation.ts';

${code}
const compiled: { readonly [name in ${names.map(literal).join(' | ') || 'never'}]: Validate } = {
${names.map((each) => `  ${each}: ${checkName(each)},\n`).join('')}};
${table.usesAnything ? '\nconst anything: Validate = () => true;\n' : ''}
/** What each operation may send and answer, by operation id. */
export const validators: Readonly<Record<string, OperationValidators>> = {
${entries.join('')}};
`;
}

/** The compilers are loaded for what is compiled only. `undefined` for schemas that refer to each other too deeply to be compiled at once. */
async function compiledSchemas(document: OpenApiDocument, pool: SchemaPool): Promise<string | undefined> {
  const { compileSchemas } = await import('./compile-schemas.ts');
  return await compileSchemas(document, pool).catch((error: unknown) => {
    if (error instanceof Error && error.cause instanceof RangeError) return undefined;
    throw error;
  });
}

function describe(table: Table, operation: Operation): string {
  const { document, pool } = table;
  const parameters: string[] = [];
  const known: string[] = [];
  for (const place of parameterPlaces) {
    const inPlace = operation.parameters.filter(({ value }) => value.in === place);
    const members = inPlace.map((parameter) => parameterMember(document, parameter));
    known.push(`${place}: [${members.map(({ name }) => literal(name)).join(', ')}]`);
    if (members.length === 0) continue;
    parameters.push(
      `${place}: compiled.${pool.addObject('wire', members, `${operation.pointer} ${place}`, `${operation.id}_${place}`)}`,
    );
  }
  const { requestBody } = operation;
  const lines = [`parameters: ${inline(parameters)}`];
  if (requestBody !== undefined) {
    const hint = componentName(requestBody.pointer, 'requestBodies') ?? `${operation.id}_body`;
    const content = contentTable(table, requestBody, hint);
    lines.push(`body: { required: ${requestBody.value.required === true}, content: ${content} }`);
  }
  const responses = operation.responses.map(([status, response]) => {
    const hint = componentName(response.pointer, 'responses') ?? `${operation.id}_${status}`;
    const headers = responseHeaders(document, pool, response, hint);
    const content = `content: ${contentTable(table, response, hint)}`;
    return `      ${propertyKey(status)}: ${inline([...headers, content])},\n`;
  });
  lines.push(`responses: {\n${responses.join('')}    }`, `known: ${inline(known)}`);
  return `{\n${lines.map((line) => `    ${line},\n`).join('')}  }`;
}

function inline(parts: readonly string[]): string {
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function parameterMember(document: OpenApiDocument, { value, pointer }: Located): SchemaMember {
  const name = value.in === 'header' ? String(value.name).toLowerCase() : String(value.name);
  const isRequired = value.required === true;
  if (!travelsAsOneText(document, { value, pointer })) return { name, isRequired: false, pointer };
  return { name, isRequired, schema: value.schema, pointer: pointerTo(pointer, 'schema') };
}

function responseHeaders(document: OpenApiDocument, pool: SchemaPool, response: Located, hint: string): string[] {
  const members = objectEntries(response.value.headers)
    .filter(([name]) => name.toLowerCase() !== 'content-type')
    .map(([name, entry]): SchemaMember => {
      const header = document.resolve(entry, pointerTo(response.pointer, 'headers', name));
      return parameterMember(document, { ...header, value: { ...header.value, in: 'header', name } });
    });
  if (members.length === 0) return [];
  return [
    `headers: compiled.${pool.addObject('wire', members, pointerTo(response.pointer, 'headers'), `${hint}_headers`)}`,
  ];
}

function contentTable(table: Table, owner: Located, hint: string): string {
  const { pool } = table;
  const byType = new Map<string, string>();
  for (const [range, media] of objectEntries(owner.value.content)) {
    const type = range.split(';', 1)[0]?.trim().toLowerCase() ?? range;
    const pointer = pointerTo(owner.pointer, 'content', range, 'schema');
    const acceptsAnything = type === '*/*' || media.schema === undefined || isFree(media.schema);
    const isFirst = !byType.has(type);
    const check = acceptsAnything ? 'anything' : `compiled.${pool.add(modeOf(type), media.schema, pointer, hint)}`;
    // Two entries that differ in parameters only cannot be told apart by type, so either may be meant.
    byType.set(type, isFirst || byType.get(type) === check ? check : 'anything');
  }
  table.usesAnything ||= [...byType.values()].includes('anything');
  return inline([...byType].map(([type, check]) => `${literal(type)}: ${check}`));
}

function isFree(schema: unknown): boolean {
  return schema === true || (isObject(schema) && Object.keys(schema).length === 0);
}

/** Forms and plain texts hold text only. */
function modeOf(mediaType: string): CheckMode {
  const isText = mediaType.startsWith('text/') && mediaType !== 'text/json';
  const isForm = mediaType === 'application/x-www-form-urlencoded' || mediaType === 'multipart/form-data';
  return isText || isForm ? 'wire' : 'exact';
}
