import { describe, expect, it } from 'vitest';
import { createSandbox, type ZuoraSettings } from '../../src/sandbox/index.ts';

const endpoint = 'https://apisandbox.zuora.com/apps/services/a/91.0';
const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';
const soap12 = 'http://www.w3.org/2003/05/soap-envelope';

/** An envelope in which the API's namespace is the default one. */
const envelope = (body: string, header = '', namespace = soap11) =>
  `<e:Envelope xmlns:e="${namespace}" xmlns="http://api.zuora.com/" xmlns:o="http://object.api.zuora.com/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><e:Header>${header}</e:Header><e:Body>${body}</e:Body></e:Envelope>`;
const loginBody = (password = 'password', more = '') =>
  `<login><username>username@zuora.com</username><password>${password}</password>${more}</login>`;

function zuoraSoap(settings: Partial<ZuoraSettings> = {}) {
  const sandbox = createSandbox({
    seed: 'soap forms',
    clock: { nowMs: () => 1_700_000_000_000 },
    settings: { zuora: settings },
  });
  const post = async (body: string, url = endpoint, contentType = 'text/xml') => {
    const answer = await sandbox.handle(
      new Request(url, { method: 'POST', body, headers: { 'Content-Type': contentType } }),
    );
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const sessionHeader = async () => {
    const { text } = await post(envelope(loginBody()));
    return `<SessionHeader><session>${/<ns1:Session>(.*)<\/ns1:Session>/.exec(text)?.[1]}</session></SessionHeader>`;
  };
  return { sandbox, post, sessionHeader };
}

describe('the Zuora SOAP twin: login, further', () => {
  it('refuses an address that is not allowed with the documented fault', async () => {
    const { post } = zuoraSoap({ allowedAddresses: ['192.0.2.1'] });
    const { status, text } = await post(envelope(loginBody()));
    expect(status).toBe(500);
    const message = 'Your IP address may be restricted. Please contact the administrator at your company for help.';
    expect(text).toContain(
      `<faultcode>fns:INVALID_VALUE</faultcode><faultstring>${message}</faultstring><detail><fns:LoginFault><fns:FaultCode>INVALID_VALUE</fns:FaultCode><fns:FaultMessage>${message}</fns:FaultMessage></fns:LoginFault></detail>`,
    );
    expect((await post(envelope(loginBody('wrong')))).text).toContain('User name and password do not match.');
  });

  it('answers a locked account as a wrong password, or names the lock when set so', async () => {
    const { sandbox, post } = zuoraSoap();
    const wrong = (await post(envelope(loginBody('wrong')))).text;
    sandbox.scenario('zuora-soap', 'lock-account', { username: 'username@zuora.com' });
    expect((await post(envelope(loginBody()))).text).toBe(wrong);
    sandbox.scenario('zuora-soap', 'settings', { lockedAnswer: 'named' });
    const { text } = await post(envelope(loginBody()));
    expect(text).toContain('<fns:LoginFault><fns:FaultCode>INVALID_VALUE</fns:FaultCode>');
    expect(text).toContain('locked');
  });

  it('complains about an argument that stands twice', async () => {
    const twice = '<password>password</password>';
    const { status, text } = await zuoraSoap().post(envelope(loginBody('password', twice)));
    expect(status).toBe(500);
    expect(text).toContain('<faultcode>soapenv:Server</faultcode><faultstring>Unexpected subelement password<');
  });

  it('takes a login without a password for a wrong one', async () => {
    const { text } = await zuoraSoap().post(envelope('<login><username>username@zuora.com</username></login>'));
    expect(text).toContain('<fns:LoginFault>');
  });

  it('ignores the SOAPAction and the charset', async () => {
    const { sandbox } = zuoraSoap();
    for (const headers of [{}, { SOAPAction: '""' }, { 'Content-Type': 'text/xml; charset=utf-8', SOAPAction: 'x' }]) {
      const request = new Request(endpoint, { method: 'POST', body: envelope(loginBody()), headers });
      expect((await sandbox.handle(request)).status).toBe(200);
    }
  });

  it('opens a further session at each login and leaves the others alive', async () => {
    const { post, sessionHeader } = zuoraSoap();
    const headers = [await sessionHeader(), await sessionHeader(), await sessionHeader()];
    expect(new Set(headers).size).toBe(3);
    for (const header of headers) expect((await post(envelope('<getUserInfo/>', header))).status).toBe(200);
  });

  it('names its server with http when set so, as seen in 2008', async () => {
    const { post } = zuoraSoap({ serverUrlScheme: 'http' });
    expect((await post(envelope(loginBody()))).text).toContain(
      '<ns1:ServerUrl>http://apisandbox.zuora.com/apps/services/a/91.0</ns1:ServerUrl>',
    );
  });
});

describe('the Zuora SOAP twin: forms of faults', () => {
  it('says of a refused session what is set, with the status that is set', async () => {
    const { post } = zuoraSoap({ invalidSessionMessage: 'Session <gone>', invalidSessionStatus: 200 });
    const { status, text } = await post(envelope('<getUserInfo/>'));
    expect(status).toBe(200);
    expect(text).toContain('<fns:FaultMessage>Session &lt;gone&gt;</fns:FaultMessage>');
  });

  it.each([
    ['by its content type', '<a>', 'application/soap+xml; charset=utf-8'],
    ['by its namespace', `<e:Envelope xmlns:e="${soap12}"><e:Body>`, 'text/xml'],
  ])('answers malformed XML in SOAP 1.2 to a caller known %s', async (_, body, contentType) => {
    const { status, headers, text } = await zuoraSoap().post(body, endpoint, contentType);
    expect([status, headers.get('content-type')]).toEqual([500, 'application/soap+xml;charset=UTF-8']);
    expect(text).toContain(`xmlns:soapenv="${soap12}"`);
    expect(text).toContain('<soapenv:Code><soapenv:Value>soapenv:Receiver</soapenv:Value></soapenv:Code>');
    expect(text).toContain('<soapenv:Text xml:lang="en-US">com.ctc.wstx.exc.');
  });

  it('refuses in SOAP 1.2 who asks in it', async () => {
    const { headers, text } = await zuoraSoap().post(envelope(loginBody('wrong'), '', soap12));
    expect(headers.get('content-type')).toBe('application/soap+xml;charset=UTF-8');
    expect(text).toContain('<soapenv:Subcode><soapenv:Value>fns:INVALID_VALUE</soapenv:Value></soapenv:Subcode>');
    expect(text).toContain('<soapenv:Detail><fns:LoginFault><fns:FaultCode>INVALID_VALUE</fns:FaultCode>');
  });

  it('cannot convert what is no number and no truth value', async () => {
    const { post, sessionHeader } = zuoraSoap();
    const session = await sessionHeader();
    const query = '<query><queryString>select Id from Account</queryString></query>';
    const faultOf = async (body: string, option: string) => {
      const { status, text } = await post(envelope(body, session + option));
      return [status, /<faultcode>(.*?)<\/faultcode><faultstring>(.*?)<\/faultstring>/.exec(text)?.slice(1)];
    };
    expect(await faultOf(query, '<QueryOptions><batchSize>many</batchSize></QueryOptions>')).toEqual([
      500,
      ['soapenv:Server', 'Invalid value "many" for type int'],
    ]);
    const option = '<CallOptions><useSingleTransaction>perhaps</useSingleTransaction></CallOptions>';
    expect(await faultOf('<create/>', option)).toEqual([
      500,
      ['soapenv:Server', 'Invalid value "perhaps" for type boolean'],
    ]);
  });

  it('has no getUserInfo in version 1.0', async () => {
    const { post, sessionHeader } = zuoraSoap();
    const body = envelope('<getUserInfo/>', await sessionHeader());
    expect((await post(body, endpoint.replace('91.0', '1.0'))).text).toContain('Operation not found');
    expect((await post(body, endpoint.replace('91.0', '38.0'))).status).toBe(200);
  });

  it('gives its description at ?wsdl, with the address that was asked, and nothing else to a GET', async () => {
    const { sandbox } = zuoraSoap();
    const get = (url: string) => sandbox.handle(new Request(url));
    const described = await get(`${endpoint}?wsdl`);
    expect([described.status, described.headers.get('content-type')]).toEqual([200, 'text/xml;charset=UTF-8']);
    expect(await described.text()).toContain(`<soap:address location="${endpoint}"`);
    const plain = await get(endpoint);
    expect([plain.status, plain.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

describe('the Zuora SOAP twin: single transactions', () => {
  const rows = ['<o:Name>First</o:Name>', '<o:Currency>USD</o:Currency>', '<o:Name>Third</o:Name>']
    .map((fields) => `<zObjects xsi:type="o:Account">${fields}</zObjects>`)
    .join('');
  const option = (value: string) => `<CallOptions><useSingleTransaction>${value}</useSingleTransaction></CallOptions>`;
  const outcomesOf = (text: string) =>
    [...text.matchAll(/<ns1:result>(?:<ns1:Errors><ns1:Code>(\w+))?/g)].map(([, code]) => code ?? 'created');

  it.each([
    ['true', ['TRANSACTION_FAILED', 'MISSING_REQUIRED_VALUE', 'TRANSACTION_FAILED'], 0],
    ['1', ['TRANSACTION_FAILED', 'MISSING_REQUIRED_VALUE', 'TRANSACTION_FAILED'], 0],
    ['false', ['created', 'MISSING_REQUIRED_VALUE', 'created'], 2],
  ])('creates all rows or none with useSingleTransaction, here %s', async (value, outcomes, created) => {
    const { post, sessionHeader } = zuoraSoap({ accountCount: 0 });
    const session = await sessionHeader();
    const { text } = await post(envelope(`<create>${rows}</create>`, session + option(value)));
    expect(outcomesOf(text)).toEqual(outcomes);
    const found = await post(envelope('<query><queryString>select Id from Account</queryString></query>', session));
    expect(found.text).toContain(`<ns1:size>${created}</ns1:size>`);
  });
});

describe('the Zuora SOAP twin: how answers travel', () => {
  it('sends large ones in chunks, small ones with their length', async () => {
    const sandbox = createSandbox({ seed: 'soap forms', settings: { zuora: { accountCount: 50 } } });
    await using server = await sandbox.listen();
    const post = (body: string) =>
      fetch(server.url + new URL(endpoint).pathname, { method: 'POST', body, headers: { 'Content-Type': 'text/xml' } });
    const login = await post(envelope(loginBody()));
    const text = await login.text();
    expect(login.headers.get('content-length')).toBe(String(Buffer.byteLength(text)));
    expect(login.headers.has('transfer-encoding')).toBe(false);
    const session = /<ns1:Session>(.*)<\/ns1:Session>/.exec(text)?.[1];
    const header = `<SessionHeader><session>${session}</session></SessionHeader>`;
    const query = '<query><queryString>select Id, AccountNumber, Name from Account</queryString></query>';
    const page = await post(envelope(query, header));
    expect(page.headers.has('content-length')).toBe(false);
    expect(page.headers.get('transfer-encoding')).toBe('chunked');
    expect(await page.text()).toMatch(/<ns1:size>50<\/ns1:size>.*<\/soapenv:Envelope>$/s);
  });
});
