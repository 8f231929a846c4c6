import { describe, expect, it } from 'vitest';
import { contracts } from '../../src/contract/contracts.ts';
import { checkExchange } from '../../src/contract/exchange.ts';
import { isLatchkeyError, LoginDeniedError } from '../../src/index.ts';
import { createZatoSso, type ZatoSsoOptions } from '../../src/systems/zato-sso.ts';
import { NOW_MS, useContractHarness } from './harness.ts';
import { readSamples } from './samples.ts';
import { readSpec } from './spec.ts';

const spec = readSpec('zato-sso.openapi.yaml');
const login = '#/paths/~1zato~1sso~1user~1login/post';
const [refused, ok] = readSamples('zato-sso');
const harness = useContractHarness();

type Json = Record<string, unknown>;

const zato = (options: Partial<ZatoSsoOptions> = {}) =>
  createZatoSso({
    baseUrl: 'http://localhost:17010',
    currentApp: 'CRM',
    credentials: { username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%' },
    clock: { nowMs: () => NOW_MS },
    ...options,
  });
const user = (username: string): Partial<ZatoSsoOptions> => ({
  credentials: { username, password: `${username}-Pa55-phrase` },
});
const sentForms = async (): Promise<Json[]> =>
  Promise.all((await harness.exchanges()).map(({ request }) => request.json()));

/** The findings of the documented login with changes in the request or in the answer. */
async function findings(
  change: { request?: Json; response?: { body: unknown; status?: number } } = {},
): Promise<string[]> {
  const sent = { ...(ok?.request.body as Json), ...change.request };
  const headers = { 'content-type': 'application/json' };
  const url = 'http://localhost:17010/zato/sso/user/login';
  // JSON.stringify leaves out what is undefined.
  const request = new Request(url, { method: 'POST', headers, body: JSON.stringify(sent) });
  const { body, status = 200 } = change.response ?? { body: ok?.response.body };
  const response = Response.json(body, { status });
  return (await checkExchange(request, response, contracts['zato-sso'])).map(({ place }) => place);
}

describe('User.login', () => {
  it('is a POST to /zato/sso/user/login', () => {
    expect(spec.at(`${login}/operationId`)).toBe('login');
    expect(spec.at(`${login}/x-latchkey-operation`)).toBe('login');
    expect(spec.operations().filter(({ name }) => name.endsWith('/user/login'))).toHaveLength(1);
  });

  it('logs a user in and returns a token for this one session', async () => {
    const [one, other] = [await zato().session.login(), await zato().session.login()];
    expect(one.secret).toMatch(/^gAAAA/);
    expect(one.secret).not.toBe(other.secret);
    expect(spec.text(`${login}/description`)).toMatch(
      /stands for this one session of the user with the SSO environment/,
    );
  });

  it('lists codes on failure', async () => {
    const thrown = await zato(user('locked'))
      .session.login()
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ name: 'AccountLockedError', reason: 'E005002' });
    const [exchange] = await harness.exchanges();
    expect(await exchange?.response?.json()).toMatchObject({ status: 'error', sub_status: ['E005002'] });
  });

  it('lists codes on a warning too, which is reported and is a login', async () => {
    const events: unknown[] = [];
    await zato({ ...user('expiring'), onEvent: (event) => events.push(event) }).session.login();
    expect(events).toContainEqual(expect.objectContaining({ type: 'warning', code: 'login-warning' }));
    const [exchange] = await harness.exchanges();
    expect(await exchange?.response?.json()).toMatchObject({ status: 'warning', sub_status: ['W003005'] });
  });

  it('leaves the rest to the log of the server', async () => {
    expect(spec.text(`${login}/description`)).toMatch(/the server's own log may know more than what is returned/);
    const thrown = await zato({ remoteAddr: 'not an address' })
      .session.login()
      .catch((error: unknown) => error);
    expect(isLatchkeyError(thrown)).toBe(true);
    const [exchange] = await harness.exchanges();
    const body: Json = await exchange?.response?.json();
    expect(body).toHaveProperty('details');
    expect(JSON.stringify(thrown)).not.toContain(String((body.details as string[])[0]));
  });

  it('lets only approved users in', async () => {
    await expect(zato(user('unapproved')).session.login()).rejects.toMatchObject({ reason: 'E005001' });
    expect(spec.text(`${login}/description`)).toMatch(/Only users whose `approval_status` is `approved` can log in/);
    expect(spec.text('#/components/schemas/User/properties/approval_status/description')).toMatch(/`approved`/);
  });
});

