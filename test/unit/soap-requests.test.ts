import { describe, expect, test } from 'vitest';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { CALLS, mill, SOAP_11, THINGS, thrown, WRONGS, written, XSI } from './soap-mill.support.ts';

const grind = (more: object) =>
  /^<m:grind><m:count>1<\/m:count>(.*)<\/m:grind>$/s.exec(written('grind', { count: 1, ...more }))?.[1];
const refusal = (more: object, headers?: object) => thrown(() => written('grind', { count: 1, ...more }, headers));

describe('an envelope', () => {
  test('declares the namespaces of the WSDL, and holds no header where there is none', () => {
    const head =
      `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="${SOAP_11}" xmlns:xsi="${XSI}"` +
      ` xmlns:m="${CALLS}" xmlns:t="${THINGS}" xmlns:w="${WRONGS}">`;
    const body = '<soapenv:Body><m:idle><m:via>v</m:via></m:idle></soapenv:Body></soapenv:Envelope>';
    for (const headers of [undefined, {}]) {
      expect(writeEnvelope(mill(), 'idle', { via: 'v' }, headers)).toBe(head + body);
    }
  });

  test('holds the given header blocks in the order of the WSDL', () => {
    const xml = writeEnvelope(mill(), 'grind', { count: 1 }, { Path: { via: 'v' }, Key: 'k' });
    expect(/<soapenv:Header>.*<\/soapenv:Header>/.exec(xml)?.[0]).toBe(
      '<soapenv:Header><m:Key>k</m:Key><m:Path><m:via>v</m:via></m:Path></soapenv:Header>',
    );
  });

  test('has elements of no namespace where the WSDL has them so', () => {
    expect(written('stop', 'now')).toBe('<stop>now</stop>');
  });
});

describe('members', () => {
  test.each<[string, object, string]>([
    [
      'stand in the order of the schema',
      { route: { to: 'b', via: 'a' }, note: 'n' },
      '<m:note>n</m:note><m:route><m:via>a</m:via><m:to>b</m:to></m:route>',
    ],
    [
      'that every object inherits are not taken for given',
      { route: { via: 'a' }, note: 'n', extra: undefined },
      '<m:note>n</m:note><m:route><m:via>a</m:via></m:route>',
    ],
    [
      'may have the name of something inherited',
      { toString: 's', note: 'n' },
      '<m:note>n</m:note><m:toString>s</m:toString>',
    ],
    ['of an object without any are written short', { grain: [{}] }, '<m:grain/>'],
    [
      'may be lists',
      { grain: [{ sieves: [1, 2] }] },
      '<m:grain><t:sieves>1</t:sieves><t:sieves>2</t:sieves></m:grain>',
    ],
    [
      'may be nil, in a list too',
      { grain: [null, { kind: null }] },
      '<m:grain xsi:nil="true"/><m:grain><t:kind xsi:nil="true"/></m:grain>',
    ],
    ['that are undefined are left out', { note: undefined, grain: undefined }, ''],
    [
      'of a kind stand behind those it inherits',
      { grain: [{ gluten: 1.5, kind: 'k', $type: 'Wheat' }] },
      '<m:grain xsi:type="t:Wheat"><t:kind>k</t:kind><t:gluten>1.5</t:gluten></m:grain>',
    ],
    ['of a kind in no namespace', { grain: [{ $type: 'Dust' }] }, '<m:grain xsi:type="Dust"/>'],
    [
      'may be attributes, escaped so that no space is lost',
      { label: { $value: 12, '@lang': '\t"a"\r\n<&>', '@serial': 7 } },
      '<m:label serial="7" t:lang="&#x9;&quot;a&quot;&#xD;&#xA;&lt;&amp;&gt;">12</m:label>',
    ],
  ])('%s', (_, more, xml) => {
    expect(grind(more)).toBe(xml);
  });
});

