import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import { type Contract, checkExchange } from '../../src/contract/exchange.ts';

const json = (value: unknown): RequestInit => ({
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});
const send = (url: string, init: RequestInit = {}): Request => new Request(`https://service.test${url}`, init);
const login = (value: unknown): Request => send('/auth/login', { method: 'POST', ...json(value) });
const session = (init?: RequestInit): Request => send('/auth/session', init);
const user = { id: 7, email: 'ada@harbor-foods.test', token: 'a-token' };
const fine = { apiKey: 'key', apiSecret: 'secret' };
const answer = (value: unknown, init?: ResponseInit): Response => Response.json(value, init);

const found = async (request: Request, response: Response | undefined, contract: Contract): Promise<string[]> =>
  (await checkExchange(request, response, contract)).map(
    ({ kind, place, expected, found: what }) => `${kind} ${place}: ${expected}, not ${what}`,
  );

describe('an exchange held against OpenAPI', () => {
  const pulse = (request: Request, response?: Response) => found(request, response, contracts['pulse-crm']);
  const zato = (request: Request, response?: Response) => found(request, response, contracts['zato-sso']);
  const zuora = (request: Request, response?: Response) => found(request, response, contracts['zuora-rest']);

  it('finds nothing where both halves fit, and uses neither up', async () => {
    const [request, response] = [login(fine), answer(user)];
    expect(await pulse(request, response)).toEqual([]);
    expect(await request.json()).toEqual(fine);
    expect(await response.json()).toEqual(user);
  });

  it('knows paths and methods', async () => {
    expect(await pulse(send('/auth/nothing'))).toEqual(['undocumented /request/path: a documented path, not another']);
    expect(await pulse(send('/auth/login'))).toEqual(['undocumented /request/method: POST, not GET']);
  });

  it('takes the legacy base path of a service', async () => {
    const headers = { apiAccessKeyId: 'u', apiSecretAccessKey: 'p', 'content-type': 'application/json' };
    for (const path of ['/v1/connections', '/rest/v1/connections']) {
      expect(await zuora(send(path, { method: 'POST', body: '{}', headers }))).toEqual([]);
    }
    expect(await zuora(send('/other/v1/entities'))).toEqual([
      'undocumented /request/path: a documented path, not another',
    ]);
  });

  it.each([
    ['a missing field', { apiKey: 'key' }, 'violation /request/body/apiSecret: a value, not nothing'],
    ['a field of another type', { ...fine, apiKey: 7 }, 'violation /request/body/apiKey: must be string, not number'],
    ['another form', [fine], 'violation /request/body: must be object, not array'],
  ])('finds %s in a request body', async (_, body, expected) => {
    expect(await pulse(login(body))).toEqual([expected]);
  });

  it('finds bodies that are missing, unreadable, of another media type, or not asked for', async () => {
    const post = (init: RequestInit): Request => send('/auth/login', { method: 'POST', ...init });
    expect(await pulse(post({}))).toEqual(['violation /request/body: a body, not nothing']);
    expect(await pulse(post({ ...json({}), body: '{' }))).toEqual([
      'violation /request/body: JSON, not text that is not',
    ]);
    expect(await pulse(post({ body: '<a/>', headers: { 'content-type': 'text/xml' } }))).toEqual([
      'violation /request/headers/content-type: application/json, not text/xml',
    ]);
    expect(await pulse(send('/auth/session', { method: 'DELETE', ...json({}) }))).toEqual([
      'undocumented /request/method: GET, not DELETE',
    ]);
    expect(await zato(send('/zato/sso/user/login', { method: 'POST' }))).toEqual([
      'violation /request/body: a body, not nothing',
    ]);
  });

  it('reads a gzipped body', async () => {
    const headers = { apiAccessKeyId: 'u', apiSecretAccessKey: 'p', 'content-type': 'application/json' };
    const zipped = (text: string): Request =>
      send('/v1/connections', {
        method: 'POST',
        body: gzipSync(text),
        headers: { ...headers, 'content-encoding': 'gzip' },
      });
    expect(await zuora(zipped('{}'))).toEqual([]);
    expect(await zuora(zipped('{"a":1}'))).toEqual(['violation /request/body/a: nothing, not a value']);
  });

  it('takes what curl labels a form for the JSON that it is, and looks inside', async () => {
    const form = (body: string): Request =>
      send('/zato/sso/user/login', {
        method: 'POST',
        body,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      });
    expect(await zato(form('{"username":"u","password":"p","current_app":"CRM"}'))).toEqual([]);
    expect(await zato(form('{"username":"u","password":"p"}'))).toEqual([
      'violation /request/body/current_app: a value, not nothing',
    ]);
    expect(await zato(form('username=u'))).toEqual(['violation /request/body: JSON, not text that is not']);
  });

  it('finds query parameters and headers that no one documented, but not those of HTTP', async () => {
    const headers = {
      'user-agent': 'x',
      cookie: 'a=b',
      'x-account-id': 'acct',
      authorization: 'Bearer t',
      'x-debug': '1',
    };
    expect(await pulse(send('/auth/session?trace=on', { headers }))).toEqual([
      'undocumented /request/query/trace: a documented name, not another',
      'undocumented /request/headers/x-debug: a documented name, not another',
    ]);
  });

  it('does not repeat a value that stands where a name should', async () => {
    const findings = await checkExchange(send('/auth/session?pa%20ss=1'), undefined, contracts['pulse-crm']);
    expect(findings.map(({ place }) => place)).toEqual(['/request/query/?']);
  });

  it('holds parameters against their schemas', async () => {
    expect(await zato(send('/zato/sso/user?ust=u'))).toEqual([
      'violation /request/query/current_app: a value, not nothing',
    ]);
    expect(await zuora(send('/v1/entities', { headers: { 'zuora-track-id': 'a:b' } }))).toEqual([
      expect.stringMatching(/^violation \/request\/headers\/zuora-track-id: must match pattern/),
    ]);
    expect(await zuora(send('/v1/connections', { method: 'POST', ...json({}) }))).toEqual([
      'violation /request/headers/apiaccesskeyid: a value, not nothing',
    ]);
  });

  it('finds statuses, media types and bodies of answers that do not fit', async () => {
    expect(await pulse(session(), answer(user, { status: 201 }))).toEqual([
      'undocumented /response/status: 200 or 401 or 403 or 429 or 500 or 503, not 201',
    ]);
    expect(await pulse(session(), new Response('<p>hello</p>', { headers: { 'content-type': 'text/html' } }))).toEqual([
      'violation /response/headers/content-type: application/json, not text/html',
    ]);
    expect(await pulse(session(), new Response(null))).toEqual(['violation /response/body: a body, not nothing']);
    expect(await pulse(session(), answer({ ...user, accounts: [{ name: 'a' }] }))).toEqual([
      'violation /response/body/accounts/0/accountName: a value, not nothing',
    ]);
    expect(await pulse(session(), answer({ ...user, email: null }))).toEqual([
      'violation /response/body/email: must be string, not null',
    ]);
  });

  it('finds names in bodies and headers that no one documented, however deep, each once', async () => {
    const account = { id: 'a', name: 'A', accountName: 'a', accountId: 'acct-1' };
    const accounts = [account, { ...account, colour: 'red' }, { colour: 'blue', ...account }];
    expect(await pulse(session(), answer({ ...user, accounts, shoe: { size: 7 } }))).toEqual([
      'undocumented /response/body/accounts/1/colour: a documented name, not another',
      'undocumented /response/body/shoe: a documented name, not another',
    ]);
    expect(await pulse(login({ ...fine, colour: 'red' }))).toEqual([
      'undocumented /request/body/colour: a documented name, not another',
    ]);
    const headers = { 'x-shard': '7', server: 'nginx', date: 'today', via: 'proxy' };
    expect(await pulse(session(), answer(user, { headers }))).toEqual([
      'undocumented /response/headers/x-shard: a documented name, not another',
    ]);
  });

  it('takes any name where the spec says that others may stand there', async () => {
    const request = send('/zato/sso/user/login', {
      method: 'POST',
      ...json({ username: 'u', password: 'p', current_app: 'CRM' }),
    });
    const known = { status: 'ok', cid: 'c', ust: 'zust.1', sub_status: [] };
    expect(await zato(request, answer({ ...known, anything: 1 }))).toEqual([]);
  });

  it('takes any body, an empty one too, where the spec leaves it open', async () => {
    for (const response of [new Response(null, { status: 401 }), new Response('<p>no</p>', { status: 401 })]) {
      expect(await pulse(session(), response)).toEqual([]);
    }
  });

  it('holds answer headers against their schemas', async () => {
    const request = send('/v1/entities');
    const answered = (headers: HeadersInit) => zuora(request, answer({ success: true }, { headers }));
    expect(await answered({ 'zuora-request-id': '2b1f0c64-9d9e-4a86-8f27-5c3f1f0e7a90' })).toEqual([]);
    expect(await answered({ 'zuora-request-id': 'short' })).toEqual([
      'violation /response/headers/zuora-request-id: must NOT have fewer than 36 characters, not string',
    ]);
  });

  it('shows no name that could be a value, wherever it stands', async () => {
    const drawn = '3b74d1608d0541f2ca6c815260e5f2f1c21a63a3';
    const names = { [drawn]: 1, [`x-${drawn}`]: 1, 'two words': 1, fine: 1 };
    const places = (await checkExchange(session(), answer({ ...user, ...names }), contracts['pulse-crm'])).map(
      ({ place }) => place,
    );
    expect(places).toEqual(['/response/body/?', '/response/body/fine']);
    for (const type of [`application/${drawn}`, `${drawn}/json`, 'a b', `secret/${drawn}`]) {
      const [finding] = await checkExchange(
        session(),
        new Response('{}', { headers: { 'content-type': type } }),
        contracts['pulse-crm'],
      );
      expect(finding).toMatchObject({ place: '/response/headers/content-type', found: 'another media type' });
    }
  });

  it('never shows a value', async () => {
    const secrets = { apiKey: ['s3cret-key'], apiSecret: { 's3cret-name with spaces': 's3cret' } };
    const findings = await checkExchange(
      login(secrets),
      answer({ ...user, token: ['s3cret-token'] }),
      contracts['pulse-crm'],
    );
    expect(findings).toHaveLength(2);
    expect(JSON.stringify(findings)).not.toContain('s3cret');
  });
});

