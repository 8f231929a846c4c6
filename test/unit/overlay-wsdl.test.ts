import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { SpecError } from '../../scripts/generate/spec-error.ts';
import { applyOverlays } from '../../scripts/overlays/index.ts';
import { rejection } from '../helpers/waiting.ts';

const wsdl = `<?xml version="1.0" encoding="UTF-8"?>
<!-- kept --><wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs='http://www.w3.org/2001/XMLSchema'>
  <wsdl:types>
    <xs:schema targetNamespace="http://a.example/?v=1">
      <xs:complexType name="Account">
        <xs:sequence>
          <xs:element name = "Id"   type='xs:string' minOccurs="0"/>
          <xs:element name="Name" type="xs:string" />
        </xs:sequence>
      </xs:complexType>
      <xs:complexType name="Empty"/>
    </xs:schema>
    <xs:schema targetNamespace="http://b.example/">\r
      <xs:complexType name="Account"><xs:all></xs:all></xs:complexType>\r
    </xs:schema>
  </wsdl:types>
</wsdl:definitions>
`;
const account = 'definitions/types/schema[http://a.example/?v=1]/complexType[Account]';

const overlayOf = (...actions: readonly object[]): string => stringify({ wsdlOverlay: 1, actions });

async function patched(...actions: readonly object[]): Promise<string> {
  const overlays = [{ file: 'fix.overlay.yaml', text: overlayOf(...actions) }];
  return (await applyOverlays({ kind: 'wsdl', file: 'tenant.wsdl', text: wsdl, overlays })).text;
}

async function complaint(...actions: readonly object[]): Promise<string> {
  const error = await rejection(patched(...actions));
  expect(error).toBeInstanceOf(SpecError);
  return String(Object(error).message);
}

/** The WSDL with one text in place of another, and nothing else changed. */
function replaced(search: string, by: string): string {
  expect(wsdl.split(search)).toHaveLength(2);
  return wsdl.replace(search, () => by);
}

describe('an overlay of a WSDL leaves every other byte as it was, and', () => {
  it('removes an element, with its line where it has one of its own', async () => {
    expect(await patched({ target: `${account}/sequence/element[Name]`, remove: true })).toBe(
      replaced('          <xs:element name="Name" type="xs:string" />\n', ''),
    );
    const all = 'definitions/types/schema[http://b.example/]/complexType/all';
    expect(await patched({ target: all, remove: true })).toBe(replaced('<xs:all></xs:all>', ''));
    const other = 'definitions/types/schema[http://b.example/]/complexType';
    expect(await patched({ target: other, remove: true })).toBe(
      replaced('      <xs:complexType name="Account"><xs:all></xs:all></xs:complexType>\r\n', ''),
    );
  });

  it('sets, adds and takes away attributes, in the quotes that are there', async () => {
    const target = `${account}/sequence/element[Id]`;
    expect(await patched({ target, set: { type: `xs:"'<&` } })).toBe(
      replaced("type='xs:string'", `type='xs:"&apos;&lt;&amp;'`),
    );
    expect(await patched({ target, set: { minOccurs: 1, nillable: true } })).toBe(
      replaced(`minOccurs="0"/>`, `minOccurs="1" nillable="true"/>`),
    );
    expect(await patched({ target, set: { minOccurs: null, absent: null } })).toBe(replaced(' minOccurs="0"/>', '/>'));
    expect(await patched({ target, set: { name: 'Key' } })).toBe(replaced('name = "Id"', 'name = "Key"'));
    const name = `${account}/sequence/element[Name]`;
    expect(await patched({ target: name, set: { default: 'a\n"b"' } })).toBe(
      replaced('type="xs:string" />', 'type="xs:string" default="a&#10;&quot;b&quot;" />'),
    );
  });

  it('inserts before, after and at the end, indented as what it stands beside', async () => {
    const target = `${account}/sequence/element[Id]`;
    const fresh = '<xs:element name="New" type="xs:string"/>';
    const line = '          <xs:element name = "Id"   type=\'xs:string\' minOccurs="0"/>\n';
    expect(await patched({ target, before: fresh })).toBe(replaced(line, `          ${fresh}\n${line}`));
    expect(await patched({ target, after: fresh })).toBe(replaced(line, `${line}          ${fresh}\n`));
    const last = '          <xs:element name="Name" type="xs:string" />\n';
    expect(await patched({ target: `${account}/sequence`, append: fresh })).toBe(
      replaced(last, `${last}          ${fresh}\n`),
    );
    const empty = 'definitions/types/schema/complexType[Empty]';
    expect(await patched({ target: empty, append: '<xs:sequence/>' })).toBe(
      replaced('<xs:complexType name="Empty"/>', '<xs:complexType name="Empty"><xs:sequence/></xs:complexType>'),
    );
    const all = 'definitions/types/schema/complexType/all';
    expect(await patched({ target: all, append: fresh })).toBe(
      replaced('<xs:all></xs:all>', `<xs:all>${fresh}</xs:all>`),
    );
  });

  it('takes no longer where a line holds a million spaces', async () => {
    const spaces = ' '.repeat(1_000_000);
    const text = wsdl.replace(
      '    <xs:schema targetNamespace="http://b',
      () => `${spaces}x${spaces}<xs:schema targetNamespace="http://b`,
    );
    const overlay = overlayOf({ target: 'definitions/types/schema[http://b.example/]', before: '<xs:schema/>' });
    const overlays = [{ file: 'fix.overlay.yaml', text: overlay }];
    const { text: found } = await applyOverlays({ kind: 'wsdl', file: 'tenant.wsdl', text, overlays });
    expect(found.length).toBe(text.length + '<xs:schema/>'.length);
  });

  it('finds elements by attribute and by number', async () => {
    const gone = replaced('          <xs:element name="Name" type="xs:string" />\n', '');
    expect(await patched({ target: `${account}/sequence/element[#2]`, remove: true })).toBe(gone);
    expect(await patched({ target: `${account}/sequence/element[name=Name]`, remove: true })).toBe(gone);
    expect(
      await patched({
        target: 'definitions/types/schema[#1]/complexType[Account]/sequence/element[Name]',
        remove: true,
      }),
    ).toBe(gone);
  });

  it('does one action after the other', async () => {
    const target = `${account}/sequence/element[Key]`;
    const actions = [
      { target: `${account}/sequence/element[Id]`, set: { name: 'Key' } },
      { target, set: { minOccurs: 1 } },
      { target, after: '<!-- own -->' },
    ];
    const line = `<xs:element name = "Id"   type='xs:string' minOccurs="0"/>`;
    const expected = `<xs:element name = "Key"   type='xs:string' minOccurs="1"/>\n          <!-- own -->`;
    expect(await patched(...actions)).toBe(replaced(line, expected));
  });

  it('takes paths as messages about the WSDL have them', async () => {
    const text = await readFile(new URL('../../specs/zuora-soap.wsdl', import.meta.url), 'utf8');
    const overlays = [
      { file: 'o.yaml', text: overlayOf({ target: 'definitions/portType/operation[login]', remove: true }) },
    ];
    const found = await applyOverlays({ kind: 'wsdl', file: 'z.wsdl', text, overlays });
    expect(found.text.length).toBeLessThan(text.length);
    expect(text.startsWith(found.text.slice(0, 1000))).toBe(true);
  });
});

