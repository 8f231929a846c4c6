import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { canonical } from './soap-canonical.support.ts';
import { compilerErrors, generated, loadTable } from './soap-generate.support.ts';
import { wsdlText } from './soap-oracle.support.ts';
import { type YardWsdl, yardEnvelope, yardWsdl } from './soap-wsdl.support.ts';

type Yard = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;
const SOAP_12 = 'http://www.w3.org/2003/05/soap-envelope';

const schema = `<x:element name="send" type="x:int"/><x:element name="note" type="x:string"/>
  <x:element name="sent"><x:complexType><x:sequence><x:element name="at" type="x:dateTime"/></x:sequence></x:complexType></x:element>
  <x:complexType name="Box"><x:sequence><x:element name="kilos" type="x:decimal"/></x:sequence></x:complexType>`;
const rpcBody = '<s:body use="literal" namespace="urn:rpc"/>';

interface Case {
  readonly wsdl: YardWsdl;
  /** What is in the body, by hand; the same for request and answer but for the names. */
  readonly request: string;
  readonly response: string;
  readonly input: unknown;
  readonly output: unknown;
  readonly types: string;
}

const cases: Readonly<Record<string, Case>> = {
  'one element of a simple type': {
    wsdl: { schema },
    request: '<y:send>7</y:send>',
    response: '<y:sent><y:at>2026-01-01T00:00:00Z</y:at></y:sent>',
    input: 7,
    output: { at: '2026-01-01T00:00:00Z' },
    types: 'const input: Operations["send"]["input"] = 7; void input;',
  },
  'several elements in the body': {
    wsdl: {
      schema,
      input: '<part name="a" element="y:send"/><part name="b" element="y:note"/>',
      output: '<part name="a" element="y:note"/><part name="b" element="y:sent"/>',
    },
    request: '<y:send>7</y:send><y:note>n</y:note>',
    response: '<y:note>n</y:note><y:sent><y:at>2026-01-01T00:00:00Z</y:at></y:sent>',
    input: { note: 'n', send: 7 },
    output: { note: 'n', sent: { at: '2026-01-01T00:00:00Z' } },
    types: 'const input: Operations["send"]["input"] = { send: 7, note: "" }; void input;',
  },
  'no element in the body': {
    wsdl: { schema, input: '', output: '' },
    request: '',
    response: '',
    input: {},
    output: {},
    types: 'const input: Operations["send"]["input"] = {}; void input;',
  },
  'parts that the body lists': {
    wsdl: {
      schema,
      input: '<part name="a" element="y:send"/><part name="b" element="y:note"/>',
      boundInput: '<s:body use="literal" parts="b"/>',
    },
    request: '<y:note>n</y:note>',
    response: '<y:sent><y:at>2026-01-01T00:00:00Z</y:at></y:sent>',
    input: 'n',
    output: { at: '2026-01-01T00:00:00Z' },
    types: 'const input: Operations["send"]["input"] = ""; void input;',
  },
  'rpc style': {
    wsdl: {
      schema,
      style: 'rpc',
      boundInput: rpcBody,
      boundOutput: rpcBody,
      input: '<part name="count" type="x:int"/><part name="box" type="y:Box"/>',
      output: '<part name="left" type="x:long"/>',
    },
    request: '<r:send xmlns:r="urn:rpc"><count>1</count><box><y:kilos>1.5</y:kilos></box></r:send>',
    response: '<r:sendResponse xmlns:r="urn:rpc"><left>12345678901234567890</left></r:sendResponse>',
    input: { box: { kilos: 1.5 }, count: 1 },
    output: { left: '12345678901234567890' },
    types:
      'const input: Operations["send"]["input"] = { count: 1, box: { kilos: "1" } }; void input; export const left = (o: Operations["send"]["output"]): string => o.left;',
  },
  'SOAP 1.2': {
    wsdl: { schema, soap: '1.2' },
    request: '<y:send>7</y:send>',
    response: '<y:sent><y:at>2026-01-01T00:00:00Z</y:at></y:sent>',
    input: 7,
    output: { at: '2026-01-01T00:00:00Z' },
    types: 'const input: Operations["send"]["input"] = 7; void input;',
  },
};

