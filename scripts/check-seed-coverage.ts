/**
 * Checks `test/contract/seed-coverage.json`: each statement of the source documents has a place in a spec and a test that shows it, and
 * nothing of the documents is left out. Also checks that the documented samples among the test data are the documents' to the letter.
 *
 *     tsx scripts/check-seed-coverage.ts [folder of the documents]
 *
 * The documents stand beside the project and not in it; where they are missing, nothing can be checked, and the check says so.
 * Exit code 0: all well, or nothing to check against; 1: something is wrong; 2: wrong usage.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { openApiPlaces, type SpecPlaces, wsdlPlaces } from './check-sources.ts';

/** What one row says of one statement. */
interface Row {
  file: string;
  line?: number;
  lines?: [first: number, last: number];
  /** Words that tell which statement of the line is meant. */
  quote: string;
  /** `specs/x.openapi.yaml#/pointer`, or `specs/x.wsdl#/tag[name]/tag[name]`. */
  place: string;
  /** `test file › test name`. */
  test: string;
}
interface Furniture {
  file: string;
  lines: (number | [first: number, last: number])[];
  /** Where the line also holds statements: the part that is none. */
  quote?: string;
  why: string;
}
interface Coverage {
  rows: Row[];
  furniture: Furniture[];
}

const root = fileURLToPath(new URL('../', import.meta.url));
const longestQuote = 8;

const text = { type: 'string', minLength: 1 };
const line = { type: 'integer', minimum: 1 };
const range = { type: 'array', items: line, minItems: 2, maxItems: 2 };
const strict = { type: 'object', additionalProperties: false };
const isCoverage = new Ajv({ allErrors: true, allowUnionTypes: true, strictTypes: false }).compile<Coverage>({
  ...strict,
  required: ['rows', 'furniture'],
  properties: {
    rows: {
      type: 'array',
      items: {
        ...strict,
        required: ['file', 'quote', 'place', 'test'],
        oneOf: [{ required: ['line'] }, { required: ['lines'] }],
        properties: { file: text, line, lines: range, quote: text, place: text, test: text },
      },
    },
    furniture: {
      type: 'array',
      items: {
        ...strict,
        required: ['file', 'lines', 'why'],
        properties: {
          file: text,
          lines: { type: 'array', minItems: 1, items: { anyOf: [line, range] } },
          quote: text,
          why: text,
        },
      },
    },
  },
});

const plain = (words: string): string => words.replace(/\s+/g, ' ').trim();

/** A line may hold several statements: sentences, items of a list, headings that were run together. */
export function statementsOf(source: string): string[] {
  return source
    .split(/(?<=[.!?])\s+(?=[A-Z`#(-])|(?<=[.!?]\*\*)(?=[A-Z])|\s+(?=## )|\s+(?=- `)|\s+(?=(?:Endpoint|Version): )/)
    .map(plain)
    .filter((statement) => statement !== '');
}

const rangesOf = ({ line: only, lines }: Row): [number, number] => lines ?? [only ?? 0, only ?? 0];

function rowProblems(row: Row, documents: ReadonlyMap<string, readonly string[]>): string[] {
  const [first, last] = rangesOf(row);
  const document = documents.get(row.file);
  const where = `${row.file}:${first === last ? first : `${first}-${last}`} "${row.quote}"`;
  if (document === undefined) return [`${where}: there is no such document`];
  const problems: string[] = [];
  const words = plain(document.slice(first - 1, last).join(' '));
  if (!words.includes(plain(row.quote))) problems.push(`${where}: the quote is not there`);
  if (plain(row.quote).split(' ').length > longestQuote) problems.push(`${where}: more than ${longestQuote} words`);
  return problems;
}

/** Statements that are in no row and are not furniture. */
function uncovered(coverage: Coverage, documents: ReadonlyMap<string, readonly string[]>): string[] {
  const problems: string[] = [];
  for (const [file, lines] of documents) {
    for (const [index, source] of lines.entries()) {
      const number = index + 1;
      const holds = (first: number, last: number): boolean => first <= number && number <= last;
      const rows = coverage.rows.filter((row) => row.file === file && holds(...rangesOf(row)));
      const furniture = coverage.furniture.filter(
        (item) =>
          item.file === file && item.lines.some((at) => (typeof at === 'number' ? at === number : holds(...at))),
      );
      for (const statement of statementsOf(source)) {
        // A row of several lines, such as a sample, means all of them.
        const isCovered =
          rows.some((row) => row.lines !== undefined || statement.includes(plain(row.quote))) ||
          furniture.some(({ quote }) => quote === undefined || statement.includes(plain(quote)));
        if (!isCovered) problems.push(`${file}:${number}: in no row, and not furniture: ${statement.slice(0, 100)}`);
      }
    }
  }
  return problems;
}

function placeProblems(places: readonly string[]): string[] {
  const specs = new Map<string, SpecPlaces | undefined>();
  const specAt = (file: string): SpecPlaces | undefined => {
    if (!specs.has(file)) {
      const path = join(root, file);
      const source = existsSync(path) ? readFileSync(path, 'utf8') : undefined;
      specs.set(
        file,
        source === undefined ? undefined : file.endsWith('.wsdl') ? wsdlPlaces(source) : openApiPlaces(source),
      );
    }
    return specs.get(file);
  };
  return places.flatMap((place) => {
    const [file = '', path = ''] = place.split(/#(.*)/s);
    const spec = specAt(file);
    if (spec === undefined) return [`${place}: there is no such spec`];
    return spec.has(file.endsWith('.wsdl') ? path : `#${path}`) ? [] : [`${place}: there is no such place`];
  });
}

/** The tests of some files, as vitest itself lists them: `test file › test name`. */
function listTests(named: readonly string[]): Set<string> {
  const files = named.filter((file) => existsSync(join(root, file)));
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
  const args = [vitest, 'list', '--json', '--typecheck.enabled=false', ...files];
  const output = execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 26 });
  const listed: { file: string; name: string }[] = JSON.parse(output);
  return new Set(listed.map(({ file, name }) => `${relative(root, file)} › ${name}`));
}

