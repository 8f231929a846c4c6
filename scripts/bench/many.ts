import type { Bench, BenchContext } from './bench.ts';
import { builtPath } from './built-code.ts';
import type { Child } from './children.ts';
import { gateAtMost, gateOfMost, type Measurement, type Row, ratiosOf, rowOf, rowsOf } from './frame.ts';
import { measureInRounds } from './rounds.ts';

const KEEPERS = ['keeper, made', 'keeper, adopted', 'keeper, logged in'];
const CLIENTS = ['pulse-crm, logged in', 'zuora-rest, logged in', 'zato-sso, logged in', 'zuora-soap, logged in'];
const BESIDE = ['keeper, logged in, with its records in memory'];
const SIZES = [2_000, 4_000, 6_000, 8_000, 10_000];
/** Fresh processes in which each slope is measured. */
const PROCESSES = 3;
const MANY = '10,000 identities';
const FEW = '10 identities';
const LIMIT_MS = 180_000;

/** What an idle identity keeps in memory, and whether calls get slower where there are many. */
export const many: Bench = async (context) => {
  const memory: Row[] = [];
  for (const kind of [...KEEPERS, ...BESIDE, ...CLIENTS]) memory.push(await measureMemory(kind, context));
  const growth = await measureGrowth(context);
  const mostOf = (kinds: readonly string[]): number =>
    Math.max(...memory.filter(({ variant }) => kinds.includes(variant)).map(({ median }) => median));
  const ratios = growth.flatMap(ratiosOf);
  return {
    versions: {},
    rows: [...memory, ...growth.flatMap(rowsOf)],
    ratios,
    gates: [
      gateOfMost('many.keeper', 2_048, mostOf(KEEPERS)),
      gateOfMost('many.client', 4_096, mostOf(CLIENTS)),
      gateAtMost(
        'many.growth',
        1.2,
        ratios.filter(({ name }) => name === 'many.call'),
      ),
    ],
  };
};

/** Bytes an identity, as the slope of what is in use over how many there are; once in each of some fresh processes. */
async function measureMemory(kind: string, { children, tell }: BenchContext): Promise<Row> {
  const slopes: number[] = [];
  for (let turn = 0; turn < PROCESSES; turn += 1) {
    const child = startClient(children, '');
    const points: [number, number][] = [];
    for (const size of SIZES) points.push([size, await child.ask({ about: kind, calls: size }, LIMIT_MS)]);
    slopes.push(slopeOf(points));
    await child.end();
  }
  tell(`many.memory: ${kind}`);
  return rowOf({ name: 'many.memory', variant: kind, unit: 'bytes', calls: 1 }, slopes);
}

/** Calls in two processes, of which one has many identities: each call is another identity's. */
async function measureGrowth({ children, pairs, tell }: BenchContext): Promise<Measurement[]> {
  const service = children.start(builtPath('scripts/bench/sessions-server.ts'), []);
  const baseUrl = `http://127.0.0.1:${await service.ask({ about: 'listen' }, LIMIT_MS)}`;
  const clients = new Map([
    [MANY, startClient(children, baseUrl)],
    [FEW, startClient(children, baseUrl)],
  ]);
  tell('many.call: opening identities');
  await Promise.all(
    [...clients].map(([which, child]) => child.ask({ about: 'open', calls: which === MANY ? 10_000 : 10 }, LIMIT_MS)),
  );
  const measurements: Measurement[] = [];
  for (const { name, about, calls, unit } of [
    { name: 'many.keeper-hit', about: 'keepers', calls: 20_000, unit: 'us' },
    { name: 'many.call', about: 'clients', calls: 1_000, unit: 'ms' },
  ] as const) {
    const time = async (variant: string, count: number): Promise<number> =>
      (await clients.get(variant)?.ask({ about, calls: count }, LIMIT_MS)) ?? Number.NaN;
    // Each identity is called at least once, untimed.
    for (const variant of clients.keys()) await time(variant, 10_000);
    const plan = { name, variants: [...clients.keys()], calls, unit, pairs, slices: 4, time };
    measurements.push(await measureInRounds(plan, (done) => tell(`${name}: ${done} of ${pairs} pairs`)));
  }
  await Promise.all([...clients.values(), service].map((child) => child.end()));
  return measurements;
}

function startClient(children: BenchContext['children'], baseUrl: string): Child {
  return children.start(builtPath('scripts/bench/many-client.ts'), [baseUrl], ['--expose-gc']);
}

/** Of the line that lies closest to the points. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const across = mean(points.map(([x, y]) => (x - middleX) * (y - middleY)));
  return across / mean(points.map(([x]) => (x - middleX) ** 2));
}
