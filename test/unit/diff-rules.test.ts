import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { renderMarkdown, renderTable } from '../../scripts/diff/index.ts';
import { rules } from '../../scripts/diff/rules.ts';
import { diffTexts, got, sent } from './diff.support.ts';

const WORDS = {
  'breaking-callers': 'breaking for callers',
  'breaking-readers': 'breaking for readers',
  additive: 'additive',
  documentation: 'documentation',
} as const;

describe('the rules', () => {
  it('are those that docs/diff.md lists, in alphabetical order', async () => {
    const text = await readFile('docs/diff.md', 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| ([a-z ]+) \| ([a-z ]+) \| (.+) \|$/gm)].map(
      ([, ...cells]) => cells,
    );
    const expected = Object.entries(rules).map(([name, { requests, answers, when }]) => [
      name,
      WORDS[requests],
      WORDS[answers],
      when,
    ]);
    expect(rows).toEqual(expected);
    expect(rows.map(([name]) => name)).toEqual(rows.map(([name]) => name).sort());
  });

  it('never call what only readers notice breaking for callers, nor the other way round', () => {
    for (const { requests, answers } of Object.values(rules)) {
      expect(requests).not.toBe('breaking-readers');
      expect(answers).not.toBe('breaking-callers');
    }
  });
});

const pets = (properties: object, required: readonly string[] = []) => ({ type: 'object', properties, required });
const text = { type: 'string' };

describe('the result', () => {
  it.each([
    ['major', sent(pets({ a: text })), sent(pets({ a: text, b: text }, ['b']))],
    ['minor', sent(pets({ a: text })), sent(pets({ a: text, b: text }))],
    ['patch', sent(pets({ a: text })), sent(pets({ a: { ...text, description: 'A' } }))],
    ['none', sent(pets({ a: text })), sent(pets({ a: text }))],
  ])('suggests %s', async (bump, old, next) => {
    expect((await diffTexts(old, next)).bump).toBe(bump);
  });

  it('has file, line and column in the new spec, and where the same thing was in the old one', async () => {
    const yaml = (limit: number, more = '') =>
      `openapi: 3.1.0\n${more}paths:\n  /a:\n    get:\n      parameters:\n        - {name: q, in: query, schema: {maximum: ${limit}}}\n      responses: {}\n`;
    const { changes } = await diffTexts(yaml(2), yaml(1, '# longer\n'));
    expect(changes).toEqual([
      {
        kind: 'breaking-callers',
        rule: 'limit-tightened',
        sentence: 'In requests, the largest value of the query parameter `q` of GET /a is now 1; it was 2.',
        side: 'new',
        place: '#/paths/~1a/get/parameters/0/schema/maximum',
        file: 'new.yaml',
        line: 7,
        column: 41,
        before: { place: '#/paths/~1a/get/parameters/0/schema/maximum', file: 'old.yaml', line: 6, column: 41 },
        operations: ['GET /a'],
      },
    ]);
  });

  it('reads as a table and as Markdown, whatever stands in the spec', async () => {
    const diff = await diffTexts(got(pets({ a: text })), got(pets({ 'b|<i>\u001b[2J`': text })));
    const table = renderTable(diff);
    expect(table).toContain(
      'Breaking for readers\n  Answers no longer hold `a` in the 200 answer of GET /pets.\n    old.yaml:1 (old)  #/paths',
    );
    expect(table.endsWith('2 changes: 1 breaking for readers, 1 additive. Suggested version: major.')).toBe(true);
    expect(table).not.toContain('\u001b');
    const markdown = renderMarkdown(diff);
    expect(markdown).not.toContain('\u001b');
    expect(markdown).toContain(
      '### Additive\n\n| change | place | line |\n|---|---|---|\n| Answers may now hold `b\\|&lt;i>',
    );
    expect(renderTable(await diffTexts(got(text), got(text)))).toBe('No changes.');
  });

  it('survives schemas that refer to each other deeper than a stack is', async () => {
    const chain = (last: object) => {
      const schemas: Record<string, object> = {};
      for (let index = 0; index < 20_000; index++)
        schemas[`S${index}`] = pets({ next: { $ref: `#/components/schemas/S${index + 1}` } });
      schemas.S20000 = last;
      return got({ $ref: '#/components/schemas/S0' }, { components: { schemas } });
    };
    const { changes } = await diffTexts(chain(text), chain({ type: 'integer' }));
    expect(changes.map(({ place }) => place)).toEqual(['#/components/schemas/S20000/type']);
  }, 60_000);

  it('does not mind names that objects have by themselves', async () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty'];
    const object = (type: string) =>
      `{"type":"object","properties":{${names.map((name) => `"${name}":{"type":"${type}"}`).join()}}}`;
    const spec = (type: string) => got({ here: 1 }).replace('{"here":1}', object(type));
    const { changes } = await diffTexts(spec('string'), spec('integer'));
    expect(changes.map(({ place }) => place.split('/').at(-2)).sort()).toEqual([...names].sort());
  });
});
