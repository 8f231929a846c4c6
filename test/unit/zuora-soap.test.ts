import { describe, expect, it } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import type { Operations } from '../../generated/zuora-soap/types.ts';
import {
  ContractViolationError,
  EntityDeniedError,
  LoginDeniedError,
  RateLimitedError,
  ServiceUnreachableError,
  SoapFaultError,
} from '../../src/errors.ts';
import type { LatchkeyEvent } from '../../src/events.ts';
import { createSandbox, type SandboxOptions } from '../../src/sandbox/index.ts';
import { createZuoraSoap, type ZuoraSoapOptions } from '../../src/systems/zuora-soap.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { createManualClock, rejection } from '../helpers/waiting.ts';

const USER = { username: 'username@company.com', password: 'password' };
const PATH = '/apps/services/a/91.0';
const MINUTE = 60_000;
const ALL_ACCOUNTS = { queryString: 'select Id from Account' };
const XML = { 'Content-Type': 'text/xml;charset=UTF-8' };

type Options = Partial<Omit<ZuoraSoapOptions, 'entityId' | 'entityName'>> & { entityId?: string; entityName?: string };

async function openZuora(options: Options = {}, about: SandboxOptions = {}) {
  const clock = createManualClock();
  const live = await openSandbox({ clock, ...about });
  const wire = recordFetch();
  const events: LatchkeyEvent[] = [];
  const baseUrl = `${live.url}${PATH}`;
  const client = createZuoraSoap({
    baseUrl,
    credentials: USER,
    clock,
    random: () => 0,
    retries: 0,
    fetch: wire.fetch,
    onEvent: (event) => events.push(event),
    ...options,
    // One of the two at most, as the tests give them.
  } as ZuoraSoapOptions);
  const answerWith = (operation: string, status: number, content: string) =>
    live.sandbox.scenario('zuora-soap', 'status', { operation, status, body: envelope(content), headers: XML });
  const heard = () => events.map(({ type }) => type);
  const journal = () =>
    live.sandbox.journal.entries({ system: 'zuora-soap' }).map((entry) => `${entry.operation} ${entry.status}`);
  const counts = () => live.sandbox.counts('zuora-soap');
  return { ...live, client, clock, wire, events, baseUrl, answerWith, heard, journal, counts };
}

const envelope = (content: string): string =>
  `<?xml version='1.0' encoding='UTF-8'?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${content}</soapenv:Body></soapenv:Envelope>`;

const fault = (code: string, message: string, type?: string): string =>
  `<soapenv:Fault xmlns:fns="http://fault.api.zuora.com/"><faultcode>fns:${code}</faultcode><faultstring>${message}</faultstring>${
    type === undefined
      ? ''
      : `<detail><fns:${type}><fns:FaultCode>${code}</fns:FaultCode><fns:FaultMessage>${message}</fns:FaultMessage></fns:${type}></detail>`
  }</soapenv:Fault>`;

/** The default service without one of its parts, as older WSDLs are. */
function serviceWithout(part: 'queryMore' | 'QueryOptions' | 'getUserInfo' | 'entities'): ServiceTable<Operations> {
  const { query, queryMore, getUserInfo, ...others } = service.operations;
  const withoutOptions = { ...query, headers: query.headers?.filter(([name]) => name !== 'QueryOptions') ?? [] };
  const operations = {
    ...others,
    query: part === 'QueryOptions' ? withoutOptions : query,
    ...(part === 'queryMore' ? {} : { queryMore }),
    ...(part === 'getUserInfo' ? {} : { getUserInfo }),
  };
  const login = { namespace: 0, name: '', elements: service.types.Login?.elements?.slice(0, 2) ?? [] };
  const types = part === 'entities' ? { ...service.types, Login: login } : service.types;
  // What a tenant's older table looks like to plain JavaScript: not all operations are there.
  return { ...service, types, operations } as unknown as ServiceTable<Operations>;
}

