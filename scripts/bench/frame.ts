/** Where the middle of some values lies, and how far they spread. Quartiles are interpolated between neighbours. */
export interface Spread {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

/** How long each variant took in one round, in ms, by the variant's name. */
export type Round = Readonly<Record<string, number>>;

/** What a row's figures are. */
export type Unit = 'calls/s' | 'ms' | 'us' | 'logins' | 'bytes';

/** Units that follow from calls and the time that they took. */
type TimeUnit = Extract<Unit, 'calls/s' | 'ms' | 'us'>;

/** What was measured of one thing: the same work by several variants, in rounds that alternate them. */
export interface Measurement {
  readonly name: string;
  /** The first one is ours: the others are what it is compared with. */
  readonly variants: readonly string[];
  /** Calls that each variant made in each round. */
  readonly calls: number;
  readonly unit: TimeUnit;
  readonly rounds: readonly Round[];
}

/** How one variant did, over all rounds. */
export interface Row extends Spread {
  readonly name: string;
  readonly variant: string;
  readonly unit: Unit;
  readonly rounds: number;
  readonly calls: number;
}

/** Ours divided by a peer, in the unit of the rows, round by round. */
export interface Ratio extends Spread {
  readonly name: string;
  readonly ours: string;
  readonly peer: string;
  readonly unit: Unit;
  readonly pairs: number;
}

/** A figure that is promised. */
export interface Gate {
  readonly name: string;
  readonly value: number;
  readonly bound: number;
  readonly ok: boolean;
}

/** What a benchmark hands back; with `--json`, as it is printed. */
export interface BenchReport {
  readonly bench: string;
  /** Version of Node. */
  readonly node: string;
  /** Versions of ours and of the peers, from their own package.json. */
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly ratios: readonly Ratio[];
  readonly gates: readonly Gate[];
  /** What could not be measured on this machine, and how to get what is missing. */
  readonly missing: readonly string[];
}

/** The spread of at least one value. @throws RangeError for none, or for one that is not a finite number */
function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0 || !values.every(Number.isFinite)) throw new RangeError('A spread needs finite values');
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const below = sorted[Math.floor(place)] ?? Number.NaN;
    const above = sorted[Math.ceil(place)] ?? Number.NaN;
    return below + (above - below) * (place - Math.floor(place));
  };
  return { min: at(0), q1: at(0.25), median: at(0.5), q3: at(0.75), max: at(1) };
}

/** One row a variant: calls a second, or ms a call. */
export function rowsOf(measurement: Measurement): Row[] {
  const { name, variants, calls, unit } = measurement;
  return variants.map((variant) => rowOf({ name, variant, unit, calls }, valuesOf(measurement, variant)));
}

/** A row of figures that were not made from times: one a round. */
export function rowOf(about: Pick<Row, 'name' | 'variant' | 'unit' | 'calls'>, values: readonly number[]): Row {
  return { ...about, rounds: values.length, ...spreadOf(values) };
}

/** Figures of two things that were measured in the same rounds, divided round by round. */
export function ratioOf(
  about: Pick<Ratio, 'name' | 'ours' | 'peer' | 'unit'>,
  ours: readonly number[],
  peers: readonly number[],
): Ratio {
  const quotients = ours.map((value, round) => value / (peers[round] ?? Number.NaN));
  return { ...about, pairs: ours.length, ...spreadOf(quotients) };
}

/** Ours to each peer: the quotient within each round first, then the middle of the quotients. */
export function ratiosOf(measurement: Measurement): Ratio[] {
  const { name, variants, unit } = measurement;
  const [ours, ...peers] = variants;
  if (ours === undefined) return [];
  return peers.map((peer) =>
    ratioOf({ name, ours, peer, unit }, valuesOf(measurement, ours), valuesOf(measurement, peer)),
  );
}

/** A promise that the median of a ratio is at least so much; of several ratios, the least median counts. */
export function gateAtLeast(name: string, bound: number, ratios: readonly Ratio[]): Gate {
  const value = Math.min(...mediansOf(name, ratios));
  return { name, value, bound, ok: value >= bound };
}

/** A promise that the median of a ratio is at most so much; of several ratios, the greatest median counts. */
export function gateAtMost(name: string, bound: number, ratios: readonly Ratio[]): Gate {
  const value = Math.max(...mediansOf(name, ratios));
  return { name, value, bound, ok: value <= bound };
}

/** A promise that a figure is at most so much. */
export function gateOfMost(name: string, bound: number, value: number): Gate {
  return { name, value, bound, ok: value <= bound };
}

/** A promise of a count that holds in every round; the value is the one that is farthest from it. */
export function gateOfEach(name: string, bound: number, values: readonly number[]): Gate {
  const [value = Number.NaN] = [...values].sort((a, b) => Math.abs(b - bound) - Math.abs(a - bound));
  return { name, value, bound, ok: value === bound };
}

/** The ratios to one peer, of the measurements named. @throws RangeError if one is missing */
export function pick(ratios: readonly Ratio[], peer: string, ...names: readonly string[]): Ratio[] {
  return names.map((name) => {
    const found = ratios.find((ratio) => ratio.name === name && ratio.peer === peer);
    if (!found) throw new RangeError(`Nothing was measured of ${name} against ${peer}`);
    return found;
  });
}

function mediansOf(name: string, ratios: readonly Ratio[]): number[] {
  if (ratios.length === 0) throw new RangeError(`The gate ${name} has no ratio`);
  return ratios.map(({ median }) => median);
}

function valuesOf({ unit, calls, rounds }: Measurement, variant: string): number[] {
  return rounds.map((round) => inUnit(unit, calls, msOf(round, variant)));
}

function inUnit(unit: TimeUnit, calls: number, ms: number): number {
  if (unit === 'calls/s') return (calls * 1000) / ms;
  return (unit === 'ms' ? ms : ms * 1000) / calls;
}

function msOf(round: Round, variant: string): number {
  const ms = round[variant];
  if (ms === undefined || ms <= 0) throw new RangeError(`A round has no time of ${variant}`);
  return ms;
}
