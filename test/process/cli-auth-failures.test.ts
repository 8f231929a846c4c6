import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { answerJson, openServer } from '../helpers/local-server.ts';
import { ensureBuilt } from './built.support.ts';
import { everybody, openDesk, type Person, people, zatoUser } from './desk.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const ada = people['pulse-crm'];
const given = (person: Person, secret = person.secret) => ({ env: { [person.secretVariable]: secret } });

describe.each(everybody)('refused credentials, $system', (person) => {
  const { system } = person;

  it('are sent once, whichever verb comes next, until they change or somebody clears the quarantine', async () => {
    await using desk = await openDesk();
    const requests = (): number => desk.sandbox.counts(system).requests;
    const wrong = given(person, 'no-such-secret');
    const login = ['auth', 'login', ...desk.who(person)];
    const denied = await desk.ask(login, wrong);
    expect(denied).toMatchObject({ exit: 6, ok: false, code: 'ERR_LOGIN_DENIED', system, isRemembered: true });
    expect(requests()).toBe(1);
    for (const verb of ['login', 'token', 'header', 'refresh']) {
      const again = await desk.ask(['auth', verb, ...desk.who(person)], wrong);
      expect(again, verb).toMatchObject({ exit: 6, code: 'ERR_LOGIN_QUARANTINED' });
      expect(again.message).toContain('not sent again until');
    }
    expect(await desk.ask([...login, '--force'], wrong)).toMatchObject({ exit: 6, code: 'ERR_LOGIN_QUARANTINED' });
    const plain = await desk.run(login, wrong);
    expect(plain).toMatchObject({ code: 6, stdout: '', stderr: expect.stringContaining('not sent again until') });
    expect(plain.stderr).toContain(`latchkey auth logout ${system} --clear-quarantine\n`);
    const status = await desk.ask(['auth', 'status', ...desk.who(person)]);
    expect(status).toMatchObject({ exit: 4, quarantinedUntil: expect.stringMatching(/^\d{4}-/), loginsInLastHour: 1 });
    // Times of errors are as those of results.
    const { deniedAt, heldUntil, ...held } = await desk.ask(login, wrong);
    expect(heldUntil).toBe(status.quarantinedUntil);
    expect(new Date(String(deniedAt)).toISOString()).toBe(deniedAt);
    expect(Object.keys(held).filter((name) => /Ms$/.test(name))).toEqual([]);
    expect(requests()).toBe(1);
    const cleared = await desk.ask(['auth', 'logout', ...desk.who(person), '--clear-quarantine']);
    expect(cleared).toMatchObject({ exit: 0, wasLive: false, quarantineCleared: true });
    expect(cleared.message).toContain('its refused credentials may be tried again');
    expect(await desk.ask(['auth', 'status', ...desk.who(person)])).toMatchObject({ quarantinedUntil: null });
    expect(requests()).toBe(1);
    expect(await desk.ask(login, wrong)).toMatchObject({ exit: 6, code: 'ERR_LOGIN_DENIED' });
    expect(requests()).toBe(2);
    expect(await desk.ask(login, given(person))).toMatchObject({ exit: 0, isNew: true });
    expect(requests()).toBe(3);
  });

  it('do not keep anybody from a session that lives', async () => {
    await using desk = await openDesk();
    await desk.login(person);
    const wrong = given(person, 'no-such-secret');
    expect(await desk.ask(['auth', 'login', ...desk.who(person), '--force'], wrong)).toMatchObject({ exit: 6 });
    expect(await desk.ask(['auth', 'token', system], wrong)).toMatchObject({ exit: 0 });
    expect(desk.sandbox.counts(system).requests).toBe(2);
  });
});

describe.each(everybody)('a service that gives no answer worth believing, $system', (person) => {
  const { system } = person;

  it('ends with 5 where nobody listens, and is not remembered', async () => {
    await using desk = await openDesk();
    const { url } = await closedServer();
    const elsewhere = desk.who(person).map((word) => (word.startsWith(desk.url) ? url + person.path : word));
    for (const verb of ['login', 'token']) {
      const answer = await desk.ask(['auth', verb, ...elsewhere], given(person));
      expect(answer, verb).toMatchObject({ exit: 5, code: 'ERR_SERVICE_UNREACHABLE', system, retryable: true });
    }
    expect(await desk.ask(['auth', 'status', ...elsewhere])).toMatchObject({ exit: 4, quarantinedUntil: null });
  });

  it.each([
    ['a broken proxy', 'status', { status: 502, body: '<html>Bad gateway</html>' }, 'ERR_SERVICE_UNREACHABLE'],
    ['a login page', 'html-login-page', {}, 'ERR_SERVICE_UNREACHABLE'],
    ['a limit on logins', 'status', { status: 429, headers: { 'retry-after': '3600' } }, 'ERR_RATE_LIMITED'],
  ])('ends with 5 for %s, and goes on when it is back', async (_, scenario, args, code) => {
    await using desk = await openDesk();
    desk.sandbox.scenario(system, scenario, { ...args, operation: 'login', times: 20 });
    const away = await desk.ask(['auth', 'login', ...desk.who(person)], given(person));
    expect(away).toMatchObject({ exit: 5, code });
    desk.sandbox.scenario(system, 'clear');
    expect(await desk.ask(['auth', 'login', ...desk.who(person)], given(person))).toMatchObject({ exit: 0 });
  });
});

