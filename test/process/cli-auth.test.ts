import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt } from './built.support.ts';
import { type Desk, everybody, openDesk, type Person, people } from './desk.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ID = /^[0-9a-f-]{36}$/;
const logins = (desk: Desk, { system }: Person): number => desk.sandbox.counts(system).logins;

describe.each(everybody)('latchkey auth, $system', (person) => {
  const { system } = person;

  it('logs in once with a secret from stdin, and says who, where, until when and where the session rests', async () => {
    await using desk = await openDesk();
    const args = ['auth', 'login', ...desk.who(person), '--password-stdin'];
    const { code, stdout, stderr } = await desk.run(args, { input: `${person.secret}\n` });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const where = `${desk.url}${person.path}`;
    expect(stdout).toContain(`Logged in to ${system} as ${person.user} at ${where}; the session lives until `);
    expect(stdout).toContain(`It rests in ${desk.folder}/state/latchkey (AES-256-GCM, files 0600;`);
    expect(logins(desk, person)).toBe(1);
  });

  it('keeps a live session without asking for anything, and makes another one only by force', async () => {
    await using desk = await openDesk();
    const first = await desk.login(person);
    expect(first).toMatchObject({ ok: true, code: 'OK', system, user: person.user, state: 'live', isNew: true });
    expect(first).toMatchObject({ profile: null, loginsInLastHour: 1, quarantinedUntil: null });
    expect(first).toMatchObject({ session: { id: expect.stringMatching(ID) }, store: { kind: 'file', failure: null } });
    const kept = await desk.ask(['auth', 'login', system]);
    expect(kept).toMatchObject({ exit: 0, isNew: false, session: first.session, obtainedAt: first.obtainedAt });
    expect(kept.message).toMatch(/^Already logged in to /);
    expect(logins(desk, person)).toBe(1);
    const forced = await desk.login(person, '--force');
    expect(forced).toMatchObject({ isNew: true, obtainedAt: expect.stringMatching(TIME) });
    expect(forced.session).not.toEqual(first.session);
    expect(logins(desk, person)).toBe(2);
  });

  it('prints a session that the service takes: as token, and as what a call carries', async () => {
    await using desk = await openDesk();
    await desk.login(person);
    const token = await desk.run(['auth', 'token', system]);
    expect(token).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\S+\n$/) });
    const secret = token.stdout.trimEnd();
    const document = await desk.ask(['auth', 'token', system]);
    expect(document).toMatchObject({ exit: 0, system, user: person.user, token: secret });
    const carried = await desk.ask(['auth', 'header', system]);
    const plain = await desk.run(['auth', 'header', system]);
    expect(plain.stdout).toContain(secret);
    expect(await callWith(carried)).toBe(200);
    expect(logins(desk, person)).toBe(1);
    expect(desk.sandbox.counts(system).accepted).toBe(1);
  });

  it('tells a session’s state, and whether the service still takes it', async () => {
    await using desk = await openDesk();
    const { session } = await desk.login(person);
    const live = await desk.ask(['auth', 'status', system]);
    expect(live).toMatchObject({ exit: 0, ok: true, state: 'live', session, verified: null, loginsInLastHour: 1 });
    const { stdout } = await desk.run(['auth', 'status', system]);
    for (const label of ['system', 'user', 'where', 'session', 'store', 'protection', 'logins', 'quarantine']) {
      expect(stdout).toMatch(new RegExp(`^${label}: +\\S`, 'm'));
    }
    const asked = desk.sandbox.counts(system).requests;
    expect(asked).toBe(1);
    const verify = ['auth', 'status', system, '--verify'];
    if (system === 'zuora-rest') {
      const { code, stderr } = await desk.run(verify);
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('cannot be asked') });
      expect(await desk.ask(verify)).toMatchObject({ exit: 0, verified: null });
      expect(desk.sandbox.counts(system).requests).toBe(asked);
      return;
    }
    expect(await desk.ask(verify)).toMatchObject({ exit: 0, verified: true });
    expect((await desk.run(verify)).stdout).toMatch(/^session: +live .*, as the service has just said/m);
    desk.sandbox.scenario(system, 'expire-now');
    expect(await desk.ask(['auth', 'status', system])).toMatchObject({ exit: 0, ok: true });
    const dead = await desk.ask(verify);
    expect(dead).toMatchObject({ exit: 4, ok: false, code: 'ERR_NOT_LOGGED_IN', verified: false });
    // Nobody is told any more that it lives, and the next to ask for a session gets another one.
    expect(await desk.ask(['auth', 'status', system])).toMatchObject({ exit: 4, state: 'none', session: null });
    expect(logins(desk, person)).toBe(1);
    const env = { [person.secretVariable]: person.secret };
    expect(await desk.ask(['auth', 'login', system], { env })).toMatchObject({ exit: 0, isNew: true });
    expect(logins(desk, person)).toBe(2);
  });

  it('prolongs the session where the service can, and else logs in anew', async () => {
    await using desk = await openDesk();
    const { session: before } = await desk.login(person);
    const env = { [person.secretVariable]: person.secret };
    const refreshed = await desk.ask(['auth', 'refresh', system], { env });
    const canProlong = system === 'zato-sso';
    expect(refreshed).toMatchObject({
      exit: 0,
      state: 'live',
      isNew: !canProlong,
      session: { id: expect.any(String) },
    });
    if (canProlong) expect(refreshed).toMatchObject({ session: { id: Object(before).id, revision: 2 } });
    const { logins: made, renewals } = desk.sandbox.counts(system);
    expect({ made, renewals }).toEqual(canProlong ? { made: 1, renewals: 1 } : { made: 2, renewals: 0 });
  });

  it('ends the session where the service can, and forgets the login', async () => {
    await using desk = await openDesk();
    await desk.login(person);
    const { stdout: token } = await desk.run(['auth', 'token', system]);
    const out = await desk.ask(['auth', 'logout', system]);
    const ends = system === 'zato-sso';
    expect(out).toMatchObject({ exit: 0, wasLive: true, endedAtService: ends });
    expect(desk.sandbox.counts(system).logouts).toBe(ends ? 1 : 0);
    if (system.startsWith('zuora')) expect(out.mayLiveUntil).toMatch(TIME);
    else expect(out.mayLiveUntil).toBeNull();
    const there = ends ? 'ended the session' : 'may live on';
    expect(out.message).toContain(there);
    expect(await desk.run(['auth', 'token', system])).toMatchObject({ code: 4, stdout: '' });
    const named = await desk.ask(['auth', 'status', ...desk.who(person)]);
    expect(named).toMatchObject({ exit: 4, code: 'ERR_NOT_LOGGED_IN', session: null });
    expect(await desk.ask(['auth', 'list'])).toMatchObject({ exit: 0, logins: [] });
    const again = await desk.ask(['auth', 'logout', ...desk.who(person)]);
    expect(again).toMatchObject({ exit: 0, wasLive: false });
    const next = await desk.login(person);
    expect(next).toMatchObject({ isNew: true });
    expect((await desk.run(['auth', 'token', system])).stdout).not.toBe(token);
  });
});

