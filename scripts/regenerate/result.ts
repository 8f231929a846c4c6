import type { ComparedFile } from '../generate/index.ts';
import type { Bump } from './changelog.ts';
import type { Check } from './checks.ts';
import type { SpecNews } from './spec-news.ts';

/** What came of it. */
export interface RegenerateResult {
  /** All specs, changed or not. */
  readonly specs: readonly SpecNews[];
  /** Which part of the version to raise. */
  readonly label: Bump;
  /** Generated files that were not as they should be. */
  readonly files: readonly ComparedFile[];
  /** Whether anything was written but the summary. */
  readonly isChanged: boolean;
  readonly checks: readonly Check[];
  /** Checks that were not run, because one before failed or none was wanted. */
  readonly skippedChecks: readonly (readonly string[])[];
  readonly changelog: string | undefined;
  readonly summary: string | undefined;
  /** The branch that was made, and its commit. */
  readonly branch: { readonly name: string; readonly commit: string } | undefined;
}
