import { isMainThread } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  AccountLockedError,
  ContractViolationError,
  CredentialsMissingError,
  EntityDeniedError,
  LoginDeniedError,
  PasswordChangeRequiredError,
  PasswordExpiredError,
  ServiceUnreachableError,
  TotpRequiredError,
} from '../../src/errors.ts';
import type { LatchkeyEvent } from '../../src/events.ts';
import type { SandboxOptions, ZatoSettings } from '../../src/sandbox/index.ts';
import { totpCode } from '../../src/sandbox/totp.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { createZatoSso, type ZatoSsoOptions, zatoStatusName, zatoStatusNames } from '../../src/systems/zato-sso.ts';
import { type LiveSandbox, openSandbox } from '../helpers/live-systems.ts';
import { recordFetch } from '../helpers/recorded-fetch.ts';
import { createManualClock, type ManualClock, rejection } from '../helpers/waiting.ts';

const MINUTE = 60_000;
const SEED = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const USER = { username: 'user1', password: 'SD:n25a9-?Z8e-49bQ  D%' };
const NEW_PASSWORD = 'a-wholly-new-Pa55-phrase';

const someone = (username: string, more: { newPassword?: string } = {}) => ({
  credentials: { username, password: `${username}-Pa55-phrase`, ...more },
});

interface Opened extends LiveSandbox {
  readonly clock: ManualClock;
}

async function openZato(settings: Partial<ZatoSettings> = {}, about: SandboxOptions = {}): Promise<Opened> {
  const clock = createManualClock();
  return { ...(await openSandbox({ clock, settings: { 'zato-sso': settings }, ...about })), clock };
}

function clientOf({ url, clock }: Opened, options: Partial<ZatoSsoOptions> = {}) {
  const events: LatchkeyEvent[] = [];
  const wire = recordFetch(options.fetch && ((request) => (options.fetch ?? fetch)(request)));
  const client = createZatoSso({
    baseUrl: url,
    currentApp: 'CRM',
    credentials: USER,
    clock,
    random: () => 0,
    onEvent: (event) => events.push(event),
    ...options,
    fetch: wire.fetch,
  });
  const formsTo = (path: string): unknown[] => wire.to(path).map(({ text }) => JSON.parse(text));
  return { ...client, client, events, wire, formsTo, heard: () => events.map(({ type }) => type) };
}

/** What the service saw, such as `login 200`. */
const journalOf = ({ sandbox }: LiveSandbox): string[] =>
  sandbox.journal.entries({ system: 'zato-sso' }).map(({ operation, status }) => `${operation} ${status}`);

const answerWith = ({ sandbox }: LiveSandbox, operation: string, status: number, body: unknown) =>
  sandbox.scenario('zato-sso', 'status', {
    operation,
    status,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json' },
  });

