import { createClientAsync } from 'soap';
import { describe, expect, it } from 'vitest';
import { createSandbox, type ZuoraSettings } from '../../src/sandbox/index.ts';

const endpoint = 'https://apisandbox.zuora.com/apps/services/a/91.0';
const minutes = 60_000;

/** A request as the vendor's sample writes it. */
const envelope = (body: string, header = '', namespace = 'http://schemas.xmlsoap.org/soap/envelope/') =>
  `<SOAP-ENV:Envelope xmlns:SOAP-ENV="${namespace}" xmlns:ns2="http://object.api.zuora.com/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns1="http://api.zuora.com/">${header}<SOAP-ENV:Body>${body}</SOAP-ENV:Body></SOAP-ENV:Envelope>`;
const loginBody = (inner = '<ns1:username>username@zuora.com</ns1:username><ns1:password>password</ns1:password>') =>
  `<ns1:login>${inner}</ns1:login>`;
const queryBody = (text: string) => `<ns1:query><ns1:queryString>${text}</ns1:queryString></ns1:query>`;

function zuoraSoap(settings: Partial<ZuoraSettings> = {}) {
  const sandbox = createSandbox({
    seed: 'soap',
    clock: { nowMs: () => 1_700_000_000_000 },
    settings: { zuora: settings },
  });
  const post = (body: string, url = endpoint) =>
    sandbox.handle(new Request(url, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' } }));
  const login = (body = loginBody()) => post(envelope(body));
  const sessionOf = async () => /<ns1:Session>(.*)<\/ns1:Session>/.exec(await (await login()).text())?.[1] ?? '';
  const call = (session: string, body: string, more = '', url = endpoint) =>
    post(
      envelope(
        body,
        `<SOAP-ENV:Header><ns1:SessionHeader><ns1:session>${session}</ns1:session></ns1:SessionHeader>${more}</SOAP-ENV:Header>`,
      ),
      url,
    );
  return { sandbox, post, login, sessionOf, call };
}

describe('the Zuora SOAP twin: login', () => {
  it('answers in the form of the documented sample', async () => {
    const answer = await zuoraSoap().login();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/xml;charset=UTF-8');
    expect(answer.headers.getSetCookie()).toEqual([]);
    expect(await answer.text()).toMatch(
      /^<\?xml version='1\.0' encoding='UTF-8'\?><soapenv:Envelope xmlns:soapenv="http:\/\/schemas\.xmlsoap\.org\/soap\/envelope\/"><soapenv:Body><ns1:loginResponse xmlns:ns1="http:\/\/api\.zuora\.com\/"><ns1:result><ns1:Session>[A-Za-z0-9_-]{256}<\/ns1:Session><ns1:ServerUrl>https:\/\/apisandbox\.zuora\.com\/apps\/services\/a\/91\.0<\/ns1:ServerUrl><\/ns1:result><\/ns1:loginResponse><\/soapenv:Body><\/soapenv:Envelope>$/,
    );
  });

  it('names the endpoint that was called, over HTTP too', async () => {
    const { sandbox } = zuoraSoap();
    await using server = await sandbox.listen();
    const url = `${server.url}/apps/services/a/26.0`;
    const answer = await fetch(url, { method: 'POST', body: envelope(loginBody()) });
    expect(await answer.text()).toContain(`<ns1:ServerUrl>${url}</ns1:ServerUrl>`);
  });

  it('refuses a wrong password with the captured fault', async () => {
    const { sandbox, login } = zuoraSoap();
    const answer = await login(
      loginBody('<ns1:username>username@zuora.com</ns1:username><ns1:password>no</ns1:password>'),
    );
    expect(answer.status).toBe(500);
    expect(answer.headers.get('connection')).toBe('close');
    expect(answer.headers.get('content-type')).toBe('text/xml;charset=UTF-8');
    expect(await answer.text()).toContain(
      '<soapenv:Fault xmlns:fns="http://fault.api.zuora.com/"><faultcode>fns:INVALID_VALUE</faultcode><faultstring>Invalid login. User name and password do not match.</faultstring><detail><fns:LoginFault><fns:FaultCode>INVALID_VALUE</fns:FaultCode><fns:FaultMessage>Invalid login. User name and password do not match.</fns:FaultMessage></fns:LoginFault></detail></soapenv:Fault>',
    );
    expect(sandbox.counts('zuora-soap')).toMatchObject({ logins: 1, loginsDenied: 1, loginsAccepted: 0 });
  });

  it.each([
    ['<ns1:password>password</ns1:password><ns1:username>username@zuora.com</ns1:username>', 'username'],
    [
      '<ns1:username>username@zuora.com</ns1:username><ns1:entityId>6337</ns1:entityId><ns1:password>password</ns1:password>',
      'password',
    ],
    [
      '<ns1:username>username@zuora.com</ns1:username><ns1:password>password</ns1:password><ns1:code>1</ns1:code>',
      'code',
    ],
    ['<ns2:username>username@zuora.com</ns2:username><ns1:password>password</ns1:password>', 'username'],
  ])('complains about an element out of place', async (inner, name) => {
    const answer = await zuoraSoap().login(loginBody(inner));
    expect(answer.status).toBe(500);
    const text = await answer.text();
    expect(text).toContain(
      `<faultcode>soapenv:Server</faultcode><faultstring>Unexpected subelement ${name}</faultstring>`,
    );
    expect(text).not.toContain('fns:');
  });

  it('takes an entity by id or by name, refuses both together and one without permission', async () => {
    const { login } = zuoraSoap();
    const withEntity = async (entity: string, user = 'username@zuora.com') =>
      (
        await login(loginBody(`<ns1:username>${user}</ns1:username><ns1:password>password</ns1:password>${entity}`))
      ).text();
    expect(await withEntity('<ns1:entityId>6337</ns1:entityId>')).toContain('loginResponse');
    expect(await withEntity('<ns1:entityName>Example Entity</ns1:entityName>')).toContain('loginResponse');
    expect(
      await withEntity('<ns1:entityId>6337</ns1:entityId><ns1:entityName>Example Entity</ns1:entityName>'),
    ).toContain('fns:LoginFault');
    expect(await withEntity('<ns1:entityId>6337</ns1:entityId>', 'single@company.com')).toContain('fns:LoginFault');
    expect(await withEntity('<ns1:entityId>9999</ns1:entityId>')).toContain('fns:LoginFault');
  });

  it('shares the lockout with REST', async () => {
    const { sandbox, login } = zuoraSoap({ maximumInvalidLoginAttempts: 3 });
    const wrong = loginBody('<ns1:username>username@zuora.com</ns1:username><ns1:password>no</ns1:password>');
    for (let attempt = 0; attempt < 3; attempt += 1) await login(wrong);
    expect((await login()).status).toBe(500);
    const rest = await sandbox.handle(
      new Request('https://any.test/v1/connections', {
        method: 'POST',
        headers: { apiAccessKeyId: 'username@zuora.com', apiSecretAccessKey: 'password' },
      }),
    );
    expect(rest.status).toBe(401);
  });
});

describe('the Zuora SOAP twin: using a session', () => {
  const invalidSession =
    '<faultcode>fns:INVALID_SESSION</faultcode><faultstring>Invalid session</faultstring><detail><fns:UnexpectedErrorFault><fns:FaultCode>INVALID_SESSION</fns:FaultCode>';

  it('lives 15 minutes from login, however much it is used', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    sandbox.clock.advanceMs(14 * minutes);
    expect((await call(session, '<ns1:getUserInfo/>')).status).toBe(200);
    sandbox.clock.advanceMs(minutes);
    const answer = await call(session, '<ns1:getUserInfo/>');
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain(invalidSession);
    expect(sandbox.counts('zuora-soap')).toMatchObject({ accepted: 1, refused: 1 });
  });

  it('slides when set so', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap({ doesSoapUseExtend: true });
    const session = await sessionOf();
    for (let n = 0; n < 3; n += 1) {
      sandbox.clock.advanceMs(14 * minutes);
      expect((await call(session, '<ns1:getUserInfo/>')).status).toBe(200);
    }
  });

  it('refuses no session, an unknown one and one in an upper-case element', async () => {
    const { post, sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const upper = `<SOAP-ENV:Header><ns1:SessionHeader><ns1:Session>${session}</ns1:Session></ns1:SessionHeader></SOAP-ENV:Header>`;
    for (const answer of [
      await post(envelope('<ns1:getUserInfo/>')),
      await call('LiUBQF', '<ns1:getUserInfo/>'),
      await post(envelope('<ns1:getUserInfo/>', upper)),
    ]) {
      expect(answer.status).toBe(500);
      expect(await answer.text()).toContain(invalidSession);
    }
  });

  it('tells who is logged in', async () => {
    const { sessionOf, call } = zuoraSoap();
    expect(await (await call(await sessionOf(), '<ns1:getUserInfo/>')).text()).toMatch(
      /<ns1:getUserInfoResponse xmlns:ns1="http:\/\/api\.zuora\.com\/"><ns1:TenantId>\d+<\/ns1:TenantId><ns1:TenantName>[^<]+<\/ns1:TenantName><ns1:UserEmail>username@zuora\.com<\/ns1:UserEmail><ns1:UserFullName>[^<]+<\/ns1:UserFullName><ns1:UserId>\w+<\/ns1:UserId><ns1:Username>username@zuora\.com<\/ns1:Username><\/ns1:getUserInfoResponse>/,
    );
  });

  it('is taken by REST, in Authorization and as a cookie, but not the other way round', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const rest = (headers: Record<string, string>) =>
      sandbox.handle(new Request('https://any.test/v1/entities', { headers }));
    const answer = await rest({ Authorization: `ZSession ${session}` });
    expect(answer.status).toBe(200);
    expect((await rest({ Cookie: `ZSession=${session}` })).status).toBe(200);
    const login = await sandbox.handle(
      new Request('https://any.test/v1/connections', {
        method: 'POST',
        headers: { apiAccessKeyId: 'username@zuora.com', apiSecretAccessKey: 'password' },
      }),
    );
    const cookie = /ZSession=([^;]+)/.exec(login.headers.getSetCookie()[0] ?? '')?.[1] ?? '';
    expect((await call(cookie, '<ns1:getUserInfo/>')).status).toBe(500);
    sandbox.scenario('zuora-soap', 'settings', { isRestSessionTakenBySoap: true });
    expect((await call(cookie, '<ns1:getUserInfo/>')).status).toBe(200);
  });

  it('answers a SOAP 1.2 request in SOAP 1.2', async () => {
    const { post } = zuoraSoap();
    const soap12 = 'http://www.w3.org/2003/05/soap-envelope';
    const answer = await post(envelope(loginBody(), '', soap12));
    expect(answer.headers.get('content-type')).toBe('application/soap+xml;charset=UTF-8');
    expect(await answer.text()).toContain(`xmlns:soapenv="${soap12}"`);
    const refused = await (await post(envelope('<ns1:getUserInfo/>', '', soap12))).text();
    expect(refused).toContain('<soapenv:Value>fns:INVALID_SESSION</soapenv:Value>');
  });

  it.each([
    ['an empty body', ''],
    ['text', 'hello'],
    ['XML that ends early', envelope(loginBody()).slice(0, -5)],
    ['other XML', '<a/>'],
    ['an undeclared prefix', envelope('<zz:login/>')],
    ['a DOCTYPE', `<!DOCTYPE x [<!ENTITY a "b">]>${envelope(loginBody())}`],
    ['endless nesting', '<a>'.repeat(5000)],
    ['two elements in the body', envelope(loginBody() + loginBody())],
  ])('answers %s with a fault of the parser', async (_, body) => {
    const answer = await zuoraSoap().post(body);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain('<faultcode>soapenv:Server</faultcode><faultstring>com.ctc.wstx.exc.');
  });

  it('has no such operation', async () => {
    const { post } = zuoraSoap();
    for (const body of ['<ns1:logout/>', '<ns1:constructor/>', '<ns2:login/>']) {
      expect(await (await post(envelope(body))).text()).toContain('Operation not found');
    }
  });
});

