import type { Children } from './children.ts';
import type { BenchReport } from './frame.ts';

/** Calls that each variant makes in each pair. */
export const CALLS = 1_000;

/** What a benchmark is given. */
export interface BenchContext {
  readonly pairs: number;
  readonly children: Children;
  /** Tells who waits how far it is. */
  readonly tell: (line: string) => void;
}

/** What one benchmark gives. */
export type Findings = Pick<BenchReport, 'versions' | 'rows' | 'ratios' | 'gates'> &
  Partial<Pick<BenchReport, 'missing'>>;

/** One benchmark. */
export type Bench = (context: BenchContext) => Promise<Findings>;
