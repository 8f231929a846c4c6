import { SpecError } from '../spec-error.ts';
import { bundle, componentsShelf, type Origin } from './bundle.ts';
import { type Edition, type NodeKind, rootKind } from './grammar.ts';
import { decodePointer, isObject, type JsonObject, pointerKeys, pointerTo, valueAt } from './json.ts';
import { inlineMediaTypes } from './media-types.ts';
import { completePathItems } from './path-items.ts';
import { type Position, positionOf, positionsIn } from './positions.ts';
import { readTree } from './read-text.ts';
import type { SpecPart } from './spec-folder.ts';
import { checkStructure, type Finding } from './structure.ts';
import { fromSwagger, swaggerShelf } from './swagger.ts';
import { leavesFile, sizeUp } from './tree-size.ts';

/** An object of the document and where it lies. */
export interface Located {
  readonly value: JsonObject;
  /** JSON pointer in fragment form (`#/paths/~1auth~1login/post`). */
  readonly pointer: string;
}

/** A checked OpenAPI 3 document, of one file or several, in which every reference leads somewhere in `root`. */
export interface OpenApiDocument {
  readonly root: JsonObject;
  /** The grammar of its edition. */
  readonly kind: NodeKind;
  readonly isVersion30: boolean;
  /** Follows `$ref` until something else is reached. @throws SpecError when references form a ring or reach no object. */
  resolve(value: unknown, pointer: string): Located;
  /** The same for a schema, which may be `true` or `false` where references lead: what that stands for is given then. */
  resolveSchema(value: unknown, pointer: string): Located;
  /** An error about a place of this document, with its file and line. */
  fault(what: string, pointer: string, cause?: unknown): SpecError;
  /** Keeps something to be told that does not stop the work. */
  remark(what: string, pointer: string): void;
  /** What there is to tell, each with its place. */
  remarks(): readonly string[];
}

/** How many remarks are told one by one. */
const MOST_REMARKS = 20;
/** The longest text that is read again to tell where something odd is, in characters. */
const MOST_REMARKED = 1024 * 1024;

/**
 * Reads and checks an OpenAPI document, and the files of its folder that it refers to. Swagger 2.0 is converted.
 * @param specFile Name of the file in error messages.
 * @param written The text that people have, where overlays have made another one of it: lines are told in it.
 * @throws SpecError on broken YAML or JSON, on what is neither OpenAPI 3 nor Swagger 2.0, and on references that lead nowhere, to the
 * network or out of the folder.
 */
export async function readDocument(
  specFile: string,
  text: string,
  path = specFile,
  written = text,
): Promise<OpenApiDocument> {
  const main: SpecPart = { file: specFile, path, text: written, root: readTree(specFile, text) };
  const whole = main.root;
  if (!isObject(whole)) throw notOpenApi(specFile, 'it has no `openapi: 3.1.x`');
  const found: Finding[] = [];
  let origins: ReadonlyMap<object, Origin> = new Map();
  const isSwagger = whole.swagger !== undefined;
  if (whole.swagger === 2) whole.swagger = '2.0'; // which YAML takes for a number
  if (isSwagger && whole.swagger !== '2.0') throw notOpenApi(specFile, `it says Swagger ${shown(whole.swagger)}`);
  const shelf = isSwagger ? swaggerShelf(rootKind('2.0')) : componentsShelf(rootKind(editionOf(specFile, whole)));
  if (leavesFile(whole)) origins = await bundle(main, whole, shelf, faultAt);
  const size = origins.size === 0 ? undefined : sizeUp(whole);
  if (size !== undefined && 'problem' in size) throw faultAt(size.problem, { part: main, pointer: '#' });
  const converted = isSwagger
    ? await fromSwagger(whole, (what, pointer) => faultAt(what, originIn(whole, pointer, origins, main)))
    : undefined;
  const root = converted?.root ?? whole;
  found.push(...(converted?.remarks ?? []));
  const originOf = (pointer: string): Origin => originIn(whole, converted?.placeOf(pointer) ?? pointer, origins, main);
  const fault = (what: string, pointer: string, cause?: unknown) => faultAt(what, originOf(pointer), cause);
  const edition = editionOf(specFile, root);
  const kind = rootKind(edition);
  const { fault: problem, remarks } = checkStructure(root, kind);
  if (problem !== undefined) throw fault(problem.what, problem.pointer);
  found.push(...remarks);
  const lead = (value: unknown, pointer: string): Located => resolve(root, value, pointer, fault);
  if (edition === '3.2') inlineMediaTypes(root, kind, (entry) => lead(entry, '#').value);
  found.push(...completePathItems(root, (entry) => lead(entry, '#').value));
  return {
    root,
    kind,
    isVersion30: edition === '3.0',
    fault,
    resolve: lead,
    resolveSchema: (value, pointer) => resolve(root, value, pointer, fault, schemaOfFlag),
    remark: (what, pointer) => void found.push({ what, pointer }),
    remarks: () => {
      const positions = new Map<SpecPart, (pointer: string) => Position>();
      const told = found.slice(0, MOST_REMARKS).map(({ what, pointer }) => {
        const { part, pointer: place } = originOf(pointer);
        const inPart = positions.get(part) ?? positionsIn(part.text, MOST_REMARKED);
        positions.set(part, inPart);
        return new SpecError(what, { file: part.file, ...inPart(place), place }).message;
      });
      return found.length > told.length ? [...told, `${specFile}: ${found.length - told.length} more remarks`] : told;
    },
  };
}

