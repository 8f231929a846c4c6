import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { type Arrived, type LocalServer, openServer } from '../helpers/local-server.ts';
import { createGate, type Gate } from '../helpers/waiting.ts';
import { ensureBuilt } from './built.support.ts';
import { type Desk, everybody, openDesk, type Person, people } from './desk.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 90_000 });

const ada = people['pulse-crm'];
const secretOf = ({ secretVariable, secret }: Person) => ({ [secretVariable]: secret });

/** Services in front of which requests can be held up. */
interface Doorway extends AsyncDisposable {
  readonly server: LocalServer;
  readonly sandbox: Sandbox;
  /** Opened when the next request has come; it gets no answer. */
  holdNext(): Gate;
}

async function openDoorway(): Promise<Doorway> {
  const sandbox = createSandbox({ seed: 'doorway' });
  let held: Gate | undefined;
  const server = await openServer(async (request, response) => {
    const gate = held;
    held = undefined;
    if (gate !== undefined) gate.open();
    else await answerFrom(sandbox, request, response);
  });
  return {
    server,
    sandbox,
    holdNext() {
      held = createGate();
      return held;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function answerFrom(sandbox: Sandbox, request: Arrived, response: ServerResponse): Promise<void> {
  const { method, url, headers, body } = request;
  const sent = new Request(`http://localhost${url}`, {
    method,
    headers: Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
    ...(method === 'GET' ? {} : { body: new Uint8Array(body) }),
  });
  const answer = await sandbox.handle(sent);
  response.writeHead(answer.status, [...answer.headers].flat()).end(Buffer.from(await answer.arrayBuffer()));
}

/** Halves of files: all but records, keys, and what tells the turns of a lock. */
async function leftOver({ folder }: Desk): Promise<string[]> {
  const names = await filesIn(folder);
  return names.filter((name) => !/\.(record|key)$|\/locks\/[0-9a-f]+\/\d+(\.done)?$/.test(name));
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('two terminals', () => {
  it.each(everybody)('share the session: login in one, token in the other, $system', async (person) => {
    await using desk = await openDesk();
    await desk.login(person);
    const token = await desk.run(['auth', 'token', person.system], { cwd: '/' });
    expect(token).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\S+\n$/) });
    expect(desk.sandbox.counts(person.system)).toMatchObject({ requests: 1, logins: 1 });
  });

  it.each(everybody)('that are twenty and start at once on a cold store make one login, $system', async (person) => {
    await using desk = await openDesk();
    // Long enough for all of them to want one.
    desk.sandbox.scenario(person.system, 'slow-login', { ms: 500 });
    const args = ['auth', 'token', ...desk.who(person)];
    const started = Array.from({ length: 20 }, () => desk.run(args, { env: secretOf(person) }));
    const finished = await Promise.all(started);
    const [first] = finished;
    expect(first).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^\S+\n$/) });
    expect(finished).toEqual(finished.map(() => first));
    expect(desk.sandbox.counts(person.system)).toMatchObject({ logins: 1, loginsAccepted: 1, requests: 1 });
    expect(await leftOver(desk)).toEqual([]);
  });

  it('that are twenty and have a wrong secret send it once', async () => {
    await using desk = await openDesk();
    const args = ['auth', 'token', ...desk.who(ada)];
    const env = { [ada.secretVariable]: 'no-such-secret' };
    const finished = await Promise.all(Array.from({ length: 20 }, () => desk.run(args, { env })));
    expect(finished.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      finished.map(() => ({ code: 6, stdout: '' })),
    );
    expect(desk.sandbox.counts('pulse-crm')).toMatchObject({ logins: 1, requests: 1 });
  });

  it('may log in as different people at the same time', async () => {
    await using desk = await openDesk();
    const other = { ...ada, user: 'apiKey-000000000002', secret: 'secret-000000000002' };
    const all = [...everybody, other];
    await Promise.all(all.map((person) => desk.login(person)));
    const { logins } = await desk.ask(['auth', 'list']);
    const names = (entries: unknown): string[] => Array.from(Object(entries), ({ user }) => String(user)).sort();
    expect(names(logins)).toEqual(names(all));
  });
});

