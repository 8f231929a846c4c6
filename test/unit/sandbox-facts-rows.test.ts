import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  factsOfThisProject,
  type SandboxFacts,
  sandboxRowProblems,
  titlesIn,
} from '../../scripts/check-sandbox-rows.ts';

const markdown = readFileSync(new URL('../../docs/sandbox.md', import.meta.url), 'utf8');

const head = '## Behaviour\n\n### Tenant\n\n| behaviour | source | setting | shown by |\n| --- | --- | --- | --- |\n';
const good = '| it locks | documented: a page | `limit=3`; `4` | `a.test.ts` group › it locks |\n';
const facts: SandboxFacts = {
  settings: new Map([['Tenant', { limit: 3 }]]),
  titlesOf: (file) => (file === 'a.test.ts' ? new Set(['group › it locks']) : undefined),
  files: ['a.test.ts'],
};
const problemsOf = (rows: string, more: Partial<SandboxFacts> = {}) =>
  sandboxRowProblems(`${head}${rows}\n## Not played\n\n| a | b |\n`, { ...facts, ...more });

describe('the rows of behaviour in docs/sandbox.md', () => {
  it('agree with the tests and the settings of the sandbox', () => {
    expect(sandboxRowProblems(markdown, factsOfThisProject())).toEqual([]);
  });

  it('are all read', () => {
    const [, section = ''] = markdown.split('\n## Behaviour\n');
    const tables = section.split('\n## ')[0]?.split('\n### ').slice(1).join('\n') ?? '';
    const lines = tables.match(/^\| (?!behaviour |---).*$/gm) ?? [];
    const broken = markdown.replaceAll(/`[^`]+\.test\.ts` /g, '');
    const unread = sandboxRowProblems(broken, factsOfThisProject()).filter((problem) => /names no test$/.test(problem));
    expect(lines.length).toBeGreaterThan(100);
    expect(unread).toHaveLength(lines.length);
  });
});

describe('a row of behaviour', () => {
  it('passes when all is there', () => {
    expect(problemsOf(good)).toEqual([]);
    const second = '| it waits | guess | - | `a.test.ts` group › it locks<br>`b.test.ts` x |\n';
    const titlesOf = (file: string) => (file === 'b.test.ts' ? new Set(['x']) : facts.titlesOf(file));
    expect(problemsOf(good + second, { titlesOf })).toEqual([]);
  });

  it.each([
    ['a test of another name', good.replace('group › it locks', 'group › it bolts'), 'names a test that is not there'],
    ['a file that is gone', good.replace('a.test.ts', 'c.test.ts'), 'names a test that is not there: c.test.ts'],
    ['no test', good.replace(/`a\.test\.ts`.*\|/, 'the code |'), 'names no test'],
    ['an unknown setting', good.replace('limit=3', 'bound=3'), 'names the setting bound, which Tenant does not have'],
    ['another default', good.replace('limit=3', 'limit=5'), 'says limit=5, but the default is 3'],
    ['words for a setting', good.replace('`limit=3`; `4`', 'three'), 'has no readable setting'],
    ['no kind of source', good.replace('documented', 'hearsay'), 'has no known kind of source'],
    ['a cell too many', good.replace('a page', 'a | page'), 'has 5 cells'],
    ['itself twice', good + good, 'is there twice'],
    ['an unknown heading', `### Elsewhere\n${good}`, '"Elsewhere" is no heading of rows'],
    ['nothing', '', 'there are no rows'],
  ])('fails with %s', (_, rows, problem) => {
    expect(problemsOf(rows).join('\n')).toContain(problem);
  });

  it('is missed where there is none', () => {
    expect(problemsOf(good, { settings: new Map([['Tenant', { limit: 3, other: 1 }]]) })).toEqual([
      'no row names the setting other',
    ]);
    const titlesOf = () => new Set(['group › it locks', 'group › it unlocks']);
    expect(problemsOf(good, { titlesOf })).toEqual(['no row names the test a.test.ts › group › it unlocks']);
  });
});

describe('the tests of a file', () => {
  it('are those that are run, under the titles of their groups', () => {
    const source = `
      it('one', () => {});
      describe('group', () => {
        test('two', () => {});
        it.each([1])('three %d', () => {});
        it.skipIf(isOld)('four', () => {});
        describe.each(x)('inner', () => { it('five', async () => {}); });
      });`;
    expect([...titlesIn(source)]).toEqual([
      'one',
      'group › two',
      'group › three %d',
      'group › four',
      'group › inner › five',
    ]);
  });

  it.each([
    "it.skip('x', () => {})",
    "it.todo('x')",
    "test.skip.each([1])('x', () => {})",
    "it.concurrent.skip('x', () => {})",
    "it.fails('x', () => {})",
    "describe.skip('group', () => { it('x', () => {}); })",
    "describe.todo('group', () => { it('x', () => {}); })",
  ])('are not what is skipped or to be written: %s', (source) => {
    expect([...titlesIn(source)]).toEqual([]);
  });
});