/** Holds the texts of the samples that name lines of a document against those lines. */
function sampleProblems(documents: ReadonlyMap<string, readonly string[]>): string[] {
  const folder = join(root, 'test/contract/data');
  const problems: string[] = [];
  const compare = (name: string, source: unknown, sample: unknown): void => {
    if (typeof source !== 'string' || typeof sample !== 'string') return;
    const [, seed, first, last] = /^seed (\d{3}) lines (\d+)-(\d+)/.exec(source) ?? [];
    if (seed === undefined) return;
    const [, lines] = [...documents].find(([file]) => file.startsWith(`${seed}_`)) ?? [];
    const documented = lines?.slice(Number(first) - 1, Number(last)).join('\n') ?? '';
    if (!documented.includes(sample.trimEnd())) problems.push(`${name}: not the text of ${source}`);
  };
  for (const system of readdirSync(folder)) {
    const read = (file: string): string => readFileSync(join(folder, system, file), 'utf8');
    for (const file of readdirSync(join(folder, system))) {
      if (!file.endsWith('.json')) continue;
      const { request, response, curl, files = {} } = JSON.parse(read(file));
      for (const message of [request, response]) compare(`${system}/${file}`, message?.source, message?.text);
      compare(`${system}/${file}`, request?.source, curl);
      for (const [name, source] of Object.entries(files)) {
        for (const one of String(source).split(' and ')) compare(`${system}/${name}`, one, read(name));
      }
    }
  }
  return problems;
}

/**
 * Lists what is wrong; empty if nothing is.
 * @param testsOf The tests of some files in the form `test file › test name`.
 */
export function seedCoverageProblems(
  coverage: unknown,
  documents: ReadonlyMap<string, readonly string[]>,
  testsOf: (files: readonly string[]) => ReadonlySet<string> = listTests,
): string[] {
  if (!isCoverage(coverage)) {
    return (isCoverage.errors ?? []).map(
      (error) => `seed-coverage.json${error.instancePath} ${error.message ?? 'is wrong'}`,
    );
  }
  const identity = (row: Row): string => `${row.file}:${rangesOf(row).join('-')} "${plain(row.quote)}" at ${row.place}`;
  const tests = [...new Set(coverage.rows.map(({ test }) => test))];
  const known = testsOf([...new Set(tests.map((test) => test.split(' › ')[0] ?? ''))]);
  const twice = coverage.rows.map(identity).filter((row, index, all) => all.indexOf(row) !== index);
  return [
    ...twice.map((row) => `${row}: listed twice`),
    ...coverage.rows.flatMap((row) => rowProblems(row, documents)),
    ...coverage.furniture
      .filter(({ file }) => !documents.has(file))
      .map(({ file }) => `${file}: there is no such document`),
    ...uncovered(coverage, documents),
    ...placeProblems([...new Set(coverage.rows.map(({ place }) => place))]),
    ...tests.filter((test) => !known.has(test)).map((test) => `${test}: there is no such test`),
  ];
}

function main(args: readonly string[]): number {
  if (args.length > 1 || args.some((arg) => arg.startsWith('-'))) {
    console.error('Usage: check-seed-coverage [folder of the documents]');
    return 2;
  }
  const folder = args[0] ?? join(root, '../shared/seeds');
  if (!existsSync(folder) && args[0] !== undefined) {
    console.error(`there is no folder ${folder}`);
    return 2;
  }
  if (!existsSync(folder)) {
    console.log(`SKIPPED: the source documents are not at ${folder}, so their coverage was not checked.`);
    return 0;
  }
  const documents = new Map(
    readdirSync(folder)
      .sort()
      .map((file) => [file, readFileSync(join(folder, file), 'utf8').split('\n')]),
  );
  const coverage: unknown = JSON.parse(readFileSync(join(root, 'test/contract/seed-coverage.json'), 'utf8'));
  const problems = [...seedCoverageProblems(coverage, documents), ...sampleProblems(documents)];
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) return 1;
  const { rows } = coverage as Coverage; // it has just been checked
  console.log(`${rows.length} statements of ${documents.size} documents, each with its place in a spec and its test.`);
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