describe('a reader who leaves early', () => {
  it.each(['login', 'token', 'header', 'status', 'list', 'logout'])('is no failure of auth %s', async (verb) => {
    await using desk = await openDesk();
    await desk.login(ada);
    await using program = desk.start(['auth', verb, ...(verb === 'list' ? [] : ['pulse-crm']), '--json']);
    program.closeStdout();
    expect(await program.finished).toMatchObject({ code: 0, stderr: '' });
  });

  it('does not keep the login from being made', async () => {
    await using desk = await openDesk();
    await using program = desk.start(['auth', 'token', ...desk.who(ada)], { env: secretOf(ada) });
    program.closeStdout();
    expect(await program.finished).toMatchObject({ code: 0, stderr: '' });
    expect(await desk.ask(['auth', 'status', ...desk.who(ada)])).toMatchObject({ exit: 0, state: 'live' });
  });
});

describe('Ctrl-C', () => {
  it.each([
    ['login', 'SIGINT'],
    ['login', 'SIGTERM'],
    ['login', 'SIGHUP'],
    ['token', 'SIGINT'],
    ['header', 'SIGINT'],
  ] as const)(
    'while %s waits for the service, by %s: 130, nothing half-written, the next goes on',
    async (verb, signal) => {
      await using door = await openDoorway();
      await using desk = await openDesk({ url: door.server.url });
      const args = [...desk.who(ada)];
      const { passed } = door.holdNext();
      await using program = desk.start(['auth', verb, ...args], { env: secretOf(ada) });
      await passed;
      program.signalGroup(signal);
      const { code, stdout } = await program.finished;
      expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
      expect(await program.running()).toEqual([]);
      expect(await leftOver(desk)).toEqual([]);
      const startedAtMs = Date.now();
      const next = await desk.ask(['auth', 'token', ...args], { env: secretOf(ada) });
      expect(next).toMatchObject({ exit: 0, ok: true });
      // Well below the least time after which an owner could be given up by age.
      expect(Date.now() - startedAtMs).toBeLessThan(10_000);
      expect(door.sandbox.counts('pulse-crm').logins).toBe(1);
      expect(door.server.arrived.length).toBe(2);
      expect(await leftOver(desk)).toEqual([]);
    },
  );

  it('lets the one go on that waited for the same login', async () => {
    await using door = await openDoorway();
    await using desk = await openDesk({ url: door.server.url });
    const args = ['auth', 'token', ...desk.who(ada)];
    const { passed } = door.holdNext();
    await using first = desk.start(args, { env: secretOf(ada) });
    await passed;
    await using second = desk.start(args, { env: secretOf(ada) });
    first.signal('SIGINT');
    expect((await first.finished).code).toBe(130);
    expect(await second.finished).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\S+\n$/) });
    expect(door.sandbox.counts('pulse-crm').logins).toBe(1);
  });

  it('says so in JSON', async () => {
    await using door = await openDoorway();
    await using desk = await openDesk({ url: door.server.url });
    const { passed } = door.holdNext();
    await using program = desk.start(['auth', 'login', ...desk.who(ada), '--json'], { env: secretOf(ada) });
    await passed;
    program.signal('SIGINT');
    const { code, stdout } = await program.finished;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, code: 'ERR_INTERRUPTED' });
  });

  it('ends the command that was to print the secret, too', async () => {
    await using desk = await openDesk();
    const pidFile = join(desk.folder, 'pid');
    const words = ['sh', '-c', 'echo $$ > "$0"; echo started >&2; exec sleep 600', pidFile];
    const env = { [`${ada.secretVariable}_COMMAND`]: JSON.stringify(words) };
    await using program = desk.start(['auth', 'login', ...desk.who(ada)], { env });
    await program.printed('stderr', 'started');
    program.signal('SIGINT');
    expect((await program.finished).code).toBe(130);
    expect(await program.running()).toEqual([]);
    const pid = (await readFile(pidFile, 'utf8')).trim();
    await expect(readFile(`/proc/${pid}/cmdline`)).rejects.toThrow();
    expect(desk.sandbox.counts('pulse-crm').requests).toBe(0);
  });

  it('ends the wait for a password on stdin', async () => {
    await using door = await openDoorway();
    await using desk = await openDesk({ url: door.server.url });
    const args = ['auth', 'login', ...desk.who(ada), '--password-stdin'];
    await using program = desk.start(args, { input: null });
    await vi.waitFor(
      async () => expect((await filesIn(desk.folder)).join()).toMatch(/\/locks\/[0-9a-f]+\/1(,|$)/),
      20_000,
    );
    program.signalGroup('SIGINT');
    expect((await program.finished).code).toBe(130);
    expect(door.server.arrived).toEqual([]);
    expect(await leftOver(desk)).toEqual([]);
  });
});
