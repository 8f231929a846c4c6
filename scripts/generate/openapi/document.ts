import { BaseResolver, createConfig, lintDocument, Source } from '@redocly/openapi-core';
import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type Document as YamlDocument } from 'yaml';
import { reasonOf, SpecError } from '../spec-error.ts';
import { decodePointer, isObject, type JsonObject, pointerKeys, pointerTo, valueAt } from './json.ts';

/** An object of the document and where it lies. */
export interface Located {
  readonly value: JsonObject;
  /** JSON pointer in fragment form (`#/paths/~1auth~1login/post`). */
  readonly pointer: string;
}

/** A checked OpenAPI 3.0 or 3.1 document in which every reference leads somewhere. */
export interface OpenApiDocument {
  readonly root: JsonObject;
  readonly isVersion30: boolean;
  /** Follows `$ref` until something else is reached. @throws SpecError when references form a ring or reach no object. */
  resolve(value: unknown, pointer: string): Located;
  /** An error about a place of this document, with its line. */
  fault(what: string, pointer: string, cause?: unknown): SpecError;
}

/**
 * Reads and checks an OpenAPI document.
 * @param specFile Name of the file in error messages.
 * @throws SpecError on broken YAML or JSON, on what is not OpenAPI 3.0 or 3.1, and on references that lead nowhere or out of the file.
 */
export async function readDocument(specFile: string, text: string): Promise<OpenApiDocument> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false });
  const syntax = yaml.errors[0];
  if (syntax !== undefined) {
    const { line, col } = lines.linePos(syntax.pos[0]);
    throw new SpecError(`not well-formed YAML: ${syntax.message}`, { file: specFile, line, column: col });
  }
  const fault = (what: string, pointer: string, cause?: unknown): SpecError => {
    const { line, col } = lines.linePos(offsetOf(yaml, pointer));
    return new SpecError(what, { file: specFile, line, column: col, place: pointer }, { cause });
  };
  const root = plainTree(yaml, specFile);
  const version = isObject(root) ? root.openapi : undefined;
  if (!isObject(root) || typeof version !== 'string' || !/^3\.[01]\.\d/.test(version)) {
    const found = isObject(root) && root.swagger !== undefined ? `Swagger ${String(root.swagger)}` : version;
    const hint = found === undefined ? 'it has no `openapi: 3.1.x`' : `it says ${String(found)}`;
    throw new SpecError(`not an OpenAPI 3.0 or 3.1 document: ${hint}`, { file: specFile, line: 1 });
  }
  refuseRings(root, root, '#', fault);
  await check(root, specFile, text, fault);
  return {
    root,
    isVersion30: version.startsWith('3.0'),
    fault,
    resolve: (value, pointer) => resolve(root, value, pointer, fault),
  };
}

type Fault = OpenApiDocument['fault'];

function plainTree(yaml: YamlDocument.Parsed, specFile: string): unknown {
  try {
    // Through JSON, so that a YAML anchor used twice becomes two objects and an endless one is refused.
    return JSON.parse(JSON.stringify(yaml.toJS({ maxAliasCount: 1000 }) ?? null));
  } catch (error) {
    throw new SpecError(
      `YAML anchors cannot be expanded: ${reasonOf(error)}`,
      { file: specFile, line: 1 },
      { cause: error },
    );
  }
}

/** Checks stay offline: a reference that leaves the file is reported, never fetched. */
class ClosedResolver extends BaseResolver {
  override loadExternalRef(): Promise<never> {
    return Promise.reject(new Error('it leaves the file; bundle the spec into one file first'));
  }
}

const rules = {
  struct: 'error',
  'no-unresolved-refs': 'error',
  'no-identical-paths': 'error',
  'operation-parameters-unique': 'error',
  'path-parameters-defined': 'error',
} as const;

async function check(root: JsonObject, specFile: string, text: string, fault: Fault): Promise<void> {
  const config = await createConfig({ rules });
  const problems = await lintDocument({
    document: { source: new Source(specFile, text), parsed: root },
    config: config.styleguide,
    externalRefResolver: new ClosedResolver(),
  }).catch((error: unknown) => {
    throw fault(`cannot be checked: ${reasonOf(error)}`, '#', error);
  });
  const problem = problems.find(({ severity }) => severity === 'error');
  if (problem === undefined) return;
  const pointer = problem.location[0]?.pointer ?? '#/';
  const node = valueAt(root, pointer);
  if (problem.ruleId !== 'no-unresolved-refs') throw fault(problem.message, pointer);
  const target = isObject(node) ? String(node.$ref) : pointer;
  const why = problem.message.replace(/^Can't resolve \$ref:?\s*/, '');
  throw fault(`unresolved $ref ${target}${why === '' ? '' : `: ${why}`}`, pointer);
}

function resolve(root: JsonObject, start: unknown, startPointer: string, fault: Fault): Located {
  let value = start;
  let pointer = startPointer;
  const seen = new Set<string>();
  while (isObject(value) && typeof value.$ref === 'string') {
    if (seen.has(value.$ref)) throw fault(`$ref ${value.$ref} leads back to itself`, startPointer);
    seen.add(value.$ref);
    pointer = decodePointer(value.$ref);
    value = valueAt(root, pointer);
  }
  if (!isObject(value)) throw fault(`expected an object at ${pointer}`, startPointer);
  return { value, pointer: pointerTo('#', ...pointerKeys(pointer)) };
}

/** The checker gives up on references that only lead to each other without saying where. */
function refuseRings(root: JsonObject, value: unknown, pointer: string, fault: Fault): void {
  if (typeof value !== 'object' || value === null) return;
  if (isObject(value) && typeof value.$ref === 'string') {
    const seen = new Set<unknown>();
    for (let next: unknown = value; isObject(next) && typeof next.$ref === 'string'; ) {
      if (seen.has(next.$ref)) throw fault(`$ref ${value.$ref} leads back to itself`, pointer);
      seen.add(next.$ref);
      next = valueAt(root, decodePointer(next.$ref));
    }
  }
  for (const [key, child] of Object.entries(value)) refuseRings(root, child, pointerTo(pointer, key), fault);
}

/** Where a pointer's last key (or, in a list, the element) begins; for what is not written out, where its nearest parent does. */
function offsetOf(yaml: YamlDocument.Parsed, pointer: string): number {
  let node: unknown = yaml.contents;
  let offset = 0;
  for (const key of pointerKeys(pointer)) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === key);
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return undefined;
  return node.range?.[0];
}
