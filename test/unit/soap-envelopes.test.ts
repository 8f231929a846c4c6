import { describe, expect, test } from 'vitest';
import { CALLS, envelope, ground, read, SOAP_11, SOAP_12, THINGS, unreadable, XSI } from './soap-mill.support.ts';

const RESPONSE = '<m:grindResponse><m:count>1</m:count></m:grindResponse>';
const FAULT = '<e:Fault><faultcode>e:Server</faultcode><faultstring>no</faultstring></e:Fault>';
const result = (xml: string) => {
  const answer = read('grind', xml);
  if (answer.kind !== 'result') throw new Error('a fault');
  return answer;
};
const withHeader = (header: string, soap?: string) => envelope(RESPONSE, { header, ...(soap && { soap }) });
const around = (before: string, after = '') =>
  envelope(RESPONSE).replace('<e:Body>', `${before}<e:Body>`).replace('</e:Body>', `</e:Body>${after}`);

describe('the envelope', () => {
  test.each([
    ['another element of SOAP', `<Body xmlns="${SOAP_11}"/>`, `{${SOAP_11}}Body`],
    ['an Envelope of a made-up version', '<Envelope xmlns="urn:soap"/>', '{urn:soap}Envelope'],
    ['an Envelope in no namespace', '<Envelope/>', 'Envelope'],
  ])('is not %s', (_, xml, found) => {
    expect(unreadable('grind', xml)).toMatchObject({
      reason: 'not-soap',
      path: '',
      expected: 'a SOAP Envelope',
      found,
      message: `SOAP answer: expected a SOAP Envelope, found ${found}`,
    });
  });

  test.each([
    ['in another namespace', around('<t:Body><t:x/></t:Body>'), 'Envelope.Body'],
    ['of the other version', around(`<o:Body xmlns:o="${SOAP_12}"/>`), 'Envelope.Body'],
    ['that is a Header in another namespace', around('<t:Header><m:Left>1</m:Left></t:Header>'), 'Envelope.Header'],
    ['with another name', around('<e:Head/>'), 'Envelope.Head'],
    ['behind the Body', around('', '<t:more/>'), 'Envelope.more'],
  ])('may hold a part %s, which is kept apart', (_, xml, path) => {
    const answer = result(xml);
    expect(answer).toMatchObject({ value: { count: 1 }, unknown: [path], unknownElements: [{ path }] });
    expect(answer).not.toHaveProperty('headers');
  });

  test('has the version of its namespace', () => {
    expect(result(envelope(RESPONSE)).version).toBe('1.1');
    expect(result(envelope(RESPONSE, { soap: SOAP_12 })).version).toBe('1.2');
  });
});

describe('the header', () => {
  test('gives the blocks that the WSDL binds to the answer, and only those', () => {
    const blocks = '<m:Left>3</m:Left><t:Left>4</t:Left><m:Next>5</m:Next><t:Next>6</t:Next>';
    const { headers, unknown } = result(withHeader(blocks));
    expect(headers).toEqual({ Left: 3, Next: '6' });
    expect(unknown).toEqual(['Envelope.Header.Left', 'Envelope.Header.Next']);
  });

  test('gives none where it has none of them', () => {
    const answer = result(withHeader('<t:Trace>1</t:Trace>'));
    expect(answer).not.toHaveProperty('headers');
    expect(answer.unknownElements).toMatchObject([{ path: 'Envelope.Header.Trace', element: { text: '1' } }]);
  });

  test('of an operation that binds none to its answer is unknown whole', () => {
    const body = '<m:idle><m:via>x</m:via></m:idle>';
    const answer = read('idle', envelope(body, { header: '<m:Left>3</m:Left><S/>' }));
    expect(answer).toMatchObject({ unknown: ['Envelope.Header.Left', 'Envelope.Header.S'] });
    expect(answer).not.toHaveProperty('headers');
  });

  test.each([
    ['1', SOAP_11],
    ['1', SOAP_12],
    ['true', SOAP_12],
  ])('with an unknown block marked mustUnderstand="%s" is refused, in %s', (value, soap) => {
    const xml = withHeader(`<t:Trace e:actor="x" e:mustUnderstand="${value}"/>`, soap);
    expect(unreadable('grind', xml)).toMatchObject({
      reason: 'contract',
      path: 'Envelope.Header.Trace',
      expected: 'only headers of the WSDL to be marked mustUnderstand',
      found: `{${THINGS}}Trace`,
    });
  });

  test.each([
    ['is not to be understood', 'e:mustUnderstand="0"'],
    ['is not, in words', 'e:mustUnderstand="false"'],
    ['has another mark of SOAP', 'e:relay="true"'],
    ['has a mark of another namespace', 't:mustUnderstand="1"'],
    ['has a mark of no namespace', 'mustUnderstand="1"'],
  ])('may have an unknown block that %s', (_, mark) => {
    expect(result(withHeader(`<t:Trace ${mark}/>`)).unknown).toEqual(['Envelope.Header.Trace']);
  });

  test('may mark a block that the WSDL has', () => {
    expect(result(withHeader('<m:Left e:mustUnderstand="1">3</m:Left>')).headers).toEqual({ Left: 3 });
  });

  test('with a long name is not repeated at length', () => {
    const name = 'x'.repeat(10_000);
    const { path, found } = unreadable('grind', withHeader(`<${name} e:mustUnderstand="1"/>`));
    expect([path.length, found.length]).toEqual([500, 200]);
  });
});