describe('Zuora SOAP: the login', () => {
  it('is one envelope with user name and password, in this order, without a session', async () => {
    await using zuora = await openZuora();
    const { facts, expiresAtMs } = await zuora.client.session.login();
    const [login, ...others] = zuora.wire.sent;
    expect(others).toEqual([]);
    expect(login?.text).toMatch(
      /<\w+:Body><(\w+):login><\1:username>username@company\.com<\/\1:username><\1:password>password<\/\1:password><\/\1:login>/,
    );
    expect(login?.text).not.toContain('SessionHeader');
    expect(login?.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    expect(login?.headers.get('soapaction')).toBe('""');
    expect(facts).toEqual({ serverUrl: zuora.baseUrl });
    expect(expiresAtMs).toBe(zuora.clock.nowMs() + 15 * MINUTE);
  });

  it.each([
    [{ entityId: '6337' }, '<zns:entityId>6337</zns:entityId>'],
    [{ entityName: 'Example Entity' }, '<zns:entityName>Example Entity</zns:entityName>'],
  ])('names the entity %j after them', async (entity, element) => {
    await using zuora = await openZuora(entity);
    await zuora.client.session.login();
    expect(zuora.wire.sent[0]?.text).toContain(`</zns:password>${element}</zns:login>`);
  });

  it.each([
    ['two entities', { entityId: '1', entityName: 'Global' }, 'ERR_ENTITY'],
    ['an entity that the WSDL lacks', { entityId: '1', service: serviceWithout('entities') }, 'ERR_UNDECLARED'],
    ['a batch size that the WSDL lacks', { batchSize: 2, service: serviceWithout('QueryOptions') }, 'ERR_UNDECLARED'],
    ['a batch size of nothing', { batchSize: 0 }, 'ERR_OPTION'],
    ['a batch size above 2000', { batchSize: 2001 }, 'ERR_OPTION'],
    ['half a record per page', { batchSize: 1.5 }, 'ERR_OPTION'],
    ['no time-out', { sessionTimeoutMs: 0 }, 'ERR_OPTION'],
    ['nobody', { credentials: undefined }, 'ERR_OPTION'],
    ['an entity without an id', { entityId: '' }, 'ERR_OPTION'],
    ['an empty password', { credentials: { username: 'ada', password: '' } }, 'ERR_CREDENTIALS'],
    ['a word that is none', { serverUrl: 'sometimes' }, 'ERR_OPTION'],
  ])('is not even tried with %s', (_, options, code) => {
    // What plain JavaScript lets through.
    const all = { credentials: USER, ...options } as unknown as ZuoraSoapOptions;
    expect(() => createZuoraSoap(all)).toThrow(expect.objectContaining({ name: 'TypeError', code }));
  });

  it.each([
    [
      'wrong credentials',
      'INVALID_VALUE',
      'Invalid login. User name and password do not match.',
      LoginDeniedError,
      true,
    ],
    ['another code', 'INVALID_LOGIN', 'Invalid login.', LoginDeniedError, true],
    ['the address', 'INVALID_VALUE', 'Your IP address may be restricted.', LoginDeniedError, false],
    ['the entity', 'INVALID_VALUE', 'The entity is not permitted.', EntityDeniedError, false],
  ])('is denied by a LoginFault about %s', async (_, reason, message, type, isRemembered) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 500, fault(reason, message, 'LoginFault'));
    const error = await rejection(zuora.client.session.login());
    expect((error as Error).constructor).toBe(type);
    expect(error).toMatchObject({ reason, isRemembered });
    const next = await rejection(zuora.client.session.login().then(() => Promise.reject(new Error('logged in'))));
    expect(String(next)).toContain(isRemembered ? 'LoginQuarantinedError' : 'logged in');
    expect(zuora.wire.sent).toHaveLength(isRemembered ? 1 : 2);
  });

  it('is denied by the service for a wrong password and for an unknown entity', async () => {
    await using zuora = await openZuora({ entityId: 'unknown' });
    expect(await rejection(zuora.client.session.login())).toBeInstanceOf(EntityDeniedError);
    await using other = await openZuora({ credentials: { ...USER, password: 'wr0ng' } });
    const error = await rejection(other.client.session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(String(error)).not.toContain('wr0ng');
  });

  it.each([
    ['TEMPORARY_ERROR', ServiceUnreachableError, {}],
    ['REQUEST_EXCEEDED_RATE', RateLimitedError, {}],
    ['UNKNOWN_ERROR', SoapFaultError, { faultCode: 'UNKNOWN_ERROR', faultType: 'UnexpectedErrorFault' }],
  ])('is not denied by a fault of another kind: %s', async (code, type, expected) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 500, fault(code, 'sorry', 'UnexpectedErrorFault'));
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject(expected);
    await zuora.client.session.login();
  });

  it.each([
    ['html-login-page', {}],
    ['status', { status: 500, body: 'sorry', headers: { 'Content-Type': 'text/plain' } }],
    ['status', { status: 200, body: '', headers: XML }],
    ['truncated', {}],
  ])('is not denied by what is no envelope: %s %j', async (scenario, args) => {
    await using zuora = await openZuora();
    zuora.sandbox.scenario('zuora-soap', scenario, { operation: 'login', ...args });
    expect(await rejection(zuora.client.session.login())).toBeInstanceOf(ServiceUnreachableError);
    await zuora.client.session.login();
  });

  it('reads no further in an answer that has turned out to be no envelope', async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from('<oops>')),
      cancel: () => {
        isCancelled = true;
      },
    });
    const client = createZuoraSoap({ credentials: USER, fetch: async () => new Response(endless, { headers: XML }) });
    expect(await rejection(client.session.login())).toBeInstanceOf(ServiceUnreachableError);
    expect(isCancelled).toBe(true);
  });

  it.each([
    ['no result', '<z:loginResponse xmlns:z="http://api.zuora.com/"/>'],
    ['no session', '<z:loginResponse xmlns:z="http://api.zuora.com/"><z:result/></z:loginResponse>'],
  ])('names the place where an answer has %s', async (_, content) => {
    await using zuora = await openZuora();
    zuora.answerWith('login', 200, content);
    const error = await rejection(zuora.client.session.login());
    expect(error).toBeInstanceOf(ContractViolationError);
    expect(error).toMatchObject({ place: expect.stringMatching(/^loginResponse\.result/) });
  });
});

