import { describe, expect, test } from 'vitest';
import { envelope, read, SOAP_11, SOAP_12, WRONGS } from './soap-mill.support.ts';

const faultOf = (operation: string, inner: string, soap = SOAP_11) => {
  const answer = read(operation, envelope(`<e:Fault>${inner}</e:Fault>`, { soap }));
  if (answer.kind !== 'fault') throw new Error('no fault');
  return answer;
};
const fault11 = (inner: string) => faultOf('grind', inner);
const fault12 = (inner: string) => faultOf('grind', inner, SOAP_12);
const detailOf = (detail: string, operation = 'grind') => faultOf(operation, `<detail>${detail}</detail>`).detail;
const grindFault = (inner: string, attributes = '') =>
  detailOf(`<w:GrindFault ${attributes}>${inner}</w:GrindFault>`)?.value;

describe('the code', () => {
  test.each([
    ['of the envelope', '<faultcode>e:Client</faultcode>', SOAP_11, 'Client'],
    ['with white space', '<faultcode>\n  e:Client\n</faultcode>', SOAP_11, 'Client'],
    ['of another namespace', '<faultcode>w:JAM</faultcode>', WRONGS, 'JAM'],
    ['without a prefix', '<faultcode>Client</faultcode>', '', 'Client'],
    ['without a prefix, in a default namespace', '<faultcode xmlns="urn:d">Client</faultcode>', 'urn:d', 'Client'],
    ['with an unbound prefix', '<faultcode> zz:JAM </faultcode>', '', 'JAM'],
    ['of SOAP 1.1 with dots', '<faultcode>e:Client.Authentication</faultcode>', SOAP_11, 'Client.Authentication'],
    ['that is not there', '<faultstring>no</faultstring>', '', ''],
    ['in the envelope’s namespace', '<e:faultcode>w:JAM</e:faultcode>', WRONGS, 'JAM'],
  ])('%s', (_, inner, namespace, name) => {
    expect(fault11(inner).code).toStrictEqual({ namespace, name });
  });

  const value = (text: string) => `<e:Value>${text}</e:Value>`;
  test.each([
    ['without a Subcode', `<e:Code>${value('e:Sender')}</e:Code>`, SOAP_12, 'Sender'],
    ['with one', `<e:Code>${value('e:Sender')}<e:Subcode>${value('w:A')}</e:Subcode></e:Code>`, WRONGS, 'A'],
    [
      'with one in another',
      `<e:Code>${value('e:Sender')}<e:Subcode>${value('w:A')}<e:Subcode>${value('w:B')}</e:Subcode></e:Subcode></e:Code>`,
      WRONGS,
      'B',
    ],
    [
      'with an empty one in another',
      `<e:Code>${value('e:Sender')}<e:Subcode>${value('w:A')}<e:Subcode/></e:Subcode></e:Code>`,
      WRONGS,
      'A',
    ],
    ['with an unbound prefix', `<e:Code>${value(' zz:A ')}</e:Code>`, '', 'A'],
    ['without a Value', '<e:Code/>', '', ''],
    ['beside another Value', `${value('w:A')}<e:Code>${value('e:Sender')}</e:Code>`, SOAP_12, 'Sender'],
  ])('of SOAP 1.2, %s', (_, inner, namespace, name) => {
    expect(fault12(inner).code).toStrictEqual({ namespace, name });
  });
});

describe('the message', () => {
  test.each([
    ['of SOAP 1.1', '<faultstring xml:lang="en"> It jams.\n</faultstring>', ' It jams.\n'],
    ['of SOAP 1.2', '<e:Reason><e:Text xml:lang="en">It jams.</e:Text><e:Text>Klemmt.</e:Text></e:Reason>', 'It jams.'],
    ['that is not there', '<faultcode>e:Client</faultcode>', ''],
    ['without a text', '<e:Reason/>', ''],
  ])('%s', (_, inner, message) => {
    expect(fault11(inner).message).toBe(message);
    expect(fault12(inner).message).toBe(message);
  });
});

