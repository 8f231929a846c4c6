import fc from 'fast-check';
import { type ParseError, parse } from 'jsonc-parser';
import { describe, expect, it } from 'vitest';
import { withValue } from '../../src/cli/init/edit-json.ts';

const FORM = { allowTrailingComma: true };
const added = { system: 'pulse-crm', user: 'me' };

/** What people put between the parts of a file. */
const gap = fc.constantFrom(
  ...[
    '',
    ' ',
    '\n',
    '\n  ',
    '\t',
    '\r\n',
    ' // it\n',
    ' /* it */ ',
    '\n    // it } , "\n    ',
    ' /* it\n is */ ',
    '//, \n',
  ],
);
const value = fc.constantFrom('"x"', '{}', '{ "system": "zuora-rest" }', '{\n "a": 1,\n}', '[1, 2,]');
const property = fc.tuple(gap, gap, gap, gap, value).map(
  ([a, b, c, d, text]) =>
    (name: string) =>
      `${a}${JSON.stringify(name)}${b}:${c}${text}${d}`,
);
const object = fc.tuple(fc.array(property, { maxLength: 3 }), gap, fc.boolean()).map(([properties, end, hasComma]) => {
  const texts = properties.map((each, index) => each(`k${index}`));
  return `{${texts.join(',')}${hasComma && texts.length > 0 ? ',' : ''}${end}}`;
});
const file = fc
  .tuple(gap, gap, gap, object, fc.boolean(), fc.boolean(), fc.boolean())
  .map(([a, b, c, profiles, hasDefault, hasProfiles, hasComma]) => {
    const texts = [
      ...(hasDefault ? [`${b}"default": "k0"${c}`] : []),
      ...(hasProfiles ? [`${c}"profiles":${b}${profiles}${a}`] : []),
    ];
    return `${a}{${texts.join(',')}${hasComma && texts.length > 0 ? ',' : ''}${b}}${c}`;
  });

function read(text: string): { readonly profiles?: object } {
  const errors: ParseError[] = [];
  const found = parse(text, errors, FORM);
  expect(errors, text).toEqual([]);
  return found;
}

/** The comments of a text, whatever order they are in. */
function commentsIn(text: string): readonly string[] {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?\*\//g) ?? [];
  return tokens
    .filter((token) => token.startsWith('/'))
    .map((token) => token.trim())
    .sort();
}

describe('a value in a file with comments', () => {
  it('is put in whatever stands around it: the file can be read, and nothing else in it has changed', () => {
    fc.assert(
      fc.property(file, (text) => {
        const before = read(text);
        const after = withValue(withValue(text, ['profiles', 'new'], added), ['default'], 'new');
        expect(read(after)).toEqual({ ...before, profiles: { ...before.profiles, new: added }, default: 'new' });
        expect(commentsIn(after)).toEqual(commentsIn(text));
        const again = withValue(after, ['profiles', 'new'], { user: 'other' });
        expect(read(again).profiles).toEqual({ ...before.profiles, new: { user: 'other' } });
        expect(commentsIn(again)).toEqual(commentsIn(text));
      }),
      { numRuns: 500 },
    );
  });

  it('is put on a line of its own where the others are', () => {
    expect(withValue('{\n  "a": 1, // one\n  "b": 2 /* two */ }\n', ['c'], 3)).toBe(
      '{\n  "a": 1, // one\n  "b": 2, /* two */\n  "c": 3 }\n',
    );
    expect(withValue('{"a": 1, }', ['b'], 2)).toBe('{"a": 1, "b": 2, }');
  });
});