describe('Zato SSO: the login', () => {
  it('sends name, password and application in the body, under a User-Agent', async () => {
    await using live = await openZato();
    const { session, wire, formsTo } = clientOf(live);
    const { secret, facts, expiresAtMs } = await session.login();
    expect(secret).toMatch(/^gAAAA/);
    expect(facts).toEqual({});
    expect(expiresAtMs).toBe(live.clock.nowMs() + 60 * MINUTE);
    expect(formsTo('/login')).toEqual([{ ...USER, current_app: 'CRM' }]);
    expect(wire.sent[0]).toMatchObject({ method: 'POST', url: { pathname: '/zato/sso/user/login', search: '' } });
    expect(wire.sent[0]?.headers.get('user-agent')).toBe('latchkey');
  });

  it('sends a User-Agent with each request of its own', async () => {
    await using live = await openZato();
    const { session, wire } = clientOf(live);
    await session.login();
    await session.renew();
    await session.logout();
    expect(journalOf(live)).toEqual(['login 200', 'renewSession 200', 'logout 200', 'renewSession 403']);
    expect(wire.sent.map(({ headers }) => headers.get('user-agent'))).toEqual(Array(4).fill('latchkey'));
  });

  it('hands on the address and agent of the client', async () => {
    await using live = await openZato();
    const { session, wire, formsTo } = clientOf(live, { remoteAddr: '192.0.2.7', userAgent: 'shop/1' });
    await session.login();
    expect(formsTo('/login')).toEqual([
      { ...USER, current_app: 'CRM', remote_addr: '192.0.2.7', user_agent: 'shop/1' },
    ]);
    expect(wire.sent[0]?.headers.get('user-agent')).toBe('shop/1');
  });

  it('takes a warning for success, and tells of it', async () => {
    await using live = await openZato();
    const { client, session, events } = clientOf(live, someone('expiring'));
    await session.login();
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'warning',
        code: 'login-warning',
        message: expect.stringMatching(/the password is about to expire, W003005.*about_to_exp/),
      }),
    );
    const { data } = await client.GET('/zato/sso/user');
    expect(data?.username).toBe('expiring');
    expect(journalOf(live)).toEqual(['login 200', 'getUser 200']);
  });

  it.each(['always', 'never'] as const)('reads an answer with sub_status on success %s', async (subStatusOnSuccess) => {
    await using live = await openZato({ subStatusOnSuccess });
    const { session, heard } = clientOf(live);
    await session.login();
    expect(heard()).toEqual(['login']);
  });

  it.each([
    ['/ust', { status: 'ok', cid: 'a'.repeat(24), sub_status: [] }],
    ['/cid', { status: 'ok', ust: 'gAAAAA' }],
  ])('names %s where an answer lacks it', async (place, body) => {
    await using live = await openZato();
    answerWith(live, 'login', 200, body);
    const error = await rejection(clientOf(live).session.login());
    expect(error).toBeInstanceOf(ContractViolationError);
    expect(error).toMatchObject({ place, found: 'nothing' });
  });

  it.each([
    ['a crash', 500, { result: 'Error', cid: 'c', details: ['SELECT password FROM users'] }],
    ['a bad request', 400, { result: 'Error', cid: 'c', details: 'Bad request' }],
    ['a wrong path', 404, 'URL not found'],
  ])('takes %s for no answer about the password, and never shows its details', async (_, status, body) => {
    await using live = await openZato();
    const { session } = clientOf(live);
    answerWith(live, 'login', status, body);
    const error = await rejection(session.login());
    expect(error).toMatchObject({ retryable: expect.any(Boolean) });
    expect(error).not.toBeInstanceOf(LoginDeniedError);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/SELECT|Bad request/);
    await session.login();
  });
});

