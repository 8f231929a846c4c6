import { parseYaml } from '@redocly/openapi-core';
import { reasonOf, SpecError } from '../spec-error.ts';
import type { JsonValue } from './json.ts';
import { duplicateKey } from './json-keys.ts';
import { sizeUp } from './tree-size.ts';

/** The largest file, and the largest sum of a spec's files, in characters. */
export const MOST_CHARACTERS = 64 * 1024 * 1024;

/**
 * Reads a JSON or YAML text as plain values, each of which stands in one place only.
 * @throws SpecError on broken text, on a name given twice, and on what is too large, too deep, endless, or nothing that JSON can hold
 */
export function readTree(file: string, text: string): JsonValue {
  if (text.length > MOST_CHARACTERS) {
    const megabytes = Math.round(text.length / 1_048_576);
    throw new SpecError(`too large: ${megabytes} MiB of text, at most ${MOST_CHARACTERS / 1_048_576} are read`, {
      file,
    });
  }
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  return settled(file, readJson(file, source) ?? readYaml(file, source));
}

function startsLikeJson(text: string): boolean {
  return /^\s*\{/.test(text);
}

/** `undefined` for what is not JSON: most YAML, and broken JSON, whose place the YAML parser tells. */
function readJson(file: string, text: string): unknown {
  if (!startsLikeJson(text)) return undefined;
  let tree: unknown;
  try {
    tree = JSON.parse(text);
  } catch {
    return undefined;
  }
  const twice = duplicateKey(text);
  if (twice !== undefined) {
    const before = text.slice(0, twice.offset).split('\n');
    const place = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
    throw new SpecError(`not well-formed JSON: the name ${twice.key} is given twice`, place);
  }
  return tree;
}

function readYaml(file: string, text: string): unknown {
  try {
    return parseYaml(text) ?? null;
  } catch (error) {
    if (error instanceof RangeError) throw new SpecError('nested too deeply to be read', { file, line: 1 });
    const { line, column } = markOf(error);
    const reason = error instanceof Error && 'reason' in error ? String(error.reason) : reasonOf(error);
    const place = line === undefined ? { file, line: 1 } : { file, line: line + 1, column: (column ?? 0) + 1 };
    const language = startsLikeJson(text) ? 'JSON, nor YAML' : 'YAML';
    throw new SpecError(`not well-formed ${language}: ${reason}`, place);
  }
}

function markOf(error: unknown): { line?: number; column?: number } {
  const mark = error instanceof Error && 'mark' in error ? error.mark : undefined;
  if (typeof mark !== 'object' || mark === null || !('line' in mark) || !('column' in mark)) return {};
  const { line, column } = mark;
  return typeof line === 'number' && typeof column === 'number' ? { line, column } : {};
}

/** Makes an object of its own of each use of a YAML anchor; without anchors the tree is as it should be. */
function settled(file: string, tree: unknown): JsonValue {
  const size = sizeUp(tree);
  if ('problem' in size) throw new SpecError(size.problem, { file, line: 1 });
  if (!size.hasShared) return tree as JsonValue; // each value in it has just been looked at
  return JSON.parse(JSON.stringify(tree));
}