describe('the body', () => {
  test.each([
    ['a second answer', `${RESPONSE}${RESPONSE.replace('>1<', '>2<')}`, 'Envelope.Body.grindResponse'],
    ['a fault', `${RESPONSE}${FAULT}`, 'Envelope.Body.Fault'],
    ['something else', `${RESPONSE}<t:more/>`, 'Envelope.Body.more'],
  ])('counts with its first element, and %s behind it is kept apart', (_, body, path) => {
    const answer = result(envelope(body));
    expect(answer.value).toEqual({ count: 1 });
    expect(answer.unknown).toEqual([path.replace('Envelope.Body.', '')]);
    expect(answer.unknownElements).toHaveLength(1);
  });

  test('that begins with a fault is a fault, whatever follows', () => {
    const answer = read('grind', envelope(`${FAULT}${RESPONSE}${FAULT}`));
    expect(answer).toMatchObject({ kind: 'fault', message: 'no', unknown: ['grindResponse', 'Fault'] });
  });

  test.each([
    ['a Fault of no version of SOAP', '<t:Fault/>', `{${THINGS}}Fault`],
    ['a Fault of the other version', `<Fault xmlns="${SOAP_12}"/>`, `{${SOAP_12}}Fault`],
    ['another element of SOAP', '<e:Header/>', `{${SOAP_11}}Header`],
    ['the answer in another namespace', '<t:grindResponse/>', `{${THINGS}}grindResponse`],
    ['another answer', '<m:idle/>', `{${CALLS}}idle`],
  ])('is refused with %s', (_, body, found) => {
    const expected = `{${CALLS}}grindResponse or a SOAP Fault`;
    const message = `Envelope.Body: expected ${expected}, found ${found}`;
    expect(unreadable('grind', envelope(body))).toMatchObject({ reason: 'contract', expected, found, message });
  });

  test('may hold an element of no namespace, where the WSDL has it so', () => {
    expect(read('stop', envelope('<stopped>yes</stopped>'))).toMatchObject({ kind: 'result', value: 'yes' });
    expect(unreadable('stop', envelope('<m:stopped>yes</m:stopped>')).found).toBe(`{${CALLS}}stopped`);
  });

  test('is not nil', () => {
    const nil = (name: string) => envelope(`<m:${name} i:nil="true"/>`);
    const error = { path: 'grindResponse', expected: 'Grind', found: 'nil' };
    expect(unreadable('grind', nil('grindResponse'))).toMatchObject(error);
    expect(unreadable('xs:int', nil('value'))).toMatchObject({ path: 'value', expected: 'xs:int', found: 'nil' });
  });

  test.each(['', '<m:note>n</m:note>', '<m:note>n</m:note><m:toString>s</m:toString>'])(
    'with a missing required element is refused, though it has “%s”',
    (inner) => {
      const xml = envelope(`<m:grindResponse>${inner}</m:grindResponse>`);
      const error = { path: 'grindResponse.count', expected: 'xs:int', found: 'nothing' };
      expect(unreadable('grind', xml)).toMatchObject(error);
    },
  );
});

describe('nil', () => {
  const grain = (attributes: string, inner = '') =>
    ground(`<m:grain xmlns:o="urn:other" ${attributes}>${inner}</m:grain>`);

  test.each(['i:nil="true"', 'i:nil="1"', 'o:nil="false" i:nil="true" i:type="t:Wheat"'])('is said by %s', (mark) => {
    expect(result(grain(mark)).value).toEqual({ count: 1, grain: [null] });
  });

  test.each([
    'i:nil="false"',
    'i:nil="0"',
    'i:nil=""',
    'nil="true"',
    'o:nil="true"',
    'i:schemaLocation="1"',
    'i:schemaLocation="true"',
  ])('is not said by %s', (mark) => {
    expect(result(grain(mark)).value).toEqual({ count: 1, grain: [{ $type: 'Grain' }] });
  });

  test('passes over what should not be inside', () => {
    const answer = result(grain('i:nil="true"', 'text<t:kind>rye<t:deep/></t:kind><m:Left>1</m:Left>'));
    expect(answer).toMatchObject({ value: { grain: [null] }, unknown: [], unknownElements: [] });
  });

  test('is refused in a list that may not hold it', () => {
    const error = { path: 'grindResponse.grain[0].sieves[1]', expected: 'xs:int', found: 'nil' };
    expect(unreadable('grind', grain('', '<t:sieves>1</t:sieves><t:sieves i:nil="1"/>'))).toMatchObject(error);
  });
});

test('XML Schema’s own namespace is what makes xsi:nil, not its prefix', () => {
  const xml = ground('<m:grain xmlns:any="urn:x" any:nil="true"/>').replaceAll('urn:x', XSI);
  expect(result(xml).value).toEqual({ count: 1, grain: [null] });
});
