import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BenchContext, Findings } from './bench.ts';
import { builtPath } from './built-code.ts';
import type { Child } from './children.ts';
import { gateAtMost, type Measurement, pick, type Ratio, type Row, ratioOf, ratiosOf, rowOf, rowsOf } from './frame.ts';
import type { Command, Commands } from './generate-commands.ts';
import { makeOpenApi, makeWsdl } from './generate-data.ts';
import { measureInRounds } from './rounds.ts';
import { versionsOf } from './versions.ts';

// Their commands themselves, without what finds and starts them.
const require = createRequire(import.meta.url);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A real tenant's WSDL, which may be read where developers have it, and never copied. */
const TENANT = fileURLToPath(new URL('../../../shared/corpus/zuora.a.38.0.wsdl', import.meta.url));
const OWN_SPECS = ['zuora-rest', 'zato-sso', 'pulse-crm'];
/** The longest time of one process, in ms. */
const LIMIT_MS = 240_000;
const START_TYPES = 100;
const TIMES = [1, 10, 100] as const;
const MEGABYTES = [4, 16] as const;

/** One comparison: ours first, and after how many rounds it is enough. */
interface Contest {
  readonly name: string;
  readonly variants: readonly string[];
  readonly rounds: number;
}

const ours = (name: string): string => `${name} latchkey`;

/** Times of whole processes that generate code, started alike, and the memory of each. */
export async function generate(context: BenchContext): Promise<Findings> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-generate-'));
  const { children, pairs, tell } = context;
  const isTenantHere = existsSync(TENANT);
  try {
    const commands = await commandsIn(folder, isTenantHere);
    const runner = children.start(builtPath('scripts/bench/generate-client.ts'), [JSON.stringify(commands)]);
    const contests: Contest[] = [
      { name: 'own specs', variants: [ours('own specs'), 'own specs openapi-typescript'], rounds: pairs },
      ...(isTenantHere
        ? [{ name: "tenant's WSDL", variants: [ours("tenant's WSDL"), "tenant's WSDL wsdl-tsclient"], rounds: pairs }]
        : []),
      { name: 'WSDL', variants: TIMES.map((times) => ours(`WSDL x${times}`)), rounds: Math.min(pairs, 7) },
      ...MEGABYTES.map((size) => ({
        name: `OpenAPI ${size} MB`,
        variants: [ours(`OpenAPI ${size} MB`), `OpenAPI ${size} MB openapi-typescript`],
        // A pair of the largest takes a minute.
        rounds: Math.min(pairs, size > 4 ? 3 : 7),
      })),
    ];
    const measured: Measurement[] = [];
    const memory: Row[] = [];
    for (const contest of contests) {
      const { measurement, rows } = await hold(contest, runner, tell);
      measured.push(measurement);
      memory.push(...rows);
    }
    await runner.end();
    return findings(measured, memory, isTenantHere);
  } finally {
    await children.endAll();
    await rm(folder, { recursive: true, force: true });
  }
}

async function commandsIn(folder: string, isTenantHere: boolean): Promise<Commands> {
  await mkdir(join(folder, 'specs'));
  const commands: Record<string, Command> = {};
  const add = (name: string, script: string, args: readonly string[]): void => {
    const memory = pathToFileURL(builtPath('scripts/bench/generate-memory-client.ts')).href;
    commands[name] = { args: ['--import', memory, script, ...args], cwd: folder, out: outOf(name) };
  };
  const outOf = (name: string): string => join(folder, 'out', name.replaceAll(/\W+/g, '-'));
  const latchkey = (name: string, ...args: readonly string[]): void =>
    add(ours(name), builtPath('src/cli/main.ts'), ['generate', ...args, '--out', outOf(ours(name))]);
  const typescript = join(dirname(require.resolve('openapi-typescript/package.json')), 'bin/cli.js');

  latchkey('own specs', '--specs', join(ROOT, 'specs'));
  const typed = 'own specs openapi-typescript';
  const apis = OWN_SPECS.map((name) => [
    name,
    {
      root: join(ROOT, `specs/${name}.openapi.yaml`),
      'x-openapi-ts': { output: join(outOf(typed), `${name}.ts`) },
    },
  ]);
  const config = join(folder, 'own.yaml');
  await writeFile(config, JSON.stringify({ apis: Object.fromEntries(apis) }));
  add(typed, typescript, ['--redocly', config]);

  if (isTenantHere) {
    latchkey("tenant's WSDL", '--wsdl', TENANT);
    const client = "tenant's WSDL wsdl-tsclient";
    add(client, join(dirname(require.resolve('wsdl-tsclient/package.json')), 'dist/src/cli.js'), [
      TENANT,
      '-o',
      outOf(client),
      '--esm',
    ]);
  }
  for (const times of TIMES) {
    const path = join(folder, 'specs', `desk${times}.wsdl`);
    await writeFile(path, makeWsdl(START_TYPES * times));
    latchkey(`WSDL x${times}`, '--wsdl', path);
  }
  for (const size of MEGABYTES) {
    const path = join(folder, 'specs', `desk${size}.yaml`);
    await writeFile(path, makeOpenApi(size * 1_000_000));
    latchkey(`OpenAPI ${size} MB`, '--openapi', path);
    const typed = `OpenAPI ${size} MB openapi-typescript`;
    add(typed, typescript, [path, '-o', join(outOf(typed), 'types.ts')]);
  }
  return commands;
}

