import { expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import { createZuoraRest } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap } from '../../src/systems/zuora-soap.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { generated, loadTable } from './soap-generate.support.ts';
import { wsdlText } from './soap-oracle.support.ts';

interface Loose {
  create: { input: { zObjects: object[] }; output: { result: { Id?: string; Success: boolean }[] }; headers: object };
  query: { input: { queryString: string }; output: { result: { records: unknown[] } }; headers: object };
}

/** Our own WSDL as a tenant's: with a field and an object of its own. */
const tenant = wsdlText
  .replace(
    /(<xs:element name="AccountNumber"[^>]*\/>)/,
    '$1<xs:element name="Region__c" type="xs:string" nillable="true" minOccurs="0"/>',
  )
  .replace(
    /(<xs:complexType name="Contact">)/,
    '<xs:complexType name="Branch__c"><xs:complexContent><xs:extension base="ons:zObject"><xs:sequence><xs:element name="City" type="xs:string" minOccurs="0"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>$1',
  );
const service = (await loadTable(await generated(tenant))) as unknown as ServiceTable<Loose>;
const credentials = { username: 'username@zuora.com', password: 'password' };

async function open() {
  const sandbox = createSandbox({ zuoraService: service, settings: { zuora: { accountCount: 0 } } });
  const server = await sandbox.listen();
  const zuora = createZuoraSoap({ service, baseUrl: `${server.url}/apps/services/a/91.0`, credentials });
  return { sandbox, server, zuora };
}

test("the twin has a tenant's fields and objects, over SOAP and REST", async () => {
  const { server, zuora } = await open();
  await using _server = server;
  await using _zuora = zuora;
  const { result } = await zuora.create({
    zObjects: [
      { $type: 'Account', Name: 'a', Region__c: 'EU' },
      { $type: 'Branch__c', City: 'Ulm' },
    ],
  });
  expect(result).toMatchObject([{ Success: true }, { Success: true }]);
  const queryString = "select Name, Region__c from Account where Region__c = 'EU'";
  expect((await zuora.query({ queryString })).result.records).toEqual([
    { $type: 'Account', Name: 'a', Region__c: 'EU' },
  ]);
  const branches = await zuora.query({ queryString: 'select City from Branch__c' });
  expect(branches.result.records).toEqual([{ $type: 'Branch__c', City: 'Ulm' }]);
  await using rest = createZuoraRest({
    baseUrl: server.url,
    credentials: { apiAccessKeyId: credentials.username, apiSecretAccessKey: credentials.password },
  });
  const answer = await rest.fetch(`${server.url}/v1/action/query`, {
    method: 'POST',
    body: JSON.stringify({ queryString }),
  });
  expect(await answer.json()).toMatchObject({ size: 1, records: [{ Name: 'a', Region__c: 'EU' }] });
});

test('it keeps to the order of the WSDL that it was given', async () => {
  const { sandbox } = await open();
  const call = (body: string, session = '') =>
    sandbox.handle(
      new Request('https://apisandbox.zuora.com/apps/services/a/91.0', {
        method: 'POST',
        body: `<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/" xmlns:o="http://object.api.zuora.com/" xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><e:Header><z:SessionHeader><z:session>${session}</z:session></z:SessionHeader></e:Header><e:Body>${body}</e:Body></e:Envelope>`,
      }),
    );
  const login = await call(
    `<z:login><z:username>${credentials.username}</z:username><z:password>password</z:password></z:login>`,
  );
  const [, session = ''] = /Session>([^<]+)</.exec(await login.text()) ?? [];
  const create = async (fields: string) =>
    (await call(`<z:create><z:zObjects i:type="o:Account">${fields}</z:zObjects></z:create>`, session)).text();
  expect(await create('<o:Region__c>EU</o:Region__c><o:Name>a</o:Name>')).toContain('<ns1:Success>true</ns1:Success>');
  expect(await create('<o:Name>a</o:Name><o:Region__c>EU</o:Region__c>')).toContain('Unexpected subelement Region__c');
  // A field of no WSDL may stand anywhere, as it always could.
  expect(await create('<o:Name>a</o:Name><o:Other__c>x</o:Other__c>')).toContain('<ns1:Success>true</ns1:Success>');
});

test('without one, the twin has the objects of our own', async () => {
  const sandbox = createSandbox();
  await using server = await sandbox.listen();
  await using zuora = createZuoraSoap({ service, baseUrl: `${server.url}/apps/services/a/91.0`, credentials });
  await expect(zuora.query({ queryString: 'select City from Branch__c' })).rejects.toMatchObject({
    message: expect.stringContaining('invalid type for query: Branch__c'),
  });
});
