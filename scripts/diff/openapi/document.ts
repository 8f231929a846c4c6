import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve as resolvePath, sep } from 'node:path';
import { asMissingPackage } from '../../generate/missing-package.ts';
import { isObject as isPlainObject } from '../../generate/openapi/json.ts';
import { SpecError } from '../../generate/spec-error.ts';
import type { Locatable, Position } from '../change.ts';
import type { SpecInput } from '../spec-input.ts';
import { checkShapes } from './check-shapes.ts';
import { isObject, type JsonObject, own, pointerKeys, pointerTo } from './json.ts';
import { MOST_CHARACTERS, readSource, readText, type Source } from './read-source.ts';
import { findReferences } from './references.ts';

/** A value of a document and where it stands. */
export interface At<Value = unknown> extends Locatable {
  readonly source: Source;
  /** JSON pointer in fragment form. */
  readonly pointer: string;
  readonly value: Value;
}

/** An OpenAPI 3 document in which every reference leads somewhere. */
export interface OpenApiDocument {
  readonly root: At<JsonObject>;
  readonly isVersion30: boolean;
  /** Follows `$ref` until something else is reached. @throws SpecError when references form a ring */
  resolve(at: At): At;
  /** Pointers of the definitions of the main file (`#/components/schemas/Pet`) that operations lead to. */
  used(): ReadonlySet<string>;
}

/**
 * Reads a document and the files beside it or below that it refers to.
 * @throws SpecError on what is neither OpenAPI 3.x nor Swagger 2.0, on references that lead nowhere, out of the document's folder or to a network address.
 */
export async function readDocument({ file, path, text }: SpecInput): Promise<OpenApiDocument> {
  const main = await converted(await readSource(file, resolvePath(path), text));
  const version = isObject(main.root) ? main.root.openapi : undefined;
  if (!isObject(main.root) || typeof version !== 'string' || !/^3\.\d+\.\d/.test(version)) {
    const hint =
      version === undefined ? 'it has neither `openapi: 3.x.y` nor `swagger: "2.0"`' : `it says ${String(version)}`;
    throw new SpecError(`not an OpenAPI document: ${hint}`, { file, line: 1 });
  }
  const { sources, references } = await readAll(main);
  const reached = new Set<At>();
  return {
    used: () => usedDefinitions(main, references, sources, reached),
    root: atRoot(main, main.root),
    isVersion30: version.startsWith('3.0'),
    resolve: (at) =>
      follow(at, (from) => {
        const found = targetOf(from, sources);
        if (found.source === main) reached.add(found);
        return found;
      }),
  };
}

function follow(at: At, step: (from: At) => At): At {
  const seen = new Set<string>();
  let found = at;
  while (isObject(found.value) && typeof found.value.$ref === 'string') {
    const place = `${found.source.path} ${found.pointer}`;
    if (seen.has(place)) throw faultAt(at, `$ref ${String(Object(at.value).$ref)} leads back to itself`);
    seen.add(place);
    found = step(found);
  }
  return found;
}

/** A Swagger 2.0 document as OpenAPI 3.0, with places in what was written. */
async function converted(source: Source): Promise<Source> {
  const { root } = source;
  if (!isPlainObject(root) || String(root.swagger) !== '2.0') return source;
  const { fromSwagger } = await import('../../generate/openapi/swagger.ts');
  // The converter works in words of its own, so what it gets must be sound.
  checkShapes(root, (pointer, what) => faultAt(createAt(source, pointer, undefined), what));
  const { root: result, placeOf } = await fromSwagger(root, (what, pointer) => {
    return faultAt(createAt(source, pointer, undefined), what);
  }).catch((error: unknown) => {
    throw asMissingPackage(error, 'comparing') ?? error;
  });
  return { ...source, root: result, placeOf, positionOf: (pointer) => source.positionOf(placeOf(pointer)) };
}

function atRoot(source: Source, value: JsonObject): At<JsonObject> {
  return { ...createAt(source, '#', value), value };
}

function createAt(source: Source, pointer: string, value: unknown): At {
  return { source, pointer, value, position: () => positionOf(source, pointer) };
}

function positionOf(source: Source, pointer: string): Position {
  return { place: source.placeOf(pointer), file: source.file, ...source.positionOf(pointer) };
}

/** An error about a place, with its line. */
export function faultAt({ source, pointer }: At, what: string): SpecError {
  return new SpecError(what, { file: source.file, ...source.positionOf(pointer), place: source.placeOf(pointer) });
}

/** The name of a schema that stands among the definitions. */
export function schemaName(document: OpenApiDocument, at: At): string | undefined {
  const keys = pointerKeys(document.resolve(at).pointer);
  return keys.length === 3 && keys[0] === 'components' && keys[1] === 'schemas' ? keys[2] : undefined;
}

/** What stands under a key, or `undefined`. */
export function child(at: At, key: string | number): At | undefined {
  const { value } = at;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return found === undefined ? undefined : createAt(at.source, pointerTo(at.pointer, key), found);
}

/** An object under a key. @throws SpecError for what is there and is no object */
export function objectUnder(at: At, key: string | number): At<JsonObject> | undefined {
  const found = child(at, key);
  return found === undefined ? undefined : asObject(found);
}

/** @throws SpecError for what is no object */
export function asObject(at: At): At<JsonObject> {
  const { value } = at;
  if (!isObject(value)) throw faultAt(at, 'expected an object');
  return { ...at, value };
}

