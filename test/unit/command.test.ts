import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { CredentialsMissingError } from '../../src/errors.ts';
import { fromCommand } from '../../src/keeper/command.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { openSandbox } from '../helpers/live-systems.ts';
import { rejection } from '../helpers/waiting.ts';

/** A command that runs a line of JavaScript with arguments. */
const node = (code: string, ...args: string[]): [string, ...string[]] => [process.execPath, '-e', code, ...args];
const SECRET = 'printed-s3cret';

describe('credentials from a command', () => {
  it('log in, and are asked for again at the next login only', async () => {
    await using live = await openSandbox();
    const key = { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' };
    let asked = 0;
    const ask = fromCommand<typeof key>(node(`console.log(${JSON.stringify(JSON.stringify(key))})`));
    const credentials = (): Promise<typeof key> => {
      asked += 1;
      return ask();
    };
    const client = createPulseCrm({ baseUrl: live.url, credentials, identity: 'ada' });
    expect((await client.GET('/auth/session')).response.status).toBe(200);
    expect((await client.GET('/auth/session')).response.status).toBe(200);
    expect(asked).toBe(1);
    live.sandbox.scenario('pulse-crm', 'expire-now');
    expect((await client.GET('/auth/session')).response.status).toBe(200);
    expect(asked).toBe(2);
  });

  it('go past no shell, and take environment and folder from the options', async () => {
    const cwd = await mkdtemp(join(tmpdir(), 'latchkey-command-'));
    const code = 'console.log(JSON.stringify([process.argv.slice(1), process.env.FROM, process.cwd()]))';
    const command = node(code, '$(id); "quoted" *');
    expect(await fromCommand(command, { env: { FROM: 'options' }, cwd })()).toEqual([
      ['$(id); "quoted" *'],
      'options',
      cwd,
    ]);
    await rm(cwd, { recursive: true });
  });

  it.each([
    ['is not there', ['/nowhere/at-all'] as [string], {}, /could not be started/, false],
    ['fails', node(`console.log('${SECRET}'); process.exit(3)`), {}, /ended with 3/, false],
    ['is killed', node(`console.log('${SECRET}'); process.kill(process.pid, 'SIGTERM')`), {}, /SIGTERM/, false],
    ['prints no JSON', node(`console.log('${SECRET}')`), {}, /printed no JSON/, false],
    ['prints nothing', node(''), {}, /printed no JSON/, false],
    ['prints too much', node(`console.log('${SECRET}'.repeat(10_000))`), {}, /more than 65536 bytes/, false],
    ['never ends', node('setInterval(() => {}, 1000)'), { timeoutMs: 150 }, /within 150 ms/, true],
  ])(
    'of a command that %s are missing, and nothing of what it printed is shown',
    async (_, command, options, why, retryable) => {
      const error = await rejection(fromCommand(command, options)());
      expect(error).toBeInstanceOf(CredentialsMissingError);
      expect(error).toMatchObject({ message: expect.stringMatching(why), retryable });
      expect(inspect(error, { depth: null })).not.toContain(SECRET);
    },
  );

  it('give a text as it is, without the end of its line, where that is said', async () => {
    const code = await fromCommand<string>(node("console.log('012345')"), { output: 'text' })();
    expect(code).toBe('012345');
    expect(await fromCommand(node("process.stdout.write(' a b\\r\\n')"), { output: 'text' })()).toBe(' a b');
  });

  it('are not waited for, and the command is killed, when the login gives up', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-command-'));
    const marks = join(folder, 'pid');
    const code = "require('fs').writeFileSync(process.argv[1], String(process.pid)); setInterval(() => {}, 1000)";
    const client = createPulseCrm({
      baseUrl: 'http://127.0.0.1:9',
      credentials: fromCommand<{ apiKey: string; apiSecret: string }>(node(code, marks), { timeoutMs: 60_000 }),
      identity: 'ada',
      loginTimeoutMs: 1500,
    });
    const error = await rejection(client.session.login());
    expect(error).toMatchObject({ code: 'ERR_CREDENTIALS_MISSING', retryable: true });
    const pid = Number(await readFile(marks, 'utf8'));
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), { timeout: 5000 });
    await rm(folder, { recursive: true });
  });

  it('are not waited for by whoever has given up before it asked', async () => {
    const ask = fromCommand(node('setInterval(() => {}, 1000)'), { timeoutMs: 10_000 });
    expect(await rejection(ask({ signal: AbortSignal.abort() }))).toMatchObject({
      message: expect.stringMatching(/ended with SIGKILL$/),
      retryable: false,
    });
  });

  it('may be 65,536 bytes long', async () => {
    const ask = fromCommand<string>(node("process.stdout.write('x'.repeat(65_536))"), { output: 'text' });
    expect(await ask()).toHaveLength(65_536);
  });

  it('come from a command that is given no input, and does not wait for any', async () => {
    const code = "process.stdin.resume().on('end', () => console.log('[]'))";
    expect(await fromCommand(node(code), { timeoutMs: 10_000 })()).toEqual([]);
  });

  it('of a command that cannot be started are missing with the reason of the system, others with none', async () => {
    const notThere = await rejection(fromCommand(['/nowhere/at-all'])());
    expect(notThere).toMatchObject({ cause: { code: 'ENOENT' } });
    expect(await rejection(fromCommand(node('process.exit(1)'))())).not.toHaveProperty('cause');
  });

  it.each([
    [{ timeoutMs: Number.NaN }, 'fromCommand: timeoutMs is a number of ms above 0'],
    [{ timeoutMs: 0 }, 'fromCommand: timeoutMs is a number of ms above 0'],
    [{ timeout: 5 }, 'fromCommand has no option timeout; it knows cwd, env, output, timeoutMs'],
    [{ output: 'yaml' }, "fromCommand: output is 'json' or 'text'"],
  ])('take no options that are none: %j', (options, message) => {
    expect(() => fromCommand(['x'], options as object)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'ERR_OPTION', message }),
    );
  });

  it.each([[[]], [['']], ['op read'], [['op', 7]], [undefined]])('are no command: %j', (command) => {
    // What plain JavaScript lets through.
    expect(() => fromCommand(command as unknown as [string])).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        code: 'ERR_OPTION',
        message: 'a command is a list of texts: a program and its arguments',
      }),
    );
  });
});
