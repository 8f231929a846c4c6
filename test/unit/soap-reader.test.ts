import { describe, expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { Operations } from '../../generated/zuora-soap/types.ts';
import { EnvelopeError } from '../../src/transport/soap-envelope-error.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';

const SOAP_11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';

/** An answer in the manner of Axis2: single quotes, prefixes of its own, xsi declared wherever it is used. */
const envelope = (body: string, soap = SOAP_11) =>
  `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="${soap}"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
const XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"';
const NS = 'xmlns:ns1="http://api.zuora.com/" xmlns:ns2="http://object.api.zuora.com/"';
const query = (inner: string) =>
  envelope(`<ns1:queryResponse ${NS}><ns1:result>${inner}</ns1:result></ns1:queryResponse>`);
const LOCATOR = `<ns1:queryLocator ${XSI} xsi:nil="1"/>`;
const page = (records: string) => query(`<ns1:done>true</ns1:done>${LOCATOR}${records}<ns1:size>1</ns1:size>`);
const record = (inner: string, type = 'ns2:Account') => `<ns1:records ${XSI} xsi:type="${type}">${inner}</ns1:records>`;

const read = <Name extends keyof Operations>(operation: Name, xml: string) => {
  const reader = createEnvelopeReader(service, operation);
  reader.write(Buffer.from(xml));
  return reader.close();
};
const readQuery = (xml: string) => {
  const answer = read('query', xml);
  if (answer.kind !== 'result') throw new Error(`a fault: ${answer.message}`);
  return answer;
};
const problem = (step: () => unknown): EnvelopeError => {
  try {
    step();
  } catch (error) {
    if (error instanceof EnvelopeError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
};

describe('results', () => {
  test('each type of value is read as its type', () => {
    const xml = page(
      record(
        '<ns2:Id>1</ns2:Id><ns2:AutoPay>1</ns2:AutoPay><ns2:Balance> 1234567890123456.78 </ns2:Balance>' +
          '<ns2:BillCycleDay> 7 </ns2:BillCycleDay><ns2:CreatedDate>2016-02-17T10:11:12.000-08:00</ns2:CreatedDate>' +
          '<ns2:Name> A &amp; B <![CDATA[<C>]]>&#x1F511;</ns2:Name><ns2:Notes></ns2:Notes>',
      ),
    );
    expect(readQuery(xml).value.result).toEqual({
      done: true,
      queryLocator: null,
      records: [
        {
          $type: 'Account',
          Id: '1',
          AutoPay: true,
          Balance: '1234567890123456.78',
          BillCycleDay: 7,
          CreatedDate: '2016-02-17T10:11:12.000-08:00',
          Name: ' A & B <C>🔑',
          Notes: '',
        },
      ],
      size: 1,
    });
  });

  test('an empty result keeps its one nil record, for the caller to drop', () => {
    const { value } = readQuery(page(`<ns1:records ${XSI} xsi:nil="1"/>`));
    expect(value.result.records).toEqual([null]);
  });

  test('a result without records has no list', () => {
    expect(readQuery(page('')).value.result).toEqual({ done: true, queryLocator: null, size: 1 });
  });

  test('records are told apart by $type, whatever prefix their type was written with', () => {
    const xml = page(
      record('<ns2:FirstName>F</ns2:FirstName>', 'ns2:Contact') +
        `<ns1:records ${XSI} xmlns="http://object.api.zuora.com/" xsi:type="Usage"><UOM>h</UOM></ns1:records>` +
        '<ns1:records><ns2:Id>3</ns2:Id></ns1:records>',
    );
    expect(readQuery(xml).value.result.records).toEqual([
      { $type: 'Contact', FirstName: 'F' },
      { $type: 'Usage', UOM: 'h' },
      { $type: 'zObject', Id: '3' },
    ]);
  });

  test('elements may come in any order and between list items', () => {
    const xml = query(
      `${record('<ns2:Id>1</ns2:Id>')}<ns1:size>2</ns1:size>${record('<ns2:Id>2</ns2:Id>')}${LOCATOR}<ns1:done>0</ns1:done>`,
    );
    expect(readQuery(xml).value.result).toMatchObject({ done: false, size: 2, records: [{ Id: '1' }, { Id: '2' }] });
  });

  test('the same answer comes out, however it is cut into pieces', () => {
    const bytes = Buffer.from(page(record('<ns2:Name>Zoë 🔑 &amp;</ns2:Name>')));
    for (const size of [1, 2, 3, 7, 64]) {
      const reader = createEnvelopeReader(service, 'query');
      for (let start = 0; start < bytes.length; start += size) reader.write(bytes.subarray(start, start + size));
      expect(reader.close()).toMatchObject({ value: { result: { records: [{ Name: 'Zoë 🔑 &' }] } } });
    }
  });

  test('an answer given as text is read as well, even when a piece ends inside a character', () => {
    const reader = createEnvelopeReader(service, 'query');
    for (const unit of page(record('<ns2:Name>🔑</ns2:Name>')).split('')) reader.write(unit);
    expect(reader.close()).toMatchObject({ value: { result: { records: [{ Name: '🔑' }] } } });
  });

  test('row errors are a result like any other', () => {
    const xml = envelope(
      `<ns1:createResponse ${NS}><ns1:result><ns1:Errors><ns1:Code>A_NEW_CODE</ns1:Code><ns1:Message>m</ns1:Message></ns1:Errors>` +
        `<ns1:Success>false</ns1:Success></ns1:result><ns1:result><ns1:Id>1</ns1:Id><ns1:Success>true</ns1:Success></ns1:result></ns1:createResponse>`,
    );
    expect(read('create', xml)).toMatchObject({
      kind: 'result',
      value: {
        result: [
          { Errors: [{ Code: 'A_NEW_CODE', Message: 'm' }], Success: false },
          { Id: '1', Success: true },
        ],
      },
    });
  });

  test('nil where the schema only allows absence is absence', () => {
    const xml = page(record(`<ns2:BillCycleDay ${XSI} xsi:nil="true"/><ns2:Id>1</ns2:Id>`));
    expect(readQuery(xml).value.result.records).toEqual([{ $type: 'Account', Id: '1' }]);
  });
});

describe('what the WSDL does not have', () => {
  test('is kept apart with its place, and reported once', () => {
    const custom = (value: string) => record(`<ns2:Id>1</ns2:Id><ns2:Region__c a="b">${value}</ns2:Region__c>`);
    const { value, unknown, unknownElements } = readQuery(page(custom('EMEA') + custom('<x>1</x>')));
    expect(value.result.records).toEqual([
      { $type: 'Account', Id: '1' },
      { $type: 'Account', Id: '1' },
    ]);
    expect(unknown).toEqual(['queryResponse.result.records.Region__c']);
    expect(unknownElements).toEqual([
      {
        path: 'queryResponse.result.records[0].Region__c',
        element: {
          name: 'Region__c',
          namespace: 'http://object.api.zuora.com/',
          attributes: { a: 'b' },
          children: [],
          text: 'EMEA',
        },
      },
      {
        path: 'queryResponse.result.records[1].Region__c',
        element: expect.objectContaining({ children: [expect.objectContaining({ name: 'x', text: '1' })] }),
      },
    ]);
  });

  test('an unknown kind of record is read as the declared type', () => {
    const { value, unknown } = readQuery(page(record('<ns2:Id>1</ns2:Id><ns2:SKU>s</ns2:SKU>', 'ns2:Product')));
    expect(value.result.records).toEqual([{ $type: 'zObject', Id: '1' }]);
    expect(unknown).toEqual(['queryResponse.result.records.@xsi:type', 'queryResponse.result.records.SKU']);
  });

  test('a type that exists but may not stand there is unknown too', () => {
    const { value, unknown } = readQuery(page(record('<ns2:Id>1</ns2:Id>', 'ns1:LoginResult')));
    expect(value.result.records).toEqual([{ $type: 'zObject', Id: '1' }]);
    expect(unknown).toEqual(['queryResponse.result.records.@xsi:type']);
  });

  test('header blocks, loose text and elements beside the body are reported and do no harm', () => {
    const xml = page(record('loose')).replace(
      '<soapenv:Body>',
      '<soapenv:Header><t:Trace xmlns:t="urn:t">1</t:Trace></soapenv:Header><soapenv:Body>',
    );
    expect(readQuery(xml).unknown).toEqual(['Envelope.Header.Trace', 'queryResponse.result.records.#text']);
  });

  test('names of Object.prototype are only names', () => {
    const xml = page(
      record('<ns2:__proto__><ns2:polluted>1</ns2:polluted></ns2:__proto__><ns2:constructor __proto__="x"/>'),
    );
    const { value, unknownElements } = readQuery(xml);
    expect(value.result.records).toEqual([{ $type: 'Account' }]);
    expect(unknownElements.map(({ element }) => element.name)).toEqual(['__proto__', 'constructor']);
    expect(Object.keys(unknownElements[1]?.element.attributes ?? {})).toEqual(['__proto__']);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});

describe('contract', () => {
  test.each([
    [
      'a missing required element',
      query(`<ns1:done>true</ns1:done>${LOCATOR}`),
      'queryResponse.result.size',
      'xs:int',
      'nothing',
    ],
    [
      'a missing required object',
      envelope(`<ns1:queryResponse ${NS}/>`),
      'queryResponse.result',
      'QueryResult',
      'nothing',
    ],
    [
      'text that is no number',
      page(record('<ns2:BillCycleDay>last</ns2:BillCycleDay>')),
      'queryResponse.result.records[0].BillCycleDay',
      'xs:int',
      'other text',
    ],
    [
      'nil for what must be there',
      query(`<ns1:done ${XSI} xsi:nil="true"/>`),
      'queryResponse.result.done',
      'xs:boolean',
      'nil',
    ],
    [
      'two of what comes once',
      query('<ns1:done>true</ns1:done><ns1:done>true</ns1:done>'),
      'queryResponse.result.done',
      'one element of this name',
      'two',
    ],
    [
      'another answer',
      envelope(`<ns1:loginResponse ${NS}/>`),
      'Envelope.Body',
      '{http://api.zuora.com/}queryResponse or a SOAP Fault',
      '{http://api.zuora.com/}loginResponse',
    ],
    ['an empty body', envelope(''), 'Envelope.Body', '{http://api.zuora.com/}queryResponse or a SOAP Fault', 'nothing'],
    [
      'no body',
      `<e:Envelope xmlns:e="${SOAP_11}"/>`,
      'Envelope.Body',
      '{http://api.zuora.com/}queryResponse or a SOAP Fault',
      'nothing',
    ],
  ])('%s names the place, what was expected and what was found', (_, xml, path, expected, found) => {
    const error = problem(() => read('query', xml));
    expect(error).toMatchObject({ name: 'EnvelopeError', reason: 'contract', path, expected, found });
    expect(error.message).toBe(`${path}: expected ${expected}, found ${found}`);
  });

  test('the text of an element is never in the error', () => {
    const xml = page(record('<ns2:BillCycleDay>pa$$-9f2c</ns2:BillCycleDay>'));
    const error = problem(() => read('query', xml));
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain('9f2c');
  });
});

describe('faults', () => {
  const FNS = 'xmlns:fns="http://fault.api.zuora.com/"';
  const loginFault = envelope(
    `<soapenv:Fault ${FNS}><faultcode>fns:INVALID_VALUE</faultcode><faultstring>Invalid login. User name and password do not match.</faultstring>` +
      `<detail><fns:LoginFault><fns:FaultCode>INVALID_VALUE</fns:FaultCode><fns:FaultMessage>Invalid login. User name and password do not match.</fns:FaultMessage></fns:LoginFault></detail></soapenv:Fault>`,
  );

  test('a wrong password is a typed LoginFault', () => {
    const answer = read('login', loginFault);
    expect(answer).toEqual({
      kind: 'fault',
      version: '1.1',
      code: { namespace: 'http://fault.api.zuora.com/', name: 'INVALID_VALUE' },
      message: 'Invalid login. User name and password do not match.',
      detail: {
        declared: true,
        namespace: 'http://fault.api.zuora.com/',
        name: 'LoginFault',
        value: {
          $type: 'LoginFault',
          FaultCode: 'INVALID_VALUE',
          FaultMessage: 'Invalid login. User name and password do not match.',
        },
      },
      unknown: [],
      unknownElements: [],
    });
    // Compiles only while the name of a declared fault tells its type.
    const code = answer.kind === 'fault' && answer.detail?.declared && answer.detail.value.FaultCode;
    expect(code).toBe('INVALID_VALUE');
  });

  test('a fault of another operation is typed too, but not declared', () => {
    expect(read('getUserInfo', loginFault)).toMatchObject({
      detail: { declared: false, name: 'LoginFault', value: { FaultCode: 'INVALID_VALUE' } },
    });
  });

  test('a detail that nobody declares is kept as it came', () => {
    const xml = envelope(
      '<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>Unexpected subelement password</faultstring>' +
        '<detail><Exception>org.apache.axis2.AxisFault</Exception></detail></soapenv:Fault>',
    );
    expect(read('login', xml)).toMatchObject({
      code: { namespace: SOAP_11, name: 'Server' },
      message: 'Unexpected subelement password',
      detail: { declared: false, namespace: '', name: 'Exception', value: { text: 'org.apache.axis2.AxisFault' } },
    });
  });

  test('a SOAP 1.2 fault gives its innermost code, its reason and its typed detail', () => {
    const xml = envelope(
      `<soapenv:Fault ${FNS}><soapenv:Code><soapenv:Value>soapenv:Sender</soapenv:Value><soapenv:Subcode><soapenv:Value>fns:INVALID_SESSION</soapenv:Value></soapenv:Subcode></soapenv:Code>` +
        `<soapenv:Reason><soapenv:Text xml:lang="en">Invalid session</soapenv:Text></soapenv:Reason>` +
        `<soapenv:Detail><fns:UnexpectedErrorFault><fns:FaultCode>INVALID_SESSION</fns:FaultCode></fns:UnexpectedErrorFault></soapenv:Detail></soapenv:Fault>`,
      SOAP_12,
    );
    expect(read('query', xml)).toMatchObject({
      kind: 'fault',
      version: '1.2',
      code: { namespace: 'http://fault.api.zuora.com/', name: 'INVALID_SESSION' },
      message: 'Invalid session',
      detail: { declared: true, name: 'UnexpectedErrorFault', value: { FaultCode: 'INVALID_SESSION' } },
    });
  });

  test('a fault whose children stand in the wrong namespace is understood', () => {
    const xml = loginFault.replaceAll(/fns:(Fault(?:Code|Message))/g, '$1');
    expect(read('login', xml)).toMatchObject({ detail: { declared: true, value: { FaultCode: 'INVALID_VALUE' } } });
  });

  test('a fault whose detail does not fit still says what happened', () => {
    const xml = loginFault
      .replace(
        '<fns:FaultCode>INVALID_VALUE</fns:FaultCode>',
        `<fns:FaultCode ${XSI} xsi:nil="1"/><fns:Extra>1</fns:Extra>`,
      )
      .replace('<detail>', '<faultactor>urn:a</faultactor><detail>');
    expect(read('login', xml)).toMatchObject({
      detail: {
        value: { $type: 'LoginFault', FaultCode: null, FaultMessage: expect.stringContaining('do not match') },
      },
    });
  });
});
