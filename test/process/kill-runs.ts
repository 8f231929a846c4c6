/**
 * Kills whoever holds a lock, again and again, on files and on Redis, and says what came of it, a line a run.
 *
 *     npm run test:process -- [--kills 200] [--repeat 3] [--on files|Redis]
 *
 * Exit code 0: all that is promised was kept; 1: something was not, or a place is missing on this machine; 2: wrong usage.
 */
import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem, type } from 'node:os';
import { parseArgs } from 'node:util';
import { buildCaller } from './callers.support.ts';
import { killHolders } from './kills.support.ts';
import { type PlaceKind, places } from './places.support.ts';
import { openStage } from './stage.support.ts';

const usage = 'Usage: npm run test:process -- [--kills 200] [--repeat 3] [--on files|Redis]\n';

interface Settings {
  readonly kills: number;
  readonly repeat: number;
  readonly on: readonly PlaceKind[];
}

function readSettings(): Settings | undefined {
  try {
    const { values } = parseArgs({
      options: {
        kills: { type: 'string', default: '200' },
        repeat: { type: 'string', default: '3' },
        on: { type: 'string' },
      },
    });
    const [kills, repeat] = [Number(values.kills), Number(values.repeat)];
    const on = places.filter(({ name }) => values.on === undefined || name.toLowerCase() === values.on.toLowerCase());
    const isFine = [kills, repeat].every((number) => Number.isSafeInteger(number) && number > 0) && on.length > 0;
    return isFine ? { kills, repeat, on } : undefined;
  } catch {
    // An unknown option: the usage says which there are.
    return undefined;
  }
}

function describeMachine(): string {
  const [, redis = 'none'] = /\bv=(\S+)/.exec(outputOf('redis-server', '--version')) ?? [];
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return `${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${memory}, ${type()} ${release()}, Node ${process.versions.node}, Redis ${redis}`;
}

function outputOf(command: string, ...args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

/** One run; whether all that is promised was kept. */
async function run(place: PlaceKind, kills: number, name: string, file: string): Promise<boolean> {
  const startedAt = performance.now();
  await using stage = await openStage({ file, [Symbol.asyncDispose]: async () => {} }, await place.open());
  const result = await killHolders(stage, kills);
  const errors = Object.entries(result.errors).map(([code, times]) => `${times} ${code}`);
  const columns = [
    new Date().toISOString().slice(0, 16).replace('T', ' '),
    name,
    `${result.kills} kills`,
    `${result.ends} ends of all sessions`,
    `${result.logins} logins (at most ${result.mostLogins})`,
    `${result.answered} calls answered`,
    `slowest ${Math.round(result.slowestMs)} ms`,
    `errors: ${errors.join(', ') || 'none'}`,
    `${Math.round((performance.now() - startedAt) / 1000)} s`,
    result.broken.length === 0 ? 'all kept' : 'BROKEN',
  ];
  process.stdout.write(`${columns.join(' | ')}\n`);
  for (const promise of result.broken) process.stdout.write(`  ${promise}\n`);
  return result.broken.length === 0;
}

const settings = readSettings();
if (!settings) {
  process.stderr.write(usage);
  process.exit(2);
}
process.stdout.write(`${describeMachine()}\n`);
const program = await buildCaller();
let isWell = true;
for (const place of settings.on) {
  for (let n = 1; n <= settings.repeat; n += 1) {
    const name = `${place.name} ${n} of ${settings.repeat}`;
    if (place.isThere) isWell = (await run(place, settings.kills, name, program.file)) && isWell;
    else isWell = false;
  }
}
await program[Symbol.asyncDispose]();
process.exitCode = isWell ? 0 : 1;