describe('Zato SSO: one-time codes', () => {
  const codeAt = (atMs: number): string => totpCode(SEED, atMs) ?? 'no code';

  it('are made from the seed when Zato asks', async () => {
    await using live = await openZato();
    const { session, formsTo } = clientOf(live, { ...someone('totp-user'), totp: { seed: SEED } });
    await session.login();
    const form = { ...someone('totp-user').credentials, current_app: 'CRM' };
    expect(formsTo('/login')).toEqual([form, { ...form, totp_code: codeAt(live.clock.nowMs()) }]);
  });

  it('are sent at once when told so', async () => {
    await using live = await openZato();
    const { session, formsTo } = clientOf(live, {
      ...someone('totp-user'),
      totp: { seed: SEED },
      sendTotp: 'always',
    });
    await session.login();
    expect(formsTo('/login')).toMatchObject([{ totp_code: codeAt(live.clock.nowMs()) }]);
  });

  it('can be a value', async () => {
    await using live = await openZato();
    const totp = codeAt(live.clock.nowMs());
    await clientOf(live, { ...someone('totp-user'), totp }).session.login();
    expect(journalOf(live)).toEqual(['login 403', 'login 200']);
  });

  it("can come from a function, which hears the moment by the service's clock", async () => {
    const clock = createManualClock();
    await using live = { ...(await openZato({}, { clock: { nowMs: () => clock.nowMs() + 45_000 } })), clock };
    const asked: number[] = [];
    const totp = async ({ atMs }: { atMs: number }): Promise<string> => {
      asked.push(atMs);
      return codeAt(atMs);
    };
    await clientOf(live, { ...someone('totp-user'), totp }).session.login();
    expect(asked).toEqual([clock.nowMs() + 45_000]);
    expect(journalOf(live)).toEqual(['login 403', 'login 200']);
  });

  it('are not asked for where Zato does not ask', async () => {
    await using live = await openZato();
    const totp = (): never => {
      throw new Error('nobody asked');
    };
    await clientOf(live, { totp }).session.login();
    expect(journalOf(live)).toEqual(['login 200']);
  });

  it.each([[123456], [''], [null]])('that are no texts are told of, and nothing is sent: %j', async (given) => {
    await using live = await openZato();
    // What a command that prints JSON may give.
    const totp = async () => given as unknown as string;
    const error = await rejection(clientOf(live, { ...someone('totp-user'), totp }).session.login());
    expect(error).toBeInstanceOf(CredentialsMissingError);
    expect(error).toMatchObject({ message: expect.stringMatching(/a text such as '012345'/) });
    expect(journalOf(live)).toEqual(['login 403']);
  });

  it('are missed by name where none was given, and can be given later', async () => {
    await using live = await openZato();
    const error = await rejection(clientOf(live, someone('totp-user')).session.login());
    expect(error).toBeInstanceOf(TotpRequiredError);
    expect(error).toMatchObject({ reason: 'E005008', isRemembered: false });
  });

  it('are tried once when they are wrong and no other comes', async () => {
    await using live = await openZato();
    const { session } = clientOf(live, { ...someone('totp-user'), totp: '000000' });
    const error = await rejection(session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ reason: 'E005001', isRemembered: true });
    expect(journalOf(live)).toEqual(['login 403', 'login 403']);
  });

  it("are followed by the next step's where the service is a step ahead unseen", async () => {
    const clock = createManualClock(Date.UTC(2026, 0, 2, 3, 4, 29, 500));
    // Less than a second is no skew that a Date header could show.
    await using live = { ...(await openZato({}, { clock: { nowMs: () => clock.nowMs() + 600 } })), clock };
    const { session, formsTo } = clientOf(live, { ...someone('totp-user'), totp: { seed: SEED } });
    await session.login();
    expect(formsTo('/login').slice(1)).toMatchObject([
      { totp_code: codeAt(clock.nowMs()) },
      { totp_code: codeAt(clock.nowMs() + 600) },
    ]);
  });

  it.each(['when-asked', 'always'] as const)(
    'are followed by the right one when the step ends on the way (%s)',
    async (sendTotp) => {
      await using live = await openZato();
      live.clock.setMs(Date.UTC(2026, 0, 2, 3, 4, 29, 900));
      let isLate = true;
      const slow: typeof fetch = async (input) => {
        const request = new Request(input);
        if (isLate && (await request.clone().text()).includes('totp_code')) {
          isLate = false;
          live.clock.advanceMs(200);
        }
        return fetch(request);
      };
      const options = { ...someone('totp-user'), totp: { seed: SEED }, sendTotp, fetch: slow };
      const { session, formsTo } = clientOf(live, options);
      await session.login();
      expect(formsTo('/login').at(-1)).toMatchObject({ totp_code: codeAt(live.clock.nowMs()) });
    },
  );

  it("are followed by the one of the service's clock when sent at once by a clock that is wrong", async () => {
    const clock = createManualClock();
    await using live = { ...(await openZato({}, { clock: { nowMs: () => clock.nowMs() + 45_000 } })), clock };
    const { session } = clientOf(live, { ...someone('totp-user'), totp: { seed: SEED }, sendTotp: 'always' });
    await session.login();
    expect(journalOf(live)).toEqual(['login 403', 'login 200']);
  });
});

