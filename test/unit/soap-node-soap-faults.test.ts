import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { openNodeSoap } from './soap-node-soap.support.ts';

/*
 * Where node-soap 1.13 and our codec differ, one by one. Each is a fault of node-soap's by the WSDL or by XML Schema; whatever is not
 * here must be alike, which the property tests beside this file see to. When node-soap mends one of them, its test says so.
 */

type Loose = ServiceTable<Record<string, { input: unknown; output: unknown; headers: object }>>;
const table = service as unknown as Loose;
const nodeSoap = await openNodeSoap(
  fileURLToPath(new URL('../../specs/zuora-soap.wsdl', import.meta.url)),
  'http://api.zuora.com/',
);

const ZNS = 'http://api.zuora.com/';
const ONS = 'http://object.api.zuora.com/';
const answer = (body: string) =>
  `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="${ZNS}" xmlns:o="${ONS}" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><e:Body>${body}</e:Body></e:Envelope>`;
const created = answer('<z:createResponse><z:result><z:Success>true</z:Success></z:result></z:createResponse>');
const info = (inner: string) =>
  answer(
    `<z:getUserInfoResponse><z:TenantId>1</z:TenantId><z:TenantName>${inner}</z:TenantName><z:UserEmail/><z:UserFullName/><z:UserId/><z:Username/></z:getUserInfoResponse>`,
  );
const found = (records: string) =>
  answer(
    `<z:queryResponse><z:result><z:done>true</z:done><z:queryLocator i:nil="true"/>${records}<z:size>1</z:size></z:result></z:queryResponse>`,
  );

const sentByNodeSoap = async (operation: string, input: unknown, told = created) =>
  (await nodeSoap.call(operation, input, told)).envelope;
const sentByUs = (operation: string, input: unknown) => writeEnvelope(table, operation, input);
const readByNodeSoap = async (operation: string, told: string) => (await nodeSoap.call(operation, {}, told)).value;
const readByUs = (operation: string, told: string) => {
  const reader = createEnvelopeReader(table, operation);
  reader.write(told);
  const read = reader.close();
  return read.kind === 'result' ? read.value : read;
};
const typed = { attributes: { xsi_type: { type: 'Account', xmlns: ONS } } };

test('a Date is sent as nothing', async () => {
  const date = new Date('2026-01-02T03:04:05.006Z');
  const theirs = await sentByNodeSoap('create', { zObjects: [{ ...typed, CreatedDate: date }] });
  expect(canonical(theirs)).not.toContain('2026');
  const ours = canonical(sentByUs('create', { zObjects: [{ $type: 'Account', CreatedDate: date }] }));
  expect(ours).toContain('2026-01-02T03:04:05.006Z');
});

test('nil in a list is sent as an empty text', async () => {
  const theirs = await sentByNodeSoap('create', { zObjects: [{ ...typed, fieldsToNull: ['a', null] }] });
  expect(theirs).not.toContain('xsi:nil');
  expect(sentByUs('create', { zObjects: [{ $type: 'Account', fieldsToNull: ['a', null] }] })).toContain('xsi:nil');
});

test('arguments go in the order of the caller, which Zuora refuses', async () => {
  const input = { password: 'p', username: 'u' };
  const order = (xml: string) => xml.indexOf('username') < xml.indexOf('password');
  expect(order(await sentByNodeSoap('login', input, answer('<z:loginResponse/>')))).toBe(false);
  expect(order(sentByUs('login', input))).toBe(true);
});

test('so do the fields of an object whose type is named', async () => {
  const fields = { Name: 'n', AccountNumber: 'a' };
  const order = (xml: string) => xml.indexOf('AccountNumber') < xml.indexOf('Name>');
  expect(order(await sentByNodeSoap('create', { zObjects: [{ ...typed, ...fields }] }))).toBe(false);
  expect(order(sentByUs('create', { zObjects: [{ $type: 'Account', ...fields }] }))).toBe(true);
});

test('a type named by the attribute itself puts the fields into the wrong namespace', async () => {
  const zObjects = [{ attributes: { 'xsi:type': 'ons:Account' }, Name: 'n' }];
  expect(canonical(await sentByNodeSoap('create', { zObjects }))).toContain(`<{${ZNS}}Name>`);
  expect(canonical(sentByUs('create', { zObjects: [{ $type: 'Account', Name: 'n' }] }))).toContain(`<{${ONS}}Name>`);
});

