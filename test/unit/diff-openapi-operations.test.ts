import { describe, it } from 'vitest';
import { api, type Case, expectBothWays, expectTold } from './diff.support.ts';

const done = { '204': { description: 'Done' } };
const get = (more: object) => api({ '/pets': { get: { responses: done, ...more } } });
const parameter = (more: object) =>
  get({ parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' }, ...more }] });
const answering = (...statuses: string[]) =>
  get({ responses: Object.fromEntries(statuses.map((status) => [status, { description: 'An answer' }])) });
const withHeader = (headers: object) => get({ responses: { '200': { description: 'Fine', headers } } });
const withBody = (requestBody: object | undefined) => api({ '/pets': { post: { requestBody, responses: done } } });
const json = { 'application/json': { schema: { type: 'string' } } };
const xml = { 'application/xml': { schema: { type: 'string' } } };
const schemes = {
  components: {
    securitySchemes: {
      key: { type: 'apiKey', in: 'header', name: 'X-Key' },
      oauth: { type: 'oauth2', flows: { clientCredentials: { tokenUrl: '/token', scopes: { read: '', write: '' } } } },
    },
  },
};
const secured = (...security: object[]) => api({ '/pets': { get: { responses: done, security } } }, schemes);
const GET = '#/paths/~1pets/get';
const POST = '#/paths/~1pets/post';

/** What OpenAPI 3.1 says a call is made of. */
const cases: readonly Case[] = [
  [
    'an operation that is gone and one that is new',
    api({ '/pets': { get: { responses: done }, post: { responses: done } } }),
    api({ '/pets': { get: { responses: done }, put: { responses: done } } }),
    [
      ['breaking-callers', POST, 'POST /pets is gone.'],
      ['additive', '#/paths/~1pets/put', 'PUT /pets is new.'],
    ],
  ],
  [
    'a path parameter is on the wire by its place, not by its name',
    api({
      '/pets/{id}': {
        get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }], responses: done },
      },
    }),
    api({
      '/pets/{pet}': {
        get: { parameters: [{ name: 'pet', in: 'path', required: true, schema: { type: 'string' } }], responses: done },
      },
    }),
    [
      [
        'documentation',
        '#/paths/~1pets~1{pet}/get/parameters/0/name',
        'The path parameter `id` of GET /pets/{pet} is now called `pet`.',
      ],
    ],
  ],
  [
    'a parameter that is new and needed',
    get({}),
    parameter({ required: true }),
    [['breaking-callers', `${GET}/parameters/0`, 'GET /pets now needs the query parameter `limit`, which is new.']],
  ],
  [
    'a parameter that is new and may be left out',
    get({}),
    parameter({}),
    [['additive', `${GET}/parameters/0`, 'GET /pets now takes the query parameter `limit`.']],
  ],
  [
    'a parameter that is gone',
    parameter({}),
    get({}),
    [['breaking-callers', `${GET}/parameters/0`, 'GET /pets no longer takes the query parameter `limit`.']],
  ],
  [
    'a parameter that must now be given',
    parameter({}),
    parameter({ required: true }),
    [
      [
        'breaking-callers',
        `${GET}/parameters/0/required`,
        'GET /pets now needs the query parameter `limit`, which could be left out.',
      ],
    ],
  ],
  [
    'a parameter of another type, written another way',
    parameter({}),
    parameter({ schema: { type: 'string' }, style: 'pipeDelimited' }),
    [
      [
        'breaking-callers',
        `${GET}/parameters/0/schema/type`,
        'In requests, the query parameter `limit` of GET /pets is now `string`; it was `integer`.',
      ],
      [
        'breaking-callers',
        `${GET}/parameters/0/style`,
        'The query parameter `limit` of GET /pets is written another way: `style` is now `pipeDelimited`; it was `form`.',
      ],
    ],
  ],
  [
    'a body that is new and needed',
    withBody(undefined),
    withBody({ required: true, content: json }),
    [['breaking-callers', `${POST}/requestBody`, 'POST /pets now needs a request body.']],
  ],
  [
    'a body that must now be there, in another media type',
    withBody({ content: json }),
    withBody({ required: true, content: xml }),
    [
      [
        'breaking-callers',
        `${POST}/requestBody/required`,
        'POST /pets now needs its request body, which could be left out.',
      ],
      [
        'breaking-callers',
        `${POST}/requestBody/content/application~1json`,
        'The request body of POST /pets may no longer be `application/json`.',
      ],
      [
        'additive',
        `${POST}/requestBody/content/application~1xml`,
        'The request body of POST /pets may now be `application/xml`.',
      ],
    ],
  ],
  [
    'statuses: a failure that is new is expected, another success is not',
    answering('200'),
    answering('200', '202', '404'),
    [
      ['breaking-readers', `${GET}/responses/202`, 'GET /pets may now answer 202.'],
      ['additive', `${GET}/responses/404`, 'GET /pets may now answer 404.'],
    ],
  ],
  [
    'a status that is gone',
    answering('200', '404'),
    answering('200'),
    [['breaking-readers', `${GET}/responses/404`, 'GET /pets no longer answers 404.']],
  ],
  [
    'a status that a range stands for is still there',
    answering('200', '404'),
    answering('200', '4XX', '404'),
    [['additive', `${GET}/responses/4XX`, 'GET /pets may now answer 4XX.']],
  ],
  [
    'headers of an answer',
    withHeader({ 'X-Rate': { required: true, schema: { type: 'integer' } }, 'X-Old': { schema: { type: 'string' } } }),
    withHeader({ 'x-rate': { schema: { type: 'integer' } } }),
    [
      [
        'breaking-readers',
        `${GET}/responses/200/headers/x-rate`,
        'The 200 answer of GET /pets may now leave out the header `x-rate`.',
      ],
      [
        'breaking-readers',
        `${GET}/responses/200/headers/X-Old`,
        'The 200 answer of GET /pets no longer has the header `X-Old`.',
      ],
    ],
  ],
  [
    'authentication where there was none',
    secured(),
    secured({ key: [] }),
    [['breaking-callers', `${GET}/security`, 'GET /pets can no longer be called with no authentication.']],
  ],
  [
    'one more way to authenticate, and one more scope',
    secured({ oauth: ['read'] }),
    secured({ oauth: ['read', 'write'] }, { key: [] }),
    [
      ['breaking-callers', `${GET}/security/0`, 'GET /pets can no longer be called with `oauth` (`read`).'],
      ['additive', `${GET}/security/1`, 'GET /pets can now be called with `key`.'],
    ],
  ],
  [
    'a security scheme that works another way',
    secured({ key: [] }),
    secured({ key: [] }).replace('"X-Key"', '"X-Api-Key"'),
    [
      [
        'breaking-callers',
        '#/components/securitySchemes/key/name',
        'The security scheme `key` works another way: `name` changed.',
      ],
    ],
  ],
  [
    'a server that is gone and one that is new',
    api({}, { servers: [{ url: 'https://a.test' }, { url: 'https://b.test' }] }),
    api({}, { servers: [{ url: 'https://c.test' }, { url: 'https://b.test' }] }),
    [
      ['breaking-callers', '#/servers/0', 'The server `https://a.test` is gone.'],
      ['additive', '#/servers/0', 'The server `https://c.test` is new.'],
    ],
  ],
  [
    'a webhook is read, so a new required field in it breaks nobody',
    api(
      {},
      {
        webhooks: {
          born: {
            post: {
              requestBody: {
                content: { 'application/json': { schema: { type: 'object', properties: { a: { type: 'string' } } } } },
              },
              responses: done,
            },
          },
        },
      },
    ),
    api(
      {},
      {
        webhooks: {
          born: {
            post: { requestBody: { content: { 'application/json': { schema: { type: 'object' } } } }, responses: done },
          },
        },
      },
    ),
    [
      [
        'breaking-readers',
        '#/webhooks/born/post/requestBody/content/application~1json/schema/properties/a',
        'Answers no longer hold `a` in the request body of the webhook POST `born`.',
      ],
    ],
  ],
  [
    'names, words and extensions that are not on the wire',
    get({ operationId: 'list', summary: 'Lists', tags: ['a'], 'x-team': 'red' }),
    get({ operationId: 'listPets', summary: 'Lists pets', tags: ['a'], 'x-team': 'blue', deprecated: true }),
    [
      ['documentation', `${GET}/operationId`, 'GET /pets is now called `listPets`; it was `list`.'],
      ['documentation', `${GET}/summary`, 'The summary of GET /pets changed.'],
      ['documentation', `${GET}/x-team`, '`x-team` of GET /pets changed.'],
      ['documentation', `${GET}/deprecated`, 'GET /pets is now deprecated.'],
    ],
  ],
  [
    'a definition that nothing uses',
    api({}, { components: { schemas: { Pet: { type: 'string' } } } }),
    api({}, { components: { schemas: { Pet: { type: 'integer' } } } }),
    [['documentation', '#/components/schemas/Pet', '`Pet`, which no operation uses, changed.']],
  ],
  [
    'the version of the service',
    api({}),
    api({}, { info: { title: 'Pets', version: '2' } }),
    [['documentation', '#/info/version', 'The version of the service changed.']],
  ],
];

describe('what becomes of an operation', () => {
  it.each(cases)('%s', async (...pair) => {
    await expectTold(pair);
    await expectBothWays(pair);
  });
});
