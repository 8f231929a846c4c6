/**
 * Measures the built package against its peers.
 *
 *     tsx scripts/bench/main.ts [calls|soap|storm|renewal|stores|many|keeper|sandbox|generate|start|all] [--json] [--pairs N]
 *
 * Exit code 0: measured, and all gates hold; 1: a gate is missed, or could not be measured; 2: wrong usage; 130: interrupted.
 */
import { parseArgs } from 'node:util';
import type { Bench, Findings } from './bench.ts';
import { ensureBuilt } from './built-code.ts';
import { calls } from './calls.ts';
import { type Children, openChildren } from './children.ts';
import type { BenchReport } from './frame.ts';
import { generate } from './generate.ts';
import { keeper } from './keeper.ts';
import { many } from './many.ts';
import { renderReport } from './render.ts';
import { renewal } from './renewal.ts';
import { sandbox } from './sandbox.ts';
import { soap } from './soap.ts';
import { start } from './start.ts';
import { stores } from './stores.ts';
import { storm } from './storm.ts';
import { versionsOf } from './versions.ts';

const BENCHES: Readonly<Record<string, Bench>> = {
  calls,
  soap,
  storm,
  renewal,
  stores,
  many,
  keeper,
  sandbox,
  generate,
  start,
};
const ENOUGH_PAIRS = 21;
const MOST_PAIRS = 500;
/** How long a run that was stopped may take to clean up, in ms. */
const CLEAN_UP_MS = 5_000;
/** The longest time of a whole run, in ms. */
const LIMIT_MS = 60 * 60_000;
const USAGE = `usage: bench [${[...Object.keys(BENCHES), 'all'].join('|')}] [--json] [--pairs 1-${MOST_PAIRS}]`;

interface Wish {
  readonly bench: string;
  readonly isJson: boolean;
  readonly pairs: number;
}

function readArguments(args: readonly string[]): Wish | undefined {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' }, pairs: { type: 'string' } },
    });
    const [bench = 'all', ...rest] = positionals;
    const pairs = Number(values.pairs ?? ENOUGH_PAIRS);
    const isKnown = bench === 'all' || Object.hasOwn(BENCHES, bench);
    if (!isKnown || rest.length > 0 || !Number.isInteger(pairs) || pairs < 1 || pairs > MOST_PAIRS) return undefined;
    return { bench, isJson: values.json ?? false, pairs };
  } catch {
    return undefined;
  }
}

async function measure({ bench, pairs }: Wish, children: Children): Promise<BenchReport> {
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  await ensureBuilt(() => tell('building dist'));
  const wanted = Object.entries(BENCHES).filter(([name]) => bench === 'all' || bench === name);
  let versions = versionsOf('latchkey');
  const parts: Findings[] = [];
  for (const [, run] of wanted) {
    const part = await run({ pairs, children, tell });
    versions = { ...versions, ...part.versions };
    parts.push(part);
  }
  return {
    bench,
    node: process.versions.node,
    versions,
    rows: parts.flatMap(({ rows }) => rows),
    ratios: parts.flatMap(({ ratios }) => ratios),
    gates: parts.flatMap(({ gates }) => gates),
    missing: parts.flatMap(({ missing = [] }) => missing),
  };
}

/** What the report comes to, in the form that every command of the project gives. */
function verdictOn({ gates, missing }: BenchReport): { ok: boolean; code: string; message: string } {
  const missed = gates.filter(({ ok }) => !ok).map(({ name }) => name);
  if (missed.length > 0) return { ok: false, code: 'ERR_GATE', message: `missed: ${missed.join(', ')}` };
  if (missing.length > 0) return { ok: false, code: 'ERR_NOT_MEASURED', message: 'not everything could be measured' };
  return { ok: true, code: 'OK', message: 'no gate is missed' };
}

async function main(): Promise<number> {
  const wish = readArguments(process.argv.slice(2));
  if (!wish) {
    process.stderr.write(`${USAGE}\n`);
    return 2;
  }
  const children = openChildren();
  let stoppedWith: number | undefined;
  const stop = (code: number, why: string): void => {
    stoppedWith = code;
    process.stderr.write(`${why}\n`);
    // What was measured falls over without its processes, and cleans up.
    children.close().finally(() => setTimeout(() => process.exit(code), CLEAN_UP_MS).unref());
  };
  process.once('SIGINT', () => stop(130, 'interrupted'));
  process.once('SIGTERM', () => stop(130, 'interrupted'));
  const limit = setTimeout(() => stop(1, `not done within ${LIMIT_MS / 60_000} minutes`), LIMIT_MS);
  try {
    const report = await measure(wish, children);
    const verdict = verdictOn(report);
    process.stdout.write(
      wish.isJson
        ? `${JSON.stringify({ ...verdict, ...report }, null, 2)}\n`
        : `${renderReport(report)}\n\n${verdict.message}\n`,
    );
    return verdict.ok ? 0 : 1;
  } catch (error) {
    if (stoppedWith !== undefined) return stoppedWith;
    const message = error instanceof Error ? error.message : String(error);
    if (wish.isJson) process.stdout.write(`${JSON.stringify({ ok: false, code: 'ERR_BENCH', message }, null, 2)}\n`);
    else process.stderr.write(`${message}\n`);
    return 1;
  } finally {
    clearTimeout(limit);
    await children.endAll();
  }
}

process.exitCode = await main();
