/** What a look at one thing came to. */
export interface Check {
  /** The thing, in a word: the same in every release. */
  readonly name: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** One sentence. */
  readonly message: string;
  /** What to do about it; `null` where there is nothing to do. */
  readonly advice: string | null;
}

/** All is well. */
export function ok(name: string, message: string): Check {
  return { name, state: 'ok', message, advice: null };
}

/** It works, but may not for long, or not everywhere. */
export function warning(name: string, message: string, advice: string): Check {
  return { name, state: 'warning', message, advice };
}

/** It does not work. */
export function failed(name: string, message: string, advice: string): Check {
  return { name, state: 'failed', message, advice };
}

/** Why something could not be done, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
