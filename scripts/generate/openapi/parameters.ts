import type { Located, OpenApiDocument } from './document.ts';
import { type JsonObject, listOf, pointerTo } from './json.ts';

/** Parameters of a path item and then of its operation, where the later of two with the same place and name counts. */
export function readParameters(document: OpenApiDocument, owners: readonly Located[]): Located[] {
  const byName = new Map<string, Located>();
  for (const owner of owners) {
    for (const [index, entry] of listOf(owner.value.parameters).entries()) {
      const parameter = document.resolve(entry, pointerTo(owner.pointer, 'parameters', index));
      byName.set(`${parameter.value.in} ${parameter.value.name}`, parameter);
    }
  }
  return [...byName.values()];
}

/** Whether OpenAPI says that a parameter means nothing: these headers are described elsewhere in the document. */
export function isIgnoredParameter(parameter: JsonObject): boolean {
  if (parameter.in !== 'header' || typeof parameter.name !== 'string') return false;
  return ['accept', 'authorization', 'content-type'].includes(parameter.name.toLowerCase());
}
