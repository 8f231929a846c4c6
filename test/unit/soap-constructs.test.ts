import { expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { fixture, generated, loadTable } from './soap-generate.support.ts';

interface DepotOperations {
  'store-all': { input: unknown; output: unknown; headers: unknown; faults: Record<string, never> };
}

// Which operations the fixture has is known here only.
const depot = (await loadTable(await generated(fixture))) as unknown as ServiceTable<DepotOperations>;
const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';

const CRATE = {
  $type: 'Crate',
  $any: [{ name: 'stamp', namespace: 'urn:post', attributes: { no: '7' }, children: [], text: 'B' }],
  seal: 'QQ==',
  inside: [
    null,
    { $type: 'Parcel', '@origin': 'x', serial: '2', size: 'a new one', sent: '2026-01-02T03:04:05Z', box: 9 },
  ],
  note: [{ '@lang': 'de', $value: 'Vorsicht' }, { $value: '' }],
  sent: '2026-01-01T00:00:00Z',
  due: { string: '2026-02-01' },
  street: 'Tab\there',
  size: 'small',
  serial: '12345678901234567890',
  '@weight': '1.50',
  '@origin': 'a\t"b"\n<c>',
};

// By hand from the schema: things are unqualified except the seal, attributes too; calls are qualified.
const crateXml = `<c:thing i:type="t:Crate" origin="a&#9;&quot;b&quot;&#10;&lt;c>" weight="1.50">
    <serial>12345678901234567890</serial>
    <size>small</size>
    <street>Tab\there</street>
    <sent>2026-01-01T00:00:00Z</sent>
    <due><string>2026-02-01</string></due>
    <note lang="de">Vorsicht</note><note/>
    <inside i:nil="true"/>
    <inside i:type="t:Parcel" origin="x"><serial>2</serial><size>a new one</size><box>9</box><sent>2026-01-02T03:04:05Z</sent></inside>
    <t:seal>QQ==</t:seal>
    <stamp xmlns="urn:post" no="7">B</stamp>
  </c:thing>`;
const envelope = (header: string, body: string) =>
  `<e:Envelope xmlns:e="${SOAP}" xmlns:c="urn:depot:calls" xmlns:t="urn:depot:things" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">
    <e:Header>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;

test('attributes, text with attributes, wildcards, unqualified and qualified names are written as the schema has them', () => {
  const input = { route: { odd: {}, via: Number.POSITIVE_INFINITY }, label: 'L', thing: [CRATE] };
  expect(canonical(writeEnvelope(depot, 'store-all', input, { Key: 'k' }))).toBe(
    canonical(
      envelope(
        '<c:Key>k</c:Key>',
        `<c:store-all>${crateXml}<c:label>L</c:label><c:route><c:via>INF</c:via><c:odd/></c:route></c:store-all>`,
      ),
    ),
  );
});

test('and read back from there, with the header of the answer and what has no schema', () => {
  const reader = createEnvelopeReader(depot, 'store-all');
  const extra = '<c:extra p="1"><any xmlns="urn:x">1</any></c:extra>';
  reader.write(envelope('<c:Left>4294967295</c:Left>', `<c:storeResponse>${crateXml}${extra}</c:storeResponse>`));
  expect(reader.close()).toEqual({
    kind: 'result',
    version: '1.1',
    headers: { Left: 4294967295 },
    value: {
      thing: [CRATE],
      extra: {
        name: 'extra',
        namespace: 'urn:depot:calls',
        attributes: { p: '1' },
        children: [{ name: 'any', namespace: 'urn:x', attributes: {}, children: [], text: '1' }],
        text: '',
      },
    },
    unknown: [],
    unknownElements: [],
  });
});

test.each([
  ['a missing attribute', { ...CRATE, '@origin': undefined }, 'ERR_MISSING_ELEMENT', '.@origin'],
  ['an unknown attribute', { ...CRATE, '@colour': 'red' }, 'ERR_UNKNOWN_ELEMENT', '.@colour'],
  ['a wildcard element without a name', { ...CRATE, $any: [{ name: '' }] }, 'ERR_WRONG_TYPE', '.$any[0]'],
  ['a name that would break out of its tag', { ...CRATE, $any: [{ name: 'a><b' }] }, 'ERR_WRONG_TYPE', '.$any[0]'],
  [
    'an attribute name that would',
    { ...CRATE, $any: [{ name: 'a', attributes: { 'x="1" y': '' } }] },
    'ERR_WRONG_TYPE',
    '.$any[0].a',
  ],
])('%s is refused with its place', (_, thing, code, place) => {
  const call = () => writeEnvelope(depot, 'store-all', { thing: [thing], route: { via: 1 } });
  expect(call).toThrow(expect.objectContaining({ name: 'TypeError', code, path: `store-all.thing[0]${place}` }));
});

test('a required attribute that an answer lacks is named', () => {
  const reader = createEnvelopeReader(depot, 'store-all');
  const bare = crateXml.replace(/ origin="[^"]*"/, '');
  expect(() => reader.write(envelope('', `<c:storeResponse>${bare}</c:storeResponse>`))).toThrow(
    expect.objectContaining({ reason: 'contract', path: 'storeResponse.thing[0].@origin', found: 'nothing' }),
  );
});
