import { readFile, writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type ContractReport,
  type ContractSystem,
  runContract,
  type ScenarioOutcome,
  scenarios,
} from '../contract/index.ts';
import { reportJUnit, reportLines, reportMarkdown } from '../contract/report.ts';
import { worstOf } from '../contract/runner.ts';
import { type OpenTarget, openLiveTarget, openSandboxTarget, variableOf } from './contract-target.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';

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
    .option('--max-calls <number>', 'most requests to a live service', countFrom, 60)
    .option('--timeout <ms>', 'longest wait for an answer', countFrom, 30_000)
    .option('--ca <file>', 'certificate authority of the service, as PEM')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--markdown <file>', 'write the differences as Markdown')
    .addHelpText(
      'after',
      `
A live service takes its credentials from the environment, such as ${variableOf('pulse-crm', 'apiKey')}; what is missing is named.
It is sent only what is safe, and no login any more after one was refused.

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
  const text = reports.map((report) => reportLines(report).join('\n')).join('\n\n');
  return { ...COMES_TO[worstOf(reports)], text, fields: { reports } };
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

const COMES_TO: Readonly<Record<ScenarioOutcome, Outcome>> = {
  conforms: { code: 'OK', message: 'Everything conforms' },
  violated: { code: 'ERR_CONTRACT_VIOLATION', message: 'A service does not speak its spec' },
  drift: { code: 'ERR_DRIFT', message: 'A service does what its spec does not mention' },
  denied: { code: 'ERR_LOGIN_DENIED', message: 'A service refused the credentials' },
  unreachable: { code: 'ERR_SERVICE_UNREACHABLE', message: 'A service could not be reached' },
  skipped: { code: 'ERR_CREDENTIALS_MISSING', message: 'Nothing was run: credentials are missing' },
};

function countFrom(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('It is a whole number above 0.');
  return count;
}
