import { type NodeKind, nodesFrom } from './grammar.ts';
import { type JsonObject, objectEntries, setOwn } from './json.ts';

/** Puts shared media types of OpenAPI 3.2 where they are referred to: nothing that works on the document knows them. */
export function inlineMediaTypes(
  root: JsonObject,
  rootKind: NodeKind,
  resolve: (entry: JsonObject) => JsonObject,
): void {
  for (const [node, kind] of nodesFrom(root, rootKind)) {
    if (kind.name !== 'MediaTypesMap') continue;
    for (const [type, media] of objectEntries(node)) {
      if (typeof media.$ref === 'string') setOwn(node, type, resolve(media));
    }
  }
}