test.each(Object.entries(cases))('%s', async (_, { wsdl, request, response, input, output, types }) => {
  const files = await generated(yardWsdl(wsdl));
  expect(compilerErrors(files, `import type { Operations } from './types.ts'; ${types} export {};`)).toEqual([]);
  const table = (await loadTable(files)) as unknown as Yard;
  const soap = wsdl.soap === '1.2' ? SOAP_12 : undefined;
  expect(canonical(writeEnvelope(table, 'send', input))).toBe(canonical(yardEnvelope(request, soap)));
  const reader = createEnvelopeReader(table, 'send');
  reader.write(yardEnvelope(response, soap));
  expect(reader.close()).toMatchObject({ kind: 'result', value: output, unknown: [], version: wsdl.soap ?? '1.1' });
});

const several = (await loadTable(
  await generated(yardWsdl(cases['several elements in the body']?.wsdl ?? { schema })),
)) as unknown as Yard;
const none = (await loadTable(
  await generated(yardWsdl(cases['no element in the body']?.wsdl ?? { schema })),
)) as unknown as Yard;

test('a fault is one, whatever the body should have held', () => {
  for (const table of [several, none]) {
    const reader = createEnvelopeReader(table, 'send');
    reader.write(yardEnvelope('<e:Fault><faultcode>e:Server</faultcode><faultstring>no</faultstring></e:Fault>'));
    expect(reader.close()).toMatchObject({ kind: 'fault', message: 'no' });
  }
});

test('a body without one of its elements is named, and one with another keeps it apart', () => {
  const missing = createEnvelopeReader(several, 'send');
  expect(() => missing.write(yardEnvelope('<y:note/>'))).toThrow(
    expect.objectContaining({ reason: 'contract', found: 'nothing', path: expect.stringMatching(/sent$/) }),
  );
  const other = createEnvelopeReader(none, 'send');
  other.write(yardEnvelope('<y:extra>1</y:extra>'));
  expect(other.close()).toMatchObject({ kind: 'result', value: {}, unknown: ['extra'] });
  expect(() => writeEnvelope(several, 'send', { send: 1 })).toThrow(
    expect.objectContaining({ code: 'ERR_MISSING_ELEMENT', path: 'send.note' }),
  );
  expect(() => writeEnvelope(none, 'send', { note: '' })).toThrow(
    expect.objectContaining({ code: 'ERR_UNKNOWN_ELEMENT', path: 'send.note' }),
  );
});

test('headers and faults are bound to their operations, headers of faults to answers', async () => {
  const header =
    '<s:header message="y:Heads" part="key" use="literal"><s:headerfault message="y:Heads" part="why" use="literal"/></s:header>';
  const wsdl = yardWsdl({
    schema: `${schema}<x:element name="Key" type="x:string"/><x:element name="Why" type="x:string"/><x:element name="Wrong" type="y:Box"/>`,
    boundInput: `${header}<s:body use="literal"/>`,
    boundOutput: `${header}<s:body use="literal"/>`,
  })
    .replace(
      '<message name="In">',
      '<message name="Heads"><part name="key" element="y:Key"/><part name="why" element="y:Why"/></message><message name="Bad"><part name="f" element="y:Wrong"/></message><message name="In">',
    )
    .replace(
      '<output message="y:Out"/>',
      '<output message="y:Out"/><fault name="a" message="y:Bad"/><fault name="b" message="y:Bad"/>',
    );
  const files = await generated(wsdl);
  const program = `import type { Operations } from './types.ts';
    type Send = Operations['send'];
    export const headers: Send['headers'] = { Key: 'k' };
    export const why = (answer: Send['outputHeaders']): string | undefined => answer.Why;
    export const wrong = (faults: Send['faults']): string => faults.Wrong.kilos;
    // @ts-expect-error login has none
    export const none: Operations['login']['headers'] = { Key: 'k' };`;
  expect(compilerErrors(files, program)).toEqual([]);
  const { operations } = await loadTable(files);
  expect((operations as Record<string, unknown>).send).toMatchObject({
    headers: [
      ['Key', 0, 'xs:string'],
      ['Why', 0, 'xs:string'],
    ],
    faults: [['Wrong', 0, 'Box']],
  });
});

