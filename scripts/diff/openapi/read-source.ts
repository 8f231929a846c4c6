import { readFile } from 'node:fs/promises';
import { asMissingPackage } from '../../generate/missing-package.ts';
import { SpecError } from '../../generate/spec-error.ts';
import { pointerKeys } from './json.ts';

/** One YAML or JSON file. */
export interface Source {
  /** Name in messages. */
  readonly file: string;
  /** Absolute path. */
  readonly path: string;
  readonly root: unknown;
  /** The pointer in what was written; another one only for what was converted. */
  placeOf(pointer: string): string;
  /** Where the key that a pointer ends with is written, or the nearest parent of it that is. */
  positionOf(pointer: string): LinePosition;
}

interface LinePosition {
  readonly line: number;
  readonly column: number;
}

/** Line and column in one number: a large document has a million of them. */
type Spot = number;

/** An object of the file: where it begins, and where its keys or elements do. */
interface Written {
  readonly start: Spot;
  readonly parts: ReadonlyMap<string, Spot>;
}

interface OpenNode {
  readonly start: Spot;
  /** Where each child begins, and what it is as long as it may be a key. */
  readonly starts: Spot[];
  readonly names: (string | undefined)[];
}

const COLUMNS = 2 ** 16;

/** Larger texts are refused: comparing them takes more memory than machines have. */
export const MOST_CHARACTERS = 64 * 1024 * 1024;

/** Deeper than any spec a person wrote; the comparison follows the nesting with the stack. */
const DEEPEST = 500;

/**
 * Reads YAML 1.2 or JSON with its line numbers. Uses js-yaml, which measured fifteen times as fast as `yaml` on a document of 15 MB.
 * @throws SpecError for what is not well-formed, has a key twice, is nested more than 500 deep, or larger than 64 MiB.
 */
export async function readSource(file: string, path: string, text: string): Promise<Source> {
  if (text.length > MOST_CHARACTERS) throw new SpecError(`larger than ${MOST_CHARACTERS / 1_048_576} MiB`, { file });
  const yaml = await import('js-yaml').catch((error: unknown) => {
    throw asMissingPackage(error, 'comparing') ?? error;
  });
  const places = new Map<object, Written>();
  const open: OpenNode[] = [];
  let root: unknown;
  try {
    if (/\.json$/i.test(file)) JSON.parse(text.replace(/^\uFEFF/, ''));
    const options: import('js-yaml').LoadOptions & { maxDepth: number } = {
      maxDepth: DEEPEST,
      filename: file,
      schema: yaml.CORE_SCHEMA.extend({ implicit: [mergeType(yaml)] }),
      listener: (event, state) => {
        if (event === 'open') {
          const column = Math.min(state.position - state.lineStart + 1, COLUMNS - 1);
          open.push({ start: (state.line + 1) * COLUMNS + column, starts: [], names: [] });
          return;
        }
        const node = open.pop();
        if (node === undefined) return;
        const result: unknown = state.result;
        const around = open.at(-1);
        around?.starts.push(node.start);
        around?.names.push(typeof result === 'object' ? undefined : String(result));
        if (typeof result === 'object' && result !== null && !places.has(result))
          places.set(result, written(node, result));
      },
    };
    root = yaml.load(text, options);
  } catch (error) {
    throw syntaxError(file, error);
  }
  refuseDepth(file, root);
  return {
    file,
    path,
    root,
    placeOf: (pointer) => pointer,
    positionOf(pointer) {
      let value = root;
      let found = places.get(Object(value))?.start ?? COLUMNS + 1;
      for (const key of pointerKeys(pointer)) {
        if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) break;
        found = places.get(value)?.parts.get(key) ?? found;
        value = Reflect.get(value, key);
      }
      return { line: Math.floor(found / COLUMNS), column: found % COLUMNS };
    },
  };
}

/** Reads a file as UTF-8. @throws SpecError when it cannot be read or is no text. */
export async function readText(path: string, file: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path));
  } catch (error) {
    throw new SpecError(error instanceof TypeError ? 'not UTF-8 text' : 'cannot be read', { file }, { cause: error });
  }
}

function mergeType(yaml: typeof import('js-yaml')): import('js-yaml').Type {
  return new yaml.Type('tag:yaml.org,2002:merge', {
    kind: 'scalar',
    resolve: (data) => data === '<<' || data === null,
  });
}

/** In a mapping, keys and values take turns. */
function written({ start, starts, names }: OpenNode, result: object): Written {
  const parts = new Map<string, Spot>();
  const isList = Array.isArray(result);
  if (isList || starts.length % 2 === 0) {
    for (let index = 0; index < starts.length; index += isList ? 1 : 2) {
      const name = isList ? String(index) : names[index];
      const spot = starts[index];
      if (name !== undefined && spot !== undefined) parts.set(name, spot);
    }
  }
  return { start, parts };
}

function syntaxError(file: string, error: unknown): SpecError {
  if (error instanceof RangeError || /maxDepth/.test(String(error))) {
    return new SpecError(`nested more than ${DEEPEST} deep`, { file }, { cause: error });
  }
  const { reason, mark } = Object(error);
  const what = typeof reason === 'string' ? reason : error instanceof Error ? error.message : String(error);
  const isMarked = typeof mark === 'object' && mark !== null && typeof mark.line === 'number';
  const at = isMarked ? { file, line: mark.line + 1, column: mark.column + 1 } : { file };
  return new SpecError(`not well-formed ${/\.json$/i.test(file) ? 'JSON' : 'YAML or JSON'}: ${what}`, at, {
    cause: error,
  });
}

function refuseDepth(file: string, root: unknown): void {
  let level: object[] = typeof root === 'object' && root !== null ? [root] : [];
  // An object that is met again on a deeper level may be a ring of anchors, so it counts again; a ring ends at the limit.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) throw new SpecError(`nested more than ${DEEPEST} deep, or an anchor holds itself`, { file });
    const next = new Set<object>();
    for (const value of level) {
      for (const child of Object.values(value)) if (typeof child === 'object' && child !== null) next.add(child);
    }
    level = [...next];
  }
}
