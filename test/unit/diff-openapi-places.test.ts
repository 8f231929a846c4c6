import { describe, it } from 'vitest';
import { api, type Case, expectBothWays, expectTold, got } from './diff.support.ts';

const text = { type: 'string' };
const number = { type: 'integer' };
const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });
const schemas = (named: object) => ({ components: { schemas: named } });
const object = (properties: object) => ({ type: 'object', properties });
const answer = (more: object) => api({ '/a': { get: { responses: { '200': { description: '', ...more } } } } });
const linked = (operationId: string) =>
  api(
    { '/a': { get: { responses: { '200': { description: '', links: { L: { $ref: '#/components/links/L' } } } } } } },
    { components: { links: { L: { operationId } } } },
  );
const headed = (more: object) =>
  api({
    '/a': { get: { parameters: [{ name: 'Authorization', in: 'header', schema: text, ...more }], responses: {} } },
  });
const basic = { components: { securitySchemes: { key: { type: 'http', scheme: 'basic' } } } };

/** Where a change could pass without a word: what is ignored, defined elsewhere, or written in a list. */
const cases: readonly Case[] = [
  [
    'a schema of another name',
    got(ref('A'), schemas({ A: text })),
    got(ref('B'), schemas({ B: text })),
    [['documentation', '#/components/schemas/B', 'The schema `A` is now called `B`.']],
  ],
  [
    'a definition that is used no longer, and changed',
    got(ref('A'), schemas({ A: object({ a: text }) })),
    got(object({ a: text }), schemas({ A: object({ b: text }) })),
    [['documentation', '#/components/schemas/A', '`A`, which no operation uses, changed.']],
  ],
  [
    'a header that OpenAPI ignores',
    headed({}),
    headed({ required: true }),
    [
      [
        'documentation',
        '#/paths/~1a/get/parameters/0',
        'The header parameter `Authorization` of GET /a, which OpenAPI ignores, changed.',
      ],
    ],
  ],
  [
    'a path without operations',
    api({}),
    api({ '/a': {} }),
    [['documentation', '#/paths/~1a', 'The path /a, which has no operation, is new.']],
  ],
  [
    'an extension of the answers',
    api({ '/a': { get: { responses: { 'x-a': 1 } } } }),
    api({ '/a': { get: { responses: { 'x-a': 2 } } } }),
    [['documentation', '#/paths/~1a/get/responses/x-a', '`x-a` of the answers of GET /a changed.']],
  ],
  [
    'a link that is defined elsewhere',
    linked('a'),
    linked('b'),
    [['documentation', '#/paths/~1a/get/responses/200/links', 'The links of the 200 answer of GET /a changed.']],
  ],
  [
    'each item of a stream',
    answer({ content: { 'a/b': { itemSchema: text } } }),
    answer({ content: { 'a/b': { itemSchema: number } } }),
    [
      [
        'breaking-readers',
        '#/paths/~1a/get/responses/200/content/a~1b/itemSchema/type',
        'In answers, each item of the 200 answer of GET /a is now `integer`; it was `string`.',
      ],
    ],
  ],
  [
    'the media type of a header',
    answer({ headers: { X: { content: { 'a/b': { schema: text } } } } }),
    answer({ headers: { X: { content: { 'a/c': { schema: text } } } } }),
    [
      [
        'breaking-readers',
        '#/paths/~1a/get/responses/200/headers/X/content',
        'The header `X` of the 200 answer of GET /a is written another way: `content` changed.',
      ],
    ],
  ],
  [
    'a way to authenticate that was never needed',
    api({}, { security: [{ key: [] }, {}], ...basic }),
    api({}, { security: [{}], ...basic }),
    [
      [
        'documentation',
        '#/security',
        'The list of ways to call the service changed, but asks for no more and no less.',
      ],
    ],
  ],
  [
    'the order of servers',
    api({}, { servers: [{ url: 'https://a.test' }, { url: 'https://b.test' }] }),
    api({}, { servers: [{ url: 'https://b.test' }, { url: 'https://a.test' }] }),
    [['documentation', '#/servers/0', 'The first server is now `https://b.test`; it was `https://a.test`.']],
  ],
];

describe('what is easily overlooked around the schemas of OpenAPI', () => {
  it.each(cases)('is told: %s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});