describe('an overlay that does not fit a WSDL', () => {
  it('is told with its line, its action, the WSDL, and how far its path leads', async () => {
    expect(await complaint({ target: `${account}/sequence/element[Nome]`, remove: true })).toBe(
      `fix.overlay.yaml:3:5: the target ${account}/sequence/element[Nome] finds nothing in tenant.wsdl; ` +
        `there is ${account}/sequence (#/actions/0/target)`,
    );
    expect(await complaint({ target: 'schema', remove: true })).toContain('its root is definitions');
  });

  it('may not leave open which element it means', async () => {
    expect(await complaint({ target: 'definitions/types/schema/complexType[Account]', remove: true })).toContain(
      'finds 2 elements in tenant.wsdl: definitions/types/schema[http://a.example/?v=1]/complexType[Account], ' +
        'definitions/types/schema[http://b.example/]/complexType',
    );
    expect(await complaint({ target: `${account}/sequence/element`, remove: true })).toContain('element[Id], ');
  });

  it('may say that it need not find anything', async () => {
    expect(await patched({ target: 'definitions/nowhere', remove: true, 'x-latchkey-optional': true })).toBe(wsdl);
  });

  it.each([
    [{ remove: true, set: {} }, 'an action needs one of remove, set, append, before and after'],
    [{}, 'an action needs one of remove'],
    [{ remove: false }, 'remove must be true'],
    [{ set: 'x' }, 'set must be an object'],
    [{ set: { 'a b': 1 } }, '"a b" is no name of an attribute'],
    [{ set: { a: {} } }, 'the value of a must be a text'],
    [{ set: { 'zz:a': 1 } }, 'with this, tenant.wsdl is not well-formed XML any more'],
    [{ append: '' }, 'append must be XML'],
    [{ append: 7 }, 'append must be XML'],
    [{ append: '<a>' }, 'append is not well-formed XML'],
    [{ append: '</wsdl:types><wsdl:types>' }, 'append is not well-formed XML'],
    [{ append: '<!DOCTYPE x [<!ENTITY a "b">]><x/>' }, 'not well-formed XML'],
    [{ append: '<zz:a/>' }, 'with this, tenant.wsdl is not well-formed XML any more'],
    [{ update: {} }, 'there is no "update"; there may be target, description, remove, set, append, before, after'],
  ])('is refused: %j', async (action, expected) => {
    expect(await complaint({ target: 'definitions/types', ...action })).toContain(expected);
  });

  it.each(['definitions//types', 'definitions/types/', '/definitions', 'a[b', 'a]b', 'a[b]c'])(
    'is refused for its path: %s',
    async (target) => {
      expect(await complaint({ target, remove: true })).toContain('is no element path');
    },
  );

  it.each(['remove', 'before', 'after'])('cannot %s the root', async (key) => {
    const value = key === 'remove' ? true : '<x/>';
    expect(await complaint({ target: 'definitions', [key]: value })).toContain(`${key} cannot be done to the root`);
  });

  it('lies over a WSDL that can be read', async () => {
    const overlays = [{ file: 'o.yaml', text: overlayOf({ target: 'a', remove: true }) }];
    const error = await rejection(applyOverlays({ kind: 'wsdl', file: 't.wsdl', text: '<a>\n<b></a>', overlays }));
    expect(String(Object(error).message)).toMatch(/^t\.wsdl:2:\d+: not well-formed XML/);
  });
});