describe("Zuora SOAP: the login's ServerUrl", () => {
  const BASE = `https://apisandbox.zuora.com${PATH}`;

  /** A client of the sandbox at an address of Zuora's, whose login answers with this `ServerUrl`. */
  function clientTold(serverUrlXml: string, options: Options = {}) {
    const sandbox = createSandbox({ seed: 'soap' });
    const wire = recordFetch(async (request) => {
      const answer = await sandbox.handle(request);
      const text = (await answer.text()).replace(/<ns1:ServerUrl>.*<\/ns1:ServerUrl>/, serverUrlXml);
      return new Response(text, answer);
    });
    const all = { baseUrl: BASE, credentials: USER, fetch: wire.fetch, ...options } as ZuoraSoapOptions;
    return { client: createZuoraSoap(all), urls: () => wire.sent.map(({ url }) => url.href) };
  }
  const told = (url: string): string => `<ns1:ServerUrl>${url}</ns1:ServerUrl>`;

  it.each([
    ['another host of the domain', `https://na.zuora.com${PATH}`, `https://na.zuora.com${PATH}`],
    ['another version', 'https://apisandbox.zuora.com/apps/services/a/115.0', undefined],
    ['http for the same host, as https', `http://apisandbox.zuora.com${PATH}`, BASE],
    ['http for another host of the domain, as https', `http://na.zuora.com${PATH}`, `https://na.zuora.com${PATH}`],
  ])('is followed to %s', async (_, url, called = url) => {
    const { client, urls } = clientTold(told(url));
    await client.getUserInfo({});
    expect(urls()).toEqual([BASE, called]);
    expect((await client.session.get()).facts.serverUrl).toBe(called);
  });

  it.each([
    ['told to', told(`https://na.zuora.com${PATH}`), { serverUrl: 'ignore' as const }],
    ['told to, whatever it is', told('https://evil.example/'), { serverUrl: 'ignore' as const }],
    ['it is empty', told(''), {}],
    ['it is nil', '<ns1:ServerUrl xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/>', {}],
  ])('is ignored when %s', async (_, xml, options) => {
    const { client, urls } = clientTold(xml, options);
    await client.getUserInfo({});
    expect(urls()).toEqual([BASE, BASE]);
  });

  it('is missed by name when it is not there', async () => {
    const { client } = clientTold('');
    expect(await rejection(client.getUserInfo({}))).toMatchObject({
      code: 'ERR_CONTRACT_VIOLATION',
      place: 'loginResponse.result.ServerUrl',
      found: 'nothing',
    });
  });

  it.each([
    ['https://evil.example', '/apps'],
    ['https://zuora.com.evil.example', '/apps'],
    ['https://evilzuora.com', '/apps'],
    ['http://na.zuora.com:8080', '/apps'],
    ['https://127.0.0.1', '/apps'],
  ])('is refused when it leads to %s, and nothing is sent there', async (origin, path) => {
    const { client, urls } = clientTold(told(origin + path));
    const error = await rejection(client.getUserInfo({}));
    expect(error).toBeInstanceOf(ServiceUnreachableError);
    expect(String(error)).toContain(origin);
    expect(urls()).toEqual([BASE]);
  });

  it.each(['ftp://apisandbox.zuora.com/x', 'https://me:pw@apisandbox.zuora.com/x', 'nonsense'])(
    'is refused when it is %s',
    async (url) => {
      const { client, urls } = clientTold(told(url));
      expect(await rejection(client.getUserInfo({}))).toBeInstanceOf(ServiceUnreachableError);
      expect(urls()).toEqual([BASE]);
    },
  );
});

