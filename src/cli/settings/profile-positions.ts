import { findNodeAtLocation, type ParseError, parse, parseTree, printParseErrorCode } from 'jsonc-parser';
import { badArgument } from '../../errors.ts';

const FORM = { allowTrailingComma: true, disallowComments: false };

/** Reads JSON with comments. @throws TypeError with code `ERR_PROFILE_FILE` that names line and column */
export function parseWithComments(file: string, text: string): unknown {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, FORM);
  const [first] = errors;
  if (first === undefined) return value;
  const what = printParseErrorCode(first.error).replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  throw badArgument('ERR_PROFILE_FILE', `${file}:${lineColumn(text, first.offset)}: not JSON: ${what}`);
}

/** Line and column, as `3:7`, of what keys lead to; of the nearest thing around it where it is not there. */
export function positionOf(text: string, way: readonly string[]): string {
  const root = parseTree(text, [], FORM);
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
