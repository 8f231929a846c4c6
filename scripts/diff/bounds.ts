/** A smallest or largest value, length or count. */
export interface Bound {
  readonly value: number;
  /** Whether the value itself is out. */
  readonly isExclusive: boolean;
}

/** What became of a bound, with the words for a sentence. */
export interface BoundChange {
  readonly rule: 'limit-tightened' | 'limit-loosened';
  readonly is: string;
  readonly was: string;
}

/** Compares a bound; an absent one allows everything. */
export function compareBounds(
  side: 'lower' | 'upper',
  old: Bound | undefined,
  next: Bound | undefined,
): BoundChange | undefined {
  const difference = strictness(side, next) - strictness(side, old);
  const isTighter =
    difference === 0 || Number.isNaN(difference)
      ? Number(next?.isExclusive ?? 0) - Number(old?.isExclusive ?? 0)
      : difference;
  if (isTighter === 0) return undefined;
  return { rule: isTighter > 0 ? 'limit-tightened' : 'limit-loosened', is: text(side, next), was: text(side, old) };
}

function strictness(side: 'lower' | 'upper', bound: Bound | undefined): number {
  if (bound === undefined) return Number.NEGATIVE_INFINITY;
  return side === 'lower' ? bound.value : -bound.value;
}

function text(side: 'lower' | 'upper', bound: Bound | undefined): string {
  if (bound === undefined) return 'unlimited';
  return bound.isExclusive ? `${side === 'lower' ? 'above' : 'below'} ${bound.value}` : String(bound.value);
}
