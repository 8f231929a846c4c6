import type * as Yaml from 'yaml';

/** A place as editors show it, counted from 1. */
export interface LineColumn {
  readonly line: number;
  readonly column: number;
}

/** What is used of the parser. */
export type YamlParser = Pick<typeof Yaml, 'LineCounter' | 'isMap' | 'isScalar' | 'isSeq' | 'parseDocument'>;

/** A YAML or JSON text that is read with its places. */
export interface WrittenYaml {
  readonly document: Yaml.Document.Parsed;
  /** Where an offset of the text lies. */
  at(offset: number): LineColumn;
  /** Where the last of the keys, or in a list the element, is written; for what is not written out, where its nearest parent is. */
  placeOf(keys: readonly (string | number)[]): LineColumn;
}

/**
 * Reads a text with its places; faults of the text are in `document.errors`.
 * @param yaml The parser, from whoever uses it: some load it only when there is a place to tell.
 */
export function readWritten(yaml: YamlParser, text: string, options: Yaml.ParseOptions = {}): WrittenYaml {
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { ...options, lineCounter: lines, prettyErrors: false });
  const at = (offset: number): LineColumn => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  return { document, at, placeOf: (keys) => at(offsetOf(yaml, document, keys)) };
}

function offsetOf(
  { isMap, isScalar, isSeq }: YamlParser,
  { contents }: Yaml.Document.Parsed,
  keys: readonly (string | number)[],
): number {
  const startOf = (node: unknown): number | undefined =>
    isMap(node) || isSeq(node) || isScalar(node) ? node.range?.[0] : undefined;
  let node: unknown = contents;
  let offset = startOf(node) ?? 0;
  for (const key of keys) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
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
