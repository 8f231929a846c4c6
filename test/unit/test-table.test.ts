import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '..');
const table = readFileSync(join(folder, 'README.md'), 'utf8');
const runners = new Set(['describe', 'it', 'test']);

interface Row {
  readonly rule: string;
  readonly file: string;
  readonly title: string;
}

function rowsOf(markdown: string): Row[] {
  return [...markdown.matchAll(/^\| ([^|]+) \|[^|]*\| `([^|`]+)` \| ([^|]+) \|$/gm)].map(
    ([, rule = '', file = '', title = '']) => ({ rule, file, title }),
  );
}

/** Who runs it: `it` in `it(…)`, `it.each(…)(…)` and `it.skipIf(…)(…)`. */
function runnerOf(node: ts.Node): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) return runnerOf(node.expression);
  return ts.isTaggedTemplateExpression(node) ? runnerOf(node.tag) : '';
}

/** The titles of a file's tests as they stand in it, each after those of the groups that it is in. */
function titlesOf(source: string): Set<string> {
  const titles = new Set<string>();
  const visit = (node: ts.Node, path: readonly string[]): void => {
    const [title] = ts.isCallExpression(node) && runners.has(runnerOf(node)) ? node.arguments : [];
    const here = title && ts.isStringLiteralLike(title) ? [...path, title.text] : path;
    titles.add(here.join(' › '));
    ts.forEachChild(node, (child) => visit(child, here));
  };
  visit(ts.createSourceFile('a.ts', source, ts.ScriptTarget.Latest, true), []);
  return titles;
}

/** What is wrong with rows; empty if nothing is. */
function problemsOf(rows: readonly Row[]): string[] {
  const titles = new Map<string, Set<string>>();
  return rows.flatMap(({ file, title }) => {
    const path = join(folder, file);
    if (!existsSync(path)) return [`there is no ${file}`];
    if (!titles.has(file)) titles.set(file, titlesOf(readFileSync(path, 'utf8')));
    return titles.get(file)?.has(title) ? [] : [`${file} has no test "${title}"`];
  });
}

describe('the table of rules in test/README.md', () => {
  const rows = rowsOf(table);

  it('names files and tests that exist', () => {
    expect(problemsOf(rows)).toEqual([]);
  });

  it('has each line of its tables read', () => {
    const lines = table.slice(table.indexOf('\n## ')).match(/^\|(?! rule | ?---).*$/gm) ?? [];
    expect(rows).toHaveLength(lines.length);
    expect(rows.length).toBeGreaterThan(100);
  });

  it('leaves out none of the rules, nor any step of a call', () => {
    const rules = new Set(rows.map(({ rule }) => rule));
    const numbered = [
      ...Array.from({ length: 10 }, (_, index) => `keeper ${index + 1}`),
      ...Array.from({ length: 8 }, (_, index) => `flow ${index + 1}`),
    ];
    const others = ['keeper, all', 'retry', 'store, all', 'store, file', 'store, Redis', 'lock', 'shared', 'secret'];
    expect([...rules].sort()).toEqual([...numbered, ...others].sort());
  });

  it('names no test twice for one rule', () => {
    const named = rows.map(({ rule, file, title }) => `${rule} ${file} ${title}`);
    expect(new Set(named).size).toBe(named.length);
  });

  it.each([
    ['a file that is gone', '`unit/gone.test.ts` | a › b', 'there is no unit/gone.test.ts'],
    ['a test of another name', '`unit/test-table.test.ts` | a › c', 'unit/test-table.test.ts has no test "a › c"'],
  ])('would be seen naming %s', (_, cells, problem) => {
    const found = problemsOf(rowsOf(`| keeper 1 | | ${cells} |`));
    expect(found).toEqual([problem]);
  });

  it('takes for a title only what a runner was given, in its group', () => {
    const titles = titlesOf(
      `describe('a', () => { it.each([1])('b %s', f); it('c', f); }); const d = 'd'; log('e'); test.skipIf(x)('f', g);`,
    );
    expect([...titles].filter((title) => title !== '')).toEqual(['a', 'a › b %s', 'a › c', 'f']);
  });
});
