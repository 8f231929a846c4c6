/**
 * Compares the rows of behaviour in `docs/sandbox.md` with the tests and the settings of the sandbox, both ways: each row names
 * tests that exist and settings that the code has, with their defaults; each setting, and each test of the twins, is in a row.
 *
 *     tsx scripts/check-sandbox-rows.ts
 *
 * Exit code 0: all well; 1: they differ; 2: wrong usage.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { defaultPulseSettings } from '../src/sandbox/pulse-crm.ts';
import { defaultZatoSettings } from '../src/sandbox/zato-service.ts';
import { defaultZuoraSettings } from '../src/sandbox/zuora-settings.ts';

interface Row {
  /** Under which heading it stands. */
  readonly heading: string;
  readonly behaviour: string;
  readonly source: string;
  /** `name=default`, as written. */
  readonly settings: readonly string[];
  /** `file › title`, as written. */
  readonly tests: readonly string[];
}

/** What the rows are held against. */
export interface SandboxFacts {
  /** The default settings of each service, by the headings under which its rows stand. */
  readonly settings: ReadonlyMap<string, object>;
  /** The titles of the tests in a file, each after those of its groups; undefined for no such file. */
  titlesOf(file: string): ReadonlySet<string> | undefined;
  /** The files whose every test must be in a row. */
  readonly files: readonly string[];
}

const sources = /^(captured|documented|WSDL|tested|run|read from source|inferred|guess|sandbox)\b/;
const none = '-';

/** The rows below `## Behaviour`, and what cannot be read there. */
function readRows(markdown: string): { rows: Row[]; problems: string[] } {
  const rows: Row[] = [];
  const problems: string[] = [];
  const [, section = ''] = /^## Behaviour$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(markdown) ?? [];
  let heading = '';
  for (const line of section.split('\n')) {
    if (line.startsWith('### ')) heading = line.slice(4);
    // Before the first heading stands a table of the kinds of sources.
    if (heading === '' || !line.startsWith('| ') || /^\| (?:behaviour|---) /.test(line)) continue;
    const cells = line.split('|').slice(1, -1);
    const [behaviour = '', source = '', setting = '', shown = ''] = cells.map((cell) => cell.trim());
    const settings = [...setting.matchAll(/`([A-Za-z]+=[^`]*)`/g)].map(([, text = '']) => text);
    const tests = shown.split('<br>').flatMap((one) => {
      const [, file, title] = /^`([^`]+)` (.+)$/.exec(one.trim()) ?? [];
      return file === undefined ? [] : [`${file} › ${title}`];
    });
    if (cells.length !== 4) problems.push(`"${behaviour}" has ${cells.length} cells and not 4`);
    else if (!sources.test(source)) problems.push(`"${behaviour}" has no known kind of source: ${source}`);
    else if (settings.length === 0 && setting !== none) problems.push(`"${behaviour}" has no readable setting`);
    else if (tests.length === 0) problems.push(`"${behaviour}" names no test`);
    else rows.push({ heading, behaviour, source, settings, tests });
  }
  return { rows, problems };
}

/** The settings of rows against those of the code. */
function settingProblems(rows: readonly Row[], { settings }: SandboxFacts): string[] {
  const named = new Map<object, Set<string>>();
  const wrong = rows.flatMap(({ heading, behaviour, settings: written }) => {
    const known = settings.get(heading);
    if (known === undefined) return [`"${heading}" is no heading of rows`];
    const names = named.get(known) ?? new Set();
    named.set(known, names);
    return written.flatMap((text) => {
      const [name = '', value] = text.split(/=(.*)/s);
      names.add(name);
      const entry = Object.entries(known).find(([key]) => key === name);
      if (entry === undefined) return [`"${behaviour}" names the setting ${name}, which ${heading} does not have`];
      const actual = String(entry[1]);
      return actual === value ? [] : [`"${behaviour}" says ${text}, but the default is ${actual}`];
    });
  });
  const missing = [...new Set(settings.values())].flatMap((known) =>
    Object.keys(known)
      .filter((name) => named.get(known)?.has(name) !== true)
      .map((name) => `no row names the setting ${name}`),
  );
  return [...wrong, ...missing];
}

