import { applyEdits, type Edit, findNodeAtLocation, modify, type Node, parseTree } from 'jsonc-parser';

/** The text with a value at a place; all else is as it was, comments included, and each of them stays behind what it was behind. */
export function withValue(text: string, way: readonly [string, ...string[]], value: unknown): string {
  const indent = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  const unit = /^\t/m.test(text) ? '\t' : ' '.repeat(indent);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const root = parseTree(text, [], { allowTrailingComma: true });
  // What is there of the way; the rest of it is made with the value.
  const depth = way.findLastIndex((_, length) => root && findNodeAtLocation(root, way.slice(0, length)));
  const [key = '', ...rest] = way.slice(depth);
  const last = root && findNodeAtLocation(root, way.slice(0, depth))?.children?.at(-1);
  const isThere = root && findNodeAtLocation(root, [...way]) !== undefined;
  const nested = rest.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value);
  const rendered = `${JSON.stringify(key)}: ${JSON.stringify(nested, null, unit)}`;
  const edits = last && !isThere ? behind(text, last, rendered, eol) : undefined;
  if (edits !== undefined) return applyEdits(text, edits);
  const formattingOptions = { insertSpaces: unit !== '\t', tabSize: indent, eol };
  return applyEdits(text, modify(text, [...way], value, { formattingOptions }));
}

/**
 * Puts a property behind the last one, its comma and the comments behind that, which the parser's own edits stumble over: on a line of its own where
 * the last one has one. `undefined` where there is nothing to stumble over.
 */
function behind(text: string, last: Node, property: string, eol: string): Edit[] | undefined {
  const end = last.offset + last.length;
  const { comma, at, isInLineComment } = trailOf(text, end);
  const own = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, last.offset))?.[1];
  if (own === undefined && at === end) return undefined;
  const margin = own ?? (isInLineComment ? '' : undefined);
  const lines = property.replaceAll('\n', `${eol}${margin ?? ''}`);
  const content = `${margin === undefined ? ' ' : eol + margin}${lines}${comma ? ',' : ''}`;
  const added = { offset: at, length: 0, content };
  return comma ? [added] : [{ offset: end, length: 0, content: ',' }, added];
}

interface Trail {
  readonly comma: boolean;
  /** Behind the comma, and behind the comments that begin in its line. */
  readonly at: number;
  readonly isInLineComment: boolean;
}

/** What stands between the last property and the end of its object. */
function trailOf(text: string, end: number): Trail {
  let trail: Trail = { comma: false, at: end, isInLineComment: false };
  let at = end;
  let isLineOver = false;
  for (const [token] of text.slice(end).matchAll(/[ \t]+|[\r\n]+|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|[\s\S]/g)) {
    at += token.length;
    if (/^[\r\n]/.test(token)) isLineOver = true;
    else if (token === ',') {
      trail = { comma: true, at, isInLineComment: false };
      isLineOver = false;
    } else if (token.startsWith('/')) {
      if (!isLineOver) trail = { ...trail, at, isInLineComment: token.startsWith('//') };
    } else if (token.trim() !== '') break;
  }
  return trail;
}
