import { isObject, type JsonObject, objectEntries } from './json.ts';

/** Puts shared media types of OpenAPI 3.2 where they are referred to: nothing that works on the document knows them. */
export function inlineMediaTypes(value: unknown, resolve: (entry: JsonObject) => JsonObject): void {
  if (typeof value !== 'object' || value === null) return;
  if (isObject(value) && isObject(value.content)) {
    for (const [type, media] of objectEntries(value.content)) {
      if (typeof media.$ref === 'string') value.content[type] = resolve(media);
    }
  }
  for (const child of Object.values(value)) inlineMediaTypes(child, resolve);
}