describe('Zuora SOAP: queries', () => {
  const tenant = (accountCount: number): SandboxOptions => ({ settings: { zuora: { accountCount } } });

  it('give the first page when awaited, and no other is asked for', async () => {
    await using zuora = await openZuora({ batchSize: 2 }, tenant(5));
    const { result } = await zuora.client.query(ALL_ACCOUNTS);
    expect(result).toMatchObject({ done: false, size: 5, records: [{ $type: 'Account' }, { $type: 'Account' }] });
    expect(zuora.journal()).toEqual(['login 200', 'query 200']);
  });

  it('give every record when iterated, with the batch size on each page', async () => {
    await using zuora = await openZuora({ batchSize: 2 }, tenant(5));
    const ids = new Set<unknown>();
    for await (const record of zuora.client.query(ALL_ACCOUNTS)) ids.add(record.Id);
    expect(ids.size).toBe(5);
    expect(zuora.journal()).toEqual(['login 200', 'query 200', 'queryMore 200', 'queryMore 200']);
    for (const { text } of zuora.wire.sent.slice(1)) {
      expect(text).toContain('<zns:QueryOptions><zns:batchSize>2</zns:batchSize></zns:QueryOptions>');
    }
  });

  it('ask for further pages only as they are needed', async () => {
    await using zuora = await openZuora({ batchSize: 2 }, tenant(5));
    for await (const _ of zuora.client.query(ALL_ACCOUNTS)) break;
    expect(zuora.journal()).toEqual(['login 200', 'query 200']);
  });

  it("take a call's own QueryOptions before the client's", async () => {
    await using zuora = await openZuora({ batchSize: 2 }, tenant(5));
    const headers = { QueryOptions: { batchSize: 3 } };
    const { result } = await zuora.client.query(ALL_ACCOUNTS, { headers });
    expect(result.records).toHaveLength(3);
  });

  it('say nothing of pages unless told to', async () => {
    await using zuora = await openZuora();
    await zuora.client.query(ALL_ACCOUNTS);
    expect(zuora.wire.sent[1]?.text).not.toContain('QueryOptions');
  });

  it('give nothing, and not null, when nothing was found', async () => {
    await using zuora = await openZuora();
    const query = zuora.client.query({ queryString: "select Id from Account where Name = 'nobody'" });
    expect((await query).result).toMatchObject({ done: true, queryLocator: null, records: [null], size: 0 });
    for await (const record of query) throw new Error(`found ${JSON.stringify(record)}`);
  });

  it('go on over the end of a session between two pages', async () => {
    await using zuora = await openZuora({ batchSize: 2 }, tenant(5));
    let found = 0;
    for await (const _ of zuora.client.query(ALL_ACCOUNTS)) {
      found += 1;
      if (found === 2) zuora.sandbox.scenario('zuora-soap', 'expire-now');
    }
    expect(found).toBe(5);
    expect(zuora.counts()).toMatchObject({ logins: 2, refused: 1 });
  });

  it('throw where the WSDL has no queryMore, and give what there is first', async () => {
    await using zuora = await openZuora({ batchSize: 2, service: serviceWithout('queryMore') }, tenant(5));
    let found = 0;
    const reading = (async () => {
      for await (const _ of zuora.client.query(ALL_ACCOUNTS)) found += 1;
    })();
    expect(await rejection(reading)).toMatchObject({ code: 'ERR_QUERY_CUT_OFF', retryable: false });
    expect(found).toBe(2);
    expect(zuora.journal()).toEqual(['login 200', 'query 200']);
  });

  it('end well without a queryMore when one page holds everything', async () => {
    await using zuora = await openZuora({ service: serviceWithout('queryMore') }, tenant(5));
    let found = 0;
    for await (const _ of zuora.client.query(ALL_ACCOUNTS)) found += 1;
    expect(found).toBe(5);
  });

  it.each([
    ['no records', ''],
    ['one nil record, as Zuora writes an empty page', '<z:records xsi:nil="true"/>'],
  ])('throw when the service gives an empty page with the same locator for ever: %s', async (_, records) => {
    await using zuora = await openZuora();
    const page = (operation: string): string =>
      `<z:${operation}Response xmlns:z="http://api.zuora.com/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><z:result><z:done>false</z:done><z:queryLocator>again</z:queryLocator>${records}<z:size>9</z:size></z:result></z:${operation}Response>`;
    await zuora.client.session.login();
    zuora.answerWith('query', 200, page('query'));
    zuora.answerWith('queryMore', 200, page('queryMore'));
    const reading = (async () => {
      for await (const _ of zuora.client.query(ALL_ACCOUNTS)) throw new Error('a record');
    })();
    expect(await rejection(reading)).toMatchObject({
      code: 'ERR_QUERY_CUT_OFF',
      message: 'The query has more records, but the service repeats an empty page',
    });
  });

  it('stop at done whatever the size says, and throw where the locator is missing', async () => {
    await using zuora = await openZuora();
    const page = (done: boolean): string =>
      `<z:queryResponse xmlns:z="http://api.zuora.com/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><z:result><z:done>${done}</z:done><z:queryLocator xsi:nil="true"/><z:records xsi:nil="true"/><z:size>14552</z:size></z:result></z:queryResponse>`;
    await zuora.client.session.login();
    zuora.answerWith('query', 200, page(true));
    for await (const _ of zuora.client.query(ALL_ACCOUNTS)) throw new Error('a record');
    zuora.answerWith('query', 200, page(false));
    const reading = (async () => {
      for await (const _ of zuora.client.query(ALL_ACCOUNTS)) throw new Error('a record');
    })();
    expect(await rejection(reading)).toMatchObject({ code: 'ERR_QUERY_CUT_OFF' });
  });
});

