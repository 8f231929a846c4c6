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

/** Types that a schema names itself, through its reference, or in its parts. */
function typesOf(document: OpenApiDocument, schema: unknown, at: string, seen: readonly string[] = []): unknown[] {
  if (!isObject(schema)) return [];
  const { value, pointer } = document.resolve(schema, at);
  if (seen.includes(pointer)) return [];
  const own = Array.isArray(value.type) ? value.type : [value.type];
  const parts = ['allOf', 'oneOf', 'anyOf'].flatMap((keyword) =>
    listOf(value[keyword]).flatMap((part, index) =>
      typesOf(document, part, pointerTo(pointer, keyword, index), [...seen, pointer]),
    ),
  );
  return [...own, ...parts];
}
