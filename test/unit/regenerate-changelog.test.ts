import { describe, expect, it } from 'vitest';
import type { Change } from '../../scripts/diff/index.ts';
import { changelogLines, editChangelog, largestBump } from '../../scripts/regenerate/changelog.ts';

const lines = (entries: Partial<Record<'Added' | 'Changed' | 'Removed', string[]>>) =>
  new Map(Object.entries({ Added: [], Changed: [], Removed: [], ...entries })) as ReturnType<typeof changelogLines>;

function change(rule: Change['rule'], kind: Change['kind'], sentence: string): Change {
  return { rule, kind, sentence, side: 'new', place: '#/paths', file: 'crm.yaml' };
}

describe('lines of a changelog', () => {
  it('stand under what they are about, one a change, breaking ones marked', () => {
    const changes = [
      change('operation-removed', 'breaking-callers', 'getUser is gone'),
      change('type-widened', 'breaking-readers', 'age is any number'),
      change('field-added', 'additive', 'name is new'),
      change('field-added-required', 'breaking-callers', 'key is new and must be there'),
      change('documentation-changed', 'documentation', 'a title'),
      change('documentation-changed', 'documentation', 'another title'),
    ];
    const found = changelogLines([{ system: 'crm', isNew: false, changes }], '1.2.3');
    expect(Object.fromEntries(found)).toEqual({
      Added: ['`crm`: name is new (`#/paths`)', '**Breaking:** `crm`: key is new and must be there (`#/paths`)'],
      Changed: ['**Breaking:** `crm`: age is any number (`#/paths`)', '`crm`: documentation of the spec (2 places).'],
      Removed: ['**Breaking:** `crm`: getUser is gone (`#/paths`)'],
    });
  });

  it('tell of new systems, and of a generator that is another', () => {
    const found = changelogLines([{ system: 'crm', isNew: true, changes: [] }], '1.2.3');
    expect(found.get('Added')).toEqual(['`crm`: new, generated from its spec.']);
    expect(changelogLines([], '1.2.3').get('Changed')).toEqual(['Generated files are those of latchkey 1.2.3.']);
  });

  it('do nothing where they are shown, whatever a vendor wrote', () => {
    const sentence = 'see @octocat, fixes #12\n## Heading <img src=x> [a](javascript:b) `@code`\u0000';
    const [line = ''] =
      changelogLines(
        [{ system: 'crm', isNew: false, changes: [change('field-added', 'additive', sentence)] }],
        '1',
      ).get('Added') ?? [];
    expect(line).not.toMatch(/\n|(?<!\\)<|@octocat|#12|\p{Cc}|(?<!\\)\[/u);
    expect(line).toContain('`@code`');
  });

  it('end somewhere', () => {
    const changes = Array.from({ length: 250 }, (_, index) =>
      change('field-added', 'additive', `field ${index} is new`),
    );
    const found = changelogLines([{ system: 'crm', isNew: false, changes }], '1');
    expect(found.get('Added')).toHaveLength(200);
    expect(found.get('Changed')).toEqual(['`crm`: 50 more changes of the spec.']);
  });
});

describe('a changelog', () => {
  it('is begun where there is none', () => {
    expect(editChangelog(undefined, lines({ Changed: ['a', 'b'] }))).toBe(
      '# Changelog\n\n## [Unreleased]\n\n### Changed\n\n- a\n- b\n',
    );
  });

  it.each([
    [
      'a heading of its own, behind those that are there',
      '# Log\n\nText.\n\n## [Unreleased]\n\n### Added\n\n- one\n\n## [1.0.0]\n\n### Removed\n\n- old\n',
      '# Log\n\nText.\n\n## [Unreleased]\n\n### Added\n\n- one\n\n### Removed\n\n- x\n\n## [1.0.0]\n\n### Removed\n\n- old\n',
    ],
    [
      'the heading that is there',
      '## [Unreleased]\n\n### Removed\n\n- one\n  more\n\n### Fixed\n\n- two\n',
      '## [Unreleased]\n\n### Removed\n\n- one\n  more\n- x\n\n### Fixed\n\n- two\n',
    ],
    ['an empty heading', '## [Unreleased]\n\n### Removed\n', '## [Unreleased]\n\n### Removed\n\n- x\n'],
    [
      'a section of its own',
      '# Log\n\n## 1.0.0\n\n- old\n',
      '# Log\n\n## [Unreleased]\n\n### Removed\n\n- x\n\n## 1.0.0\n\n- old\n',
    ],
    ['a section without brackets', '# Log\n\n## Unreleased\n', '# Log\n\n## Unreleased\n\n### Removed\n\n- x\n'],
    ['a place it has already', '## [Unreleased]\n\n### Removed\n\n- x\n', '## [Unreleased]\n\n### Removed\n\n- x\n'],
    [
      'a place before the links at its foot',
      '# Log\n\n## [Unreleased]\n\n[Unreleased]: https://example.com/compare\n',
      '# Log\n\n## [Unreleased]\n\n### Removed\n\n- x\n\n[Unreleased]: https://example.com/compare\n',
    ],
    [
      'its line ends',
      '# Log\r\n\r\n## [Unreleased]\r\n',
      '# Log\r\n\r\n## [Unreleased]\r\n\r\n### Removed\r\n\r\n- x\r\n',
    ],
    [
      'only what is not released',
      '## [Unreleased]\n\n## [1.0.0]\n\n### Removed\n\n- x\n',
      '## [Unreleased]\n\n### Removed\n\n- x\n\n## [1.0.0]\n\n### Removed\n\n- x\n',
    ],
  ])('gives a line %s', (_, before, after) => {
    expect(editChangelog(before, lines({ Removed: ['x'] }))).toBe(after);
  });

  it('raises the version as far as its largest change asks', () => {
    expect(largestBump(['none', 'minor', 'patch'])).toBe('minor');
    expect(largestBump(['patch', 'major'])).toBe('major');
    expect(largestBump([])).toBe('none');
  });
});