/** What a map holds, by key; an absent one holds nothing. @throws SpecError for what is no map */
export function entriesUnder(at: At, key: string): [string, At][] {
  const map = objectUnder(at, key);
  return map === undefined ? [] : Object.keys(map.value).flatMap((name) => withKey(name, child(map, name)));
}

function withKey(name: string, at: At | undefined): [string, At][] {
  return at === undefined ? [] : [[name, at]];
}

/** The elements of a list; an absent one has none. @throws SpecError for what is no list */
export function listUnder(at: At, key: string): At[] {
  const list = child(at, key);
  if (list === undefined) return [];
  if (!Array.isArray(list.value)) throw faultAt(list, 'expected a list');
  return list.value.flatMap((_, index) => child(list, index) ?? []);
}

/** A text under a key; anything else reads as none. */
export function textUnder({ value }: At, key: string): string | undefined {
  const found = isObject(value) ? own(value, key) : undefined;
  return typeof found === 'string' ? found : undefined;
}

async function readAll(main: Source): Promise<{ sources: ReadonlyMap<string, Source>; references: readonly At[] }> {
  const folder = await realpath(dirname(main.path)).catch(() => dirname(main.path));
  const sources = new Map([[main.path, main]]);
  const references: At[] = [];
  for (const source of sources.values()) {
    for (const { pointer, value } of findReferences(source.root)) {
      const from = createAt(source, pointer, value);
      references.push(from);
      const [file = ''] = String(Object(value).$ref).split('#');
      if (file === '') continue;
      const path = pathOf(from, file);
      if (sources.has(path)) continue;
      const name = join(dirname(main.file), relative(dirname(main.path), path));
      sources.set(path, await readBeside(from, folder, path, name)); // the loop goes on to what is added
    }
  }
  for (const from of references) follow(from, (at) => targetOf(at, sources));
  for (const source of sources.values()) {
    checkShapes(source.root, (pointer, what) => faultAt(createAt(source, pointer, undefined), what));
  }
  return { sources, references };
}

/** Follows references from everything that is no definition. `reached` is what the comparison came by in other ways. */
function usedDefinitions(
  main: Source,
  references: readonly At[],
  sources: ReadonlyMap<string, Source>,
  reached: ReadonlySet<At>,
): ReadonlySet<string> {
  const ownerOf = ({ source, pointer }: At) => {
    const isDefinition = source === main && pointer.startsWith('#/components/');
    return isDefinition ? pointer.split('/').slice(0, 4).join('/') : '';
  };
  const targets = new Map<string, string[]>();
  for (const from of references) {
    const owner = ownerOf(from);
    const known = targets.get(owner) ?? [];
    targets.set(owner, known);
    known.push(ownerOf(targetOf(from, sources)));
  }
  const used = new Set(['', ...[...reached].map(ownerOf)]);
  for (const owner of used) for (const target of targets.get(owner) ?? []) used.add(target); // grows while it is walked
  return used;
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

async function readBeside(from: At, folder: string, path: string, name: string): Promise<Source> {
  const reference = String(Object(from.value).$ref);
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) throw faultAt(from, `unresolved $ref ${reference}: there is no such file`);
  if (!isInside(folder, real)) throw faultAt(from, `$ref ${reference} leads out of the folder of the spec`);
  // A pipe or device could be read for ever.
  const { isFile, size } = await stat(real).then((found) => ({ isFile: found.isFile(), size: found.size }));
  if (!isFile) throw faultAt(from, `$ref ${reference} leads to no file`);
  if (size > MOST_CHARACTERS)
    throw faultAt(from, `$ref ${reference} leads to more than ${MOST_CHARACTERS / 1_048_576} MiB`);
  return readSource(name, path, await readText(real, name));
}

function pathOf(from: At, file: string): string {
  if (/^[a-z][a-z\d+.-]+:/i.test(file) || file.startsWith('//')) {
    throw faultAt(from, `$ref ${file} is a network address, which is not fetched; put it beside the spec`);
  }
  return resolvePath(dirname(from.source.path), decoded(file));
}

function targetOf(from: At, sources: ReadonlyMap<string, Source>): At {
  const reference = String(Object(from.value).$ref);
  const hash = reference.indexOf('#');
  const file = hash === -1 ? reference : reference.slice(0, hash);
  const fragment = hash === -1 ? '' : decoded(reference.slice(hash + 1));
  const source = file === '' ? from.source : sources.get(pathOf(from, file));
  const unresolved = (why: string) => faultAt(from, `unresolved $ref ${reference}${why}`);
  if (source === undefined) throw unresolved('');
  const pointer = fragment === '' || fragment.startsWith('/') ? `#${fragment}` : anchorOf(source, fragment);
  if (pointer === undefined) throw unresolved(': no $anchor of that name');
  let at = createAt(source, '#', source.root);
  for (const key of pointerKeys(pointer)) {
    const next = child(at, key);
    if (next === undefined) throw unresolved('');
    at = next;
  }
  return at;
}

const anchors = new WeakMap<Source, ReadonlyMap<string, string>>();

function anchorOf(source: Source, name: string): string | undefined {
  let known = anchors.get(source);
  if (known === undefined) {
    known = new Map(
      findReferences(source.root, '$anchor').map(({ pointer, value }) => [String(Object(value).$anchor), pointer]),
    );
    anchors.set(source, known);
  }
  return known.get(name);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a stray % that escapes nothing stands for itself
  }
}