describe('Zato SSO: a password that must be changed', () => {
  it('is changed when Zato asks, which an event tells', async () => {
    await using live = await openZato();
    const { session, formsTo, heard, events } = clientOf(live, someone('change-me', { newPassword: NEW_PASSWORD }));
    await session.login();
    const form = { ...someone('change-me').credentials, current_app: 'CRM' };
    expect(formsTo('/login')).toEqual([form, { ...form, new_password: NEW_PASSWORD }]);
    expect(heard()).toEqual(['password-changed', 'login']);
    expect(JSON.stringify(events)).not.toContain(NEW_PASSWORD);
  });

  it('is the new one at the next login', async () => {
    await using live = await openZato();
    const { session, formsTo, heard } = clientOf(live, someone('change-me', { newPassword: NEW_PASSWORD }));
    await session.login();
    await session.login();
    expect(formsTo('/login').slice(2)).toEqual([{ username: 'change-me', password: NEW_PASSWORD, current_app: 'CRM' }]);
    expect(heard()).toEqual(['password-changed', 'login', 'login']);
  });

  it('lets another client in that knows the old one and the new one', async () => {
    await using live = await openZato();
    await clientOf(live, someone('change-me', { newPassword: NEW_PASSWORD })).session.login();
    const second = clientOf(live, someone('change-me', { newPassword: NEW_PASSWORD }));
    await second.session.login();
    expect(second.formsTo('/login')).toMatchObject([{ password: 'change-me-Pa55-phrase' }, { password: NEW_PASSWORD }]);
    expect(second.formsTo('/login')[1]).not.toHaveProperty('new_password');
    expect(second.heard()).toEqual(['login']);
    await second.session.login();
    expect(second.formsTo('/login').slice(2)).toMatchObject([{ password: NEW_PASSWORD }]);
  });

  it('is changed together with a one-time code', async () => {
    await using live = await openZato();
    live.sandbox.scenario('zato-sso', 'must-change-password', { username: 'totp-user' });
    const options = { ...someone('totp-user', { newPassword: NEW_PASSWORD }), totp: { seed: SEED } };
    const { session, formsTo } = clientOf(live, options);
    await session.login();
    expect(formsTo('/login').at(-1)).toMatchObject({
      totp_code: totpCode(SEED, live.clock.nowMs()),
      new_password: NEW_PASSWORD,
    });
  });

  it.each(['when-asked', 'always'] as const)(
    'lets another client in that needs a one-time code too (%s)',
    async (sendTotp) => {
      await using live = await openZato();
      live.sandbox.scenario('zato-sso', 'must-change-password', { username: 'totp-user' });
      const options = { ...someone('totp-user', { newPassword: NEW_PASSWORD }), totp: { seed: SEED }, sendTotp };
      await clientOf(live, options).session.login();
      const second = clientOf(live, options);
      await second.session.login();
      expect(second.heard()).toEqual(['login']);
    },
  );

  it('is left alone while nobody asks', async () => {
    await using live = await openZato();
    const { session, formsTo, heard } = clientOf(live, { credentials: { ...USER, newPassword: NEW_PASSWORD } });
    await session.login();
    expect(formsTo('/login')).toEqual([{ ...USER, current_app: 'CRM' }]);
    expect(heard()).toEqual(['login']);
  });

  it('is missed by name when no new one was given', async () => {
    await using live = await openZato();
    const error = await rejection(clientOf(live, someone('change-me')).session.login());
    expect(error).toBeInstanceOf(PasswordChangeRequiredError);
    expect(error).toMatchObject({ reason: 'E003007' });
    expect(journalOf(live)).toEqual(['login 403']);
  });

  it.each([
    ['too short', 'E003002', 'sh0rt-1'],
    ['too long', 'E003003', 'x'.repeat(257)],
    ['with a refused word', 'E003001', 'my-qwerty-phrase'],
  ])('is refused %s, without being repeated', async (_, reason, newPassword) => {
    await using live = await openZato();
    const { session, heard } = clientOf(live, someone('change-me', { newPassword }));
    const error = await rejection(session.login());
    expect(error).toBeInstanceOf(PasswordChangeRequiredError);
    expect(error).toMatchObject({ reason });
    expect(String(error)).not.toContain(newPassword);
    expect(heard()).toEqual(['login-failed']);
  });
});

