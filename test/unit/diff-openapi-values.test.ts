import { describe, it } from 'vitest';
import { ANSWER, BODY, type Case, expectBothWays, expectTold, got, sent } from './diff.support.ts';

const object = (properties: object, required: readonly string[] = [], more: object = {}) => ({
  type: 'object',
  properties,
  required,
  ...more,
});
const string = { type: 'string' };
const pet = (schema: unknown) => ({ components: { schemas: { Pet: schema } } });
const ref = { $ref: '#/components/schemas/Pet' };
const body = 'the request body of POST /pets';
const answer = 'the 200 answer of GET /pets';

/** What JSON Schema 2020-12 and OpenAPI 3.1 say a value may be. */
const cases: readonly Case[] = [
  [
    'a new field that may be left out, in a request',
    sent(object({ name: string })),
    sent(object({ name: string, nick: string })),
    [['additive', `${BODY}/properties/nick`, `Requests may now hold \`nick\` in ${body}.`]],
  ],
  [
    'a new field that must be there, in a request',
    sent(object({ name: string })),
    sent(object({ name: string, nick: string }, ['nick'])),
    [['breaking-callers', `${BODY}/properties/nick`, `Requests must now hold \`nick\` in ${body}, which is new.`]],
  ],
  [
    'a field of a request that is gone',
    sent(object({ name: string, nick: string })),
    sent(object({ name: string })),
    [['breaking-callers', `${BODY}/properties/nick`, `Requests can no longer hold \`nick\` in ${body}.`]],
  ],
  [
    'a field of an answer that is gone, in a named schema',
    got(ref, pet(object({ name: string, nick: string }))),
    got(ref, pet(object({ name: string }))),
    [['breaking-readers', '#/components/schemas/Pet/properties/nick', 'Answers no longer hold `Pet.nick`.']],
  ],
  [
    'a field of an answer that may now be left out',
    got(ref, pet(object({ name: string }, ['name']))),
    got(ref, pet(object({ name: string }))),
    [['breaking-readers', '#/components/schemas/Pet/properties/name', 'Answers may now leave out `Pet.name`.']],
  ],
  [
    'a field of a request that must now be there',
    sent(object({ name: string })),
    sent(object({ name: string }, ['name'])),
    [
      [
        'breaking-callers',
        `${BODY}/required/0`,
        `Requests must now hold \`name\` in ${body}, which could be left out.`,
      ],
    ],
  ],
  [
    'a field that the client fills is not asked of callers',
    sent(object({ name: string })),
    sent(object({ name: string, token: { type: 'string', 'x-latchkey-session': 'secret' } }, ['token'])),
    [['additive', `${BODY}/properties/token`, `Requests may now hold \`token\` in ${body}.`]],
  ],
  [
    'a field that the client no longer fills',
    sent(object({ token: { type: 'string', 'x-latchkey-session': 'secret' } })),
    sent(object({ token: string })),
    [
      [
        'breaking-callers',
        `${BODY}/properties/token/x-latchkey-session`,
        `The client no longer fills \`token\` in ${body}: callers give it.`,
      ],
    ],
  ],
  [
    'a read-only field is none of a request, whatever becomes of it',
    sent(object({ id: { type: 'string', readOnly: true } }, ['id'])),
    sent(object({ id: { type: 'integer', readOnly: true } })),
    [],
  ],
  [
    'a listed value that is new and one that is gone, in a request',
    sent({ type: 'string', enum: ['cat', 'dog', 'owl'] }),
    sent({ type: 'string', enum: ['dog', 'cat', 'newt'] }),
    [
      ['breaking-callers', `${BODY}/enum/2`, `In requests, ${body} may no longer be \`owl\`.`],
      ['additive', `${BODY}/enum/2`, `In requests, ${body} may now be \`newt\`.`],
    ],
  ],
  [
    'a listed value that is new in an answer: readers leave lists open',
    got({ type: 'string', enum: ['cat'] }),
    got({ type: 'string', enum: ['cat', 'dog'] }),
    [['additive', `${ANSWER}/enum/1`, `In answers, ${answer} may now be \`dog\`.`]],
  ],
  [
    'a constant that is another',
    got(object({ kind: { const: 'cat' } })),
    got(object({ kind: { const: 'dog' } })),
    [
      [
        'breaking-readers',
        `${ANSWER}/properties/kind/const`,
        `In answers, \`kind\` in ${answer} is now always \`dog\`; it was \`cat\`.`,
      ],
    ],
  ],
  [
    'integer instead of number: callers may be refused',
    sent({ type: 'number' }),
    sent({ type: 'integer' }),
    [['breaking-callers', `${BODY}/type`, `In requests, ${body} is now \`integer\`; it was \`number\`.`]],
  ],
  [
    'integer instead of number: readers are fine',
    got({ type: 'number' }),
    got({ type: 'integer' }),
    [['additive', `${ANSWER}/type`, `In answers, ${answer} is now \`integer\`; it was \`number\`.`]],
  ],
  [
    'text instead of a number breaks readers',
    got({ type: 'integer' }),
    got({ type: 'string' }),
    [['breaking-readers', `${ANSWER}/type`, `In answers, ${answer} is now \`string\`; it was \`integer\`.`]],
  ],
  [
    'null that is now allowed breaks readers',
    got({ type: 'string' }),
    got({ type: ['string', 'null'] }),
    [['breaking-readers', `${ANSWER}/type`, `In answers, ${answer} may now be null.`]],
  ],
  [
    'a type where there was none',
    sent({}),
    sent({ type: 'string' }),
    [['breaking-callers', `${BODY}/type`, `In requests, ${body} is now \`string\`; it was anything.`]],
  ],
  [
    'limits that are tighter, looser and new',
    sent({ type: 'integer', minimum: 1, maximum: 10 }),
    sent({ type: 'integer', minimum: 2, maximum: 20, multipleOf: 2 }),
    [
      ['breaking-callers', `${BODY}/minimum`, `In requests, the smallest value of ${body} is now 2; it was 1.`],
      ['additive', `${BODY}/maximum`, `In requests, the largest value of ${body} is now 20; it was 10.`],
      ['breaking-callers', `${BODY}/multipleOf`, `In requests, the step of ${body} is now \`2\`; it was none.`],
    ],
  ],
  [
    'an answer that may be longer',
    got({ type: 'string', maxLength: 10 }),
    got({ type: 'string' }),
    [
      [
        'breaking-readers',
        `${ANSWER}/maxLength`,
        `In answers, the longest length of ${answer} is now unlimited; it was 10.`,
      ],
    ],
  ],
  [
    'a pattern that is new in a request',
    sent({ type: 'string' }),
    sent({ type: 'string', pattern: '^a' }),
    [['breaking-callers', `${BODY}/pattern`, `In requests, ${body} must now match \`^a\`.`]],
  ],
  [
    'a format that is wider',
    got({ type: 'integer', format: 'int32' }),
    got({ type: 'integer', format: 'int64' }),
    [['breaking-readers', `${ANSWER}/format`, `In answers, ${answer} now has the format \`int64\`; it was \`int32\`.`]],
  ],
  [
    'a default that is another',
    sent(object({ size: { type: 'integer', default: 10 } })),
    sent(object({ size: { type: 'integer', default: 20 } })),
    [
      [
        'breaking-callers',
        `${BODY}/properties/size/default`,
        `Left out of requests, \`size\` in ${body} now means \`20\`; it was \`10\`.`,
      ],
    ],
  ],
  [
    'fields that are not named are refused',
    sent(object({ name: string })),
    sent(object({ name: string }, [], { additionalProperties: false })),
    [
      [
        'breaking-callers',
        `${BODY}/additionalProperties`,
        `In requests, ${body} can no longer hold fields that are not named.`,
      ],
    ],
  ],
  [
    'what a map and a list hold',
    got({ type: 'object', additionalProperties: { type: 'array', items: { type: 'string' } } }),
    got({ type: 'object', additionalProperties: { type: 'array', items: { type: 'boolean' } } }),
    [
      [
        'breaking-readers',
        `${ANSWER}/additionalProperties/items/type`,
        `In answers, \`*[]\` in ${answer} is now \`boolean\`; it was \`string\`.`,
      ],
    ],
  ],
  [
    'an alternative that is new breaks readers, one that is gone callers',
    got({ oneOf: [ref, { type: 'string' }] }, pet(object({ name: string }))),
    got({ oneOf: [{ type: 'string' }, ref, { type: 'integer' }] }, pet(object({ name: string }))),
    [['breaking-readers', `${ANSWER}/oneOf/2`, `In answers, ${answer} may now be \`integer\`.`]],
  ],
  [
    'an alternative that is gone breaks callers',
    sent({ anyOf: [ref, { type: 'string' }, { type: 'boolean' }] }, pet(object({ name: string }))),
    sent({ anyOf: [ref, { type: 'string' }] }, pet(object({ name: string }))),
    [['breaking-callers', `${BODY}/anyOf/2`, `In requests, ${body} may no longer be \`boolean\`.`]],
  ],
  [
    'one schema that became one of two',
    sent(ref, pet(object({ name: string }))),
    sent({ oneOf: [ref, { type: 'string' }] }, pet(object({ name: string }))),
    [['additive', `${BODY}/oneOf/1`, `In requests, ${body} may now be \`string\`.`]],
  ],
  [
    'the field that tells alternatives apart',
    got({ oneOf: [ref], discriminator: { propertyName: 'kind' } }, pet(object({ kind: string, type: string }))),
    got({ oneOf: [ref], discriminator: { propertyName: 'type' } }, pet(object({ kind: string, type: string }))),
    [
      [
        'breaking-readers',
        `${ANSWER}/discriminator`,
        `In answers, the kind of ${answer} is now told by \`type\`; it was \`kind\`.`,
      ],
    ],
  ],
  [
    'a rule that cannot be weighed is taken for harm',
    sent({ type: 'string', not: { enum: ['a'] } }),
    sent({ type: 'string', not: { enum: ['b'] } }),
    [['breaking-callers', `${BODY}/not`, `In requests, the rule \`not\` of ${body} changed.`]],
  ],
  [
    'a schema that holds itself changes once, in both directions',
    sent(ref, pet(object({ name: string, child: ref }))).replace(
      '"responses":{"204":{"description":"Done"}}',
      '"responses":{"200":{"description":"Done","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}}}',
    ),
    sent(ref, pet(object({ child: ref }))).replace(
      '"responses":{"204":{"description":"Done"}}',
      '"responses":{"200":{"description":"Done","content":{"application/json":{"schema":{"$ref":"#/components/schemas/Pet"}}}}}',
    ),
    [
      ['breaking-callers', '#/components/schemas/Pet/properties/name', 'Requests can no longer hold `Pet.name`.'],
      ['breaking-readers', '#/components/schemas/Pet/properties/name', 'Answers no longer hold `Pet.name`.'],
    ],
  ],
  [
    'descriptions, examples and deprecation are documentation',
    got(object({ name: { type: 'string', description: 'Its name', example: 'Rex' } })),
    got(object({ name: { type: 'string', description: 'What it is called', deprecated: true } })),
    [
      ['documentation', `${ANSWER}/properties/name/deprecated`, `\`name\` in ${answer} is now deprecated.`],
      ['documentation', `${ANSWER}/properties/name/description`, `The description of \`name\` in ${answer} changed.`],
      ['documentation', `${ANSWER}/properties/name/example`, `The example of \`name\` in ${answer} is gone.`],
    ],
  ],
];

describe('what becomes of a value', () => {
  it.each(cases)('%s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});
