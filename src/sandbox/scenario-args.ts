import { badArgument } from './systems.ts';

/** What a scenario says came of it, such as how many sessions it ended. */
export type ScenarioResult = Readonly<Record<string, string | number | boolean>>;

/**
 * One scenario. It first reads all its arguments and only then, in the function it returns, changes anything, so that a
 * wrong argument leaves everything as it was.
 */
export type ScenarioRun = (args: ScenarioArguments) => () => ScenarioResult;

/** Reads a scenario's arguments; each reader throws a `TypeError` with the code `BAD_SCENARIO_ARGUMENT`. */
export interface ScenarioArguments {
  text(name: string): string;
  text<D extends string | undefined>(name: string, fallback: D): string | D;
  choice<C extends string>(name: string, choices: readonly C[], fallback: C): C;
  number(name: string, range: { min: number; max?: number; fallback?: number; isWhole?: boolean }): number;
  flag(name: string, fallback: boolean): boolean;
  record(name: string): Readonly<Record<string, unknown>>;
  /** Everything given, for scenarios whose arguments are names of settings. */
  all(): Readonly<Record<string, unknown>>;
  /** Refuses what no reader asked for, so that a misspelt argument is not silently ignored. */
  done(): void;
}

export function readScenarioArguments(scenario: string, given: unknown): ScenarioArguments {
  const wrong = (message: string) => badArgument('BAD_SCENARIO_ARGUMENT', `scenario ${scenario}: ${message}`);
  if (given !== undefined && !isRecord(given)) throw wrong('the arguments must be an object');
  const values: Readonly<Record<string, unknown>> = given ?? {};
  const asked = new Set<string>();
  const take = (name: string): unknown => {
    asked.add(name);
    return Object.hasOwn(values, name) ? values[name] : undefined;
  };

  function text(name: string, ...fallback: [] | [string | undefined]): string | undefined {
    const value = take(name);
    if (value === undefined && fallback.length > 0) return fallback[0];
    if (typeof value !== 'string') throw wrong(`"${name}" must be a string`);
    return value;
  }

  return {
    // The overloads tie the result to the fallback given, which the implementation's signature cannot say.
    text: text as ScenarioArguments['text'],
    choice(name, choices, fallback) {
      const value = take(name);
      if (value === undefined) return fallback;
      const found = choices.find((choice) => choice === value);
      if (found === undefined) throw wrong(`"${name}" must be one of ${choices.join(', ')}`);
      return found;
    },
    number(name, { min, max = Number.MAX_SAFE_INTEGER, fallback, isWhole = false }) {
      const value = take(name) ?? fallback;
      const isFit = typeof value === 'number' && value >= min && value <= max && (!isWhole || Number.isInteger(value));
      if (!isFit) throw wrong(`"${name}" must be a ${isWhole ? 'whole ' : ''}number from ${min} to ${max}`);
      return value;
    },
    flag(name, fallback) {
      const value = take(name) ?? fallback;
      if (typeof value !== 'boolean') throw wrong(`"${name}" must be true or false`);
      return value;
    },
    record(name) {
      const value = take(name) ?? {};
      if (!isRecord(value)) throw wrong(`"${name}" must be an object`);
      return value;
    },
    all() {
      for (const name of Object.keys(values)) asked.add(name);
      return values;
    },
    done() {
      const unknown = Object.keys(values).filter((name) => !asked.has(name));
      if (unknown.length > 0) throw wrong(`unknown argument "${unknown.join('", "')}"`);
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