describe('Zato SSO: sub-status codes', () => {
  // Code, name, and the error of a login that is refused with it; `once` where the password is right, so that it is not remembered.
  const table: readonly (readonly [code: string, name: string, type: unknown, memory?: 'once'])[] = [
    ['E001001', 'username.invalid', LoginDeniedError],
    ['E001002', 'username.exists', LoginDeniedError],
    ['E001003', 'username.too_long', LoginDeniedError],
    ['E001004', 'username.has_whitespace', LoginDeniedError],
    ['E001100', 'user_id.invalid', LoginDeniedError],
    ['E002001', 'email.invalid', LoginDeniedError],
    ['E002002', 'email.exists', LoginDeniedError],
    ['E002003', 'email.too_long', LoginDeniedError],
    ['E002004', 'email.has_whitespace', LoginDeniedError],
    ['E002005', 'email.missing', LoginDeniedError],
    ['E003001', 'password.invalid', PasswordChangeRequiredError],
    ['E003002', 'password.too_short', PasswordChangeRequiredError],
    ['E003003', 'password.too_long', PasswordChangeRequiredError],
    ['E003004', 'password.expired', PasswordExpiredError],
    ['W003005', 'password.w_about_to_exp', LoginDeniedError],
    ['E003006', 'password.e_about_to_exp', PasswordExpiredError],
    ['E003007', 'password.must_send_new', PasswordChangeRequiredError],
    ['E003008', 'password.not_complex_enough', PasswordChangeRequiredError],
    ['E004001', 'app_list.invalid', EntityDeniedError, 'once'],
    ['E004002', 'app_list.no_signup', LoginDeniedError],
    ['E005001', 'auth.not_allowed', LoginDeniedError],
    ['E005002', 'auth.locked', AccountLockedError, 'once'],
    ['E005003', 'auth.invalid_signup_status', LoginDeniedError, 'once'],
    ['E005004', 'auth.not_approved', LoginDeniedError, 'once'],
    ['E005005', 'auth.super_user_required', LoginDeniedError],
    ['E005006', 'auth.no_such_sign_up_token', LoginDeniedError],
    ['E005007', 'auth.sign_up_confirmed', LoginDeniedError],
    ['E005008', 'auth.totp_missing', TotpRequiredError, 'once'],
    ['E006001', 'metadata.not_allowed', LoginDeniedError, 'once'],
    ['E007001', 'session.no_such_session', LoginDeniedError],
    ['E007002', 'session.expired', LoginDeniedError],
    ['E008001', 'common.invalid_operation', LoginDeniedError],
    ['E008002', 'common.invalid_input', LoginDeniedError],
    ['E008003', 'common.missing_input', LoginDeniedError],
    ['E008004', 'common.internal_error', LoginDeniedError, 'once'],
    ['E009001', 'attr.already_exists', LoginDeniedError],
    ['E009002', 'attr.no_such_attr', LoginDeniedError],
    ['E010001', 'password_reset.could_not_access', LoginDeniedError],
  ];

  it('all have their names', () => {
    expect(zatoStatusNames).toEqual(Object.fromEntries(table.map(([code, name]) => [code, name])));
    expect(zatoStatusName('E005001')).toBe('auth.not_allowed');
    expect(zatoStatusName('E999999')).toBeUndefined();
    expect(zatoStatusName('constructor')).toBeUndefined();
  });

  it('each become a typed error, and only those about the credentials are remembered', async () => {
    await using live = await openZato();
    const cid = 'c1d'.repeat(8);
    for (const [code, name, type, memory] of table) {
      answerWith(live, 'login', 403, { status: 'error', cid, sub_status: [code] });
      const error = await rejection(clientOf(live).session.login());
      expect((error as Error).constructor, code).toBe(type);
      expect(error).toMatchObject({ reason: code, requestIds: { cid }, isRemembered: memory !== 'once' });
      expect(String(error)).toContain(`${code}, ${name}`);
    }
  });

  it.each([
    ['one that nobody knows', { status: 'error', cid: 'c', sub_status: ['E999999'] }, 'E999999'],
    ['none', { status: 'error', cid: 'c' }, 'no sub_status'],
    ['something else in their place', { status: 'error', sub_status: 'E005001' }, 'no sub_status'],
  ])('may be %s: a denial all the same', async (_, body, reason) => {
    await using live = await openZato();
    answerWith(live, 'login', 403, body);
    const error = await rejection(clientOf(live).session.login());
    expect(error).toBeInstanceOf(LoginDeniedError);
    expect(error).toMatchObject({ reason, isRemembered: true });
  });

  it.each([
    ['locked', {}, AccountLockedError, 'E005002'],
    ['unconfirmed', {}, LoginDeniedError, 'E005003'],
    ['unapproved', {}, LoginDeniedError, 'E005001'],
    ['expired', {}, LoginDeniedError, 'E005001'],
    ['expired', { informIfPasswordExpired: true }, PasswordExpiredError, 'E003004'],
    ['expiring', { informIfPasswordAboutToExpire: false }, LoginDeniedError, 'E005001'],
    ['superuser1', { loginApps: ['other'] }, EntityDeniedError, 'E004001'],
  ] as const)('come from the service for the user "%s" with %j', async (username, settings, type, reason) => {
    await using live = await openZato(settings);
    const error = await rejection(clientOf(live, someone(username)).session.login());
    expect((error as Error).constructor).toBe(type);
    expect(error).toMatchObject({ reason });
  });

  it('are believed in a 200 too, as for an application that the server does not know', async () => {
    await using live = await openZato();
    const error = await rejection(clientOf(live, { currentApp: 'unknown' }).session.login());
    expect(error).toBeInstanceOf(EntityDeniedError);
    expect(journalOf(live)).toEqual(['login 200']);
  });
});