describe('Zuora SOAP: calls', () => {
  it('carry the session in SessionHeader, its element in small letters', async () => {
    await using zuora = await openZuora();
    const { secret } = await zuora.client.session.get();
    const info = await zuora.client.getUserInfo({});
    expect(info.Username).toBe(USER.username);
    expect(zuora.wire.sent[1]?.text).toContain(
      `<zns:SessionHeader><zns:session>${secret}</zns:session></zns:SessionHeader>`,
    );
  });

  it.each([
    ['a wrong type', { queryString: 5 }, 'query', {}],
    ['an element that is missing', {}, 'query', {}],
    ['an element that is unknown', { queryString: 'x', nonsense: 1 }, 'query', {}],
    ['a header that is not declared', {}, 'getUserInfo', { QueryOptions: { batchSize: 1 } }],
  ] as const)('are refused before any login for %s', async (_, input, operation, headers) => {
    await using zuora = await openZuora();
    // What plain JavaScript lets through.
    const call = async () => zuora.client[operation](input as never, { headers: headers as never });
    expect(await rejection(call())).toMatchObject({ name: 'TypeError', code: expect.stringMatching(/^ERR_/) });
    expect(zuora.wire.sent).toEqual([]);
  });

  it.each([
    ['MALFORMED_QUERY', 'MalformedQueryFault', 'selekt'],
    ['INVALID_FIELD', 'MalformedQueryFault', 'select Nonsense from Account'],
  ])('throw what a fault says: %s', async (faultCode, faultType, queryString) => {
    await using zuora = await openZuora();
    const error = await rejection(zuora.client.query({ queryString }));
    expect(error).toBeInstanceOf(SoapFaultError);
    expect(error).toMatchObject({ faultCode, faultType, status: 500, retryable: false });
    expect(zuora.heard()).toEqual(['login']);
  });

  it.each([
    ['LOCK_COMPETITION', true],
    ['TEMPORARY_ERROR', true],
    ['TRANSACTION_TIMEOUT', true],
    ['SERVER_UNAVAILABLE', true],
    ['INVALID_VALUE', false],
    ['A_WORD_OF_TOMORROW', false],
  ])('say whether the same call may succeed later: %s', async (faultCode, retryable) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('getUserInfo', 500, fault(faultCode, 'sorry', 'UnexpectedErrorFault'));
    expect(await rejection(zuora.client.getUserInfo({}))).toMatchObject({ faultCode, retryable });
  });

  it('take the code of a fault without detail from faultcode', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('getUserInfo', 200, fault('INVALID_TYPE', 'sorry'));
    expect(await rejection(zuora.client.getUserInfo({}))).toMatchObject({
      faultCode: 'INVALID_TYPE',
      faultType: undefined,
      status: 200,
    });
  });

  it.each(['login', 'getUserInfo'])('tell how long a 429 asks to wait, at %s', async (operation) => {
    await using zuora = await openZuora();
    if (operation !== 'login') await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-soap', 'rate-limit', { operation, retryAfterSeconds: 7 });
    const error = await rejection(zuora.client.getUserInfo({}));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs: 7000 });
    zuora.clock.advanceMs(7000);
    expect((await zuora.client.getUserInfo({})).Username).toBe(USER.username);
    expect(zuora.counts()).toMatchObject({ logins: operation === 'login' ? 2 : 1 });
  });

  it('are sent again where a limit turned them away, at most so often', async () => {
    await using zuora = await openZuora({ retries: 1 });
    await zuora.client.session.login();
    const limit = () =>
      zuora.sandbox.scenario('zuora-soap', 'rate-limit', { operation: 'getUserInfo', retryAfterSeconds: 0 });
    limit();
    expect((await zuora.client.getUserInfo({})).Username).toBe(USER.username);
    expect(zuora.heard()).toEqual(['login', 'retry']);
    limit();
    limit();
    expect(await rejection(zuora.client.getUserInfo({}))).toBeInstanceOf(RateLimitedError);
    const [, ...calls] = zuora.journal();
    expect(calls).toEqual(['getUserInfo 429', 'getUserInfo 200', 'getUserInfo 429', 'getUserInfo 429']);
  });

  it.each(['drop-after-answer', 'truncated'])(
    'are not sent again where they may have been done: %s',
    async (scenario) => {
      await using zuora = await openZuora({ retries: 2 });
      await zuora.client.session.login();
      zuora.sandbox.scenario('zuora-soap', scenario, { operation: 'getUserInfo' });
      expect(await rejection(zuora.client.getUserInfo({}))).toBeInstanceOf(ServiceUnreachableError);
      expect(zuora.heard()).toEqual(['login']);
    },
  );

  it('tell of the limit in a 429 of an old version, whose code says nothing', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('getUserInfo', 429, fault('UNKNOWN_ERROR', 'sorry', 'UnexpectedErrorFault'));
    expect(await rejection(zuora.client.getUserInfo({}))).toBeInstanceOf(RateLimitedError);
  });

  it.each([
    [429, {}, undefined],
    [503, { 'Retry-After': '9' }, 9000],
  ])('tell of a limit that is no envelope: %d', async (status, headers, retryAfterMs) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    const args = { operation: 'getUserInfo', status, body: 'slow down', headers };
    zuora.sandbox.scenario('zuora-soap', 'status', args);
    const error = await rejection(zuora.client.getUserInfo({}));
    expect(error).toBeInstanceOf(RateLimitedError);
    expect(error).toMatchObject({ retryAfterMs });
  });

  it.each([200, 500])('log in once and go again after INVALID_SESSION, whatever the status: %d', async (status) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.answerWith('getUserInfo', status, fault('INVALID_SESSION', 'sorry', 'UnexpectedErrorFault'));
    expect((await zuora.client.getUserInfo({})).Username).toBe(USER.username);
    expect(zuora.heard()).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  const twoAccounts = {
    zObjects: [
      { $type: 'Account', Name: 'one' },
      { $type: 'Account', Name: 'two' },
    ],
  } as const;

  it('go again when every row says that the session is dead', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-soap', 'rows-invalid-session', { which: 'all' });
    const { result } = await zuora.client.create(twoAccounts);
    expect(result).toMatchObject([{ Success: true }, { Success: true }]);
    expect(zuora.heard()).toEqual(['login', 'refusal', 'login', 'replay']);
    expect(zuora.wire.sent).toHaveLength(4);
  });

  it('give the rows back when only some say so, and do not use the session again', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-soap', 'rows-invalid-session', { which: 'first' });
    const { result } = await zuora.client.create(twoAccounts);
    expect(result).toMatchObject([{ Success: false, Errors: [{ Code: 'INVALID_SESSION' }] }, { Success: true }]);
    expect(zuora.heard()).toEqual(['login', 'refusal']);
    await zuora.client.getUserInfo({});
    expect(zuora.journal()).toEqual(['login 200', 'create 200', 'login 200', 'getUserInfo 200']);
  });

  it('go again when the rows of a delete say so in small letters', async () => {
    await using zuora = await openZuora();
    const { result: made } = await zuora.client.create({ zObjects: [{ $type: 'Account', Name: 'one' }] });
    zuora.sandbox.scenario('zuora-soap', 'rows-invalid-session', { which: 'all' });
    const { result } = await zuora.client.delete({ type: 'Account', ids: [made?.[0]?.Id ?? 'none'] });
    expect(result).toMatchObject([{ success: true }]);
    expect(zuora.counts().logins).toBe(2);
  });
});