/** The tests of rows against those that there are. */
function testProblems(rows: readonly Row[], { titlesOf, files }: SandboxFacts): string[] {
  const named = new Set(rows.flatMap(({ tests }) => tests));
  const gone = rows.flatMap(({ behaviour, tests }) =>
    tests
      .filter((test) => {
        const [file = '', title = ''] = test.split(/ › (.*)/s);
        return titlesOf(file)?.has(title) !== true;
      })
      .map((test) => `"${behaviour}" names a test that is not there: ${test}`),
  );
  const unnamed = files.flatMap((file) =>
    [...(titlesOf(file) ?? [])].map((title) => `${file} › ${title}`).filter((test) => !named.has(test)),
  );
  return [...gone, ...unnamed.map((test) => `no row names the test ${test}`)];
}

/** What is wrong; empty if nothing is. */
export function sandboxRowProblems(markdown: string, facts: SandboxFacts): string[] {
  const { rows, problems } = readRows(markdown);
  if (rows.length === 0) problems.push('there are no rows');
  const behaviours = rows.map(({ heading, behaviour }) => `${heading}: "${behaviour}"`);
  const twice = behaviours.filter((behaviour, index) => behaviours.indexOf(behaviour) !== index);
  return [
    ...problems,
    ...twice.map((behaviour) => `${behaviour} is there twice`),
    ...settingProblems(rows, facts),
    ...testProblems(rows, facts),
  ];
}

const runners = new Set(['it', 'test']);
const idle = new Set(['skip', 'todo', 'fails']);

/** Whether it is marked not to be run or not to pass, as in `it.skip(…)` and `describe.todo(…)`; what `skipIf` says is told by the run. */
function isIdle(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node)) return idle.has(node.name.text) || isIdle(node.expression);
  if (ts.isCallExpression(node)) return isIdle(node.expression);
  return ts.isTaggedTemplateExpression(node) && isIdle(node.tag);
}

/** Who runs it: `it` in `it(…)`, `it.each(…)(…)` and `it.skipIf(…)(…)`. */
function runnerOf(node: ts.Node): string {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isCallExpression(node) || ts.isPropertyAccessExpression(node)) return runnerOf(node.expression);
  return ts.isTaggedTemplateExpression(node) ? runnerOf(node.tag) : '';
}

/** The titles of a file's tests as they stand in it, each after those of the groups that it is in; those that are not run are no tests. */
export function titlesIn(source: string): Set<string> {
  const titles = new Set<string>();
  const visit = (node: ts.Node, path: readonly string[]): void => {
    const runner = ts.isCallExpression(node) ? runnerOf(node) : '';
    if ((runners.has(runner) || runner === 'describe') && isIdle(node)) return;
    const [title] = ts.isCallExpression(node) && (runners.has(runner) || runner === 'describe') ? node.arguments : [];
    const here = title && ts.isStringLiteralLike(title) ? [...path, title.text] : path;
    if (here !== path && runner !== 'describe') titles.add(here.join(' › '));
    ts.forEachChild(node, (child) => visit(child, here));
  };
  visit(ts.createSourceFile('a.ts', source, ts.ScriptTarget.Latest, true), []);
  return titles;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const testFolder = join(root, 'test', 'unit');

/** What this project has. */
export function factsOfThisProject(): SandboxFacts {
  const known = new Map<string, Set<string>>();
  return {
    settings: new Map<string, object>([
      ['The Zuora tenant', defaultZuoraSettings],
      ['Zuora REST', defaultZuoraSettings],
      ['Zuora SOAP', defaultZuoraSettings],
      ['Zato SSO', defaultZatoSettings],
      ['Pulse CRM', defaultPulseSettings],
    ]),
    titlesOf(file) {
      const path = join(testFolder, file);
      const titles = known.get(file) ?? (existsSync(path) ? titlesIn(readFileSync(path, 'utf8')) : undefined);
      if (titles !== undefined) known.set(file, titles);
      return titles;
    },
    files: readdirSync(testFolder).filter((file) => /^sandbox-(zuora|zato|pulse).*\.test\.ts$/.test(file)),
  };
}

function main(args: readonly string[]): number {
  if (args.length > 0) {
    process.stderr.write('Usage: tsx scripts/check-sandbox-rows.ts\n');
    return 2;
  }
  const markdown = readFileSync(join(root, 'docs', 'sandbox.md'), 'utf8');
  const problems = sandboxRowProblems(markdown, factsOfThisProject());
  for (const problem of problems) process.stderr.write(`docs/sandbox.md: ${problem}\n`);
  if (problems.length > 0) return 1;
  const { rows } = readRows(markdown);
  process.stdout.write(`${rows.length} rows of behaviour, each with its source, its settings and its tests\n`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
