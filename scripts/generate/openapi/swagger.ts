import { reasonOf, type SpecError } from '../spec-error.ts';
import type { Shelf } from './bundle.ts';
import type { NodeKind } from './grammar.ts';
import { isObject, type JsonObject, listOf, objectEntries, pointerKeys, pointerTo, valueAt } from './json.ts';
import type { Finding } from './structure.ts';

/** A Swagger document as OpenAPI 3.0. */
export interface Converted {
  readonly root: JsonObject;
  /** What OpenAPI 3 cannot say, or what was put right on the way, by place in the new document. */
  readonly remarks: readonly Finding[];
  /** The place in the Swagger document that a place in the new one comes from. */
  placeOf(pointer: string): string;
}

/** Where Swagger keeps what is referred to. */
export function swaggerShelf(rootKind: NodeKind): Shelf {
  return { rootKind, at: '#', sections: { Schema: 'definitions', Parameter: 'parameters', Response: 'responses' } };
}

const sectionBefore: Readonly<Record<string, string>> = {
  schemas: 'definitions',
  parameters: 'parameters',
  requestBodies: 'parameters',
  responses: 'responses',
  securitySchemes: 'securityDefinitions',
};

const warning = 'x-s2o-warning';
const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];

/** Converts a Swagger 2.0 document, which stays as it was. @throws SpecError when it cannot be converted */
export async function fromSwagger(
  swagger: JsonObject,
  fault: (what: string, pointer: string) => SpecError,
): Promise<Converted> {
  refuseTwoBodies(swagger, fault);
  const { convertObj } = (await import('swagger2openapi')).default;
  const options = { patch: true, warnOnly: true, resolve: false, warnProperty: warning };
  const converted = await convertObj(JSON.parse(JSON.stringify(swagger)), options).catch((error: unknown) => {
    throw fault(`Swagger 2.0 cannot be converted: ${reasonOf(error)}`, '#');
  });
  const root: unknown = JSON.parse(JSON.stringify(converted.openapi));
  if (!isObject(root)) throw fault('Swagger 2.0 cannot be converted: nothing came out', '#');
  return { root, remarks: remarksIn(root), placeOf: (pointer) => placeBefore(swagger, pointer) };
}

/** The converter would keep one of them without a word. */
function refuseTwoBodies(swagger: JsonObject, fault: (what: string, pointer: string) => SpecError): void {
  for (const [path, item] of objectEntries(swagger.paths)) {
    for (const [method, operation] of objectEntries(item)) {
      if (!methods.includes(method)) continue;
      const places = [...listOf(item.parameters), ...listOf(operation.parameters)].map((entry) =>
        placeOf(swagger, entry),
      );
      if (!places.includes('body') || !places.includes('formData')) continue;
      throw fault('an operation has a body or a form, not both', pointerTo('#/paths', path, method));
    }
  }
}

function placeOf(swagger: JsonObject, entry: unknown): unknown {
  const value = isObject(entry) && typeof entry.$ref === 'string' ? valueAt(swagger, entry.$ref) : entry;
  return isObject(value) ? value.in : undefined;
}

/** Takes the converter's notes out of the document, so that they are told instead of generated. */
function remarksIn(root: JsonObject): Finding[] {
  const found: Finding[] = [];
  const visit = (node: unknown, pointer: string): void => {
    if (typeof node !== 'object' || node === null) return;
    if (isObject(node) && node[warning] !== undefined) {
      found.push({ what: `Swagger 2.0 converted: ${String(node[warning])}`, pointer });
      delete node[warning];
    }
    for (const [key, child] of Object.entries(node)) visit(child, pointerTo(pointer, key));
  };
  visit(root, '#');
  return found;
}

function placeBefore(swagger: JsonObject, pointer: string): string {
  const keys = pointerKeys(pointer);
  const [first, section = '', ...rest] = keys;
  if (first !== 'components') return nearest(swagger, keys);
  const before = Object.hasOwn(sectionBefore, section) ? sectionBefore[section] : undefined;
  return before === undefined ? '#' : nearest(swagger, [before, ...rest]);
}

/** As far down as the place stands in both documents. */
function nearest(swagger: JsonObject, keys: readonly string[]): string {
  let pointer = '#';
  let node: unknown = swagger;
  for (const key of keys) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) break;
    node = valueAt(node, pointerTo('#', key));
    pointer = pointerTo(pointer, key);
  }
  return pointer;
}