describe('the Zuora SOAP twin: records', () => {
  const options = (size: number) => `<ns1:QueryOptions><ns1:batchSize>${size}</ns1:batchSize></ns1:QueryOptions>`;
  const more = (locator: string) => `<ns1:queryMore><ns1:queryLocator>${locator}</ns1:queryLocator></ns1:queryMore>`;
  const locatorOf = (text: string) => /<ns1:queryLocator>(.*)<\/ns1:queryLocator>/.exec(text)?.[1] ?? '';
  const countOf = (text: string) => text.split('<ns1:records').length - 1;
  const create = (fields: string, type = 'ns2:Account') =>
    `<ns1:create><ns1:zObjects xsi:type="${type}">${fields}</ns1:zObjects></ns1:create>`;

  it('answers the documented query, each record typed', async () => {
    const { sessionOf, call } = zuoraSoap({ accountCount: 1 });
    const text = await (await call(await sessionOf(), queryBody('select id from account'))).text();
    expect(text).toContain(
      '<ns1:queryResponse xmlns:ns1="http://api.zuora.com/"><ns1:result><ns1:done>true</ns1:done><ns1:queryLocator xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/><ns1:records xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:ns2="http://object.api.zuora.com/" xsi:type="ns2:Account"><ns2:Id>2c92c0f9000000000000000000000001</ns2:Id></ns1:records><ns1:size>1</ns1:size></ns1:result></ns1:queryResponse>',
    );
  });

  it('gives the nil record of an empty result', async () => {
    const { sessionOf, call } = zuoraSoap();
    const text = await (
      await call(await sessionOf(), queryBody("select Id from Account where Name = 'nobody'"))
    ).text();
    expect(text).toContain(
      '<ns1:done>true</ns1:done><ns1:queryLocator xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/><ns1:records xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="1"/><ns1:size>0</ns1:size>',
    );
  });

  it('pages by 2,000, the size of the whole on each page', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap();
    sandbox.scenario('zuora-soap', 'accounts', { count: 4100 });
    const session = await sessionOf();
    const first = await (await call(session, queryBody('select Id from Account'))).text();
    expect(locatorOf(first)).toMatch(/^[0-9a-f]{32}-2000$/);
    const second = await (await call(session, more(locatorOf(first)))).text();
    const third = await (await call(session, more(locatorOf(second)))).text();
    expect([first, second, third].map(countOf)).toEqual([2000, 2000, 100]);
    for (const text of [first, second, third]) expect(text).toContain('<ns1:size>4100</ns1:size>');
    expect([first, second, third].map((text) => text.includes('<ns1:done>true'))).toEqual([false, false, true]);
  });

  it('pages by the batch size asked for', async () => {
    const { sessionOf, call } = zuoraSoap({ accountCount: 5 });
    const session = await sessionOf();
    const first = await (await call(session, queryBody('select Id from Account'), options(2))).text();
    expect([countOf(first), locatorOf(first)]).toEqual([2, expect.stringMatching(/-2$/)]);
    const second = await (await call(session, more(locatorOf(first)), options(3))).text();
    expect([countOf(second), second.includes('<ns1:done>true')]).toEqual([3, true]);
  });

  it('has neither queryMore nor QueryOptions in old versions', async () => {
    const { sessionOf, call } = zuoraSoap({ accountCount: 5 });
    const session = await sessionOf();
    const old = 'https://apisandbox.zuora.com/apps/services/a/51.0';
    expect(countOf(await (await call(session, queryBody('select Id from Account'), options(2), old)).text())).toBe(5);
    expect(await (await call(session, more(`${'0'.repeat(32)}-2`), '', old)).text()).toContain('Operation not found');
  });

  it('refuses bad locators and bad queries by their faults', async () => {
    const { sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const textOf = async (body: string) => (await call(session, body)).text();
    expect(await textOf(more('nonsense'))).toContain('<fns:InvalidQueryLocatorFault>');
    for (const query of [
      'update Account',
      'select from Account',
      'select Id from Nothing',
      'select Colour from Account',
      "select Id from Account where Name like 'x'",
      `select Id from Account where Name = '${'x'.repeat(10_000)}'`,
    ]) {
      expect(await textOf(queryBody(query))).toContain('<fns:MalformedQueryFault>');
    }
  });

  it('understands where, and, or', async () => {
    const { sessionOf, call } = zuoraSoap({ accountCount: 4 });
    const session = await sessionOf();
    const found = async (where: string) =>
      [
        ...(await (await call(session, queryBody(`select Id, Name from Account where ${where}`))).text()).matchAll(
          /<ns2:Name>Example Account (\d)</g,
        ),
      ].map(([, n]) => n);
    expect(await found("Name = 'Example Account 2'")).toEqual(['2']);
    expect(await found("name != 'Example Account 2' and Status = 'Active'")).toEqual(['1', '3', '4']);
    expect(await found("Name = 'Example Account 1' or Name = 'Example Account 4'")).toEqual(['1', '4']);
    expect(await found('Notes = null and BillCycleDay = 1 and Batch != null')).toEqual(['1', '2', '3', '4']);
  });

  it('creates, reads, updates and deletes', async () => {
    const { sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const textOf = async (body: string) => (await call(session, body)).text();
    const created = await textOf(create('<ns2:Name>A &amp; B</ns2:Name><ns2:Notes>x</ns2:Notes>'));
    expect(created).toMatch(
      /<ns1:createResponse xmlns:ns1="[^"]+"><ns1:result><ns1:Id>\w{32}<\/ns1:Id><ns1:Success>true<\/ns1:Success><\/ns1:result><\/ns1:createResponse>/,
    );
    const id = /<ns1:Id>(\w+)</.exec(created)?.[1];
    const read = () => textOf(queryBody(`select Name, Notes from Account where Id = '${id}'`));
    expect(await read()).toContain('<ns2:Name>A &amp; B</ns2:Name><ns2:Notes>x</ns2:Notes>');
    const update = `<ns1:update><ns1:zObjects xsi:type="ns2:Account"><ns2:fieldsToNull>Notes</ns2:fieldsToNull><ns2:Id>${id}</ns2:Id><ns2:Name>C</ns2:Name></ns1:zObjects></ns1:update>`;
    expect(await textOf(update)).toContain('<ns1:Success>true</ns1:Success>');
    expect(await read()).toContain('xsi:type="ns2:Account"><ns2:Name>C</ns2:Name></ns1:records>');
    const remove = `<ns1:delete><ns1:type>Account</ns1:type><ns1:ids>${id}</ns1:ids><ns1:ids>nothing</ns1:ids></ns1:delete>`;
    expect(await textOf(remove)).toContain(
      `<ns1:result><ns1:id>${id}</ns1:id><ns1:success>true</ns1:success></ns1:result><ns1:result><ns1:errors><ns1:Code>INVALID_ID</ns1:Code>`,
    );
  });

  it('answers a row error in a 200, errors before success', async () => {
    const { sessionOf, call } = zuoraSoap();
    const answer = await call(await sessionOf(), create('<ns2:Currency>USD</ns2:Currency>'));
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(
      '<ns1:result><ns1:Errors><ns1:Code>MISSING_REQUIRED_VALUE</ns1:Code><ns1:Message>Missing required value: Name</ns1:Message></ns1:Errors><ns1:Success>false</ns1:Success></ns1:result>',
    );
  });

  it('refuses unknown types and children in the wrong place or namespace', async () => {
    const { sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const textOf = async (body: string) => (await call(session, body)).text();
    expect(await textOf(create('', 'ns2:Nothing'))).toContain('<fns:InvalidTypeFault>');
    expect(await textOf(create('', 'ns1:Account'))).toContain('<fns:InvalidTypeFault>');
    expect(await textOf(create('<ns2:Name>a</ns2:Name><ns2:Currency>USD</ns2:Currency>'))).toContain(
      'Unexpected subelement Currency',
    );
    expect(await textOf(create('<ns1:Name>a</ns1:Name>'))).toContain('Unexpected subelement Name');
    const late = '<ns1:delete><ns1:ids>1</ns1:ids><ns1:type>Account</ns1:type></ns1:delete>';
    expect(await textOf(late)).toContain('Unexpected subelement type');
  });

  it('says INVALID_SESSION in rows when a scenario asks', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    const rows = '<ns1:zObjects xsi:type="ns2:Account"><ns2:Name>a</ns2:Name></ns1:zObjects>'.repeat(3);
    const outcomes = async () =>
      [
        ...(await (await call(session, `<ns1:create>${rows}</ns1:create>`)).text()).matchAll(
          /<ns1:result>(?:<ns1:Errors><ns1:Code>(\w+))?/g,
        ),
      ].map(([, code]) => code ?? 'created');
    sandbox.scenario('zuora-soap', 'rows-invalid-session');
    expect(await outcomes()).toEqual(['INVALID_SESSION', 'INVALID_SESSION', 'INVALID_SESSION']);
    sandbox.scenario('zuora-soap', 'rows-invalid-session', { which: 'first' });
    expect(await outcomes()).toEqual(['INVALID_SESSION', 'created', 'created']);
    expect(await outcomes()).toEqual(['created', 'created', 'created']);
  });

  it('is overloaded with 429 and the code of its version', async () => {
    const { sandbox, sessionOf, call } = zuoraSoap();
    const session = await sessionOf();
    sandbox.scenario('zuora-soap', 'rate-limit', { times: 2 });
    const answer = await call(session, '<ns1:getUserInfo/>');
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '120']);
    expect(await answer.text()).toContain('<fns:FaultCode>REQUEST_EXCEEDED_LIMIT</fns:FaultCode>');
    const old = await call(session, '<ns1:getUserInfo/>', '', 'https://apisandbox.zuora.com/apps/services/a/50.0');
    expect(await old.text()).toContain('<fns:FaultCode>UNKNOWN_ERROR</fns:FaultCode>');
  });
});

describe('the Zuora SOAP twin and node-soap', () => {
  it('is read, called and understood by a client made from its own ?wsdl', async () => {
    const { sandbox } = zuoraSoap({ accountCount: 2 });
    await using server = await sandbox.listen();
    const client = await createClientAsync(`${server.url}/apps/services/a/91.0?wsdl`);
    const [{ result }] = await client.loginAsync({ username: 'username@company.com', password: 'password' });
    expect(result.ServerUrl).toBe(`${server.url}/apps/services/a/91.0`);
    client.addSoapHeader({ SessionHeader: { session: result.Session } }, '', 'zns', 'http://api.zuora.com/');
    const [answer] = await client.queryAsync({ queryString: 'select Id, Name from Account' });
    expect(answer.result).toMatchObject({ done: true, size: 2, records: [{ Name: 'Example Account 1' }, {}] });
    sandbox.scenario('zuora-soap', 'expire-now');
    await expect(client.getUserInfoAsync({})).rejects.toThrow('fns:INVALID_SESSION: Invalid session');
    await expect(client.loginAsync({ username: 'username@company.com', password: 'x' })).rejects.toThrow(
      'fns:INVALID_VALUE',
    );
  });
});
