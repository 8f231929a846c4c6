import { describe, expect, it } from 'vitest';
import { ANSWER, BODY, type Case, diffTexts, expectBothWays, expectTold, got, sent } from './diff.support.ts';

const text = { type: 'string' };
const number = { type: 'integer' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const schemas = (named: object) => ({ components: { schemas: named } });
const object = (properties: object) => ({ type: 'object', properties });
const version30 = (spec: string) => spec.replace('3.1.0', '3.0.3');
const when = (maxLength: number) =>
  Object.fromEntries([
    ['if', text],
    ['then', { maxLength }],
  ]);

/** Where a change could pass without a word: rules that are not weighed, and places where two of something meet. */
const cases: readonly Case[] = [
  [
    'a rule of elements, where there was none',
    got({ type: 'array' }),
    got({ type: 'array', items: { not: text } }),
    [
      [
        'breaking-readers',
        `${ANSWER}/items/not`,
        'In answers, the rule `not` of `[]` in the 200 answer of GET /pets changed.',
      ],
    ],
  ],
  [
    'a condition for fields that are not named',
    sent({ additionalProperties: true }),
    sent({ additionalProperties: { if: text } }),
    [
      [
        'breaking-callers',
        `${BODY}/additionalProperties/if`,
        'In requests, the rule `if` of `*` in the request body of POST /pets changed.',
      ],
    ],
  ],
  [
    'what follows from a condition',
    sent(when(3)),
    sent(when(2)),
    [['breaking-callers', `${BODY}/then`, 'In requests, the rule `then` of the request body of POST /pets changed.']],
  ],
  [
    'what follows otherwise',
    sent({ if: text }),
    sent({ if: text, else: { minimum: 2 } }),
    [['breaking-callers', `${BODY}/else`, 'In requests, the rule `else` of the request body of POST /pets changed.']],
  ],
  [
    'a field that is called as documentation is, inside a rule',
    sent({ not: object({ title: { const: 'x' } }) }),
    sent({ not: object({ title: { const: 'y' } }) }),
    [['breaking-callers', `${BODY}/not`, 'In requests, the rule `not` of the request body of POST /pets changed.']],
  ],
  [
    'a rule behind a reference',
    sent({ not: ref('A') }, schemas({ A: text })),
    sent({ not: ref('A') }, schemas({ A: number })),
    [['breaking-callers', `${BODY}/not`, 'In requests, the rule `not` of the request body of POST /pets changed.']],
  ],
  [
    'what stands beside a reference inside a rule',
    sent({ not: { ...ref('A'), maxLength: 3 } }, schemas({ A: text })),
    sent({ not: { ...ref('A'), maxLength: 4 } }, schemas({ A: text })),
    [['breaking-callers', `${BODY}/not`, 'In requests, the rule `not` of the request body of POST /pets changed.']],
  ],
  [
    'documentation inside a rule',
    sent({ not: { ...text, description: 'a' } }),
    sent({ not: { ...text, description: 'b' } }),
    [
      [
        'documentation',
        `${BODY}/not`,
        'The documentation inside the rule `not` of the request body of POST /pets changed.',
      ],
    ],
  ],
  [
    'fields by a pattern of their names',
    got({ patternProperties: { '^a': text } }),
    got({ patternProperties: { '^a': number } }),
    [
      [
        'breaking-readers',
        `${ANSWER}/patternProperties/^a/type`,
        'In answers, `/^a/` in the 200 answer of GET /pets is now `integer`; it was `string`.',
      ],
    ],
  ],
  [
    'a new pattern of names beside closed fields',
    sent({ additionalProperties: false }),
    sent({ additionalProperties: false, patternProperties: { '^a': text } }),
    [
      [
        'breaking-callers',
        `${BODY}/patternProperties/^a`,
        'In requests, the request body of POST /pets now has a rule for fields whose names match `^a`.',
      ],
    ],
  ],
  [
    'null as one of three alternatives',
    got({ oneOf: [ref('P'), text] }, schemas({ P: object({ a: text }) })),
    got({ oneOf: [ref('P'), text, { type: 'null' }] }, schemas({ P: object({ a: text }) })),
    [['breaking-readers', ANSWER, 'In answers, the 200 answer of GET /pets may now be null.']],
  ],
  [
    'one of two alternatives, with a demand besides',
    sent(ref('P'), schemas({ P: object({ a: text }) })),
    sent({ oneOf: [ref('P'), text], required: ['a'] }, schemas({ P: object({ a: text }) })),
    [
      [
        'breaking-callers',
        `${BODY}/oneOf`,
        'In requests, the request body of POST /pets must now be one of `P`, `string`.',
      ],
      [
        'breaking-callers',
        `${BODY}/required/0`,
        'Requests must now hold `a` in the request body of POST /pets, which could be left out.',
      ],
      ['additive', BODY, 'In requests, the request body of POST /pets is now anything; it was `object`.'],
      ['additive', '#/components/schemas/P/properties/a/type', 'In requests, `P.a` is now anything; it was `string`.'],
    ],
  ],
  [
    '`nullable` without a type beside it',
    version30(got({ allOf: [ref('P')] }, schemas({ P: object({ a: text }) }))),
    version30(got({ allOf: [ref('P')], nullable: true }, schemas({ P: object({ a: text }) }))),
    [['breaking-readers', '#/components/schemas/P/type', 'In answers, the 200 answer of GET /pets may now be null.']],
  ],
  [
    '`nullable` beside a reference, where 3.0 ignores it',
    version30(got(ref('P'), schemas({ P: text }))),
    version30(got({ ...ref('P'), nullable: true }, schemas({ P: text }))),
    [
      [
        'documentation',
        ANSWER,
        'What stands beside the reference to the 200 answer of GET /pets, where OpenAPI 3.0 ignores it, changed.',
      ],
    ],
  ],
  [
    '`nullable` in 3.1, which does not know it',
    got({ ...text, nullable: true }),
    got(text),
    [['documentation', `${ANSWER}/nullable`, '`nullable` of the 200 answer of GET /pets changed.']],
  ],
  [
    'schemas of false in two places',
    sent(object({ a: true, b: true })),
    sent(object({ a: false, b: false })),
    [
      [
        'breaking-callers',
        `${BODY}/properties/a`,
        'In requests, `a` in the request body of POST /pets is now never there; it was anything.',
      ],
      [
        'breaking-callers',
        `${BODY}/properties/b`,
        'In requests, `b` in the request body of POST /pets is now never there; it was anything.',
      ],
    ],
  ],
  [
    'entries of a map that readers get',
    got({ type: 'object', additionalProperties: text }),
    got({ type: 'object', additionalProperties: false }),
    [
      [
        'breaking-readers',
        `${ANSWER}/additionalProperties`,
        'In answers, the 200 answer of GET /pets can no longer hold entries.',
      ],
    ],
  ],
  [
    'the second of two patterns',
    sent({ allOf: [{ pattern: 'a' }, { pattern: 'b' }] }),
    sent({ allOf: [{ pattern: 'a' }, { pattern: 'c' }] }),
    [
      [
        'breaking-callers',
        `${BODY}/allOf/1/pattern`,
        'In requests, the rule `pattern` of the request body of POST /pets changed.',
      ],
    ],
  ],
  [
    'a limit that is written as text',
    sent({ ...text, maxLength: '10' }),
    sent({ ...text, maxLength: '20' }),
    [
      [
        'breaking-callers',
        `${BODY}/maxLength`,
        'In requests, the rule `maxLength` of the request body of POST /pets changed.',
      ],
    ],
  ],
  [
    '`required` as a flag of a field',
    sent(object({ a: { ...text, required: true } })),
    sent(object({ a: { ...text, required: false } })),
    [
      [
        'documentation',
        `${BODY}/properties/a/required`,
        '`required` of `a` in the request body of POST /pets, which is no list and means nothing there, changed.',
      ],
    ],
  ],
];

describe('what is easily overlooked in OpenAPI', () => {
  it.each(cases)('is told: %s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });

  it.each([
    [
      'of the same in several members of allOf',
      (last: object) => many((next) => ({ allOf: [ref(next), ref(next)] }), last, ref('S0')),
    ],
    [
      'of the same in several fields of a rule',
      (last: object) => many((next) => ({ properties: { a: ref(next), b: ref(next) } }), last, { not: ref('S0') }),
    ],
  ])('does not take time that doubles with each step: %s', async (_, spec) => {
    expect((await diffTexts(spec(text), spec(number))).changes).toHaveLength(1);
  });

  it('does not take memory that doubles with each anchor', async () => {
    const lines = ['openapi: 3.1.0', 'paths: {}', 'x-0: &a0 [lol]'];
    for (let index = 1; index < 40; index++) lines.push(`x-${index}: &a${index} [*a${index - 1}, *a${index - 1}]`);
    const spec = `${lines.join('\n')}\n`;
    expect((await diffTexts(spec, spec.replace('lol', 'lal'))).changes).toHaveLength(40);
  });
});

function many(schema: (next: string) => object, last: object, first: object): string {
  const named = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`S${index}`, schema(`S${index + 1}`)]));
  return got(first, schemas({ ...named, S40: last }));
}
