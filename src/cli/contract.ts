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
import { badArgument } from '../errors.ts';
import { askerAt } from './asker.ts';
import { liveTarget, type OpenTarget, openSandboxTarget } from './contract-target.ts';
import { valuesFor } from './contract-values.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';
import { confirmInProduction } from './production.ts';
import { profileFile } from './settings/places.ts';
import { productionProfileOf } from './settings/production.ts';
import type { Profile } from './settings/profile.ts';
import { profileNamed, readProfiles } from './settings/profile-file.ts';
import { cliSystems, variableOf } from './settings/systems.ts';

interface ContractOptions {
  readonly system?: readonly ContractSystem[];
  readonly profile?: string;
  readonly target?: string;
  readonly scenario?: readonly string[];
  readonly allowUnsafe?: true;
  readonly yes?: boolean;
  readonly maxCalls: number;
  readonly timeout: number;
  readonly input: boolean;
  readonly ca?: string;
  readonly junit?: string;
  readonly markdown?: string;
}

const systems = Object.keys(scenarios) as ContractSystem[]; // the keys of the table that the type is made from

/** `latchkey contract`: holds a service, or the sandbox, to its spec. */
export function defineContract(verb: Command, io: VerbIo): void {
  verb
    .addOption(new Option('--system <name...>', 'only these systems').choices(systems))
    .option('--profile <name>', 'the service and the user of this profile')
    .option(
      '--target <where>',
      "sandbox (in process), sandbox:http, sandbox:https, or the base URL of a service (default: the profile's, else sandbox)",
    )
    .option('--scenario <name...>', 'only these scenarios')
    .option('--allow-unsafe', 'send a live service also what may count against an account or change data')
    .option('--yes', 'go on with --allow-unsafe in production without asking')
    .option('--max-calls <number>', 'most requests to a live service', upTo(MOST.maxCalls), 60)
    .option('--timeout <ms>', 'longest wait for an answer', upTo(MOST.timeoutMs), 30_000)
    .option('--ca <file>', 'certificate authority of the service as PEM, besides those that Node trusts')
    .option('--no-input', 'never ask; a scenario whose secret is missing is skipped')
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--markdown <file>', 'write the differences as Markdown')
    .addHelpText(
      'after',
      `
A live service takes its credentials from the environment, such as ${variableOf('pulse-crm', 'apiKey')}, a secret also from the file or the
command that ${variableOf('pulse-crm', 'apiSecret')}_FILE or …_COMMAND names, and from the --profile; what is missing is named.
It is sent only what is safe, and in one run no login any more after one was not accepted; nothing is remembered between runs.

Examples:
  $ latchkey contract
  $ latchkey contract --system zato-sso --target https://sso.example.com --json
  $ latchkey contract --profile staging --markdown differences.md
  $ latchkey contract --system pulse-crm --target sandbox:http --junit contract.xml`,
    )
    .action(async (options: ContractOptions) => io.finish(await hold(options, io)));
}

async function hold(options: ContractOptions, io: VerbIo): Promise<Outcome> {
  const { ca, junit, markdown } = options;
  const aim = await aimOf(options);
  if (aim.kind === 'sandbox' && ca !== undefined) throw badArgument('ERR_USAGE', '--ca is for a service at an address');
  if (aim.kind === 'live' && options.allowUnsafe) await confirmUnsafe(aim, options, io);
  const reports: ContractReport[] = [];
  try {
    for (const system of aim.systems) {
      await using opened = await open(system, aim, options, io);
      reports.push(await run(system, opened, options, io));
    }
  } catch (error) {
    if (io.signal.aborted) return interrupted;
    throw error;
  }
  if (junit !== undefined) await writeFile(junit, reportJUnit(reports));
  if (markdown !== undefined) await writeFile(markdown, reportMarkdown(reports));
  if (aim.kind === 'live') for (const report of reports) warnOf(report, io);
  const text = reports.map((report) => reportLines(report).join('\n')).join('\n\n');
  const outcome = worstOf(reports);
  return { ...(outcome === 'skipped' ? nothingRun(reports) : COMES_TO[outcome]), text, fields: { reports } };
}

/** A service at an address. */
interface LiveAim {
  readonly kind: 'live';
  readonly systems: readonly [ContractSystem];
  readonly address: string;
  readonly profile: Profile | undefined;
}

/** What is held to its spec. */
type Aim = LiveAim | { readonly kind: 'sandbox'; readonly systems: readonly ContractSystem[]; readonly over: Sandbox };

/** @throws TypeError with code `ERR_USAGE` for flags that do not go together, or `ERR_PROFILE_FILE` */
async function aimOf({ system: named, profile: name, target }: ContractOptions): Promise<Aim> {
  const over = SANDBOXES[target ?? (name === undefined ? 'sandbox' : '')];
  if (over !== undefined) {
    if (name !== undefined)
      throw badArgument('ERR_USAGE', `--profile is for a service, and --target ${target} is none`);
    return { kind: 'sandbox', systems: systems.filter((system) => named?.includes(system) ?? true), over };
  }
  const file = profileFile(process.env);
  const profile = name === undefined ? undefined : profileNamed(await readProfiles(file), name, '--profile', file);
  const [system = profile?.system, ...others] = new Set(named);
  if (system === undefined || others.length > 0) {
    throw badArgument('ERR_USAGE', `--target ${target} is one service: say with --system which system it is`);
  }
  if (profile !== undefined && profile.system !== system) {
    throw badArgument('ERR_USAGE', `the profile ${name} is for ${profile.system}, not for ${system}`);
  }
  const address = target ?? profile?.baseUrl;
  if (address === undefined)
    throw badArgument('ERR_USAGE', `the profile ${name} has no baseUrl: say with --target where the service is`);
  return { kind: 'live', systems: [system], address, profile };
}

/** @throws Error with code `ERR_NOT_CONFIRMED` where the service is production, and nobody says that it is meant */
async function confirmUnsafe(aim: LiveAim, options: ContractOptions, io: VerbIo): Promise<void> {
  const [name] = aim.systems;
  const [system, baseUrl] = [cliSystems[name], aim.address];
  const profiles = await readProfiles(profileFile(process.env));
  const user = aim.profile?.user;
  const productionProfile = productionProfileOf(profiles, { system, profile: options.profile, baseUrl, user });
  const asker = askerAt(io, options);
  const what = 'contract --allow-unsafe may lock an account or change data at';
  await confirmInProduction({ productionProfile, baseUrl }, { what, isYes: options.yes === true, asker });
  asker?.rest();
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

type Sandbox = Parameters<typeof openSandboxTarget>[1];

const SANDBOXES: Readonly<Record<string, Sandbox>> = {
  sandbox: 'process',
  'sandbox:http': 'http',
  'sandbox:https': 'https',
};

async function open(system: ContractSystem, aim: Aim, options: ContractOptions, io: VerbIo): Promise<OpenTarget> {
  if (aim.kind === 'sandbox') return openSandboxTarget(system, aim.over);
  const { env } = process;
  const target = liveTarget(
    aim.address,
    env,
    options.ca === undefined ? undefined : await readFile(options.ca, 'utf8'),
  );
  const asker = askerAt(io, options);
  const ask = asker && ((what: string) => asker.secret(`${what} at ${target.baseUrl}`));
  const values = await valuesFor(cliSystems[system], { env, profile: aim.profile, signal: io.signal, ask });
  asker?.rest();
  return { target, values, [Symbol.asyncDispose]: async () => {} };
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
