import { createReach, type Reach } from './reach.ts';
import { type ChangeKind, type Direction, type RuleName, rules } from './rules.ts';

/** Where something stands. Lines and columns count from 1. */
export interface Position {
  /** JSON pointer in fragment form (`#/paths/~1pets/get`), or element path (`definitions/types/schema/complexType[Pet]`). */
  readonly place: string;
  /** The file, as the caller named it. */
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** One difference between two specs. Its position is that in the new spec; for what is gone, that in the old one. */
export interface Change extends Position {
  readonly kind: ChangeKind;
  readonly rule: RuleName;
  /** What happened, for a person. */
  readonly sentence: string;
  /** Which of the two specs the position is in. */
  readonly side: 'old' | 'new';
  /** Where the same thing stood in the old spec, for what is in both. */
  readonly before?: Position;
  /** The operations that it reaches (`GET /pets`, `login`), by name; absent for what is of no operation, or of the whole service. */
  readonly operations?: readonly string[];
}

/** Which part of the version a release with these changes raises. */
export type Bump = 'major' | 'minor' | 'patch' | 'none';

/** All that differs between two specs. */
export interface SpecDiff {
  /** Breaking ones first, then by place. Empty when the specs mean the same. */
  readonly changes: readonly Change[];
  /** `major` with a breaking change, `minor` with an additive one, `patch` with documentation only. */
  readonly bump: Bump;
  readonly counts: Readonly<Record<ChangeKind, number>>;
}

/** The kinds, worst first. */
export const kinds = [
  'breaking-callers',
  'breaking-readers',
  'additive',
  'documentation',
] as const satisfies ChangeKind[];

/** Something that has a position, found out only when it is reported. */
export interface Locatable {
  position(): Position;
}

/** Takes changes while two specs are compared. */
export interface Reporter {
  report(
    rule: RuleName,
    direction: Direction,
    at: { old?: Locatable | undefined; new?: Locatable | undefined },
    sentence: string,
  ): void;
  /** Which operations lead to what is reported. */
  readonly reach: Reach;
  result(): SpecDiff;
}

/** Collects changes, each once: a definition used in many operations is told about once. */
export function createReporter(): Reporter {
  const found = new Map<string, { readonly change: Change; readonly marks: (() => readonly string[])[] }>();
  const reach = createReach();
  return {
    reach,
    report(rule, direction, at, sentence) {
      const kind = rules[rule][direction];
      const before = at.old?.position();
      const position = at.new?.position() ?? before;
      if (position === undefined) throw new Error(`the change "${sentence}" has no place`);
      const key = JSON.stringify([kind, rule, position.file, position.place, sentence]);
      const known = found.get(key);
      if (known !== undefined) {
        known.marks.push(reach.mark());
        return;
      }
      const side = at.new === undefined ? 'old' : 'new';
      const change = {
        kind,
        rule,
        sentence,
        side,
        ...position,
        ...(before && side === 'new' ? { before } : {}),
      } as const;
      found.set(key, { change, marks: [reach.mark()] });
    },
    result() {
      const all = [...found.values()].map(({ change, marks }): Change => {
        const operations = [...new Set(marks.flatMap((operationsOf) => operationsOf()))].sort(byCodeUnit);
        return operations.length === 0 ? change : { ...change, operations };
      });
      const changes = all.sort(
        (a, b) =>
          kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
          byCodeUnit(a.file, b.file) ||
          (a.line ?? 0) - (b.line ?? 0) ||
          byCodeUnit(a.place, b.place) ||
          byCodeUnit(a.sentence, b.sentence),
      );
      const countOf = (kind: ChangeKind) => changes.filter((change) => change.kind === kind).length;
      const counts = {
        'breaking-callers': countOf('breaking-callers'),
        'breaking-readers': countOf('breaking-readers'),
        additive: countOf('additive'),
        documentation: countOf('documentation'),
      };
      return { changes, bump: bumpOf(counts), counts };
    },
  };
}

function bumpOf(counts: SpecDiff['counts']): Bump {
  if (counts['breaking-callers'] + counts['breaking-readers'] > 0) return 'major';
  if (counts.additive > 0) return 'minor';
  return counts.documentation > 0 ? 'patch' : 'none';
}

function byCodeUnit(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}
