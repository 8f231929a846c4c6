import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import { writeEnvelope } from '../../src/transport/soap-writer.ts';
import { canonical } from './soap-canonical.support.ts';
import { schemaErrors } from './soap-oracle.support.ts';

// The envelopes of Zuora's login() page, to the letter.
const sample = (name: string) =>
  readFileSync(new URL(`../contract/data/zuora-soap/${name}.xml`, import.meta.url), 'utf8');

const documented = {
  'login.request': () => writeEnvelope(service, 'login', { username: 'username@zuora.com', password: 'password' }),
  'login-entity.request': () =>
    writeEnvelope(service, 'login', { entityId: '6337', password: 'password', username: 'username@zuora.com' }),
  'query.request': () =>
    writeEnvelope(
      service,
      'query',
      { queryString: 'select id from account' },
      { SessionHeader: { session: 'LiUBQF...ugxg2jJuCA==' } },
    ),
};

test.each(Object.entries(documented))('what we send is the documented %s', (name, write) => {
  expect(canonical(write())).toBe(canonical(sample(name)));
});

test('the documented requests fit our WSDL', async () => {
  const requests = Object.keys(documented).map(sample);
  expect(await schemaErrors(requests)).toEqual(requests.map(() => []));
});

test('the documented login answer gives the documented session and server', () => {
  const reader = createEnvelopeReader(service, 'login');
  reader.write(sample('login.response'));
  expect(reader.close()).toEqual({
    kind: 'result',
    version: '1.1',
    value: {
      result: {
        Session: 'LiUBQF...ugxg2jJuCA==',
        ServerUrl: 'https://apisandbox.zuora.com/apps/services/a/26.0',
      },
    },
    unknown: [],
    unknownElements: [],
  });
});

test('the documented login answer fits our WSDL', async () => {
  expect(await schemaErrors([sample('login.response')])).toEqual([[]]);
});

test('the canonical form tells order, namespace, text and attributes apart', () => {
  const base = canonical('<a:x xmlns:a="urn:a"><a:p>1</a:p><a:q/></a:x>');
  expect(canonical('<x xmlns="urn:a" xmlns:unused="urn:u"> <p>1</p> <!-- q --> <q></q> </x>')).toBe(base);
  for (const other of [
    '<a:x xmlns:a="urn:a"><a:q/><a:p>1</a:p></a:x>',
    '<a:x xmlns:a="urn:b"><a:p>1</a:p><a:q/></a:x>',
    '<a:x xmlns:a="urn:a"><a:p> 1</a:p><a:q/></a:x>',
    '<a:x xmlns:a="urn:a"><a:p n="1">1</a:p><a:q/></a:x>',
  ]) {
    expect(canonical(other)).not.toBe(base);
  }
});