test('a port of SOAP 1.1 is taken before one of SOAP 1.2, and this before none', async () => {
  const both = yardWsdl({
    schema,
    after: `<binding name="Binding12" type="y:YardPort" xmlns:t="http://schemas.xmlsoap.org/wsdl/soap12/"><t:binding transport="http://schemas.xmlsoap.org/soap/http"/>
      ${['login', 'send'].map((name) => `<operation name="${name}"><t:operation/><input><t:body use="literal"/></input><output><t:body use="literal"/></output></operation>`).join('')}</binding>
      <service name="Twelve"><port name="P12" binding="y:Binding12"><t:address xmlns:t="http://schemas.xmlsoap.org/wsdl/soap12/" location="http://127.0.0.1/12"/></port></service>`,
  });
  expect(await loadTable(await generated(both))).toMatchObject({ port: 'YardPort', location: 'http://127.0.0.1/yard' });
  const without = both.replace('transport="http://schemas.xmlsoap.org/soap/http"', 'transport="urn:smtp"');
  expect(await loadTable(await generated(without))).toMatchObject({
    port: 'P12',
    soap: '1.2',
    location: 'http://127.0.0.1/12',
  });
});

test('operations of other ports, and those that are not bound, are told as left out', async () => {
  const other = '<operation name="stop"><input message="y:In"/><output message="y:Out"/></operation>';
  const others = `<portType name="OtherPort">${other}</portType>
    <binding name="OtherBinding" type="y:OtherPort"><s:binding transport="http://schemas.xmlsoap.org/soap/http"/><operation name="stop"/></binding>
    <service name="Other"><port name="OtherPort" binding="y:OtherBinding"/><port name="Again" binding="y:OtherBinding"/></service>`;
  const two = yardWsdl({ schema })
    .replace('</portType>', `${other.replace('stop', 'wait')}${other.replace('stop', 'rest')}</portType>`)
    .replace('</definitions>', `${others}</definitions>`);
  const remarks: string[] = [];
  const files = await generated(two, { onRemark: (remark) => void remarks.push(remark) });
  expect(Object.keys((await loadTable(files)).operations)).toEqual(['login', 'send']);
  expect(remarks).toEqual([
    expect.stringMatching(
      /^depot\.wsdl:\d+:\d+: left out, because the port "YardPort" does not bind them: wait, rest \(definitions\[Yard\]\/portType\[YardPort\]\)$/,
    ),
    expect.stringMatching(
      /^depot\.wsdl:\d+:\d+: left out, because they are not of the port "YardPort" but of "OtherPort": stop \(/,
    ),
  ]);
});

test('a client of a SOAP 1.2 port logs in and calls in SOAP 1.2', async () => {
  const twelve = wsdlText
    .replace('http://schemas.xmlsoap.org/wsdl/soap/', 'http://schemas.xmlsoap.org/wsdl/soap12/')
    .replace(/(<wsdl:operation name="query">\s*<soap:operation soapAction=")"/, '$1urn:say &quot;query&quot;"');
  const service = (await loadTable(await generated(twelve))) as unknown as ServiceTable<{
    query: { input: { queryString: string }; output: { result: { size: number } }; headers: object };
  }>;
  const sandbox = createSandbox();
  await using server = await sandbox.listen();
  const wire = recordFetch();
  await using zuora = createZuoraSoap({
    service,
    baseUrl: `${server.url}/apps/services/a/91.0`,
    credentials: { username: 'username@zuora.com', password: 'password' },
    fetch: wire.fetch,
  });
  expect((await zuora.query({ queryString: 'select Id from Account' })).result.size).toBe(3);
  await expect(zuora.query({ queryString: 'nonsense' })).rejects.toMatchObject({ name: 'SoapFaultError' });
  const [login, query] = wire.sent.map(({ headers }) => headers);
  expect(login?.get('content-type')).toBe('application/soap+xml; charset=utf-8');
  expect(query?.get('content-type')).toBe(String.raw`application/soap+xml; charset=utf-8; action="urn:say \"query\""`);
  expect(query?.has('soapaction')).toBe(false);
});
