import type { Change, SpecDiff } from '../diff/index.ts';
import { inCode, plainLine } from './markdown.ts';

/** Which part of the version to raise. */
export type Bump = SpecDiff['bump'];

/** What became of one system. */
export interface SystemNews {
  readonly system: string;
  /** Whether there was no such spec before. */
  readonly isNew: boolean;
  /** What differs between the spec before and now, overlays applied. */
  readonly changes: readonly Change[];
}

type Heading = 'Added' | 'Changed' | 'Removed';
const headings: readonly Heading[] = ['Added', 'Changed', 'Removed'];

/** More than this of one system is told by number. */
const MOST_LINES = 200;

/** What a version that holds several changes must raise: the most of them. */
export function largestBump(bumps: readonly Bump[]): Bump {
  const order: readonly Bump[] = ['major', 'minor', 'patch', 'none'];
  return order.find((bump) => bumps.includes(bump)) ?? 'none';
}

/** The lines of a changelog for some systems, by the headings of Keep a Changelog. Breaking ones come first. */
export function changelogLines(
  news: readonly SystemNews[],
  generator: string,
): ReadonlyMap<Heading, readonly string[]> {
  const lines = new Map<Heading, string[]>(headings.map((heading) => [heading, []]));
  const add = (heading: Heading, line: string): void => {
    lines.get(heading)?.push(line);
  };
  for (const { system, isNew, changes } of news) {
    const name = `\`${system}\``;
    if (isNew) add('Added', `${name}: new, generated from its spec.`);
    else if (changes.length === 0) add('Changed', `${name}: its spec is written in another way, and means the same.`);
    const told = changes.filter(({ kind }) => kind !== 'documentation');
    for (const change of told.slice(0, MOST_LINES)) {
      const isBreaking = change.kind !== 'additive';
      add(
        headingOf(change),
        `${isBreaking ? '**Breaking:** ' : ''}${name}: ${plainLine(change.sentence)} (${inCode(change.place)})`,
      );
    }
    if (told.length > MOST_LINES) add('Changed', `${name}: ${told.length - MOST_LINES} more changes of the spec.`);
    const silent = changes.length - told.length;
    if (silent > 0)
      add('Changed', `${name}: documentation of the spec (${silent} ${silent === 1 ? 'place' : 'places'}).`);
  }
  const isSilent = [...lines.values()].every((list) => list.length === 0);
  if (isSilent) add('Changed', `Generated files are those of latchkey ${generator}.`);
  return lines;
}

function headingOf({ rule }: Change): Heading {
  if (/-added(-required)?$/.test(rule)) return 'Added';
  return rule.endsWith('-removed') ? 'Removed' : 'Changed';
}

const UNRELEASED = /^## \[?unreleased\]?.*$/im;
/** What ends a section: the next one, or the addresses of links at the foot of the file. */
const NEXT_SECTION = /^(?:## |\[[^\]\n]+\]: )/m;

/**
 * Puts lines under `## [Unreleased]`, each below its heading; what is missing of that is made. A line that is there already is not put there
 * again. Nothing else of the changelog changes.
 * @param original The changelog, or `undefined` if there is none yet.
 */
export function editChangelog(original: string | undefined, lines: ReadonlyMap<Heading, readonly string[]>): string {
  let text = original ?? '# Changelog\n';
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  if (!UNRELEASED.test(text)) {
    const first = /^## /m.exec(text)?.index ?? endOf(text, 0, NEXT_SECTION);
    const before = text.slice(0, first).trimEnd();
    text = `${before}${newline}${newline}## [Unreleased]${newline}${newline}${text.slice(first)}`;
  }
  for (const [heading, list] of lines) {
    const told = sectionOf(text).split(/\r?\n/);
    const fresh = list.map((line) => `- ${line}`).filter((line) => !told.includes(line));
    if (fresh.length > 0) text = insertUnder(text, heading, fresh.join(newline), newline);
  }
  return `${text.trimEnd()}${newline}`;
}

/** What stands below `## [Unreleased]`. */
function sectionOf(text: string): string {
  const start = UNRELEASED.exec(text)?.index ?? 0;
  return text.slice(start, endOf(text, start + 1, NEXT_SECTION));
}

function insertUnder(text: string, heading: Heading, block: string, newline: string): string {
  const unreleased = UNRELEASED.exec(text);
  const start = (unreleased?.index ?? 0) + (unreleased?.[0].length ?? 0);
  const end = endOf(text, start, NEXT_SECTION);
  const found = new RegExp(`^### ${heading}[^\\S\\n]*$`, 'm').exec(text.slice(start, end));
  if (found !== null) {
    const from = start + found.index + found[0].length;
    const to = Math.min(end, endOf(text, from, /^### /m));
    const body = text.slice(from, to).trimEnd();
    const gap = body === '' ? newline + newline : newline;
    return `${text.slice(0, from)}${body}${gap}${block}${newline}${newline}${text.slice(to)}`;
  }
  const body = text.slice(0, end).trimEnd();
  return `${body}${newline}${newline}### ${heading}${newline}${newline}${block}${newline}${newline}${text.slice(end)}`;
}

function endOf(text: string, from: number, next: RegExp): number {
  const found = next.exec(text.slice(from));
  return found === null ? text.length : from + found.index;
}