function editionOf(file: string, root: JsonObject): Edition {
  const version = root.openapi;
  const edition = typeof version === 'string' ? /^(3\.[012])\.\d/.exec(version)?.[1] : undefined;
  if (edition === '3.0' || edition === '3.1' || edition === '3.2') return edition;
  throw notOpenApi(file, version === undefined ? 'it has no `openapi: 3.1.x`' : `it says ${shown(version)}`);
}

function shown(version: unknown): string {
  return typeof version === 'string' ? version.slice(0, 80) : JSON.stringify(version).slice(0, 80);
}

function notOpenApi(file: string, why: string): SpecError {
  return new SpecError(`not an OpenAPI 3.0, 3.1 or 3.2 document, nor Swagger 2.0: ${why}`, { file, line: 1 });
}

/** Lines are looked up for what is told only: finding them takes a second look at the whole text. */
function faultAt(what: string, { part, pointer }: Origin, cause?: unknown): SpecError {
  return new SpecError(what, { file: part.file, ...positionOf(part.text, pointer), place: pointer }, { cause });
}

/** The file that a place of the whole document comes from, and its place there. */
function originIn(root: JsonObject, pointer: string, origins: ReadonlyMap<object, Origin>, main: SpecPart): Origin {
  let origin: Origin = origins.get(root) ?? { part: main, pointer: '#' };
  let node: unknown = root;
  for (const key of pointerKeys(pointer)) {
    node = valueAt(node, pointerTo('#', key));
    const own = typeof node === 'object' && node !== null ? origins.get(node) : undefined;
    origin = own ?? { part: origin.part, pointer: pointerTo(origin.pointer, key) };
  }
  return origin;
}

type Fault = OpenApiDocument['fault'];

function schemaOfFlag(value: unknown): unknown {
  if (typeof value !== 'boolean') return value;
  return value ? {} : { not: {} };
}

function resolve(
  root: JsonObject,
  start: unknown,
  startPointer: string,
  fault: Fault,
  spelledOut = (value: unknown): unknown => value,
): Located {
  let value = start;
  let pointer = startPointer;
  const seen = new Set<string>();
  while (isObject(value) && typeof value.$ref === 'string') {
    if (seen.has(value.$ref)) throw fault(`$ref ${value.$ref} leads back to itself`, startPointer);
    seen.add(value.$ref);
    pointer = decodePointer(value.$ref);
    value = spelledOut(valueAt(root, pointer));
  }
  if (!isObject(value)) throw fault(`expected an object at ${pointer}`, startPointer);
  return { value, pointer: seen.size === 0 ? pointer : pointerTo('#', ...pointerKeys(pointer)) };
}
