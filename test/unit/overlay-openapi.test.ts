import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { applyOverlays } from '../../scripts/overlays/index.ts';
import { rejection } from '../helpers/waiting.ts';

const spec = `openapi: 3.1.0
info: { title: Pets, version: 1.0.0 }
servers:
  - { url: https://one.example, description: Production }
  - { url: https://two.example, description: Dev }
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
        - { name: limit, in: query, schema: { type: integer } }
        - { name: dummy, in: query, schema: { type: string } }
      responses:
        '200': { description: OK }
        '500': { description: oops }
  /pets/{id}:
    get:
      operationId: readPet
      responses:
        '200': { description: OK }
        '500': { description: oops }
`;

const overlayOf = (actions: unknown): string =>
  stringify({ overlay: '1.0.0', info: { title: 'Repairs', version: '1' }, actions });

async function patched(actions: unknown, text = spec): Promise<Record<string, unknown>> {
  const overlays = [{ file: 'fix.overlay.yaml', text: overlayOf(actions) }];
  return JSON.parse((await applyOverlays({ kind: 'openapi', file: 'pets.yaml', text, overlays })).text);
}

async function complaint(overlay: string, text = spec): Promise<string> {
  const overlays = [{ file: 'fix.overlay.yaml', text: overlay }];
  const error = await rejection(applyOverlays({ kind: 'openapi', file: 'pets.yaml', text, overlays }));
  expect(error).toBeInstanceOf(SpecError);
  return String(Object(error).message);
}

/** The spec with a change made by hand, on its plain values. */
function changed(change: (root: ReturnType<typeof parse>) => void): unknown {
  const root = parse(spec);
  change(root);
  return root;
}

