import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffSpecs } from '../../scripts/diff/index.ts';
import { SpecError } from '../../scripts/generate/index.ts';
import { diffTexts, got, wsdl } from './diff.support.ts';

const good = got({ type: 'string' });
const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

/** What cannot be compared, with a word of the message. */
const broken: readonly (readonly [name: string, text: string, word: string])[] = [
  ['an empty file', '', 'empty'],
  ['blank space', '  \n\n', 'empty'],
  ['broken YAML', 'openapi: 3.1.0\npaths: [', 'not well-formed'],
  ['a key that is there twice', 'openapi: 3.1.0\ninfo: {}\ninfo: {}\n', 'duplicated mapping key'],
  ['YAML that is no OpenAPI document', 'a: 1', 'not an OpenAPI document'],
  ['a list', '- a', 'not an OpenAPI document'],
  ['Swagger 1.2', 'swagger: "1.2"', 'not an OpenAPI document'],
  [
    'Swagger 2.0 with a reference to nowhere',
    'swagger: "2.0"\ninfo: {title: a, version: "1"}\npaths: {/a: {$ref: "#/b"}}',
    'unresolved $ref',
  ],
  ['an unresolvable $ref', got({ $ref: '#/components/schemas/None' }), 'unresolved $ref #/components/schemas/None'],
  [
    'an unresolvable $ref that no operation uses',
    got({}, { components: { schemas: { A: { $ref: '#/nowhere' } } } }),
    'unresolved $ref #/nowhere',
  ],
  [
    'references in a ring',
    got({ $ref: '#/components/schemas/A' }, { components: { schemas: { A: { $ref: '#/components/schemas/A' } } } }),
    'leads back to itself',
  ],
  [
    'a schema made of itself',
    got(
      { $ref: '#/components/schemas/A' },
      { components: { schemas: { A: { allOf: [{ $ref: '#/components/schemas/A' }] } } } },
    ),
    'made of itself',
  ],
  ['a reference to the network', got({ $ref: 'https://example.test/pet.yaml' }), 'not fetched'],
  ['a reference out of the folder', got({ $ref: '../../etc/passwd' }), '../../etc/passwd'],
  [
    'parameters that are no list',
    '{"openapi":"3.1.0","paths":{"/a":{"get":{"parameters":{"a":1}}}}}',
    'expected a list',
  ],
  ['a type that does not exist', got({ type: 'text' }), 'no such type'],
  [
    'a security scheme that is not defined',
    '{"openapi":"3.1.0","paths":{},"security":[{"key":[]}]}',
    'no security scheme is called key',
  ],
  ['10,000 levels', `{"openapi":"3.1.0","paths":{},"x-a":${deep(10_000)}}`, 'nested'],
  ['an anchor that holds itself', 'openapi: 3.1.0\npaths: {}\nx-a: &a\n  b: *a\n', 'anchor'],
  ['a WSDL in place of an OpenAPI document', wsdl(), 'it is a WSDL'],
];

const xml: readonly (readonly [name: string, text: string, word: string])[] = [
  ['an empty file', '', 'empty'],
  ['broken XML', wsdl().replace('</types>', ''), 'not well-formed'],
  ['a DOCTYPE', `<!DOCTYPE a [<!ENTITY b "c">]>${wsdl()}`, 'DOCTYPE'],
  ['a schema in place of a WSDL', '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', 'not a WSDL 1.1 file'],
  ['a type that is not declared', wsdl({ request: '<xs:element name="a" type="t:None"/>' }), '"None"'],
  ['a prefix that is not declared', wsdl({ request: '<xs:element name="a" type="q:None"/>' }), '"q"'],
  ['a message that does not exist', wsdl().replace('t:findOut"', 't:lost"'), '"lost"'],
  ['a binding that does not exist', wsdl().replace('binding="t:PetsBinding"', 'binding="t:Lost"'), '"Lost"'],
  ['an element that is not declared', wsdl().replace('element="t:find"', 'element="t:lost"'), '"lost"'],
  [
    'an import from the network',
    wsdl({ definitions: '<import namespace="urn:x" location="https://example.test/x.wsdl"/>' }),
    'fetched',
  ],
  [
    'an import out of the folder',
    wsdl({ definitions: '<import namespace="urn:x" location="../../x.wsdl"/>' }),
    'refused',
  ],
  [
    'a type that is its own base',
    wsdl({
      request: '<xs:element name="a" type="t:A"/>',
      types:
        '<xs:complexType name="A"><xs:complexContent><xs:extension base="t:A"/></xs:complexContent></xs:complexType>',
    }),
    'own base',
  ],
  ['10,000 levels', `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`, 'nested'],
  [
    'neither service nor binding',
    wsdl({ service: '' }).replace(/<binding[\s\S]*<\/binding>/, ''),
    'nothing to compare',
  ],
  ['an OpenAPI document in place of a WSDL', good, 'it is an OpenAPI document'],
];

describe('a comparison that fails is never reported as clean', () => {
  it.each(broken)('OpenAPI: %s, as old, as new and as both', async (_, text, word) => {
    await expectFailures(text, good, word);
  });

  it.each(xml)('WSDL: %s, as old, as new and as both', async (_, text, word) => {
    await expectFailures(text, wsdl(), word);
  });

  it('refuses a file beside the spec that is none, and one that is too large', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-diff-'));
    try {
      await mkdir(join(folder, 'pet.yaml'));
      const handle = await open(join(folder, 'large.yaml'), 'w');
      await handle.truncate(65 * 1024 * 1024);
      await handle.close();
      const spec = (name: string) => ({ file: 'a.yaml', path: join(folder, 'a.yaml'), text: got({ $ref: name }) });
      for (const [name, word] of [
        ['pet.yaml', 'leads to no file'],
        ['large.yaml', 'leads to more than 64 MiB'],
      ] as const) {
        const failure = await diffSpecs({ old: spec(name), new: spec(name) }).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(SpecError);
        expect(String(failure)).toContain(word);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names the file and the line', async () => {
    const failure = await diffTexts(good, 'openapi: 3.1.0\ninfo:\n  title: a\n bad').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SpecError);
    expect(failure).toMatchObject({ file: 'new.yaml', line: 4 });
    const reference = await diffTexts('openapi: 3.1.0\npaths:\n  /a:\n    $ref: "#/b"\n', good).catch(
      (error: unknown) => error,
    );
    expect(reference).toMatchObject({ file: 'old.yaml', line: 3, place: '#/paths/~1a' });
  });
});

async function expectFailures(text: string, other: string, word: string): Promise<void> {
  const isOtherKind = word.startsWith('it is');
  for (const [old, next] of isOtherKind
    ? [[other, text]]
    : [
        [text, other],
        [other, text],
        [text, text],
      ]) {
    const failure = await diffTexts(old ?? '', next ?? '').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SpecError);
    expect(String(failure)).toContain(word);
  }
}
