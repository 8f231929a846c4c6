import type { Located, OpenApiDocument } from './document.ts';
import { isObject, listOf, pointerTo } from './json.ts';

/**
 * Whether a parameter or header is a single text that its schema describes. Objects, lists joined by separators and values with a media
 * type of their own are spread or packed on the wire, so that their schema cannot be held against one text.
 */
export function travelsAsOneText(document: OpenApiDocument, { value, pointer }: Located): boolean {
  if (value.schema === undefined) return value.content === undefined;
  const types = typesOf(document, value.schema, pointerTo(pointer, 'schema'));
  if (types.includes('object')) return false;
  if (!types.includes('array')) return true;
  const isRepeated = value.in === 'query' && (value.style ?? 'form') === 'form' && value.explode !== false;
  return isRepeated;
}

/** Types that a schema names itself, through its reference, or in its parts, each part taken once however many lead to it. */
export function typesOf(document: OpenApiDocument, schema: unknown, at: string): readonly unknown[] {
  const types: unknown[] = [];
  const seen = new Set<string>();
  const waiting = [{ schema, at }];
  for (const next of waiting) {
    if (!isObject(next.schema)) continue;
    const { value, pointer } = document.resolveSchema(next.schema, next.at);
    if (seen.has(pointer)) continue;
    seen.add(pointer);
    types.push(...(Array.isArray(value.type) ? value.type : [value.type]));
    for (const keyword of ['allOf', 'oneOf', 'anyOf']) {
      for (const [index, part] of listOf(value[keyword]).entries()) {
        waiting.push({ schema: part, at: pointerTo(pointer, keyword, index) });
      }
    }
  }
  return types;
}