describe('an overlay of an OpenAPI document', () => {
  it('merges objects, and replaces their single values', async () => {
    const action = { target: '$', update: { info: { title: 'Animals', 'x-fixed': true } } };
    expect(await patched([action])).toEqual(
      changed((root) => {
        root.info.title = 'Animals';
        root.info['x-fixed'] = true;
      }),
    );
  });

  it('reaches many places by one target', async () => {
    const found = await patched([{ target: '$.paths.*.get', update: { 'x-safe': true } }]);
    expect(found).toEqual(
      changed((root) => {
        root.paths['/pets'].get['x-safe'] = true;
        root.paths['/pets/{id}'].get['x-safe'] = true;
      }),
    );
  });

  it('appends to lists: one value, or several', async () => {
    const page = { name: 'page', in: 'query' };
    const size = { name: 'size', in: 'query' };
    const expected = changed((root) => root.paths['/pets'].get.parameters.push(page, size));
    const target = "$.paths['/pets'].get.parameters";
    expect(
      await patched([
        { target, update: page },
        { target, update: size },
      ]),
    ).toEqual(expected);
    expect(await patched([{ target, update: [page, size] }])).toEqual(expected);
    expect(await patched([{ target: "$.paths['/pets'].get", update: { parameters: [page, size] } }])).toEqual(expected);
  });

  it('removes elements of lists by what they hold, however many, and keys at any depth', async () => {
    expect(await patched([{ target: "$.servers[?@.description=='Dev']", remove: true }])).toEqual(
      changed((root) => root.servers.pop()),
    );
    expect(await patched([{ target: "$.paths..responses['500']", remove: true }])).toEqual(
      changed((root) => {
        delete root.paths['/pets'].get.responses['500'];
        delete root.paths['/pets/{id}'].get.responses['500'];
      }),
    );
    const all = await patched([{ target: '$.servers[0,1]', remove: true }]);
    expect(all.servers).toEqual([]);
  });

  it('does one action after the other, on what the one before made', async () => {
    const actions = [
      { target: '$.servers', remove: true },
      { target: '$', update: { servers: [{ url: 'https://three.example' }] } },
      { target: '$.servers[0]', update: { description: 'New' } },
    ];
    const { servers } = await patched(actions);
    expect(servers).toEqual([{ url: 'https://three.example', description: 'New' }]);
  });

  it('takes remove for more than update, as the specification has it', async () => {
    const { servers } = await patched([{ target: '$.servers', remove: true, update: { url: 'x' } }]);
    expect(servers).toBeUndefined();
  });

  it('changes one of two places that a YAML anchor made alike', async () => {
    const text = 'openapi: 3.1.0\na: &one { x: 1 }\nb: *one\n';
    expect(await patched([{ target: '$.a', update: { x: 2 } }], text)).toEqual({
      openapi: '3.1.0',
      a: { x: 2 },
      b: { x: 1 },
    });
  });

  it('gives copies: what is added in two places is not the same thing', async () => {
    const actions = [
      { target: '$.paths.*', update: { summary: { text: 'a' } } },
      { target: "$.paths['/pets'].summary", update: { text: 'b' } },
    ];
    expect(await patched(actions)).toMatchObject({ paths: { '/pets/{id}': { summary: { text: 'a' } } } });
  });

  it('adds a key called __proto__ as a key', async () => {
    const overlay = overlayOf([]).replace(
      'actions: []',
      'actions: [{ target: $, update: { "__proto__": { polluted: 1 } } }]',
    );
    const overlays = [{ file: 'o.yaml', text: overlay }];
    const { text } = await applyOverlays({ kind: 'openapi', file: 'pets.yaml', text: spec, overlays });
    expect(text).toContain('"__proto__": {\n    "polluted": 1');
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('may be JSON, for a spec in JSON', async () => {
    const overlay = JSON.stringify({
      overlay: '1.0.1',
      info: {},
      actions: [{ target: '$.info', update: { title: 'X' } }],
    });
    const text = JSON.stringify(parse(spec));
    const overlays = [{ file: 'o.json', text: overlay }];
    const { text: found } = await applyOverlays({ kind: 'openapi', file: 'pets.json', text, overlays });
    expect(JSON.parse(found).info.title).toBe('X');
  });

  it('comes after the ones before it', async () => {
    const overlays = ['A', 'B'].map((title) => ({
      file: `${title}.yaml`,
      text: overlayOf([{ target: '$.info', update: { title, [`x-${title}`]: 1 } }]),
    }));
    const { text } = await applyOverlays({ kind: 'openapi', file: 'pets.yaml', text: spec, overlays });
    expect(JSON.parse(text).info).toEqual({ title: 'B', version: '1.0.0', 'x-A': 1, 'x-B': 1 });
  });
});

describe('an overlay that does not fit', () => {
  it('is told with its line, its action and the spec', async () => {
    const overlay =
      'overlay: 1.0.0\ninfo: {}\nactions:\n  - target: $.info\n    update: {}\n  - target: $.nowhere\n    remove: true\n';
    expect(await complaint(overlay)).toBe(
      'fix.overlay.yaml:6:5: the target $.nowhere finds nothing in pets.yaml (#/actions/1/target)',
    );
  });

  it('may say that an action, or all of them, need not find anything', async () => {
    const target = '$.nowhere';
    expect(await patched([{ target, remove: true, 'x-latchkey-optional': true }])).toEqual(parse(spec));
    const text = overlayOf([{ target, remove: true }]).replace('actions:', 'x-latchkey-optional: true\nactions:');
    const { text: found } = await applyOverlays({
      kind: 'openapi',
      file: 'p',
      text: spec,
      overlays: [{ file: 'o', text }],
    });
    expect(JSON.parse(found)).toEqual(parse(spec));
    expect(await complaint(text.replace('remove: true', 'remove: true\n    x-latchkey-optional: false'))).toContain(
      'finds nothing',
    );
  });

  it('loses what does not fit, where that is wanted, and says so', async () => {
    const skipped: string[] = [];
    const actions = [
      { target: '$.nowhere', remove: true },
      { target: '$.info', update: { title: 'X' } },
    ];
    const overlays = [{ file: 'o.yaml', text: overlayOf(actions) }];
    const onSkip = (what: string): void => void skipped.push(what);
    const { text } = await applyOverlays({ kind: 'openapi', file: 'p', text: spec, overlays, onSkip });
    expect(JSON.parse(text).info.title).toBe('X');
    expect(skipped).toEqual([expect.stringMatching(/^o\.yaml:6:5: .*#\/actions\/0\/target/)]);
  });

  it.each([
    ['overlay: 1.1.0\nactions: [{target: $}]', 'not an OpenAPI Overlay 1.0.x: it says 1.1.0 (#/overlay)'],
    ['actions: [{target: $}]', 'not an OpenAPI Overlay 1.0.x: there is no "overlay"'],
    ['overlay: 1.0.0\nactions: []', 'actions must be a list that is not empty (#/actions)'],
    ['overlay: 1.0.0', 'actions must be a list that is not empty'],
    ['- 1', 'must be an object'],
    ['overlay: [', 'not well-formed YAML'],
    [
      'overlay: 1.0.0\nactions: [{target: $, updates: {}}]',
      'there is no "updates"; there may be target, description, update, remove',
    ],
    ['overlay: 1.0.0\nactions: [{update: {}}]', 'target must be a text that is not empty (#/actions/0/target)'],
    ['overlay: 1.0.0\nactions: [{target: paths}]', 'the target paths is no JSONPath of RFC 9535'],
    ['overlay: 1.0.0\nactions: [{target: "$[?(@.x = 1)]"}]', 'is no JSONPath of RFC 9535'],
    ['overlay: 1.0.0\nactions: [{target: "$[?(process.exit())]"}]', 'is no JSONPath of RFC 9535'],
    ['overlay: 1.0.0\nactions: [{target: $, remove: true}]', 'the document itself cannot be removed'],
    ['overlay: 1.0.0\nactions: [{target: $, remove: yes please}]', 'remove must be true or false'],
    ['overlay: 1.0.0\nactions: [{target: $.info.title, update: X}]', "$['info']['title'] is a single value"],
    ['overlay: 1.0.0\nactions: [{target: $.info, update: X}]', "$['info'] is an object, so update must be one"],
    [
      'overlay: 1.0.0\nactions: [{target: $, update: {info: X}}]',
      '$["info"] is an object, update has a single value for it',
    ],
    [
      'overlay: 1.0.0\nactions: [{target: $, update: {servers: {}}}]',
      '$["servers"] is a list, update has an object for it',
    ],
    ['overlay: 1.0.0\nactions: [{target: $, x-latchkey-optional: 1}]', 'x-latchkey-optional must be true or false'],
    [
      'overlay: 1.0.0\nactions: [{target: $, update: *gone}]',
      'fix.overlay.yaml:1: not well-formed YAML: Unresolved alias',
    ],
    ['overlay: 1.0.0\nactions: &a [{target: $, update: *a}]', 'cannot be written out: a part holds itself'],
    ['overlay: 1.0.0\nactions: [{target: $, update: {x: .nan}}]', 'holds what JSON cannot: NaN'],
  ])('is refused: %j', async (overlay, expected) => {
    expect(await complaint(overlay)).toContain(expected);
  });

  it('is refused where it is nested deeper than a parser goes', async () => {
    const message = await complaint(`overlay: 1.0.0\nactions: ${'['.repeat(10_000)}`);
    expect(message).toMatch(/^fix\.overlay\.yaml:\d+(?::\d+)?: /);
  });

  it('lies over a spec that can be read', async () => {
    const message = await complaint(overlayOf([{ target: '$.info', update: {} }]), 'a: [1\nb: 2');
    expect(message).toMatch(/^pets\.yaml:\d+:\d+: not well-formed YAML/);
  });
});