describe('Zuora SOAP: the life of a session', () => {
  it('is renewed by a login in the background after ten minutes, while calls go on', async () => {
    await using zuora = await openZuora();
    const first = await zuora.client.session.login();
    zuora.clock.advanceMs(10 * MINUTE - 1);
    await zuora.client.getUserInfo({});
    await zuora.client[Symbol.asyncDispose]();
    expect(zuora.heard()).toEqual(['login']);

    zuora.clock.advanceMs(1);
    await zuora.client.getUserInfo({});
    await zuora.client[Symbol.asyncDispose]();
    expect(zuora.heard()).toEqual(['login', 'login']);
    const second = await zuora.client.session.get();
    expect(second.id).not.toBe(first.id);
    expect(second.expiresAtMs).toBe(zuora.clock.nowMs() + 15 * MINUTE);
    expect(zuora.counts()).toMatchObject({ logins: 2, refused: 0, accepted: 2 });
  });

  it('is not lengthened by use: after the time-out a login comes first', async () => {
    await using zuora = await openZuora({ random: () => 0.999 });
    await zuora.client.session.login();
    zuora.clock.advanceMs(9 * MINUTE);
    await zuora.client.getUserInfo({});
    zuora.clock.advanceMs(6 * MINUTE);
    await zuora.client.getUserInfo({});
    expect(zuora.journal()).toEqual(['login 200', 'getUserInfo 200', 'login 200', 'getUserInfo 200']);
  });

  it("follows the tenant's time-out", async () => {
    const settings = { zuora: { sessionTimeoutMs: 60 * MINUTE } };
    await using zuora = await openZuora({ sessionTimeoutMs: 60 * MINUTE }, { settings });
    await zuora.client.session.login();
    zuora.clock.advanceMs(39 * MINUTE);
    await zuora.client.getUserInfo({});
    await zuora.client[Symbol.asyncDispose]();
    expect(zuora.counts()).toMatchObject({ logins: 1, refused: 0 });
  });

  it('is verified by getUserInfo', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    expect(await zuora.client.session.verify()).toBe(true);
    zuora.sandbox.scenario('zuora-soap', 'rate-limit', { operation: 'getUserInfo' });
    expect(await rejection(zuora.client.session.verify())).toBeInstanceOf(RateLimitedError);
    zuora.sandbox.scenario('zuora-soap', 'expire-now');
    expect(await zuora.client.session.verify()).toBe(false);
    expect(zuora.journal()).toEqual(['login 200', 'getUserInfo 200', 'getUserInfo 429', 'getUserInfo 500']);
  });

  it('is verified by the clock alone where the WSDL has no getUserInfo', async () => {
    await using zuora = await openZuora({ service: serviceWithout('getUserInfo') });
    await zuora.client.session.login();
    expect(await zuora.client.session.verify()).toBe(true);
    expect(zuora.journal()).toEqual(['login 200']);
  });
});

