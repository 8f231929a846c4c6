/**
 * A process that starts others, one after the other, and tells how long they took.
 *
 *     node start-client.js '{"name": {"args": [...], "env": {...}}}'
 */
import { spawnSync } from 'node:child_process';
import { answerQuestions } from './questions.ts';

interface Command {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const LIMIT_MS = 20_000;
// The benchmark wrote it a moment ago.
const commands = JSON.parse(process.argv[2] ?? '{}') as Readonly<Record<string, Command>>;

answerQuestions(async ({ about, calls }) => {
  const command = commands[about];
  if (!command) throw new Error(`There is no command ${about}`);
  const env = { ...process.env, ...command.env };
  const startedAt = performance.now();
  for (let count = 0; count < calls; count += 1) {
    const { status, stderr } = spawnSync(process.execPath, command.args, { env, timeout: LIMIT_MS });
    if (status !== 0) throw new Error(`${about} ended with ${status}: ${stderr.toString().slice(0, 500)}`);
  }
  return performance.now() - startedAt;
});
