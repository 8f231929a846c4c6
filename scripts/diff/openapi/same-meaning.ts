import type { Documents } from './compared.ts';
import { type At, child, type OpenApiDocument } from './document.ts';
import { canonical, isObject } from './json.ts';
import { DATA, MAPS } from './references.ts';

/** Says nothing about values. */
const DOCUMENTING = new Set(['description', 'title', 'summary', 'example', 'examples', 'externalDocs']);
/** Lists whose order means nothing. */
const SETS = new Set(['required', 'enum', 'type']);

interface Pair {
  readonly old: At;
  readonly next: At;
  /** Whether their keys are names that a person chose; or all of it is data, in which no key means anything. */
  readonly kind: 'words' | 'names' | 'data';
}

/**
 * Whether two values, such as the schemas under `not`, are the same once references are followed.
 * Each pair is looked at once, in a list, so that neither rings nor long chains matter.
 * @param isMeaningOnly leaves out what only documents
 */
export function areSameResolved(
  documents: Pick<Documents, 'old' | 'new'>,
  old: At,
  next: At,
  isMeaningOnly = true,
): boolean {
  const seen = new Map<unknown, Set<unknown>>();
  const todo: Pair[] = [{ old, next, kind: 'words' }];
  for (let pair = todo.pop(); pair !== undefined; pair = todo.pop()) {
    const { kind } = pair;
    const before = partsOf(documents.old, pair.old, kind, isMeaningOnly);
    const after = partsOf(documents.new, pair.next, kind, isMeaningOnly);
    if (typeof before === 'string' || typeof after === 'string') {
      if (before !== after) return false;
      continue;
    }
    if (before.isList !== after.isList || before.parts.size !== after.parts.size) return false;
    const known = seen.get(before.value) ?? new Set();
    if (known.has(after.value)) continue;
    seen.set(before.value, known.add(after.value));
    for (const [key, part] of before.parts) {
      const other = after.parts.get(key);
      if (other === undefined) return false;
      todo.push({ old: part, next: other, kind: kindOf(kind, key, before.isList) });
    }
  }
  return true;
}

interface Parts {
  readonly value: object;
  readonly isList: boolean;
  readonly parts: ReadonlyMap<string, At>;
}

function partsOf(document: OpenApiDocument, from: At, kind: Pair['kind'], isMeaningOnly: boolean): Parts | string {
  const at = kind === 'words' && !hasMore(document, from, isMeaningOnly) ? document.resolve(from) : from;
  const { value } = at;
  if (typeof value !== 'object' || value === null) return canonical(value);
  const isLeftOut = (key: string) => key === '$comment' || (isMeaningOnly && DOCUMENTING.has(key));
  const parts = new Map<string, At>();
  for (const key of Object.keys(value)) {
    if (kind === 'words' && isObject(value) && isLeftOut(key)) continue;
    const part = child(at, key);
    if (part === undefined) continue;
    const isReference = kind === 'words' && key === '$ref' && typeof part.value === 'string';
    const isSet = kind === 'words' && SETS.has(key) && Array.isArray(part.value);
    parts.set(key, isReference ? document.resolve(at) : isSet ? sorted(part) : part);
  }
  return { value, isList: Array.isArray(value), parts };
}

/** Since 3.1, what stands beside `$ref` is meant as well. */
function hasMore({ isVersion30 }: OpenApiDocument, { value }: At, isMeaningOnly: boolean): boolean {
  if (!isObject(value) || typeof value.$ref !== 'string' || isVersion30) return false;
  return Object.keys(value).some((key) => key !== '$ref' && !(isMeaningOnly && DOCUMENTING.has(key)));
}

function sorted(at: At): At {
  const list: unknown[] = Array.isArray(at.value) ? at.value : [];
  return { ...at, value: canonical(list.map(canonical).sort()) };
}

function kindOf(around: Pair['kind'], key: string, isList: boolean): Pair['kind'] {
  if (around === 'data') return 'data';
  if (around === 'names' || isList) return 'words';
  if (DATA.has(key) || key === 'examples' || key.startsWith('x-')) return 'data';
  return MAPS.has(key) ? 'names' : 'words';
}
