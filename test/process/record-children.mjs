// Loaded before a program: notes what it starts, with which words and which environment, and how it shows itself to others.

import childProcess from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const notes = process.env.LATCHKEY_TEST_NOTES;
const note = (entry) => appendFileSync(notes, `${JSON.stringify({ pid: process.pid, ...entry })}\n`);

const { ChildProcess } = childProcess;
const { spawn } = ChildProcess.prototype;
ChildProcess.prototype.spawn = function (options) {
  note({ kind: 'child', words: [options.file, ...(options.args ?? [])], env: options.envPairs ?? [] });
  return spawn.call(this, options);
};
for (const name of ['spawnSync', 'execFileSync', 'execSync']) {
  const original = childProcess[name];
  childProcess[name] = (...args) => {
    const options = args.findLast((arg) => typeof arg === 'object' && !Array.isArray(arg)) ?? {};
    const env = Object.entries(options.env ?? process.env).map(([key, value]) => `${key}=${value}`);
    note({ kind: 'child', words: args.filter((arg) => typeof arg !== 'object' || Array.isArray(arg)).flat(), env });
    return original(...args);
  };
}
syncBuiltinESMExports();

process.on('exit', () => {
  const shown = ['cmdline', 'comm'].map((name) => readFileSync(`/proc/self/${name}`, 'utf8'));
  note({ kind: 'self', words: [process.title, ...process.argv, ...process.execArgv, ...shown] });
});
