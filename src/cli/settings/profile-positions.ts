import { findNodeAtLocation, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { badArgument } from '../../errors.ts';

const DEEPEST = 100;
const FORM = { allowTrailingComma: true, disallowComments: false };

/** Reads JSON with comments. @throws TypeError with code `ERR_PROFILE_FILE` that names line and column */
export function parseWithComments(file: string, text: string): unknown {
  const errors: ParseError[] = [];
  const root = treeOf(file, text, errors);
  const [first] = errors;
  if (first === undefined) return root && valueIn(root);
  const what = printParseErrorCode(first.error).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  throw badArgument('ERR_PROFILE_FILE', `${file}:${lineColumn(text, first.offset)}: not JSON: ${what}`);
}

function treeOf(file: string, text: string, errors: ParseError[]): Node | undefined {
  if (isTooDeep(text)) throw badArgument('ERR_PROFILE_FILE', `${file}: it is nested too deeply`);
  return parseTree(text, errors, FORM);
}

/** What would exhaust the parser's stack: nothing that people write. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (const [bracket] of text.matchAll(/[[\]{}]/g)) {
    depth += bracket === '[' || bracket === '{' ? 1 : -1;
    if (depth > DEEPEST) return true;
  }
  return false;
}

/** The value of a tree. The parser's own values lose the key `__proto__`, so that nobody would hear of it. */
function valueIn({ type, value, children = [] }: Node): unknown {
  if (type === 'array') return children.map(valueIn);
  if (type !== 'object') return value;
  const fields = children.map(
    ({ children: [key, field] = [] }) => [String(key?.value), field && valueIn(field)] as const,
  );
  return Object.fromEntries(fields);
}

/** Line and column, as `3:7`, of what keys lead to; of the nearest thing around it where it is not there. */
export function positionOf(text: string, way: readonly string[]): string {
  const root = isTooDeep(text) ? undefined : parseTree(text, [], FORM);
  for (let length = way.length; root !== undefined && length > 0; length -= 1) {
    const node = findNodeAtLocation(root, way.slice(0, length));
    // People look for the key, not for what stands behind it.
    if (node !== undefined) return lineColumn(text, node.parent?.offset ?? node.offset);
  }
  return lineColumn(text, root?.offset ?? 0);
}

function lineColumn(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}