describe('input that does not fit', () => {
  const HINT = '; $type names the type that is meant, if it has one';
  const UNKNOWN = 'the schema has no such element here';
  const ELEMENT = 'an element: an object with name, namespace, attributes, children and text';
  test.each<[object, string, string, string]>([
    [{ count: undefined }, '.count', 'ERR_MISSING_ELEMENT', 'is required'],
    [{ route: { to: 'b' } }, '.route.via', 'ERR_MISSING_ELEMENT', 'is required'],
    [{ label: { $value: 1 } }, '.label.@serial', 'ERR_MISSING_ELEMENT', 'is required'],
    [{ label: { '@serial': 7 } }, '.label.$value', 'ERR_MISSING_ELEMENT', 'is required'],
    [{ colour: 'red' }, '.colour', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ valueOf: 'x' }, '.valueOf', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ $type: 'Grind' }, '.$type', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ route: { via: 'a', $type: 'Route' } }, '.route.$type', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ route: { via: 'a', $type: 'Grain' } }, '.route.$type', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ grain: [{ gluten: 1 }] }, '.grain[0].gluten', 'ERR_UNKNOWN_ELEMENT', UNKNOWN + HINT],
    [{ grain: [{ gluten: 1, $type: 'Grain' }] }, '.grain[0].gluten', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ label: { $value: 1, '@serial': 7, '@no': 1 } }, '.label.@no', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ label: { $value: 1, '@serial': 7, no: 1 } }, '.label.no', 'ERR_UNKNOWN_ELEMENT', UNKNOWN],
    [{ count: '1' }, '.count', 'ERR_WRONG_TYPE', 'expected a whole number, found a string'],
    [{ note: null }, '.note', 'ERR_WRONG_TYPE', 'expected a string, found null'],
    [{ route: null }, '.route', 'ERR_WRONG_TYPE', 'expected an object, found null'],
    [{ route: 'a' }, '.route', 'ERR_WRONG_TYPE', 'expected an object, found a string'],
    [{ route: ['a'] }, '.route', 'ERR_WRONG_TYPE', 'expected an object, found an array'],
    [{ route: new Date(0) }, '.route', 'ERR_WRONG_TYPE', 'expected an object, found a Date'],
    [{ route: () => 'a' }, '.route', 'ERR_WRONG_TYPE', 'expected an object, found a function'],
    [{ label: 'a' }, '.label', 'ERR_WRONG_TYPE', 'expected an object, found a string'],
    [{ grain: {} }, '.grain', 'ERR_WRONG_TYPE', 'expected an array, found an object'],
    [{ grain: null }, '.grain', 'ERR_WRONG_TYPE', 'expected an array, found null'],
    [{ grain: [{}, 5] }, '.grain[1]', 'ERR_WRONG_TYPE', 'expected an object, found a number'],
    [
      { grain: [{ sieves: [1, null] }] },
      '.grain[0].sieves[1]',
      'ERR_WRONG_TYPE',
      'expected a whole number, found null',
    ],
    [{ grain: [{ $type: 'Rye' }] }, '.grain[0].$type', 'ERR_WRONG_TYPE', 'expected the name of a kind of Grain'],
    [{ grain: [{ $type: 'Route' }] }, '.grain[0].$type', 'ERR_WRONG_TYPE', 'expected the name of a kind of Grain'],
    [{ grain: [{ $type: 'toString' }] }, '.grain[0].$type', 'ERR_WRONG_TYPE', 'expected the name of a kind of Grain'],
    [{ grain: [{ $type: ['Wheat'] }] }, '.grain[0].$type', 'ERR_WRONG_TYPE', 'expected the name of a kind of Grain'],
    [{ loose: { $any: [null] } }, '.loose.$any[0]', 'ERR_WRONG_TYPE', `expected ${ELEMENT}, found null`],
  ])('%j is refused at %s', (more, place, code, what) => {
    const path = `grind${place}`;
    expect(refusal(more)).toMatchObject({ name: 'TypeError', code, path, message: `${path}: ${what}` });
  });

  test.each<[object, string, string]>([
    [{ Left: 1 }, 'grind.headers.Left', `${UNKNOWN}`],
    [{ $type: 'x' }, 'grind.headers.$type', `${UNKNOWN}`],
    [{ Key: 1 }, 'grind.headers.Key', 'expected a string, found a number'],
    [{ Path: {} }, 'grind.headers.Path.via', 'is required'],
    [[], 'grind.headers', 'expected an object, found an array'],
  ])('headers %j are refused', (headers, path, what) => {
    expect(refusal({}, headers)).toMatchObject({ name: 'TypeError', path, message: `${path}: ${what}` });
  });

  test('an operation that the service does not have is named', () => {
    const error = thrown(() => writeEnvelope(mill(), 'bake', {}));
    const message = 'Mill has no operation "bake"';
    expect(error).toMatchObject({ name: 'TypeError', code: 'ERR_UNKNOWN_OPERATION', message });
  });

  test('what the caller’s own object throws comes out as it is', () => {
    const own = new RangeError('mine');
    const route = {
      get via(): string {
        throw own;
      },
    };
    expect(refusal({ route })).toBe(own);
    expect(refusal({}, { Path: route })).toBe(own);
  });
});