/** What the table says of each field of the request, and what its note must speak of. */
const requestFields: Readonly<Record<string, readonly ['required' | 'optional', about: RegExp]>> = {
  username: ['required', /log in with/],
  password: ['required', /user's password/],
  current_app: ['required', /application that the call is made from/],
  totp_code: ['optional', /One-time code, if the user has two-factor authentication enabled/],
  new_password: ['optional', /Needed when the user has to change the password.*expired/],
  remote_addr: ['optional', /IP address of the client.*only if the configuration allows it/],
  user_agent: ['optional', /User agent of the client.*only if the configuration allows it/],
};

describe('request', () => {
  const pointer = '#/components/schemas/LoginRequest/properties';

  it('has the documented fields and no other', () => {
    expect(spec.at(`${login}/requestBody/content/application~1json/schema/properties`)).toBe(spec.at(pointer));
    expect(Object.keys(spec.at(pointer) as Json)).toEqual(Object.keys(requestFields));
  });

  for (const [name, [presence, about]] of Object.entries(requestFields)) {
    it(`${name}: ${presence}, a string`, async () => {
      expect(spec.at(`${pointer}/${name}/type`)).toBe('string');
      expect(await findings({ request: { [name]: 'text' } })).toEqual([]);
      expect(await findings({ request: { [name]: 17 } })).toEqual([`/request/body/${name}`]);
      const expected = presence === 'required' ? [`/request/body/${name}`] : [];
      expect(await findings({ request: { [name]: undefined } })).toEqual(expected);
    });

    it(`${name}: says what it is`, () => {
      expect(spec.text(`${pointer}/${name}/description`)).toMatch(about);
    });
  }

  it('username, password, current_app: all that a login needs', async () => {
    await zato().session.login();
    expect(await sentForms()).toEqual([ok?.request.body]);
  });

  it('current_app: must be an application that the server knows', async () => {
    await expect(zato({ currentApp: 'Elsewhere' }).session.login()).rejects.toMatchObject({ reason: 'E004001' });
  });

  it('totp_code: the spec tells that the table and its note disagree', () => {
    expect(spec.text(`${pointer}/totp_code/description`)).toMatch(
      /marks the field as not optional while its note calls the code optional/,
    );
  });

  it('totp_code: sent for a user with two-factor authentication, and for no other', async () => {
    await expect(zato(user('totp-user')).session.login()).rejects.toMatchObject({ reason: 'E005008' });
    const totp = { seed: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' };
    await expect(zato({ ...user('totp-user'), totp }).session.login()).resolves.toMatchObject({ revision: 1 });
    await zato({ totp }).session.login();
    const codes = (await sentForms()).map(({ totp_code }) => totp_code);
    expect(codes).toEqual([undefined, undefined, expect.stringMatching(/^\d{6}$/), undefined]);
  });

  it('new_password: sent when a user needs to set a new one, and only then', async () => {
    await expect(zato(user('change-me')).session.login()).rejects.toMatchObject({ reason: 'E003007' });
    const credentials = {
      username: 'change-me',
      password: 'change-me-Pa55-phrase',
      newPassword: 'kT?7-quiet.Harbour 31',
    };
    await expect(zato({ credentials }).session.login()).resolves.toMatchObject({ revision: 1 });
    const sent = (await sentForms()).map(({ new_password }) => new_password);
    expect(sent).toEqual([undefined, undefined, 'kT?7-quiet.Harbour 31']);
  });

  it('new_password: an expired password is told, where the server is set to tell', async () => {
    harness.sandbox.scenario('zato-sso', 'settings', { informIfPasswordExpired: true });
    await expect(zato(user('expired')).session.login()).rejects.toMatchObject({
      name: 'PasswordExpiredError',
      reason: 'E003004',
    });
  });

  it('remote_addr and user_agent: sent when set, and not otherwise', async () => {
    await zato({ remoteAddr: '192.0.2.17', userAgent: 'Firefox 139.0' }).session.login();
    await zato().session.login();
    const [withBoth, without] = await sentForms();
    expect(withBoth).toMatchObject({ remote_addr: '192.0.2.17', user_agent: 'Firefox 139.0' });
    expect(Object.keys(without ?? {})).toEqual(['username', 'password', 'current_app']);
  });
});

describe('response', () => {
  const body = { status: 'ok', cid: '7bc5ffdf15ff1baa90693a9a', ust: 'gAAAAABak' };
  const answered = (response: Json): Promise<string[]> => findings({ response: { body: response } });
  const pointer = `${login}/responses/200/content/application~1json/schema/properties`;

  it('has the documented fields and no other', () => {
    expect(Object.keys(spec.at(pointer) as Json)).toEqual(['status', 'cid', 'sub_status', 'ust']);
  });

  it('cid: required, a string, the correlation id of the request', async () => {
    expect(spec.text(`${pointer}/cid/description`)).toMatch(/Correlation ID assigned to the request/);
    expect(await answered({ ...body, cid: 17 })).toEqual(['/response/body/cid']);
    expect(await answered({ status: 'ok', ust: 'gAAAAABak' })).toEqual(['/response/body/cid']);
    const thrown = await zato(user('locked'))
      .session.login()
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ requestIds: { cid: expect.stringMatching(/^[0-9a-f]{24}$/) } });
  });

  it('status: required, one of the overall outcomes', async () => {
    expect(spec.text(`${pointer}/status/description`)).toMatch(/overall outcome/);
    expect(await answered({ cid: body.cid, ust: body.ust })).toEqual(['/response/body/status']);
    for (const status of ['ok', 'warning']) expect(await answered({ ...body, status })).toEqual([]);
    expect(await answered({ ...body, status: 'fine' })).toEqual(['/response/body/status']);
  });

  it('sub_status: a list of codes, optional on success', async () => {
    expect(await answered(body)).toEqual([]);
    expect(await answered({ ...body, sub_status: [] })).toEqual([]);
    expect(await answered({ ...body, sub_status: 'E005001' })).toEqual(['/response/body/sub_status']);
    expect(await answered({ ...body, sub_status: [5001] })).toEqual(['/response/body/sub_status/0']);
  });

  it('sub_status: there with at least one code if status is an error', async () => {
    const error = { status: 'error', cid: body.cid };
    for (const status of [200, 403]) {
      const withCodes = (more: Json) => findings({ response: { body: { ...error, ...more }, status } });
      expect(await withCodes({ sub_status: ['E005001'] })).toEqual([]);
      expect(await withCodes({})).toEqual(['/response/body/sub_status']);
      expect(await withCodes({ sub_status: [] })).toEqual(['/response/body/sub_status']);
    }
  });

  it('ust: there if status is ok, and only with a success', async () => {
    expect(await answered({ status: 'ok', cid: body.cid })).toEqual(['/response/body/ust']);
    await expect(zato(user('locked')).session.login()).rejects.toThrow(LoginDeniedError);
    const [exchange] = await harness.exchanges();
    expect(await exchange?.response?.json()).not.toHaveProperty('ust');
  });

  it('ust: the token that later calls of the user carry', async () => {
    const client = zato();
    const { secret } = await client.session.get();
    const { data } = await client.GET('/zato/sso/user');
    expect(data).toMatchObject({ status: 'ok', username: 'user1' });
    const [, call] = await harness.exchanges();
    expect(new URL(call?.request.url ?? '').searchParams.get('ust')).toBe(secret);
    expect(spec.text('#/components/schemas/Ust/description')).toMatch(/later calls that need an authenticated user/);
  });
});

describe('usage', () => {
  const examples = `${login}/requestBody/content/application~1json/examples`;

  it('shows both documented answers', () => {
    expect(spec.at(`${login}/responses/200/content/application~1json/examples/documentedOk/value`)).toEqual(
      ok?.response.body,
    );
    expect(
      spec.at(`${login}/responses/403/content/application~1json/examples/documentedInvalidUsernameOrPassword/value`),
    ).toEqual(refused?.response.body);
  });

  it('shows the documented request, and the bytes that curl sends', () => {
    expect(spec.at(`${examples}/documented/value`)).toEqual(ok?.request.body);
    const form = `${login}/requestBody/content/application~1x-www-form-urlencoded/examples/documentedCurl/value`;
    expect(spec.at(form)).toBe(ok?.request.text);
  });

  it('names the documented host and port', () => {
    expect(spec.at('#/servers/0/url')).toBe('http://localhost:17010');
  });
});