test('a control character is sent as it is, which is no XML', async () => {
  const theirs = await sentByNodeSoap('query', { queryString: '\u0001' }, found(''));
  expect(() => canonical(theirs)).toThrow(/disallowed character/);
  expect(() => sentByUs('query', { queryString: '\u0001' })).toThrow(
    expect.objectContaining({ code: 'ERR_FORBIDDEN_CHARACTER' }),
  );
});

test('what the WSDL does not have is sent, and what it demands is left out, without a word', async () => {
  const theirs = await sentByNodeSoap('query', { queryText: 'x' }, found(''));
  expect(theirs).toContain('queryText');
  expect(() => sentByUs('query', { queryString: 'x', queryText: 'x' })).toThrow(
    expect.objectContaining({ code: 'ERR_UNKNOWN_ELEMENT' }),
  );
  expect(() => sentByUs('query', {})).toThrow(expect.objectContaining({ code: 'ERR_MISSING_ELEMENT' }));
});

test('an argument can hold XML of its own', async () => {
  const theirs = await sentByNodeSoap('query', { queryString: { $xml: '<injected/>' } }, found(''));
  expect(theirs).toContain('<injected/>');
  expect(() => sentByUs('query', { queryString: { $xml: '<injected/>' } })).toThrow(
    expect.objectContaining({ code: 'ERR_WRONG_TYPE' }),
  );
});

test('nil is read as absent, in lists too', async () => {
  const told = found('<z:records i:nil="true"/><z:records i:type="o:Account"><o:Name i:nil="true"/></z:records>');
  expect(await readByNodeSoap('query', told)).toEqual({
    result: { done: true, records: [{ attributes: { 'i:type': 'o:Account' } }], size: 1 },
  });
  expect(readByUs('query', told)).toEqual({
    result: { done: true, queryLocator: null, records: [null, { $type: 'Account', Name: null }], size: 1 },
  });
});

test('decimals lose digits', async () => {
  const told = found('<z:records i:type="o:Account"><o:Balance>1234567890123456.78</o:Balance></z:records>');
  expect(await readByNodeSoap('query', told)).toMatchObject({ result: { records: [{ Balance: 1234567890123456.8 }] } });
  expect(readByUs('query', told)).toMatchObject({ result: { records: [{ Balance: '1234567890123456.78' }] } });
});

test('white space around a text is dropped', async () => {
  expect(await readByNodeSoap('getUserInfo', info(' a '))).toMatchObject({ TenantName: 'a' });
  expect(readByUs('getUserInfo', info(' a '))).toMatchObject({ TenantName: ' a ' });
});

test('an empty text is null where its type has a name', async () => {
  const told = found('<z:records i:type="o:Account"><o:Id/><o:Name/></z:records>');
  expect(await readByNodeSoap('query', told)).toMatchObject({ result: { records: [{ Id: null, Name: '' }] } });
  expect(readByUs('query', told)).toMatchObject({ result: { records: [{ Id: '', Name: '' }] } });
});

test('an answer without elements is null, and none at all an object', async () => {
  const told = answer('<z:deleteResponse/>');
  expect(await readByNodeSoap('delete', told)).toBe(null);
  expect(readByUs('delete', told)).toEqual({});
  expect(await readByNodeSoap('delete', '')).toEqual({});
  expect(() => readByUs('delete', '')).toThrow(expect.objectContaining({ reason: 'not-xml' }));
});

test('an answer without what the WSDL demands is taken', async () => {
  const told = answer('<z:getUserInfoResponse/>');
  expect(await readByNodeSoap('getUserInfo', told)).toBe(null);
  expect(() => readByUs('getUserInfo', told)).toThrow(expect.objectContaining({ reason: 'contract' }));
});

test('an element that no schema has is taken for one of the answer', async () => {
  const told = found('<z:records i:type="o:Account"><o:Region__c>EU</o:Region__c></z:records>');
  expect(await readByNodeSoap('query', told)).toMatchObject({ result: { records: [{ Region__c: 'EU' }] } });
  expect(readByUs('query', told)).toMatchObject({ result: { records: [{ $type: 'Account' }] } });
  expect(readByUs('query', told)).not.toMatchObject({ result: { records: [{ Region__c: 'EU' }] } });
});

test('XML that breaks off rejects with what is no Error', async () => {
  const told = found('').slice(0, -20);
  const reason: unknown = await readByNodeSoap('query', told).catch((error: unknown) => error);
  expect(reason).not.toBeInstanceOf(Error);
  expect(() => readByUs('query', told)).toThrow(expect.objectContaining({ reason: 'truncated' }));
});