describe('Zato SSO: renewal', () => {
  it('is a PATCH in the last third of the life, in the background', async () => {
    await using live = await openZato();
    const { client, session, wire, heard } = clientOf(live);
    const { secret } = await session.login();
    live.clock.advanceMs(40 * MINUTE - 1);
    await client.GET('/zato/sso/user');
    await client[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login']);

    live.clock.advanceMs(1);
    await client.GET('/zato/sso/user');
    await client[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login', 'renewal']);
    const [renewal] = wire.to('/user/session');
    expect(renewal).toMatchObject({ method: 'PATCH', url: { search: '' } });
    expect(JSON.parse(renewal?.text ?? '')).toEqual({ ust: secret, current_app: 'CRM' });
    expect(await session.get()).toMatchObject({ secret, expiresAtMs: live.clock.nowMs() + 60 * MINUTE });

    live.clock.advanceMs(59 * MINUTE);
    await client.GET('/zato/sso/user');
    expect(live.sandbox.counts('zato-sso')).toMatchObject({ logins: 1, refused: 0 });
  });

  it('does not come of use alone: the session ends by the clock, and one login follows', async () => {
    await using live = await openZato();
    const { client, session, heard } = clientOf(live);
    await session.login();
    live.clock.advanceMs(60 * MINUTE);
    await client.GET('/zato/sso/user');
    expect(heard()).toEqual(['login', 'login']);
    expect(journalOf(live)).toEqual(['login 200', 'login 200', 'getUser 200']);
  });

  it('follows the life that the option says', async () => {
    await using live = await openZato({ sessionExpiryMs: 6 * MINUTE });
    const { client, session, heard } = clientOf(live, { sessionLifetimeMs: 6 * MINUTE });
    await session.login();
    live.clock.advanceMs(4 * MINUTE);
    await client.GET('/zato/sso/user');
    await client[Symbol.asyncDispose]();
    expect(heard()).toEqual(['login', 'renewal']);
  });

  // Only a whole process can be put into another time zone.
  it.runIf(isMainThread)('tells the new end in UTC, wherever this machine is', async () => {
    const zone = process.env.TZ;
    process.env.TZ = 'Asia/Kolkata';
    try {
      expect(new Date().getTimezoneOffset()).toBe(-330);
      await using live = await openZato();
      const { session } = clientOf(live);
      await session.login();
      live.clock.advanceMs(10 * MINUTE + 123);
      expect((await session.renew()).expiresAtMs).toBe(live.clock.nowMs() + 60 * MINUTE);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it("reads the new end by the service's clock", async () => {
    const clock = createManualClock();
    await using live = { ...(await openZato({}, { clock: { nowMs: () => clock.nowMs() + 300_000 } })), clock };
    const { session } = clientOf(live);
    await session.login();
    expect((await session.renew()).expiresAtMs).toBe(clock.nowMs() + 60 * MINUTE);
  });

  it('is how a session is verified', async () => {
    await using live = await openZato();
    const { session } = clientOf(live);
    await session.login();
    live.clock.advanceMs(10 * MINUTE);
    expect(await session.verify()).toBe(true);
    expect((await session.get()).expiresAtMs).toBe(live.clock.nowMs() + 60 * MINUTE);
    live.sandbox.scenario('zato-sso', 'expire-now');
    expect(await session.verify()).toBe(false);
    expect(journalOf(live)).toEqual(['login 200', 'renewSession 200', 'renewSession 403']);
  });

  it.each([
    ['locked', 'lock-account', AccountLockedError],
    ['turned down', 'password-expired', LoginDeniedError],
  ])('fails with the reason when the user is %s meanwhile', async (_, scenario, type) => {
    await using live = await openZato();
    const { session } = clientOf(live);
    await session.login();
    live.sandbox.scenario('zato-sso', scenario, { username: 'user1' });
    expect(await rejection(session.verify())).toBeInstanceOf(type);
  });

  it('is not given up for a crash', async () => {
    await using live = await openZato();
    const { session } = clientOf(live);
    const { secret } = await session.login();
    answerWith(live, 'renewSession', 500, { result: 'Error', cid: 'c', details: ['busy'] });
    expect(await rejection(session.verify())).toBeInstanceOf(ServiceUnreachableError);
    expect((await session.get()).secret).toBe(secret);
  });
});

describe('Zato SSO: calls', () => {
  it('take token and application in the query of a GET, and in the body of others', async () => {
    await using live = await openZato();
    const { client, session, wire } = clientOf(live);
    const { secret } = await session.login();
    const { data } = await client.GET('/zato/sso/user');
    await client.PATCH('/zato/sso/user', { body: { display_name: 'Ada' } });
    const [get, patch] = wire.to('/zato/sso/user');
    expect(data?.username).toBe('user1');
    expect(Object.fromEntries(get?.url.searchParams ?? [])).toEqual({ ust: secret, current_app: 'CRM' });
    expect(get?.text).toBe('');
    expect(patch?.url.search).toBe('');
    expect(JSON.parse(patch?.text ?? '')).toEqual({ ust: secret, current_app: 'CRM', display_name: 'Ada' });
    expect(journalOf(live)).toEqual(['login 200', 'getUser 200', 'updateUser 200']);
  });

  it("take a caller's own token and application before the session's", async () => {
    await using live = await openZato({ apps: ['CRM', 'Shop'] });
    const other = await clientOf(live, someone('superuser1')).session.get();
    const { client, wire, formsTo } = clientOf(live);
    const { data } = await client.GET('/zato/sso/user', {
      params: { query: { ust: other.secret, current_app: 'Shop' } },
    });
    await client.PATCH('/zato/sso/user', { body: { ust: other.secret, display_name: 'Root' } });
    expect(data?.username).toBe('superuser1');
    expect(wire.to('/zato/sso/user')[0]?.url.searchParams.getAll('ust')).toEqual([other.secret]);
    expect(wire.to('/zato/sso/user')[0]?.url.searchParams.getAll('current_app')).toEqual(['Shop']);
    expect(JSON.parse(wire.to('/zato/sso/user')[1]?.text ?? '')).toMatchObject({ ust: other.secret });
    expect(formsTo('/login')).toEqual([]);
  });

  it("take a super-user's token as current_ust where they are about another session", async () => {
    await using live = await openZato();
    const target = await clientOf(live).session.get();
    const { client, session, wire } = clientOf(live, someone('superuser1'));
    const { secret } = await session.login();
    const query = { target_ust: target.secret };
    const details = await client.GET('/zato/sso/user/session', { params: { query } });
    const verified = await client.POST('/zato/sso/user/session', { body: query });
    expect(details.data?.user_agent).toBe('latchkey');
    expect(verified.data?.is_valid).toBe(true);
    const [get, post] = wire.to('/user/session');
    const expected = { target_ust: target.secret, current_ust: secret, current_app: 'CRM' };
    expect(Object.fromEntries(get?.url.searchParams ?? [])).toEqual(expected);
    expect(JSON.parse(post?.text ?? '')).toEqual(expected);
  });

  it('do not blame the own session when the other one is gone', async () => {
    await using live = await openZato();
    const target = clientOf(live);
    const { secret } = await target.session.get();
    await target.session.logout();
    const { client } = clientOf(live, someone('superuser1'));
    await client.GET('/zato/sso/user');
    const { response } = await client.GET('/zato/sso/user/session', { params: { query: { target_ust: secret } } });
    expect(response.status).toBe(403);
    expect(journalOf(live).slice(-4)).toEqual([
      'login 200',
      'getUser 200',
      'getSessionDetails 403',
      'renewSession 200',
    ]);
  });

  it.each(['GET', 'PATCH'] as const)('log in once and go again when the session is gone (%s)', async (method) => {
    await using live = await openZato();
    const { client, session, heard } = clientOf(live);
    await session.login();
    live.sandbox.scenario('zato-sso', 'expire-now');
    const call =
      method === 'GET'
        ? client.GET('/zato/sso/user')
        : client.PATCH('/zato/sso/user', { body: { display_name: 'Ada' } });
    expect((await call).response.status).toBe(200);
    expect(heard()).toEqual(['login', 'refusal', 'login', 'replay']);
  });

  it.each([
    ['lock-account', 'E005002'],
    ['password-expired', 'E005001'],
  ])('keep the session when the user is refused for another reason (%s)', async (scenario, code) => {
    await using live = await openZato();
    const { client, session } = clientOf(live);
    const { secret } = await session.login();
    live.sandbox.scenario('zato-sso', scenario, { username: 'user1' });
    const { error } = await client.GET('/zato/sso/user');
    expect(error).toMatchObject({ sub_status: [code] });
    expect((await session.get()).secret).toBe(secret);
    expect(journalOf(live)).toEqual(['login 200', 'getUser 403']);
  });

  it('renew first after a bare 500, and give it back when the session lives', async () => {
    await using live = await openZato();
    const { client, session } = clientOf(live);
    await session.login();
    answerWith(live, 'getUser', 500, { result: 'Error', cid: 'c' });
    const { response, error } = await client.GET('/zato/sso/user');
    expect(response.status).toBe(500);
    expect(error).toEqual({ result: 'Error', cid: 'c' });
    expect(journalOf(live)).toEqual(['login 200', 'getUser 500', 'renewSession 200']);
  });

  it('take a 500 with details for what it is', async () => {
    await using live = await openZato();
    const { client, session } = clientOf(live);
    await session.login();
    answerWith(live, 'getUser', 500, { result: 'Error', cid: 'c', details: ['x'] });
    expect((await client.GET('/zato/sso/user')).response.status).toBe(500);
    expect(journalOf(live)).toEqual(['login 200', 'getUser 500']);
  });

  it('renew first when the stored token was damaged, and only then log in', async () => {
    await using live = await openZato();
    const store = createMemoryStore();
    const { secret } = await clientOf(live, { store }).session.login();
    const damaging: SessionStore = {
      ...store,
      read: async (key) => (await store.read(key))?.replace(secret, `${secret.slice(0, -9)}AAAAAAAA=`) ?? null,
    };
    const { client, heard } = clientOf(live, { store: damaging });
    const { data } = await client.GET('/zato/sso/user');
    expect(data?.username).toBe('user1');
    expect(journalOf(live).slice(1)).toEqual(['getUser 500', 'renewSession 500', 'login 200', 'getUser 200']);
    expect(heard()).toEqual(['adoption', 'refusal', 'login', 'replay']);
  });

  it('renew first after a search that masks its reason, and give the refusal back when the session lives', async () => {
    await using live = await openZato();
    const { client, session } = clientOf(live);
    await session.login();
    const { error } = await client.GET('/zato/sso/user/search', { params: { query: { username: 'user1' } } });
    expect(error).toMatchObject({ status: 'error', sub_status: ['E005001'] });
    expect(journalOf(live)).toEqual(['login 200', 'searchUsers 403', 'renewSession 200']);
  });

  it('go again after a search whose session is gone', async () => {
    await using live = await openZato();
    const { client, session } = clientOf(live, someone('superuser1'));
    await session.login();
    live.sandbox.scenario('zato-sso', 'expire-now');
    const { data } = await client.POST('/zato/sso/user/search', { body: { username: 'user1' } });
    expect(data?.result).toHaveLength(1);
    expect(journalOf(live).slice(1)).toEqual([
      'searchUsersByBody 403',
      'renewSession 403',
      'login 200',
      'searchUsersByBody 200',
    ]);
  });

  it.each([
    ['text', 'text/plain', 'hello'],
    ['a list', 'application/json', '[1]'],
    ['a form', 'application/octet-stream', 'a=1'],
  ])('are refused before they are sent when the body is %s', async (_, type, body) => {
    await using live = await openZato();
    const { client } = clientOf(live);
    const call = client.fetch(`${live.url}/zato/sso/user`, {
      method: 'PATCH',
      headers: { 'Content-Type': type },
      body,
    });
    expect(await rejection(call)).toMatchObject({ name: 'TypeError', code: 'ERR_BODY' });
    expect(journalOf(live)).toEqual([]);
  });
});

describe('Zato SSO: the end', () => {
  it('is believed only when a renewal shows it, since Zato always says ok', async () => {
    await using live = await openZato();
    const { session } = clientOf(live);
    await session.login();
    expect(await session.logout()).toEqual({ endedAtService: true, mayLiveUntilMs: null });
    expect(journalOf(live)).toEqual(['login 200', 'logout 200', 'renewSession 403']);
  });

  it('is unknown when the session lived on', async () => {
    await using live = await openZato();
    const { session } = clientOf(live);
    await session.login();
    answerWith(live, 'logout', 200, { status: 'ok', cid: 'c', sub_status: [] });
    // Asking has prolonged it.
    live.clock.advanceMs(5 * MINUTE);
    const mayLiveUntilMs = live.clock.nowMs() + 60 * MINUTE;
    expect(await session.logout()).toEqual({ endedAtService: 'unknown', mayLiveUntilMs });
  });
});

describe('Zato SSO: options', () => {
  it.each([
    ['no application', { currentApp: '' }, 'ERR_OPTION'],
    ['a life of nothing', { sessionLifetimeMs: 0 }, 'ERR_OPTION'],
    ['nobody', { credentials: undefined }, 'ERR_OPTION'],
    ['somebody without a name', { identity: '' }, 'ERR_OPTION'],
    ['an empty code', { totp: '' }, 'ERR_OPTION'],
    ['a number for an address', { remoteAddr: 7 }, 'ERR_OPTION'],
    ['no password', { credentials: { username: 'ada' } }, 'ERR_CREDENTIALS'],
    ['an empty new password', { credentials: { ...USER, newPassword: '' } }, 'ERR_CREDENTIALS'],
    ['a word that is none', { sendTotp: 'never' }, 'ERR_OPTION'],
    ['half a login', { loginBudgetMax: 2.5 }, 'ERR_OPTION'],
  ])('are refused with %s', (_, options, code) => {
    const all = { baseUrl: 'https://sso.example.test', currentApp: 'CRM', credentials: USER, ...options };
    // What plain JavaScript lets through.
    expect(() => createZatoSso(all as unknown as ZatoSsoOptions)).toThrow(
      expect.objectContaining({ name: 'TypeError', code }),
    );
  });
});
