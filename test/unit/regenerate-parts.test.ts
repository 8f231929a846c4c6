import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { SpecError } from '../../scripts/generate/index.ts';
import { regenerate } from '../../scripts/regenerate/index.ts';
import { findParts } from '../../scripts/regenerate/parts.ts';
import { rejection } from '../helpers/waiting.ts';
import { account, createProject, type Project, poorer, richer, settled, statusOf, wsdl } from './regenerate.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const part = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <xs:element name="Ask"><xs:complexType><xs:sequence>
    <xs:element name="city" type="xs:string"/>
    <xs:element name="day" type="xs:date"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="Answer"><xs:complexType><xs:sequence>
    <xs:element name="degrees" type="xs:decimal"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
`;
const whole = `<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t" targetNamespace="urn:t"
  xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/">
  <types><xs:schema targetNamespace="urn:t"><xs:include schemaLocation="parts/types.xsd"/></xs:schema></types>
  <message name="In"><part name="body" element="t:Ask"/></message>
  <message name="Out"><part name="body" element="t:Answer"/></message>
  <portType name="Port"><operation name="ask"><input message="t:In"/><output message="t:Out"/></operation></portType>
  <binding name="Binding" type="t:Port">
    <soap:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>
    <operation name="ask"><soap:operation soapAction=""/>
      <input><soap:body use="literal"/></input><output><soap:body use="literal"/></output></operation>
  </binding>
  <service name="Weather"><port name="Port" binding="t:Binding"><soap:address location="https://example.com/s"/></port></service>
