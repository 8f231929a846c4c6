/** Where a spec is taken from: an https address, a path from the lock's folder, a command that prints it; `null` for one that is written by hand. */
export type Source = string | { readonly command: readonly string[] } | null;

/** What the lock says of a spec. What is not known yet is absent. */
export interface LockEntry {
  /** The spec, as a path from the lock's folder. */
  readonly file: string;
  readonly source: Source;
  /** Day on which it was taken from its source, or last changed by hand: YYYY-MM-DD, UTC. */
  readonly date?: string | undefined;
  /** Digest of the file. */
  readonly sha256?: string | undefined;
  /** Version of latchkey that generated from it last. */
  readonly generator?: string | undefined;
}
