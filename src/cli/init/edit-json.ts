import { applyEdits, type Edit, findNodeAtLocation, modify, type Node, parseTree } from 'jsonc-parser';

/** The text with a value at a place; all else is as it was, comments included, and each of them stays behind what it was behind. */
export function withValue(text: string, way: readonly [...string[], string], value: unknown): string {
  const indent = /^( +)\S/m.exec(text)?.[1]?.length ?? 2;
  const unit = /^\t/m.test(text) ? '\t' : ' '.repeat(indent);
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const root = parseTree(text, [], { allowTrailingComma: true });
  const parent = root && findNodeAtLocation(root, way.slice(0, -1));
  const isThere = root && findNodeAtLocation(root, [...way]) !== undefined;
  const last = parent?.children?.at(-1);
  const rendered = JSON.stringify(value, null, unit);
  const edits = last && !isThere ? behind(text, last, `${JSON.stringify(way.at(-1))}: ${rendered}`, eol) : undefined;
  if (edits !== undefined) return applyEdits(text, edits);
  const formattingOptions = { insertSpaces: unit !== '\t', tabSize: indent, eol };
  return applyEdits(text, modify(text, [...way], value, { formattingOptions }));
}

/** Puts a property on a line behind the last one and the comment behind that; `undefined` where they are not on lines of their own. */
function behind(text: string, last: Node, property: string, eol: string): Edit[] | undefined {
  const margin = /(?:^|\n)([ \t]*)$/.exec(text.slice(0, last.offset))?.[1];
  if (margin === undefined) return undefined;
  const end = last.offset + last.length;
  // A comma and comments, up to the end of the line.
  const [trail] = /^(?:[ \t]*(?:,|\/\/[^\r\n]*|\/\*[\s\S]*?\*\/))*(?=[ \t]*\r?\n)/.exec(text.slice(end)) ?? [];
  if (trail === undefined) return undefined;
  const hasComma = /^(?:[ \t]|\/\*[\s\S]*?\*\/)*,/.test(trail);
  const at = end + trail.length;
  const lines = property.replaceAll('\n', `${eol}${margin}`);
  const added = { offset: at, length: 0, content: `${eol}${margin}${lines}${hasComma ? ',' : ''}` };
  return hasComma ? [added] : [{ offset: end, length: 0, content: ',' }, added];
}
