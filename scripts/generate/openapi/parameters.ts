import type { Located, OpenApiDocument } from './document.ts';
import { isObject, type JsonObject, listOf, objectEntries, pointerTo } from './json.ts';

/** Parameters of a path item and then of its operation, where the later of two with the same place and name counts. */
export function readParameters(document: OpenApiDocument, owners: readonly Located[]): Located[] {
  const byName = new Map<string, Located>();
  for (const owner of owners) {
    for (const [index, entry] of listOf(owner.value.parameters).entries()) {
      const parameter = document.resolve(entry, pointerTo(owner.pointer, 'parameters', index));
      byName.set(placeAndName(parameter.value), parameter);
    }
  }
  return [...byName.values()];
}

/** The API keys that the document's security schemes describe, as `header x-key`: a client sets them, not who calls it. */
export function apiKeys({ root }: OpenApiDocument): ReadonlySet<string> {
  const components = isObject(root.components) ? root.components : {};
  const keys = objectEntries(components.securitySchemes).filter(([, { type }]) => type === 'apiKey');
  return new Set(keys.map(([, scheme]) => placeAndName(scheme)));
}

/** Where a parameter or API key stands; names of headers are alike in any case. */
export function placeAndName({ in: place, name }: JsonObject): string {
  return `${String(place)} ${place === 'header' ? String(name).toLowerCase() : String(name)}`;
}

/** Whether OpenAPI says that a parameter means nothing: these headers are described elsewhere in the document. */
export function isIgnoredParameter(parameter: JsonObject): boolean {
  if (parameter.in !== 'header' || typeof parameter.name !== 'string') return false;
  return ['accept', 'authorization', 'content-type'].includes(parameter.name.toLowerCase());
}