async function hold(
  { name, variants, rounds }: Contest,
  runner: Child,
  tell: (line: string) => void,
): Promise<{ measurement: Measurement; rows: Row[] }> {
  const bytes = new Map<string, number[]>(variants.map((variant) => [variant, []]));
  const time = async (variant: string): Promise<number> => {
    const ms = await runner.ask({ about: variant }, LIMIT_MS);
    bytes.get(variant)?.push(await runner.ask({ about: `memory of ${variant}` }, LIMIT_MS));
    return ms;
  };
  tell(`${name}: warming up`);
  // So that files are in memory and compiled code is cached where it is.
  for (const variant of variants) await runner.ask({ about: variant }, LIMIT_MS);
  const plan = { name, variants, calls: 1, unit: 'ms', pairs: rounds, time } as const;
  const measurement = await measureInRounds(plan, (done) => tell(`${name}: ${done} of ${rounds} rounds`));
  const rows = variants.map((variant) =>
    rowOf({ name: `${name}, memory`, variant, unit: 'bytes', calls: 1 }, bytes.get(variant) ?? []),
  );
  return { measurement, rows };
}

function findings(measured: readonly Measurement[], memory: readonly Row[], isTenantHere: boolean): Findings {
  const compared = measured.filter(({ name }) => name !== 'WSDL').flatMap(ratiosOf);
  const growth = measured.filter(({ name }) => name === 'WSDL').map(growthOf);
  const large = MEGABYTES.flatMap((size) =>
    pick(compared, `OpenAPI ${size} MB openapi-typescript`, `OpenAPI ${size} MB`),
  );
  return {
    versions: versionsOf('openapi-typescript', 'wsdl-tsclient', 'typescript', 'ajv'),
    rows: [...measured.flatMap(rowsOf), ...memory],
    ratios: [...compared, ...growth],
    gates: [
      gateAtMost('generate.own', 2, pick(compared, 'own specs openapi-typescript', 'own specs')),
      ...(isTenantHere
        ? [gateAtMost('generate.wsdl', 0.6, pick(compared, "tenant's WSDL wsdl-tsclient", "tenant's WSDL"))]
        : []),
      gateAtMost('generate.growth', 1.2, growth),
      gateAtMost('generate.large', 1.5, large),
    ],
    missing: isTenantHere ? [] : [`generate.wsdl needs a tenant's WSDL at ${TENANT}`],
  };
}

/** What 100 times the types take beyond the least, divided by what 10 times would come to in a straight line. */
function growthOf({ name, rounds }: Measurement): Ratio {
  const of = (times: number): number[] => rounds.map((round) => round[ours(`WSDL x${times}`)] ?? Number.NaN);
  const [least, middle, most] = TIMES.map(of);
  const beyond = (list: number[] | undefined): number[] => (list ?? []).map((ms, at) => ms - (least?.[at] ?? 0));
  const line = beyond(middle).map((ms) => (ms * (TIMES[2] - TIMES[0])) / (TIMES[1] - TIMES[0]));
  return ratioOf({ name, ours: 'x100', peer: 'a straight line', unit: 'ms' }, beyond(most), line);
}