describe('Zuora SOAP: fetch, for envelopes of others', () => {
  const ZNS = 'http://api.zuora.com/';
  const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
  const QUERY = 'select Id from Account';
  const body = `<soapenv:Body><q:query xmlns:q="${ZNS}"><q:queryString>${QUERY}</q:queryString></q:query></soapenv:Body>`;
  const options = `<q:QueryOptions xmlns:q="${ZNS}"><q:batchSize>2</q:batchSize></q:QueryOptions>`;
  const post = (zuora: Awaited<ReturnType<typeof openZuora>>, text: string) =>
    zuora.client.fetch(zuora.baseUrl, { method: 'POST', headers: { ...XML, SOAPAction: '""' }, body: text });

  it.each([
    [
      'a Header',
      `<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Header>${options}</soapenv:Header>${body}</soapenv:Envelope>`,
      '2',
    ],
    ['an empty Header', `<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Header/>${body}</soapenv:Envelope>`, '3'],
    [
      'an empty Header of two tags',
      `<soapenv:Envelope xmlns:soapenv="${SOAP}"><soapenv:Header></soapenv:Header>${body}</soapenv:Envelope>`,
      '3',
    ],
    [
      'no Header',
      `<?xml version="1.0"?>\n<!-- a comment -->\n<soapenv:Envelope xmlns:soapenv="${SOAP}">\n  ${body}\n</soapenv:Envelope>`,
      '3',
    ],
    [
      'another prefix and a Header',
      `<S:Envelope xmlns:S="${SOAP}"><S:Header>${options}</S:Header>${body.replaceAll('soapenv:', 'S:')}</S:Envelope>`,
      '2',
    ],
    [
      'another prefix and no Header',
      `<S:Envelope xmlns:S="${SOAP}">${body.replaceAll('soapenv:', 'S:')}</S:Envelope>`,
      '3',
    ],
    [
      'no prefix and an empty Header',
      `<Envelope xmlns="${SOAP}"><Header />${body.replaceAll('soapenv:', '')}</Envelope>`,
      '3',
    ],
    ['no prefix and no Header', `<Envelope xmlns="${SOAP}">${body.replaceAll('soapenv:', '')}</Envelope>`, '3'],
    [
      'an operation that speaks of a Header',
      `<soapenv:Envelope xmlns:soapenv="${SOAP}">${body.replace('q:query ', 'q:query Header="" ')}</soapenv:Envelope>`,
      '3',
    ],
  ])('puts the session into an envelope with %s', async (_, text, records) => {
    await using zuora = await openZuora();
    const answer = await post(zuora, text);
    expect(answer.status).toBe(200);
    expect((await answer.text()).match(/xsi:type="ns2:Account"/g)).toHaveLength(Number(records));
    const { secret } = await zuora.client.session.get();
    const sent = zuora.wire.sent[1];
    expect(sent?.headers.get('soapaction')).toBe('""');
    expect(sent?.text.match(/SessionHeader xmlns/g)).toHaveLength(1);
    expect(sent?.text).toContain(`<session>${secret}</session>`);
    expect(sent?.text).toContain(QUERY);
    expect(zuora.journal()).toEqual(['login 200', 'query 200']);
  });

  const plain = `<soapenv:Envelope xmlns:soapenv="${SOAP}">${body}</soapenv:Envelope>`;

  it('sends it again with a new session when the old one has ended', async () => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-soap', 'expire-now');
    expect((await post(zuora, plain)).status).toBe(200);
    expect(zuora.heard()).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  it.each([
    ['all', 'login', 'create', 'login', 'create'],
    ['first', 'login', 'create'],
  ])('goes by the rows of the answer: %s', async (which, ...expected) => {
    await using zuora = await openZuora();
    await zuora.client.session.login();
    zuora.sandbox.scenario('zuora-soap', 'rows-invalid-session', { which });
    const row = `<z:zObjects xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:o="http://object.api.zuora.com/" xsi:type="o:Account"><o:Name>a</o:Name></z:zObjects>`;
    const create = `<z:create xmlns:z="${ZNS}">${row}${row}</z:create>`;
    const answer = await post(zuora, envelope(create));
    expect((await answer.text()).match(/Success>true/g)).toHaveLength(which === 'all' ? 2 : 1);
    expect(zuora.journal()).toEqual(expected.map((operation) => `${operation} 200`));
    await post(zuora, plain);
    expect(zuora.counts().logins).toBe(2);
  });

  it('gives faults of other kinds back as they came', async () => {
    await using zuora = await openZuora();
    const answer = await post(zuora, plain.replace(QUERY, 'selekt'));
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('MalformedQueryFault');
    expect(zuora.heard()).toEqual(['login']);
  });

  it.each([
    ['a login', `<z:login xmlns:z="${ZNS}"><z:username>me</z:username><z:password>mine</z:password></z:login>`],
    [
      'a login after a comment',
      `<!-- x --><login xmlns="${ZNS}"><username>me</username><password>mine</password></login>`,
    ],
  ])('lets %s through as it is, and begins no session for it', async (_, content) => {
    await using zuora = await openZuora();
    const text = envelope(content);
    const answer = await post(zuora, text);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('LoginFault');
    expect(zuora.wire.sent.map((sent) => sent.text)).toEqual([text]);
  });

  it("lets an envelope with a session of its caller's own through, whose refusal tells nothing about ours", async () => {
    await using zuora = await openZuora();
    const { id } = await zuora.client.session.login();
    const own = `<soapenv:Header><z:SessionHeader xmlns:z="${ZNS}"><z:session>mine</z:session></z:SessionHeader></soapenv:Header>`;
    const text = plain.replace('<soapenv:Body>', `${own}<soapenv:Body>`);
    const answer = await post(zuora, text);
    expect(await answer.text()).toContain('INVALID_SESSION');
    expect(zuora.wire.sent.slice(1).map((sent) => sent.text)).toEqual([text]);
    expect((await zuora.client.session.get()).id).toBe(id);
  });

  it.each([
    ['no envelope', '<a/>'],
    ['nothing', ''],
  ])('refuses %s before any login', async (_, text) => {
    await using zuora = await openZuora();
    expect(await rejection(post(zuora, text))).toMatchObject({ name: 'TypeError', code: 'ERR_BODY' });
    expect(zuora.wire.sent).toEqual([]);
  });
});
