import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { ensureBuilt, latchkey, root } from './built.support.ts';
import { openSessionStage, type SessionStage } from './session-stage.support.ts';
import { commandLine, keys, openShell, openTerminal } from './terminal.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const node = process.execPath;

describe('signals to latchkey exec', () => {
  const PASSED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
  /** Tells each signal, and ends at the word. */
  const LISTEN = `
    for (const name of ${JSON.stringify(PASSED)}) process.on(name, () => console.log(name));
    process.stdin.on('data', () => process.exit(7));
    console.log(process.pid);`;

  it('reach the command, which alone decides what comes of them', async () => {
    await using stage = await openSessionStage();
    await stage.token('pulse-crm');
    await using program = await listening(stage, LISTEN);
    for (const signal of [...PASSED, 'SIGINT', 'SIGINT'] as const) {
      program.child.kill(signal);
      expect(await program.line()).toBe(signal);
    }
    program.child.stdin?.end('end');
    expect(await program.ended).toEqual([7, null]);
  });

  it('reach the command once where they go to all of its process group', async () => {
    await using stage = await openSessionStage();
    await stage.token('pulse-crm');
    await using program = await listening(stage, LISTEN);
    const { pid = 0 } = program.child;
    // What goes to us alone comes behind: had one reached the command twice, it would stand between.
    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1'] as const) {
      process.kill(-pid, signal);
      expect(await program.line()).toBe(signal);
      program.child.kill('SIGUSR2');
      expect(await program.line()).toBe('SIGUSR2');
    }
    program.child.stdin?.end('end');
    expect(await program.ended).toEqual([7, null]);
  });

  it('reach the command once from a terminal, whose settings are as they were', async () => {
    await using stage = await openSessionStage();
    const script = `
      let count = 0;
      process.on('SIGINT', () => console.log('interrupted', ++count));
      process.on('SIGTERM', () => console.log('terminated after', count));
      process.stdin.on('data', (text) => { console.log('read', text.toString().trim()); process.exit(5); });
      console.log('ready', process.stdin.isTTY);`;
    await using terminal = openTerminal(['exec', 'pulse-crm', '--', node, '-e', script], { env: stage.env });
    await terminal.shows('ready true');
    terminal.type(keys.ctrlC);
    await terminal.shows('interrupted 1');
    process.kill(terminal.pid(), 'SIGTERM');
    await terminal.shows('terminated after 1');
    process.kill(terminal.pid(), 'SIGINT');
    await terminal.shows('interrupted 2');
    process.kill(terminal.pid(), 'SIGTERM');
    await terminal.shows('terminated after 2');
    terminal.type('typed\r');
    await terminal.shows('read typed');
    const { code, settings, running } = await terminal.ended;
    expect({ code, running }).toEqual({ code: 5, running: [] });
    expect(settings).toMatch(/ echo /);
  });

  it('end a command of a terminal, and us with 130', async () => {
    await using stage = await openSessionStage();
    const script = "console.log('ready'); setInterval(() => {}, 1000)";
    await using terminal = openTerminal(['exec', 'pulse-crm', '--', node, '-e', script], { env: stage.env });
    await terminal.shows('ready');
    terminal.type(keys.ctrlC);
    expect(await terminal.ended).toMatchObject({ code: 130, running: [] });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('to us alone end a command in the foreground of a terminal: %s', async (signal, code) => {
    await using stage = await openSessionStage();
    const script = "console.log('ready'); setInterval(() => {}, 1000)";
    await using terminal = openTerminal(['exec', 'pulse-crm', '--', node, '-e', script], { env: stage.env });
    await terminal.shows('ready');
    process.kill(terminal.pid(), signal);
    expect(await terminal.ended).toMatchObject({ code, running: [] });
  });

  it('that stop and resume the job of a shell do so to both of us', async () => {
    await using stage = await openSessionStage();
    const script = join(stage.folder, 'command.mjs');
    await writeFile(
      script,
      `process.on('SIGCONT', () => console.log('resumed'));
      process.stdin.on('data', (text) => { console.log('read', text.toString().trim()); process.exit(3); });
      console.log(process.ppid, 'runs', process.pid);`,
    );
    await using shell = openShell({ env: { ...stage.env, PS1: 'prompt> ' } });
    await shell.shows('prompt>');
    shell.type(`${commandLine(['exec', 'pulse-crm', '--', node, script]).join(' ')}\r`);
    const pids =
      /(\d+) runs (\d+)/
        .exec(await shell.shows(' runs '))
        ?.slice(1)
        .map(Number) ?? [];
    const states = (): Promise<(string | undefined)[]> =>
      Promise.all(pids.map(async (pid) => / ([A-Z]) /.exec(await readFile(`/proc/${pid}/stat`, 'utf8'))?.[1]));
    shell.type(keys.ctrlZ);
    await shell.shows('Stopped');
    expect(await states()).toEqual(['T', 'T']);
    shell.type('clear; fg\r');
    await shell.shows('resumed');
    // To us alone.
    process.kill(pids[0] ?? 0, 'SIGTSTP');
    await shell.shows('Stopped');
    await vi.waitFor(async () => expect(await states()).toEqual(['T', 'T']));
    shell.type('clear; fg\r');
    await shell.shows('resumed');
    shell.type('typed\r');
    await shell.shows('read typed');
    shell.type('echo "ended with $?"\r');
    await shell.shows('ended with 3');
  });

  it('leave no command behind where it ends by them', async () => {
    await using stage = await openSessionStage();
    await stage.token('pulse-crm');
    await using program = await listening(stage, 'console.log(process.pid); setInterval(() => {}, 1000)');
    program.child.kill('SIGTERM');
    expect(await program.ended).toEqual([143, null]);
    expect(() => process.kill(program.commandPid, 0)).toThrow('ESRCH');
  });

  it('find the session in no arguments and in no title of a process', async () => {
    await using stage = await openSessionStage();
    const token = await stage.token('pulse-crm');
    await using program = await listening(stage, LISTEN);
    for (const pid of [program.child.pid, program.commandPid]) {
      for (const name of ['cmdline', 'comm', 'stat']) {
        const text = await readFile(`/proc/${pid}/${name}`, 'utf8');
        expect(text).not.toContain(token);
        expect(text).not.toContain('secret-000000000001');
      }
    }
    const environment = await readFile(`/proc/${program.commandPid}/environ`, 'utf8');
    expect(environment).toContain(`LATCHKEY_TOKEN=${token}\0`);
    program.child.stdin?.end('end');
    await program.ended;
  });

  interface Listening extends AsyncDisposable {
    readonly child: ChildProcess;
    readonly commandPid: number;
    readonly ended: Promise<unknown>;
    line(): Promise<string>;
  }

  /** Runs a script under exec, which prints its pid first. */
  async function listening(stage: SessionStage, script: string): Promise<Listening> {
    const args = [join(root, 'dist', latchkey), 'exec', 'pulse-crm', '--', node, '-e', script];
    // A session of its own: no terminal of whoever runs the tests is in the foreground with it.
    const child = spawn(node, args, { env: stage.env, stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    const ended = once(child, 'exit');
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<string> => String((await lines.next()).value);
    const commandPid = Number(await line());
    return {
      child,
      commandPid,
      ended,
      line,
      async [Symbol.asyncDispose]() {
        if (child.exitCode === null && child.signalCode === null) process.kill(-(child.pid ?? 0), 'SIGKILL');
        await ended;
      },
    };
  }
});
