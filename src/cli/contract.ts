import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { HELD_BACK } from '../contract/caution.ts';
import {
  type ContractReport,
  type ContractSystem,
  runContract,
  type ScenarioOutcome,
  scenarios,
} from '../contract/index.ts';
import { reportJUnit, reportLines, reportMarkdown } from '../contract/report.ts';
import { MOST } from '../contract/run.ts';
import { worstOf } from '../contract/runner.ts';
import { type OpenTarget, openLiveTarget, openSandboxTarget } from './contract-target.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { variableOf } from './settings/systems.ts';

interface ContractOptions {
  readonly system: readonly ContractSystem[];
  readonly target: string;
  readonly scenario?: readonly string[];
  readonly allowUnsafe?: true;
  readonly maxCalls: number;
  readonly timeout: number;
  readonly ca?: string;
  readonly junit?: string;
  readonly markdown?: string;
}

const systems = Object.keys(scenarios) as ContractSystem[]; // the keys of the table that the type is made from

/** `latchkey contract`: holds a service, or the sandbox, to its spec. */
export function defineContract(verb: Command, io: VerbIo): void {
  verb
    .addOption(new Option('--system <name...>', 'only these systems').choices(systems).default(systems, 'all'))
    .option(
      '--target <where>',
      'sandbox (in process), sandbox:http, sandbox:https, or the base URL of a service',
      'sandbox',
    )
    .option('--scenario <name...>', 'only these scenarios')
    .option('--allow-unsafe', 'send a live service also what may count against an account or change data')
    .option('--max-calls <number>', 'most requests to a live service', upTo(MOST.maxCalls), 60)
    .option('--timeout <ms>', 'longest wait for an answer', upTo(MOST.timeoutMs), 30_000)
    .option('--ca <file>', 'certificate authority of the service as PEM, besides those that Node trusts')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--markdown <file>', 'write the differences as Markdown')
    .addHelpText(
      'after',
      `
A live service takes its credentials from the environment, such as ${variableOf('pulse-crm', 'apiKey')}; what is missing is named.
It is sent only what is safe, and in one run no login any more after one was not accepted; nothing is remembered between runs.

Examples:
  $ latchkey contract
  $ latchkey contract --system zato-sso --target https://sso.example.com --json
  $ latchkey contract --system pulse-crm --target sandbox:http --junit contract.xml`,
    )
    .action(async (options: ContractOptions) => io.finish(await hold(options, io)));
}

async function hold(options: ContractOptions, io: VerbIo): Promise<Outcome> {
  const { system: chosen, target, ca, junit, markdown } = options;
  if (!Object.hasOwn(SANDBOXES, target) && chosen.length !== 1) {
    return { code: 'ERR_USAGE', message: `--target ${target} is one service: say with --system which system it is` };
  }
  if (Object.hasOwn(SANDBOXES, target) && ca !== undefined) {
    return { code: 'ERR_USAGE', message: '--ca is for a service at an address' };
  }
  const reports: ContractReport[] = [];
  try {
    for (const system of systems.filter((name) => chosen.includes(name))) {
      await using opened = await open(system, target, ca);
      reports.push(await run(system, opened, options, io));
    }
  } catch (error) {
    if (io.signal.aborted) return interrupted;
    throw error;
  }
  if (junit !== undefined) await writeFile(junit, reportJUnit(reports));
  if (markdown !== undefined) await writeFile(markdown, reportMarkdown(reports));
  if (!Object.hasOwn(SANDBOXES, target)) for (const report of reports) warnOf(report, io);
  const text = reports.map((report) => reportLines(report).join('\n')).join('\n\n');
  const outcome = worstOf(reports);
  return { ...(outcome === 'skipped' ? nothingRun(reports) : COMES_TO[outcome]), text, fields: { reports } };
}

/** Nothing is remembered from run to run: whoever starts them has to know. */
function warnOf({ system, refusedLogins, results }: ContractReport, io: VerbIo): void {
  if (refusedLogins === 0) return;
  const isHeldBack = results.some(({ reason }) => reason === HELD_BACK);
  io.note(
    `${system}: a login was sent that was not accepted${isHeldBack ? ', so others were held back' : ''}. ` +
      'Each further run may send another, and a few in a row may lock the account.',
  );
}

/** Why nothing was run: each reason once. */
function nothingRun(reports: readonly ContractReport[]): Outcome {
  const results = reports.flatMap((report) => report.results);
  const reasons = [...new Set(results.map(({ reason = '' }) => reason))].join('; ');
  const lacksValues = results.some(({ missing }) => missing !== undefined);
  return lacksValues
    ? { code: 'ERR_CREDENTIALS_MISSING', message: `Nothing was run: credentials are missing (${reasons})` }
    : { code: 'ERR_NOTHING_RUN', message: `Nothing was run: ${reasons || 'no scenario was chosen'}` };
}

const SANDBOXES: Readonly<Record<string, 'process' | 'http' | 'https'>> = {
  sandbox: 'process',
  'sandbox:http': 'http',
  'sandbox:https': 'https',
};

async function open(system: ContractSystem, target: string, ca: string | undefined): Promise<OpenTarget> {
  const over = SANDBOXES[target];
  if (over !== undefined) return openSandboxTarget(system, over);
  const { values, needs } = scenarios[system];
  const names = [...values, ...Object.values(needs).flat()];
  return openLiveTarget(system, target, names, process.env, ca === undefined ? ca : await readFile(ca, 'utf8'));
}

async function run(
  system: ContractSystem,
  { target, values }: OpenTarget,
  { scenario, allowUnsafe, maxCalls, timeout }: ContractOptions,
  { signal }: VerbIo,
): Promise<ContractReport> {
  return runContract({ system, target, values, only: scenario, allowUnsafe, maxCalls, timeoutMs: timeout, signal });
}

const COMES_TO: Readonly<Record<Exclude<ScenarioOutcome, 'skipped'>, Outcome>> = {
  conforms: { code: 'OK', message: 'Everything conforms' },
  violated: { code: 'ERR_CONTRACT_VIOLATION', message: 'A service does not speak its spec' },
  drift: { code: 'ERR_DRIFT', message: 'A service does what its spec does not mention' },
  denied: { code: 'ERR_LOGIN_DENIED', message: 'A service refused the credentials' },
  unreachable: { code: 'ERR_SERVICE_UNREACHABLE', message: 'A service could not be reached' },
};

function upTo(most: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (Number.isInteger(count) && count >= 1 && count <= most) return count;
    throw new InvalidArgumentError(`It is a whole number from 1 to ${most}.`);
  };
}