describe('latchkey auth header', () => {
  it('gives curl its headers, and only what can be a header', async () => {
    await using desk = await openDesk();
    for (const person of everybody) await desk.login(person);
    const { stdout: token } = await desk.run(['auth', 'token', 'pulse-crm']);
    const pulse = await desk.run(['auth', 'header', 'pulse-crm', '--format', 'curl']);
    const lines = [`header = "Authorization: Bearer ${token.trim()}"`, 'header = "X-Account-ID: acct-0001"'];
    expect(pulse).toMatchObject({ code: 0, stdout: `${lines.join('\n')}\n` });
    const { logins } = desk.sandbox.counts('pulse-crm');
    for (const who of [desk.who(people['pulse-crm']), ['pulse-crm']]) {
      const other = await desk.run(['auth', 'header', ...who, '--account-id', 'acct-0002']);
      expect(other.stdout).toBe(`Authorization: Bearer ${token.trim()}\nX-Account-ID: acct-0002\n`);
    }
    const entity = await desk.ask(['auth', 'header', 'zuora-rest', '--entity-id', '1']);
    expect(entity).toMatchObject({ exit: 4, code: 'ERR_NOT_LOGGED_IN' });
    const foreign = await desk.ask(['auth', 'header', 'pulse-crm', '--entity-id', '1']);
    expect(foreign).toMatchObject({ exit: 2, message: '--entity-id is not for pulse-crm' });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(logins);
    for (const system of ['zuora-soap', 'zato-sso']) {
      const refused = await desk.ask(['auth', 'header', system, '--format', 'curl']);
      expect(refused).toMatchObject({ exit: 2, code: 'ERR_USAGE', message: expect.stringContaining('in the body') });
    }
    expect((await desk.run(['auth', 'header', 'pulse-crm', '--format', 'json'])).code).toBe(2);
  });
});