describe('an exchange held against the WSDL', () => {
  const file = (name: string): string =>
    readFileSync(new URL(`./data/zuora-soap/${name}.xml`, import.meta.url), 'utf8');
  const headers = { 'content-type': 'text/xml', soapaction: '""' };
  const post = (body: string, more: Record<string, string> = {}): Request =>
    send('/apps/services/a/91.0', { method: 'POST', body, headers: { ...headers, ...more } });
  const xml = (body: string, init: ResponseInit = {}): Response =>
    new Response(body, { ...init, headers: { 'content-type': 'text/xml;charset=UTF-8' } });
  const soap = (request: Request, response?: Response) => found(request, response, contracts['zuora-soap']);
  const [loginRequest, loginAnswer] = [file('login.request'), file('login.response')];
  const faultOf = (detail: string): string =>
    `<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:fns="http://fault.api.zuora.com/"><soapenv:Body><soapenv:Fault><faultcode>fns:INVALID_VALUE</faultcode><faultstring>no</faultstring><detail><fns:${detail}><fns:FaultCode>INVALID_VALUE</fns:FaultCode></fns:${detail}></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>`;

  it('finds nothing in the documented exchanges', async () => {
    expect(await soap(post(loginRequest), xml(loginAnswer))).toEqual([]);
    expect(await soap(post(file('login-entity.request')), xml(file('login-realistic.response')))).toEqual([]);
    expect(await soap(post(file('query.request')), xml(file('query-realistic.response')))).toEqual([]);
  });

  it('finds arguments in the wrong order', async () => {
    const turned = loginRequest.replace(/(<ns1:username>.*)\s+(<ns1:password>.*)/, '$2$1');
    expect(turned).not.toBe(loginRequest);
    expect(await soap(post(turned))).toEqual(['violation /request/body/login/password: username, not another order']);
  });

  it('finds answers whose elements are in the wrong order', async () => {
    const turned = loginAnswer.replace(/(<ns1:Session>.*)\s+(<ns1:ServerUrl>.*)/, '$2$1');
    expect(await soap(post(loginRequest), xml(turned))).toEqual([
      'violation /response/body/loginResponse/result/ServerUrl: Session, not another order',
    ]);
  });

  it.each([
    [
      'a missing argument',
      loginRequest.replace(/<ns1:password>.*/, ''),
      'violation /request/body/login/password: xs:string, not nothing',
    ],
    [
      'an unknown argument',
      loginRequest.replace('</ns1:login>', '<ns1:pin>1</ns1:pin></ns1:login>'),
      'undocumented /request/body/login/pin: nothing, not something',
    ],
    [
      'an argument of no namespace',
      loginRequest.replace(/<ns1:password>(.*)<\/ns1:password>/, '<password>$1</password>'),
      'violation /request/body/login/password: xs:string, not nothing',
    ],
    [
      'an unknown operation',
      loginRequest.replaceAll('ns1:login', 'ns1:logout'),
      'violation /request/body: an operation of the WSDL, not another element',
    ],
    ['no envelope', 'login please', 'violation /request/body: an operation of the WSDL, not no envelope'],
    ['a DOCTYPE', `<!DOCTYPE x>${loginRequest}`, 'violation /request/body: an operation of the WSDL, not no envelope'],
  ])('finds %s', async (_, envelope, expected) => {
    expect(await soap(post(envelope))).toEqual([expected]);
  });

  it('finds HTTP that is not that of SOAP 1.1', async () => {
    expect(await soap(send('/apps/services/a/91.0'))).toEqual(['undocumented /request/method: POST, not GET']);
    expect(await soap(post(loginRequest, { soapaction: '"login"' }))).toEqual([
      'violation /request/headers/soapaction: "", not another action',
    ]);
    expect(await soap(post(loginRequest, { 'content-type': 'application/json', 'x-debug': '1' }))).toEqual([
      'undocumented /request/headers/x-debug: a documented name, not another',
      'violation /request/headers/content-type: text/xml, not application/json',
    ]);
  });

  it('takes a fault that the operation declares, with the status of a fault', async () => {
    const refused = (detail: string, status: number) => soap(post(loginRequest), xml(faultOf(detail), { status }));
    expect(await refused('LoginFault', 500)).toEqual([]);
    expect(await refused('LoginFault', 200)).toEqual(['undocumented /response/status: 500 for a fault, not 200']);
    expect(await refused('InvalidTypeFault', 500)).toEqual([
      'undocumented /response/body/Fault/detail/InvalidTypeFault: a fault that login declares, not another',
    ]);
  });

  it('finds answers that are no envelope, are cut off, or hold what the WSDL does not have', async () => {
    expect(
      await soap(post(loginRequest), new Response('<p>sorry</p>', { headers: { 'content-type': 'text/html' } })),
    ).toEqual(['undocumented /response/headers/content-type: text/xml, not text/html']);
    expect(await soap(post(loginRequest), xml(loginAnswer.slice(0, -20)))).toEqual([
      'violation /response/body: an end tag, not truncated',
    ]);
    expect(
      await soap(
        post(loginRequest),
        xml(loginAnswer.replace('</ns1:result>', '<ns1:Extra>1</ns1:Extra></ns1:result>')),
      ),
    ).toEqual(['undocumented /response/body/loginResponse/result/Extra: nothing, not something']);
    const record = file('query-realistic.response').replace('<ns1:done>true<', '<ns1:done>perhaps<');
    expect(await soap(post(file('query.request')), xml(record))).toEqual([
      'violation /response/body/queryResponse/result/done: xs:boolean, not other text',
    ]);
  });

  it('shows no name that could be a value, and no media type that is none', async () => {
    const drawn = 'gAAAAABmQ1x3b74d1608d0541f2ca6c';
    const more = `<ns1:${drawn}>1</ns1:${drawn}><ns1:Extra>1</ns1:Extra></ns1:result>`;
    expect(await soap(post(loginRequest), xml(loginAnswer.replace('</ns1:result>', more)))).toEqual([
      'undocumented /response/body/loginResponse/result/?: nothing, not something',
      'undocumented /response/body/loginResponse/result/Extra: nothing, not something',
    ]);
    for (const type of [`${drawn}/x`, `text/${drawn}`, drawn, 'p4ssword']) {
      const response = new Response(loginAnswer, { headers: { 'content-type': type } });
      expect(await soap(post(loginRequest), response)).toEqual([
        'undocumented /response/headers/content-type: text/xml, not another media type',
      ]);
    }
  });

  it('finds what the WSDL does not have once for a list, and a hundred such things at most', async () => {
    const answered = file('query-realistic.response');
    const [record = ''] = /<ns1:records[\s\S]*?<\/ns1:records>/.exec(answered) ?? [];
    const strange = record.replace('</ns1:records>', '<ns2:Strange>1</ns2:Strange></ns1:records>');
    expect(strange).not.toBe('');
    const many = answered.replace(record, strange.repeat(50));
    const findings = await soap(post(file('query.request')), xml(many));
    expect(findings.filter((finding) => finding.includes('Strange'))).toHaveLength(1);
    const names = Array.from({ length: 500 }, (_, index) => `<ns1:Extra${index}>1</ns1:Extra${index}>`).join('');
    expect(
      await soap(post(loginRequest), xml(loginAnswer.replace('</ns1:result>', `${names}</ns1:result>`))),
    ).toHaveLength(100);
  });
});
