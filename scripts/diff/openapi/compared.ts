import type { Reporter } from '../change.ts';
import type { Direction, RuleName } from '../rules.ts';
import { type At, child, type OpenApiDocument } from './document.ts';
import { canonical } from './json.ts';
import { type Label, shown } from './label.ts';
import type { SchemaView } from './schema-view.ts';

/** The two documents and where changes go. */
export interface Documents {
  readonly old: OpenApiDocument;
  readonly new: OpenApiDocument;
  readonly reporter: Reporter;
}

/** Two schemas that describe the same value. */
export interface Compared extends Documents {
  readonly views: { readonly old: SchemaView; readonly new: SchemaView };
  /** Where to report what has no better place. */
  readonly at: { readonly old: At | undefined; readonly new: At | undefined };
  readonly direction: Direction;
  readonly label: Label;
  /** Compares two more schemas later; none means anything goes. */
  later(old: readonly At[], next: readonly At[], label: Label): void;
}

/** Reports a change of a schema; `at` falls back to the schema itself. */
export function tell(
  compared: Compared,
  rule: RuleName,
  at: { old?: At | undefined; new?: At | undefined },
  sentence: (subject: string) => string,
): void {
  const places = at.old === undefined && at.new === undefined ? compared.at : at;
  compared.reporter.report(rule, compared.direction, places, sentence(shown(compared.label)));
}

/** How sentences begin: "In requests", "In answers". */
export function inDirection(direction: Direction): string {
  return `In ${direction}`;
}

/** The first place where a view has a keyword. */
export function firstWith(view: SchemaView, key: string, isOwnOnly = false): At | undefined {
  for (const { at, isOwn } of view.parts) {
    const found = isOwn || !isOwnOnly ? child(at, key) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every place where a view has a keyword. */
export function allWith({ parts }: SchemaView, key: string): At[] {
  return parts.flatMap(({ at }) => child(at, key) ?? []);
}

/** What several places hold, as one text; how often and in which order makes no difference. */
export function textsOf(places: readonly At[]): string {
  return [...new Set(places.map(({ value }) => canonical(value)))].sort().join();
}

/** A value as it stands in a sentence. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : canonical(value);
  return `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}
