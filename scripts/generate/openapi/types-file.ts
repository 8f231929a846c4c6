import { createConfig } from '@redocly/openapi-core';
import {
  astToString,
  type GlobalContext,
  NEVER,
  type OpenAPI3,
  resolveRef,
  STRING,
  scanDiscriminators,
  transformSchema,
  tsRecord,
} from 'openapi-typescript';
import ts from 'typescript';
import { reasonOf } from '../spec-error.ts';
import { withClientFilledOptional } from './client-filled.ts';
import type { OpenApiDocument } from './document.ts';
import { isObject, type JsonObject, setOwn } from './json.ts';
import type { Operation } from './operations.ts';
import { makeTypeable } from './typeable.ts';

/** How many paths are turned into types at a time: openapi-typescript copies its list of operations for each one it adds. */
const PATHS_AT_A_TIME = 40;

/** Text of `types.ts`: `paths`, `components` and `operations` as callers see them. */
export async function typesFile(document: OpenApiDocument, operations: readonly Operation[]): Promise<string> {
  const copy = withClientFilledOptional(document, operations);
  makeTypeable(document, copy, operations);
  try {
    const context = await contextOf(copy);
    // The document has been checked and is in one piece, so that only the last step of openapi-typescript is left to do.
    const nodes = slicesOf(copy).flatMap((slice) => transformSchema(slice, { ...context, injectFooter: [] }));
    return astToString(merged(nodes));
  } catch (error) {
    throw document.fault(`types cannot be made: ${reasonOf(error)}`, '#', error);
  }
}

async function contextOf(copy: JsonObject): Promise<GlobalContext> {
  const schema = copy as unknown as OpenAPI3; // its structure has been checked
  return {
    additionalProperties: false,
    alphabetize: false,
    arrayLength: false,
    conditionalEnums: false,
    dedupeEnums: false,
    // A default is what a server assumes, not a promise that an answer holds the property or a demand that a request does.
    defaultNonNullable: false,
    discriminators: scanDiscriminators(schema, { silent: true }),
    // An object without listed properties is a free one, unless it says that it has none.
    emptyObjectsUnknown: true,
    enum: false,
    enumValues: false,
    excludeDeprecated: false,
    exportType: false,
    generatePathParams: false,
    immutable: false,
    injectFooter: [],
    makePathsEnum: false,
    pathParamsAsTypes: false,
    postTransform: undefined,
    propertiesRequiredByDefault: false,
    readWriteMarkers: false,
    redoc: await createConfig({}),
    resolve: ($ref) => resolveRef(schema, $ref, { silent: true }),
    rootTypes: false,
    rootTypesKeepCasing: false,
    rootTypesNoSchemaPrefix: false,
    silent: true,
    transform: (schemaObject) => (isAlwaysEmpty(schemaObject) ? tsRecord(STRING, NEVER) : undefined),
    transformProperty: undefined,
  };
}

/** The document in pieces: a few paths at a time, and then everything that is no path. */
function slicesOf({ paths, ...rest }: JsonObject): OpenAPI3[] {
  const entries = Object.entries(isObject(paths) ? paths : {});
  const slices: JsonObject[] = [];
  for (let start = 0; start < entries.length; start += PATHS_AT_A_TIME) {
    const slice: JsonObject = {};
    for (const [path, item] of entries.slice(start, start + PATHS_AT_A_TIME)) setOwn(slice, path, item);
    slices.push({ paths: slice });
  }
  return [...slices, rest] as unknown as OpenAPI3[]; // parts of a document whose structure has been checked
}

const order = ['paths', 'webhooks', 'components', '$defs'];

/** One declaration of each name, in the order in which openapi-typescript writes them; those with members win over empty ones. */
function merged(nodes: readonly ts.Node[]): ts.Node[] {
  const empty = new Map<string, ts.Node>();
  const members = new Map<string, ts.TypeElement[]>();
  const first = new Map<string, ts.InterfaceDeclaration>();
  for (const node of nodes) {
    if (ts.isInterfaceDeclaration(node)) {
      const name = node.name.text;
      first.set(name, first.get(name) ?? node);
      const known = members.get(name) ?? [];
      for (const member of node.members) known.push(member);
      members.set(name, known);
    } else if (ts.isTypeAliasDeclaration(node) && !empty.has(node.name.text)) empty.set(node.name.text, node);
  }
  const others = [...new Set([...empty.keys(), ...first.keys()])].filter((name) => !order.includes(name));
  return [...order, ...others].flatMap((name) => {
    const declared = first.get(name);
    if (declared === undefined) return empty.get(name) ?? [];
    const { modifiers, name: identifier, typeParameters, heritageClauses } = declared;
    const all = members.get(name) ?? [];
    return ts.factory.createInterfaceDeclaration(modifiers, identifier, typeParameters, heritageClauses, all);
  });
}

/** Schemas may be `true` and `false`, too, whatever openapi-typescript says. */
function isAlwaysEmpty(schema: unknown): boolean {
  if (
    !isObject(schema) ||
    !('type' in schema) ||
    schema.type !== 'object' ||
    'properties' in schema ||
    'patternProperties' in schema
  )
    return false;
  if ('maxProperties' in schema && schema.maxProperties === 0) return true;
  return 'additionalProperties' in schema && schema.additionalProperties === false;
}
