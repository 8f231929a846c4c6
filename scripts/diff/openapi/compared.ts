import type { Reporter } from '../change.ts';
import type { Direction, RuleName } from '../rules.ts';
import { type At, child, type OpenApiDocument } from './document.ts';
import { canonical, isObject } from './json.ts';
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

/** How sentences begin where the direction is the subject. */
export function who(direction: Direction): string {
  return direction === 'requests' ? 'Requests' : 'Answers';
}

/** The first place where a view has a keyword. */
export function firstWith(view: SchemaView, key: string, isOwnOnly = false): At | undefined {
  for (const { at, isOwn } of view.parts) {
    const found = isOwn || !isOwnOnly ? child(at, key) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A value as it stands in a sentence. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? value : canonical(value);
  return `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}

const texts = new WeakMap<object, string>();

/** Canonical text of a schema with its references followed; a ring ends at its beginning. */
export function resolvedText(document: OpenApiDocument, at: At): string {
  const inside = new Set<unknown>();
  return textOf(at);

  function textOf(from: At): string {
    const found = document.resolve(from);
    const { value } = found;
    if (typeof value !== 'object' || value === null) return canonical(value);
    const known = texts.get(value);
    if (known !== undefined) return known;
    if (inside.has(value) || inside.size > 200) return JSON.stringify(found.pointer);
    inside.add(value);
    const parts = Object.keys(value)
      .filter((key) => !(isObject(value) && /^(?:description|title|examples?|\$comment)$/.test(key)))
      .sort()
      .map((key) => `${JSON.stringify(key)}:${textOf(child(found, key) ?? found)}`);
    inside.delete(value);
    const text = Array.isArray(value) ? `[${parts.join(',')}]` : `{${parts.join(',')}}`;
    if (inside.size === 0) texts.set(value, text); // inside a ring the text depends on where it began
    return text;
  }
}
