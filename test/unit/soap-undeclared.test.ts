import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { Operations } from '../../generated/zuora-soap/types.ts';
import { createSandbox } from '../../src/sandbox/index.ts';
import { createZuoraSoap, type ZuoraSoapOptions } from '../../src/systems/zuora-soap.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';

/** Our own service as an older WSDL has it: no entity in the login, no header to page by, and queryMore only if asked for. */
function older(hasQueryMore: boolean): ServiceTable<Operations> {
  const { query, queryMore, ...others } = service.operations;
  const headers = query.headers?.filter(([name]) => name !== 'QueryOptions') ?? [];
  const login = { ...service.types.Login, elements: service.types.Login?.elements?.slice(0, 2) ?? [] };
  const operations = {
    ...others,
    query: { ...query, headers },
    ...(hasQueryMore && { queryMore: { ...queryMore, headers } }),
  };
  // What a tenant's older table looks like to plain JavaScript: not all operations are there.
  return { ...service, types: { ...service.types, Login: login }, operations } as unknown as ServiceTable<Operations>;
}

const credentials = { username: 'username@zuora.com', password: 'password' };

test.each([
  ['entityId', { entityId: '1' }, "entityId: the WSDL's login does not declare it"],
  ['entityName', { entityName: 'x' }, "entityName: the WSDL's login does not declare it"],
  ['batchSize', { batchSize: 2 }, 'batchSize: the WSDL does not declare QueryOptions for query'],
])('%s that the WSDL does not declare is refused at construction', (_, option, message) => {
  const make = (more: object) => () =>
    createZuoraSoap({ service: older(true), credentials, ...option, ...more } as ZuoraSoapOptions<Operations>);
  const refusal = expect.objectContaining({ name: 'TypeError', code: 'ERR_UNDECLARED', message });
  expect(make({})).toThrow(refusal);
  expect(make({ undeclared: 'refuse' })).toThrow(refusal);
  expect(make({ undeclared: 'send' })).not.toThrow();
  expect(make({ undeclared: 'maybe' })).toThrow(expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION' }));
});

test.each([[true], [false]])('is sent where the caller insists, to a service that knows it', async (hasQueryMore) => {
  const sandbox = createSandbox();
  await using server = await sandbox.listen();
  const wire = recordFetch();
  await using zuora = createZuoraSoap({
    service: older(hasQueryMore),
    baseUrl: `${server.url}/apps/services/a/91.0`,
    credentials,
    entityName: 'Global',
    batchSize: 2,
    undeclared: 'send',
    fetch: wire.fetch,
  });
  const page = await zuora.query({ queryString: 'select Id from Account' });
  expect(page.result.records).toHaveLength(2);
  const [login, query] = wire.sent.map(({ text }) => text);
  expect(login).toMatch(/<zns:password>[^<]*<\/zns:password><zns:entityName>Global<\/zns:entityName><\/zns:login>/);
  expect(query).toContain('<zns:QueryOptions><zns:batchSize>2</zns:batchSize></zns:QueryOptions>');
  const ids: unknown[] = [];
  const all = async () => {
    for await (const { Id } of zuora.query({ queryString: 'select Id from Account' })) ids.push(Id);
  };
  if (hasQueryMore) await all();
  else await expect(all()).rejects.toMatchObject({ code: 'ERR_QUERY_CUT_OFF' });
  expect(ids).toHaveLength(hasQueryMore ? 3 : 2);
});

test('two entities are refused, however one insists', () => {
  const options = { credentials, entityId: '1', entityName: 'x', undeclared: 'send' } as unknown as ZuoraSoapOptions;
  expect(() => createZuoraSoap(options)).toThrow(expect.objectContaining({ code: 'ERR_ENTITY' }));
});

test('the table that was given is left as it was', () => {
  const given = older(true);
  const before = structuredClone(given);
  createZuoraSoap({ service: given, credentials, entityId: '1', batchSize: 2, undeclared: 'send' });
  expect(given).toEqual(before);
});

test.each(['fetch', 'session', 'then'])(
  'an operation named %s is refused: the client has something of that name, or a promise would',
  (name) => {
    const operations = { ...service.operations, [name]: service.operations.getUserInfo };
    const odd = { ...service, operations } as ServiceTable<Operations>;
    expect(() => createZuoraSoap({ service: odd, credentials })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION', message: expect.stringContaining(`"${name}"`) }),
    );
  },
);
