import { describe, expect, it } from 'vitest';
import { seedCoverageProblems, statementsOf } from '../../scripts/check-seed-coverage.ts';

const documents = new Map([
  ['page.txt', ['POST /auth/login', '', 'It takes a key. The answer holds a token.', 'Back to top']],
  ['sample.txt', ['{', '"token": "string"', '}']],
]);
const tests = new Set(['a.test.ts › logs in', 'a.test.ts › gives a token']);
const spec = 'specs/pulse-crm.openapi.yaml#';
const login = { place: `${spec}/paths/~1auth~1login/post`, test: 'a.test.ts › logs in' };
const token = {
  place: `${spec}/components/schemas/ApiKeyLoginResponse/properties/token`,
  test: 'a.test.ts › gives a token',
};
const rows = [
  { file: 'page.txt', line: 1, quote: 'POST /auth/login', ...login },
  { file: 'page.txt', line: 3, quote: 'takes a key', ...login },
  { file: 'page.txt', line: 3, quote: 'holds a token', ...token },
  { file: 'sample.txt', lines: [1, 3], quote: '"token": "string"', ...token },
];
const furniture = [{ file: 'page.txt', lines: [4], why: 'a link of the page' }];

const problems = (change: { rows?: unknown[]; furniture?: unknown[] } = {}): string[] =>
  seedCoverageProblems({ rows, furniture, ...change }, documents, () => tests);
const withRow = (change: object): string[] => problems({ rows: [{ ...rows[0], ...change }, ...rows.slice(1)] });

describe('the coverage of the source documents', () => {
  it('is complete when each statement has its row', () => {
    expect(problems()).toEqual([]);
  });

  it.each(['file', 'quote', 'place', 'test', 'line'])('needs the field %s in each row', (field) => {
    const incomplete = Object.entries(rows[0] ?? {}).filter(([name]) => name !== field);
    expect(problems({ rows: [Object.fromEntries(incomplete), ...rows.slice(1)] })).not.toEqual([]);
    expect(withRow({ [field]: field === 'line' ? 0 : '' })).not.toEqual([]);
  });

  it('refuses a document, a place, a spec and a test that do not exist', () => {
    expect(withRow({ file: 'other.txt' })).toContain('other.txt:1 "POST /auth/login": there is no such document');
    expect(withRow({ place: `${spec}/paths/~1nowhere` })).toEqual([`${spec}/paths/~1nowhere: there is no such place`]);
    expect(withRow({ place: 'specs/other.yaml#/info' })).toEqual(['specs/other.yaml#/info: there is no such spec']);
    expect(withRow({ place: 'specs/zuora-soap.wsdl#/element[logout]' })).toHaveLength(1);
    expect(withRow({ place: 'specs/zuora-soap.wsdl#/element[login]/element[entityId]' })).toEqual([]);
    expect(withRow({ test: 'a.test.ts › logs out' })).toEqual(['a.test.ts › logs out: there is no such test']);
  });

  it('refuses a quote that is not on its line, or too long to pin anything', () => {
    expect(withRow({ quote: 'POST /auth/logout' })[0]).toBe('page.txt:1 "POST /auth/logout": the quote is not there');
    const long = { file: 'sample.txt', lines: [1, 3], quote: '{ "token": "string" }', ...token };
    expect(problems({ rows: [...rows, long] })).toEqual([]);
    const words = 'one two three four five six seven eight nine';
    expect(withRow({ quote: words })).toContain(`page.txt:1 "${words}": more than 8 words`);
  });

  it('misses a line, and a statement of a line that holds two', () => {
    expect(problems({ rows: rows.slice(1) })).toEqual(['page.txt:1: in no row, and not furniture: POST /auth/login']);
    expect(problems({ rows: [rows[0], rows[1], rows[3]] })).toEqual([
      'page.txt:3: in no row, and not furniture: The answer holds a token.',
    ]);
    expect(problems({ furniture: [] })).toEqual(['page.txt:4: in no row, and not furniture: Back to top']);
  });

  it('takes a part of a line for furniture only where it is quoted', () => {
    const part = { file: 'page.txt', lines: [3], quote: 'The answer holds', why: 'said elsewhere' };
    expect(problems({ rows: [rows[0], rows[1], rows[3]], furniture: [...furniture, part] })).toEqual([]);
    const other = { ...part, quote: 'It takes' };
    expect(problems({ rows: [rows[0], rows[1], rows[3]], furniture: [...furniture, other] })).toHaveLength(1);
  });

  it('refuses a row that is there twice', () => {
    expect(problems({ rows: [...rows, rows[0]] })).toHaveLength(1);
  });

  it('takes a run-together page apart', () => {
    const page =
      '# Login Logs in. Note:Old. Endpoint: POST /login Version: 7 ## Header parameters: - `Key` (string) A key. Do not lose it.';
    expect(statementsOf(page)).toEqual([
      '# Login Logs in.',
      'Note:Old.',
      'Endpoint: POST /login',
      'Version: 7',
      '## Header parameters:',
      '- `Key` (string) A key.',
      'Do not lose it.',
    ]);
  });
});