describe('latchkey auth list', () => {
  it('has nothing to tell at first', async () => {
    await using desk = await openDesk();
    const { code, stdout } = await desk.run(['auth', 'list']);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^No login is remembered here, and there is no profile\.\n\nLog in with: /),
    });
  });

  it('lists the logins, the latest first, without asking the services', async () => {
    await using desk = await openDesk();
    for (const person of everybody) await desk.login(person);
    const requests = (): number => everybody.reduce((sum, { system }) => sum + desk.sandbox.counts(system).requests, 0);
    const before = requests();
    const { logins: listed } = await desk.ask(['auth', 'list']);
    const expected = everybody.toReversed().map(({ system, user }) => ({ system, user, state: 'live', store: 'file' }));
    expect(listed).toMatchObject(expected);
    const { stdout } = await desk.run(['auth', 'list']);
    expect(stdout).toMatch(/^SYSTEM +USER +WHERE +FOR +SESSION\n/);
    expect(stdout).toMatch(/^zato-sso .* application CRM +live until/m);
    for (const { system, user } of everybody)
      expect(stdout).toMatch(new RegExp(`^${system} +${user} .* live until`, 'm'));
    expect(requests()).toBe(before);
  });
});

describe('one session for all applications of a user', () => {
  it('is one login, which is told to whoever names another application', async () => {
    await using desk = await openDesk();
    const zato = people['zato-sso'];
    await desk.login(zato);
    const named = [...desk.who({ ...zato, extras: [] }), '--current-app', 'CRM2'];
    const other = await desk.run(['auth', 'login', ...named]);
    expect(other).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Already logged in/) });
    expect(other.stdout).toContain('for each application: whether CRM2 is let in was not tried');
    expect((await desk.run(['auth', 'login', 'zato-sso'])).stdout).not.toContain('not tried');
    // The one that the login was made for: without it, Zato would not end the session.
    expect(await desk.ask(['auth', 'list'])).toMatchObject({ logins: [{ currentApp: 'CRM' }] });
    const { stdout } = await desk.run(['auth', 'status', 'zato-sso']);
    expect(stdout).toMatch(/^application: +CRM$/m);
    expect(stdout).toMatch(/^logins: +1 in the last hour, failed ones too$/m);
    const out = await desk.ask(['auth', 'logout', 'zato-sso']);
    expect(out.message).toContain('is logged out of zato-sso for each application: Zato SSO ended the session');
    expect(await desk.ask(['auth', 'status'])).toMatchObject({ exit: 4, code: 'ERR_NOT_LOGGED_IN' });
    expect(logins(desk, zato)).toBe(1);
  });
});

describe('several logins to one system', () => {
  const ada = people['pulse-crm'];
  const other: Person = { ...ada, user: 'apiKey-000000000002', secret: 'secret-000000000002' };

  it('are told apart by name, and never guessed', async () => {
    await using desk = await openDesk();
    const sessions = [await desk.login(ada), await desk.login(other)].map(({ session }) => session);
    for (const verb of ['token', 'header', 'status', 'refresh', 'logout', 'login']) {
      const { exit, code, message } = await desk.ask(['auth', verb, 'pulse-crm']);
      expect({ exit, code }, verb).toEqual({ exit: 2, code: 'ERR_USAGE' });
      expect(message).toContain('--user');
      for (const { user } of [ada, other]) expect(message).toContain(user);
    }
    const named = [ada, other].map(({ user }) => desk.ask(['auth', 'status', 'pulse-crm', '--user', user]));
    expect((await Promise.all(named)).map(({ session }) => session)).toEqual(sessions);
    await desk.ask(['auth', 'logout', 'pulse-crm', '--user', other.user]);
    expect(await desk.ask(['auth', 'status', 'pulse-crm'])).toMatchObject({ exit: 0, user: ada.user });
  });

  it('do not lend each other their secrets', async () => {
    await using desk = await openDesk();
    const env = { [ada.userVariable]: ada.user, [ada.secretVariable]: ada.secret };
    const asOther = await desk.ask(['auth', 'login', ...desk.who(other)], { env });
    expect(asOther).toMatchObject({ exit: 4, code: 'ERR_CREDENTIALS_MISSING' });
    expect(logins(desk, ada)).toBe(0);
    expect(await desk.ask(['auth', 'login', ...desk.who(ada)], { env })).toMatchObject({ exit: 0 });
  });
});

/** Makes a call as a program would that was given the output of `latchkey auth header --json`. */
async function callWith({ system, baseUrl, headers, soapHeader, fields }: Readonly<Record<string, unknown>>) {
  const init: RequestInit = { headers: { 'content-type': 'application/json', ...Object(headers) } };
  const call = async (path: string, more: RequestInit = {}): Promise<number> =>
    (await fetch(`${baseUrl}${path}`, { ...init, ...more })).status;
  if (system === 'pulse-crm') return call('/auth/session');
  if (system === 'zuora-rest') return call('/v1/entities');
  if (system === 'zato-sso') return call(`/zato/sso/user?${new URLSearchParams(Object(fields))}`);
  const envelope = 'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:z="http://api.zuora.com/"';
  const body = `<s:Envelope ${envelope}><s:Header>${soapHeader}</s:Header><s:Body><z:getUserInfo/></s:Body></s:Envelope>`;
  return call('', { method: 'POST', headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' }, body });
}