</definitions>
`;
const dayless = part.replace(/ *<xs:element name="day".*\n/, '');

/** A project whose spec has a part; both are committed. */
function weather(): Promise<Project> {
  return settled(
    { specs: [{ wsdl: 'specs/tenant.wsdl', loginOperation: 'ask' }] },
    { 'specs/tenant.wsdl': whole, 'vendor/tenant.wsdl': whole, 'specs/parts/types.xsd': part },
  );
}

describe('a spec of several files', () => {
  it('is compared with what its parts were, and its branch holds them', async () => {
    await using project = await weather();
    await project.write('specs/parts/types.xsd', dayless);
    const result = await regenerate({ config: project.config, branch: 'specs' });
    expect(result).toMatchObject({ label: 'major', specs: [{ state: 'changed', untaken: [] }] });
    expect(result.specs[0]?.diff?.changes).toEqual([
      expect.objectContaining({
        file: expect.stringMatching(/specs\/parts\/types\.xsd$/),
        sentence: expect.stringContaining('day'),
      }),
    ]);
    expect(await project.git('show', 'specs:specs/parts/types.xsd')).toBe(dayless);
    expect(await statusOf(project)).toEqual([]);
  });

  it('has a part that says the same in other words', async () => {
    await using project = await weather();
    await project.write('specs/parts/types.xsd', part.replace('<xs:schema', '<!-- the weather -->\n<xs:schema'));
    const { label, specs } = await regenerate({ config: project.config });
    expect({ label, state: specs[0]?.state }).toEqual({ label: 'patch', state: 'same' });
  });

  it('from a source says which files did not come from there', async () => {
    await using project = await weather();
    await project.write('vendor/tenant.wsdl', whole.replace('example.com/s', 'example.com/t'));
    const { specs } = await regenerate({ config: project.config });
    expect(specs[0]?.untaken).toEqual([expect.stringMatching(/specs\/parts\/types\.xsd$/)]);
  });

  it('may have parts in a folder beside its own, where the configuration says so', async () => {
    const spec = { wsdl: 'specs/wsdl/tenant.wsdl', loginOperation: 'ask', importRoot: 'specs' };
    await using project = await settled(
      { specs: [spec] },
      {
        'specs/sources.json': { specs: [{ file: 'wsdl/tenant.wsdl', source: null }] },
        'specs/wsdl/tenant.wsdl': whole.replace('parts/', '../xsd/'),
        'specs/xsd/types.xsd': part,
      },
    );
    await project.write('specs/xsd/types.xsd', dayless);
    const result = await regenerate({ config: project.config, branch: 'specs' });
    expect(result).toMatchObject({ label: 'major', specs: [{ state: 'changed' }] });
    expect(await project.git('show', 'specs:specs/xsd/types.xsd')).toBe(dayless);
  });

  it('whose source now asks for a file that is not there changes nothing', async () => {
    await using project = await weather();
    await project.write('vendor/tenant.wsdl', whole.replace('types.xsd', 'more.xsd'));
    const error = await rejection(regenerate({ config: project.config }));
    expect(error).toBeInstanceOf(SpecError);
    expect(String(error)).toContain('"parts/more.xsd" is not there');
    expect(await statusOf(project)).toEqual([' M vendor/tenant.wsdl']);
  });
});

describe('the parts of a spec', () => {
  const parts = async (text: string, files: Record<string, string>): Promise<string[]> => {
    const read = async (path: string): Promise<string | undefined> => files[path];
    return [...(await findParts('/x/main.yaml', text, '/x', read)).keys()];
  };
  const at = (path: string): string => resolve('/x', path);

  it('are found however a reference is written, in circles too', async () => {
    const text = `a: { $ref: './a.yaml#/A' }\n"$ref": "b c.json"\n$ref: d%20e.yaml\n<include schemaLocation = 'f.xsd'/>\n$ref: '#/x'`;
    const names = ['a.yaml', 'b c.json', 'd e.yaml', 'f.xsd', 'sub/g.yaml'].map(at);
    const files = Object.fromEntries(names.map((name) => [name, '$ref: sub/g.yaml\n$ref: ../main.yaml']));
    expect(await parts(text, files)).toEqual(names);
  });

  it('lie in its folder and below', async () => {
    const text = ['../a.yaml', '/x/b.yaml', 'https://example.com/c.yaml', 'sub/../../d.yaml', '%zz']
      .map((reference) => `$ref: ${reference}`)
      .join('\n');
    const files = Object.fromEntries(['/a.yaml', '/x/b.yaml', '/d.yaml'].map((path) => [resolve(path), '']));
    expect(await parts(text, files)).toEqual([]);
  });
});

describe('overlays in git', () => {
  const fix = (target: string): string => `wsdlOverlay: 1\nactions:\n  - target: ${target}\n    remove: true\n`;
  const patched = (text: string): Promise<Project> =>
    settled({ specs: [{ wsdl: 'specs/tenant.wsdl', overlays: ['fix.yaml'] }] }, { 'fix.yaml': text });

  it('are compared as they were with as they are: what they take away breaks callers', async () => {
    await using project = await patched(fix(`${account}/element[Name]`));
    await project.write('fix.yaml', fix(`${account}/element[Status]`));
    const { label, specs } = await regenerate({ config: project.config });
    expect(label).toBe('major');
    const changes = specs[0]?.diff?.changes.map(({ rule, sentence }) => `${rule}: ${sentence}`) ?? [];
    expect(changes.filter((change) => /^field-removed: .*`Account\.Status`/.test(change))).toHaveLength(2);
    expect(changes.filter((change) => /^field-added: .*`Account\.Name`/.test(change))).toHaveLength(2);
    expect(changes).toHaveLength(4);
    expect(specs[0]?.skipped).toEqual([]);
  });

  it('that undo what a vendor changed leave no change', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    await project.write('fix.yaml', fix(`${account}/element[Shade__c]`));
    const config = { out: 'generated', specs: [{ wsdl: 'specs/tenant.wsdl', overlays: ['fix.yaml'] }] };
    await project.write('latchkey.config.json', JSON.stringify(config));
    const { label, specs } = await regenerate({ config: project.config });
    expect({ label, changes: specs[0]?.diff?.changes }).toEqual({ label: 'patch', changes: [] });
  });
});

describe('what a spec was', () => {
  it('is not guessed where git cannot tell', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', poorer);
    await regenerate({ config: project.config, fetchOnly: true });
    vi.stubEnv('GIT_TEST_ASSUME_DIFFERENT_OWNER', '1');
    const error = await rejection(regenerate({ config: project.config, fetch: false }));
    vi.unstubAllEnvs();
    expect(String(error)).toContain('dubious ownership');
  });

  it('is told by the lock where git does not keep the spec', async () => {
    await using project = await settled();
    await project.write('.gitignore', 'specs/tenant.wsdl\n');
    await project.git('rm', '--quiet', 'specs/tenant.wsdl');
    await project.git('add', '.gitignore');
    await project.git('commit', '--quiet', '--message', 'Not ours to keep');
    expect(await regenerate({ config: project.config })).toMatchObject({ label: 'none', specs: [{ state: 'same' }] });
    expect(await project.read('specs/tenant.wsdl')).toBe(wsdl);
    await rm(join(project.path, 'specs/tenant.wsdl'));
    await project.write('vendor/tenant.wsdl', richer);
    const error = await rejection(regenerate({ config: project.config }));
    expect(String(error)).toContain('what it was is not in git');
  });

  it('is text in UTF-8, or nothing is generated from it', async () => {
    await using project = await settled();
    await project.write('specs/sources.json', '{"specs":[{"file":"tenant.wsdl","source":null}]}');
    const text = Buffer.from(wsdl.replace('<wsdl:definitions', '<!-- \u00e4 --><wsdl:definitions'), 'latin1');
    await project.write('specs/tenant.wsdl', text);
    const error = await rejection(regenerate({ config: project.config }));
    expect(error).toBeInstanceOf(SpecError);
    expect(String(error)).toContain('specs/tenant.wsdl: not UTF-8 text');
  });
});

describe('one spec of two systems', () => {
  it('is taken once, and stands in the lock once', async () => {
    const specs = ['one', 'two'].map((system) => ({ system, wsdl: 'specs/tenant.wsdl' }));
    const counting = `require('fs').appendFileSync('count', 'x'); process.stdout.write(require('fs').readFileSync('vendor/tenant.wsdl', 'utf8'))`;
    const source = { command: [process.execPath, '-e', counting] };
    await using project = await createProject(
      {
        'latchkey.config.json': { out: 'generated', specs },
        'specs/sources.json': {
          specs: [{ file: 'tenant.wsdl', source }],
        },
        'vendor/tenant.wsdl': wsdl,
      },
      { isInGit: false },
    );
    await regenerate({ config: project.config });
    expect(await project.read('count')).toBe('x');
    const lock = JSON.parse(await project.read('specs/sources.json'));
    expect(lock.specs).toEqual([expect.objectContaining({ file: 'tenant.wsdl', source })]);
    await project.write('specs/sources.json', JSON.stringify(lock).replace(lock.specs[0].generator, '0.0.0-before'));
    await regenerate({ config: project.config });
    expect(JSON.parse(await project.read('specs/sources.json'))).toEqual(lock);
    await rm(join(project.path, 'specs/sources.json'));
    await regenerate({ config: project.config });
    expect(JSON.parse(await project.read('specs/sources.json')).specs).toHaveLength(1);
    expect(await regenerate({ config: project.config })).toMatchObject({ isChanged: false });
  });
});