describe('an element that no schema describes', () => {
  const loose = (element: unknown) =>
    /^<m:loose>(.*)<\/m:loose>$/s.exec(grind({ loose: { $any: [element] } }) ?? '')?.[1];

  test.each<[string, object, string]>([
    ['needs no more than a name', { name: 'a' }, '<a xmlns=""></a>'],
    [
      'stands in its own namespace',
      { name: 'a', namespace: 'urn:a?b&"c"' },
      '<a xmlns="urn:a?b&amp;&quot;c&quot;"></a>',
    ],
    [
      'has its text escaped, before its children',
      { name: 'a', children: [{ name: 'b', text: '"' }], text: '<&>' },
      '<a xmlns="">&lt;&amp;&gt;<b>&quot;</b></a>',
    ],
    [
      'declares a namespace again only where it changes',
      { name: 'a', namespace: 'urn:a', children: [{ name: 'b', namespace: 'urn:a' }, { name: 'c' }] },
      '<a xmlns="urn:a"><b></b><c xmlns=""></c></a>',
    ],
    [
      'has attributes with and without a namespace',
      { name: 'a', attributes: { p: '1\t"', '{urn:q}r': '2\n', '{urn:{x}}s': '3', '{}t': '4' } },
      '<a xmlns="" p="1&#x9;&quot;" xmlns:_1="urn:q" _1:r="2&#xA;" xmlns:_2="urn:{x}" _2:s="3" t="4"></a>',
    ],
    ['may be named in any script', { name: 'größe-2.b·c' }, '<größe-2.b·c xmlns=""></größe-2.b·c>'],
    [
      'has attributes of XML itself under their one prefix',
      { name: 'a', attributes: { '{http://www.w3.org/XML/1998/namespace}lang': 'de' } },
      '<a xmlns="" xml:lang="de"></a>',
    ],
  ])('%s', (_, element, xml) => {
    expect(loose(element)).toBe(xml);
  });

  const ELEMENT = 'an element: an object with name, namespace, attributes, children and text';
  test.each<[unknown, string, string]>([
    [5, '', `expected ${ELEMENT}, found a number`],
    ['<a/>', '', `expected ${ELEMENT}, found a string`],
    [{}, '', 'expected an element with a name, found an object'],
    [{ name: true }, '', 'expected an element with a name, found an object'],
    [{ name: ['a'] }, '', 'expected an element with a name, found an object'],
    [{ name: 'a b' }, '', 'expected an element with a name, found an object'],
    [{ name: '2a' }, '', 'expected an element with a name, found an object'],
    [{ name: 'x:a' }, '', 'expected an element with a name, found an object'],
    [{ name: 'a', namespace: null }, '.a', 'expected a namespace, found null'],
    [{ name: 'a', text: 5 }, '.a', 'expected a string, found a number'],
    [{ name: 'a', attributes: 'b' }, '.a', `expected ${ELEMENT}, found a string`],
    [{ name: 'a', attributes: { b: 5 } }, '.a', 'expected a string, found a number'],
    [{ name: 'a', attributes: { 'x:b': '5' } }, '.a', 'an attribute has no proper name'],
    [{ name: 'a', attributes: { '{urn:x}': '5' } }, '.a', 'an attribute has no proper name'],
    [{ name: 'a', attributes: { xmlns: 'urn:x' } }, '.a', 'namespaces are declared by the codec, not by attributes'],
    [
      { name: 'a', attributes: { '{http://www.w3.org/2000/xmlns/}x': 'urn:x' } },
      '.a',
      'namespaces are declared by the codec, not by attributes',
    ],
    [{ name: 'a', children: 'b' }, '.a', 'expected an array of elements, found a string'],
    [{ name: 'a', children: ['b'] }, '.a', `expected ${ELEMENT}, found a string`],
    [
      { name: 'a', children: [{ name: 'b', children: [{ name: 'c', text: 5 }] }] },
      '.a.b.c',
      'expected a string, found a number',
    ],
  ])('is refused as %j', (element, place, what) => {
    const path = `grind.loose.$any[0]${place}`;
    const message = `${path}: ${what}`;
    expect(thrown(() => loose(element))).toMatchObject({ name: 'TypeError', code: 'ERR_WRONG_TYPE', path, message });
  });
});
