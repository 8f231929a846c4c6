import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { isCommands } from './generate-commands.ts';
import { answerQuestions } from './questions.ts';

const found: unknown = JSON.parse(process.argv[2] ?? '');
if (!isCommands(found)) throw new Error('expected commands to run');
const commands = found;

const MEMORY_OF = 'memory of ';

/** The most memory that the last run of a command had, in bytes. */
const memory = new Map<string, number>();
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

answerQuestions(async ({ about }) => {
  if (about.startsWith(MEMORY_OF)) return memory.get(about.slice(MEMORY_OF.length)) ?? 0;
  return await run(about);
});

/** Runs a command as a process of its own, into an empty folder, and times it from start to end, in ms. */
async function run(name: string): Promise<number> {
  const command = commands[name];
  if (command === undefined) throw new Error(`There is no command ${name}`);
  await rm(command.out, { recursive: true, force: true });
  await mkdir(command.out, { recursive: true });
  const startedAt = performance.now();
  const child = spawn(process.execPath, command.args, {
    cwd: command.cwd,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const { stderr } = child;
  const told = child.stdio[3];
  if (stderr === null || told === null || told === undefined || !('readable' in told)) throw new Error('no pipes');
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const endedAt = ended.then(() => performance.now());
  const [code, said, kibibytes] = await Promise.all([ended, text(stderr), text(told)]);
  running.delete(child);
  if (code !== 0) throw new Error(`${name} ended with ${code}:\n${said.slice(-2_000)}`);
  memory.set(name, Number(kibibytes) * 1024);
  return (await endedAt) - startedAt;
}