describe('the detail', () => {
  test.each(['<faultstring>no</faultstring>', '<detail/>', '<detail>only text</detail>'])(
    'is left out of %s',
    (inner) => {
      expect(fault11(inner)).toStrictEqual({
        kind: 'fault',
        version: '1.1',
        code: { namespace: '', name: '' },
        message: inner.includes('string') ? 'no' : '',
        unknown: [],
        unknownElements: [],
      });
    },
  );

  test.each([
    ['detail', SOAP_11],
    ['e:detail', SOAP_11],
    ['e:Detail', SOAP_12],
  ])('is what is in <%s>', (name, soap) => {
    const inner = `<${name}><w:JamFault>3</w:JamFault></${name}>`;
    expect(faultOf('stop', inner, soap).detail).toEqual({
      declared: true,
      namespace: WRONGS,
      name: 'JamFault',
      value: 3,
    });
  });

  test.each([
    ['its own operation', 'stop', '<w:JamFault>3</w:JamFault>', true, 3],
    ['another operation', 'grind', '<w:JamFault>3</w:JamFault>', false, 3],
    ['another operation, where its own declares none', 'idle', '<w:JamFault>3</w:JamFault>', false, 3],
    ['its own operation, in no namespace', 'grind', '<bareFault>b</bareFault>', true, 'b'],
  ])('is typed when it is declared by %s', (_, operation, detail, declared, value) => {
    expect(detailOf(detail, operation)).toMatchObject({ declared, value });
  });

  test.each([
    ['a declared name in another namespace', '<JamFault xmlns="urn:x">3</JamFault>', 'urn:x', 'JamFault'],
    ['a declared name in no namespace', '<JamFault>3</JamFault>', '', 'JamFault'],
    ['an undeclared name in the namespace', '<w:Fault>3</w:Fault>', WRONGS, 'Fault'],
  ])('is kept as it came when it has %s', (_, detail, namespace, name) => {
    const value = { namespace, name, attributes: {}, children: [], text: '3' };
    expect(detailOf(detail, 'stop')).toEqual({ declared: false, namespace, name, value });
  });

  test('is the first that is declared, else the first', () => {
    const [trace, jam, other] = ['<trace>t</trace>', '<w:JamFault>3</w:JamFault>', '<w:JamFault>4</w:JamFault>'];
    expect(detailOf(`${trace}${jam}${other}`, 'stop')).toMatchObject({ name: 'JamFault', value: 3 });
    expect(detailOf(`${trace}<more/>`, 'stop')).toMatchObject({ name: 'trace', declared: false });
  });

  test('is kept as it came where the WSDL allows anything', () => {
    const odd = detailOf('<w:OddFault k="v">x<a/></w:OddFault>', 'stop');
    expect(odd).toMatchObject({ declared: true, value: { name: 'OddFault', attributes: { k: 'v' }, text: 'x' } });
    expect(grindFault('<w:extra>x<a/></w:extra>')).toMatchObject({ extra: { name: 'extra', text: 'x' } });
  });

  test('has its members, lists, attributes and texts as their types', () => {
    const inner =
      '<w:code>C</w:code><w:level> 2 </w:level><w:stones>1</w:stones><w:stones>2</w:stones><w:stones>3</w:stones>' +
      '<w:cause at="5"><w:code>D</w:code></w:cause><w:label serial="7" t:lang="de">12</w:label>';
    expect(grindFault(inner, 'at="4" odd="1"')).toStrictEqual({
      '@at': 4,
      code: 'C',
      level: 2,
      stones: [1, 2, 3],
      cause: { '@at': 5, code: 'D' },
      label: { '@serial': 7, '@lang': 'de', $value: 12 },
    });
  });

  test.each([
    ['a number that is none', '<w:code>C</w:code><w:level>high</w:level>', '', { code: 'C' }],
    ['an attribute that is none', '<w:code>C</w:code>', 'at="once"', { code: 'C' }],
    ['a text that is none', '<w:label serial="7">twelve</w:label>', '', { label: { '@serial': 7 } }],
    ['an element that nobody declares', '<w:code>C</w:code><w:more>1</w:more>', '', { code: 'C' }],
  ])('leaves out %s', (_, inner, attributes, value) => {
    expect(grindFault(inner, attributes)).toStrictEqual(value);
  });

  test.each([
    ['i:nil="true"', null],
    ['i:nil="1"', null],
    ['i:nil="false"', 'C'],
    ['nil="true"', 'C'],
  ])('has %s where it says so', (mark, code) => {
    expect(grindFault(`<w:code ${mark}>C</w:code>`)).toStrictEqual({ code });
  });
});
