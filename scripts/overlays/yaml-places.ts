import { isMap, isPair, isScalar, isSeq, parseDocument, type Document as YamlDocument } from 'yaml';

/** Where a key, or an element of a list, is written; for what is not there, where its nearest parent is. */
export function offsetOf(yaml: YamlDocument.Parsed, keys: readonly (string | number)[]): number {
  let node: unknown = yaml.contents;
  let offset = startOf(node) ?? 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(key),
      );
      if (pair === undefined) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(key)];
      offset = startOf(node) ?? offset;
    } else {
      break;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
}

/** Where the value at a JSON pointer (`#/paths/~1pets`) is written in a YAML or JSON text. */
export function offsetOfPointer(text: string, pointer: string): number {
  const keys = pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  return offsetOf(parseDocument(text, { prettyErrors: false }), keys);
}