describe('credentials that are missing', () => {
  it.each(everybody)('end with 4 before anything is sent, $system', async (person) => {
    await using desk = await openDesk();
    for (const verb of ['login', 'token', 'header', 'refresh']) {
      const answer = await desk.ask(['auth', verb, ...desk.who(person)]);
      expect(answer, verb).toMatchObject({ exit: 4, code: 'ERR_CREDENTIALS_MISSING' });
      expect(answer.message).toContain(`is not given: give --password-stdin or ${person.secretVariable} (`);
    }
    const { code, stdout, stderr } = await desk.run(['auth', 'login', ...desk.who(person)]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toContain(person.system);
    expect(desk.sandbox.counts(person.system).requests).toBe(0);
  });

  it('are told apart: a file that is not there, an empty one, a command that fails, one that says nothing', async () => {
    await using desk = await openDesk();
    await writeFile(join(desk.folder, 'empty'), '\n');
    const cases: readonly (readonly [string, string, string])[] = [
      ['_FILE', join(desk.folder, 'nowhere'), 'nowhere cannot be read (ENOENT)'],
      ['_FILE', join(desk.folder, 'empty'), 'is empty, as read from'],
      ['_FILE', desk.folder, 'cannot be read (EISDIR)'],
      ['_COMMAND', '["sh", "-c", "echo half; exit 3"]', 'ended with 3'],
      ['_COMMAND', '["no-such-program-here"]', 'no-such-program-here'],
      ['_COMMAND', 'true', 'is empty, as read from true'],
    ];
    for (const [form, value, said] of cases) {
      const env = { [`${ada.secretVariable}${form}`]: value };
      const answer = await desk.ask(['auth', 'login', ...desk.who(ada)], { env });
      expect(answer, value).toMatchObject({ exit: 4, code: 'ERR_CREDENTIALS_MISSING' });
      expect(answer.message).toContain(said);
      expect(answer.message).not.toContain('half');
    }
    const empty = await desk.ask(['auth', 'login', ...desk.who(ada), '--password-stdin'], { input: '\n' });
    expect(empty).toMatchObject({ exit: 4, message: expect.stringContaining('empty, as read from stdin') });
    expect(desk.sandbox.counts('pulse-crm').requests).toBe(0);
  });

  it('leave it to `auth login` where no login was made from this machine', async () => {
    await using desk = await openDesk();
    for (const verb of ['token', 'header', 'status', 'refresh', 'logout']) {
      const answer = await desk.ask(['auth', verb, 'pulse-crm']);
      expect(answer, verb).toMatchObject({ exit: 4, code: 'ERR_NOT_LOGGED_IN' });
      expect(answer.message).toContain('latchkey auth login pulse-crm --base-url');
    }
  });
});

describe('wrong usage', () => {
  it.each([
    ['an unknown system', ['auth', 'login', 'pulse'], 'there are zuora-rest, zuora-soap, zato-sso, pulse-crm'],
    ['no system', ['auth', 'token'], 'say which system is meant'],
    ['no verb', ['auth'], 'login'],
    ['an unknown verb', ['auth', 'logn'], "unknown command 'logn'"],
    ['no user', ['auth', 'login', 'pulse-crm', '--base-url', 'https://crm.example.com'], '--user'],
    ['no address', ['auth', 'login', 'pulse-crm', '--user', 'ada'], '--base-url'],
    ['no application', ['auth', 'login', 'zato-sso', '--base-url', 'https://a.test', '--user', 'a'], '--current-app'],
    ['an address that is none', ['auth', 'login', 'pulse-crm', '--base-url', 'crm', '--user', 'a'], 'absolute URL'],
    ['plain http', ['auth', 'token', 'pulse-crm', '--base-url', 'http://crm.example.com', '--user', 'a'], 'http'],
    ['a profile that is none', ['auth', 'token', '--profile', 'work'], 'names no profile: "work"'],
    ['a store that is none', ['auth', 'token', 'pulse-crm', '--store', 'disk'], 'is no store'],
    ['a secret as a flag', ['auth', 'login', 'pulse-crm', '--password', 'x'], "unknown option '--password'"],
    ['a word too many', ['auth', 'list', 'all'], 'too many arguments'],
  ])('ends with 2 for %s', async (_, args, said) => {
    await using desk = await openDesk();
    const person = args.includes('--store') ? ['--base-url', desk.url, '--user', 'a'] : [];
    const answer = await desk.ask([...args, ...person], { env: { [ada.secretVariable]: ada.secret } });
    expect(answer).toMatchObject({ exit: 2, ok: false });
    const { code, stdout, stderr } = await desk.run([...args, ...person]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
    expect(desk.sandbox.counts('pulse-crm').requests).toBe(0);
  });

  it('ends with 2 for a broken file of profiles, naming line and place', async () => {
    await using desk = await openDesk();
    await mkdir(join(desk.folder, 'config/latchkey'), { recursive: true });
    const file = join(desk.folder, 'config/latchkey/config.json');
    await writeFile(file, '{\n  "profiles": {\n    "work": { "system": "pulse-crm", "password": "x" }\n  }\n}\n');
    for (const verb of ['login', 'token', 'header', 'status', 'refresh', 'logout']) {
      const answer = await desk.ask(['auth', verb, 'pulse-crm']);
      expect(answer, verb).toMatchObject({ exit: 2, code: 'ERR_PROFILE_FILE' });
      expect(answer.message).toContain(`${file}:3:`);
    }
    expect(await desk.ask(['auth', 'list'])).toMatchObject({ exit: 2, code: 'ERR_PROFILE_FILE' });
  });
});

describe('users whom Zato does not let in', () => {
  it.each([
    ['locked', 'ERR_ACCOUNT_LOCKED', false],
    ['expired', 'ERR_PASSWORD_EXPIRED', true],
    ['change-me', 'ERR_PASSWORD_CHANGE_REQUIRED', true],
    ['unconfirmed', 'ERR_LOGIN_DENIED', false],
    ['unapproved', 'ERR_LOGIN_DENIED', true],
    ['totp-user', 'ERR_TOTP_REQUIRED', false],
  ])('%s: ends with 6 and %s', async (name, code, isRemembered) => {
    // A service may be set to tell less: then each of them is a wrong password.
    const tells = { informIfPasswordExpired: true, informIfNotConfirmed: true };
    await using desk = await openDesk({ sandbox: { settings: { 'zato-sso': tells } } });
    const person = zatoUser(name);
    const args = ['auth', 'login', ...desk.who(person)];
    expect(await desk.ask(args, given(person))).toMatchObject({ exit: 6, code, isRemembered, retryable: false });
    const again = await desk.ask(args, given(person));
    expect(again).toMatchObject({ exit: 6, code: isRemembered ? 'ERR_LOGIN_QUARANTINED' : code });
    expect(desk.sandbox.counts('zato-sso').logins).toBe(isRemembered ? 1 : 2);
    expect(await desk.run(['auth', 'token', ...desk.who(person)])).toMatchObject({ code: 4, stdout: '' });
  });
});

describe('what a service says in a refusal', () => {
  it('does not steer the terminal', async () => {
    await using desk = await openDesk();
    const refusal = { status: 'error', sub_status: ['E1\x1b]0;title\x07\x1b[2J\x9b2J\r'], cid: 'x' };
    await using server = await openServer((_, response) => answerJson(response, 403, refusal));
    const person = people['zato-sso'];
    const args = ['auth', 'login', 'zato-sso', '--base-url', server.url, '--user', person.user, '--current-app', 'CRM'];
    const { code, stderr } = await desk.run(args, given(person));
    expect({ code, stderr }).toEqual({ code: 6, stderr: expect.stringContaining('E1\ufffd]0;title') });
    expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

describe('a session that ends when no date can be', () => {
  it('is told as one whose end is not known', async () => {
    await using desk = await openDesk();
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const token = `${part({ alg: 'none' })}.${part({ exp: 1e15 })}.x`;
    await using server = await openServer((_, response) => answerJson(response, 200, { id: 1, email: 'a@b.c', token }));
    const who = ['pulse-crm', '--base-url', server.url, '--user', ada.user];
    expect(await desk.ask(['auth', 'login', ...who], given(ada))).toMatchObject({ exit: 0, expiresAt: null });
    expect(await desk.ask(['auth', 'status', ...who])).toMatchObject({ exit: 0, expiresAt: null });
    const { stdout } = await desk.run(['auth', 'status', ...who]);
    expect(stdout).toContain('live until the service refuses it');
  });
});

describe('the login budget', () => {
  it('stops a loop that begins a session each time', async () => {
    await using desk = await openDesk();
    const args = ['auth', 'login', ...desk.who(ada), '--force'];
    for (let count = 0; count < 10; count += 1) await desk.ask(args, given(ada));
    expect(await desk.ask(args, given(ada))).toMatchObject({ exit: 6, code: 'ERR_LOGIN_BUDGET' });
    expect(desk.sandbox.counts('pulse-crm').logins).toBe(10);
    expect(await desk.ask(['auth', 'token', 'pulse-crm'])).toMatchObject({ exit: 0 });
  });
});

/** An address where somebody listened a moment ago. */
async function closedServer(): Promise<{ readonly url: string }> {
  await using server = await openServer((_, response) => answerJson(response, 200, {}));
  return { url: server.url };
}
