import { createConfig } from '@redocly/openapi-core';
import openapiTS, { astToString, NEVER, STRING, tsRecord } from 'openapi-typescript';
import { reasonOf } from '../spec-error.ts';
import { withClientFilledOptional } from './client-filled.ts';
import type { OpenApiDocument } from './document.ts';
import type { Operation } from './operations.ts';

/** Text of `types.ts`: `paths`, `components` and `operations` as callers see them. */
export async function typesFile(document: OpenApiDocument, operations: readonly Operation[]): Promise<string> {
  const copy = withClientFilledOptional(document, operations);
  const nodes = await openapiTS(JSON.stringify(copy), {
    alphabetize: false,
    // A default is what a server assumes, not a promise that an answer holds the property or a demand that a request does.
    defaultNonNullable: false,
    // An object without listed properties is a free one, unless it says that it has none.
    emptyObjectsUnknown: true,
    transform: (schema) => (isAlwaysEmpty(schema) ? tsRecord(STRING, NEVER) : undefined),
    // The document has been checked; a second check would print its findings.
    redocly: await createConfig({}),
    silent: true,
  }).catch((error: unknown) => {
    throw document.fault(`types cannot be made: ${reasonOf(error)}`, '#', error);
  });
  return astToString(nodes);
}

function isAlwaysEmpty(schema: object): boolean {
  if (!('type' in schema) || schema.type !== 'object' || 'properties' in schema || 'patternProperties' in schema)
    return false;
  if ('maxProperties' in schema && schema.maxProperties === 0) return true;
  return 'additionalProperties' in schema && schema.additionalProperties === false;
}
