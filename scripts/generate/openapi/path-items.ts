import { isObject, type JsonObject, objectEntries, pointerTo, setOwn } from './json.ts';
import type { Finding } from './structure.ts';

/** What a path may have beside a reference without being another path. */
const comments: readonly string[] = ['$ref', 'summary', 'description'];

/**
 * Writes out the references of paths that have more beside them: readers follow the one and do not see the other.
 * @returns what is both there and where the reference leads, of which what is there counts
 */
export function completePathItems(root: JsonObject, resolve: (entry: JsonObject) => JsonObject): Finding[] {
  const remarks: Finding[] = [];
  for (const section of ['paths', 'webhooks']) {
    for (const [path, item] of objectEntries(root[section])) {
      if (typeof item.$ref !== 'string' || Object.keys(item).every((key) => comments.includes(key))) continue;
      const found = resolve(item);
      const { $ref: _followed, ...beside } = item;
      for (const key of Object.keys(beside)) {
        if (comments.includes(key) || !Object.hasOwn(found, key)) continue;
        const what = `${key} is there where the $ref leads, too; what is beside the $ref counts`;
        remarks.push({ what, pointer: pointerTo('#', section, path, key) });
      }
      const paths = root[section];
      if (isObject(paths)) setOwn(paths, path, { ...found, ...beside });
    }
  }
  return remarks;
}
