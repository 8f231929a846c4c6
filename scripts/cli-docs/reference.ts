import { byErrorCode, type ExitCode, exitCodes } from '../../src/cli/exit-codes.ts';
import { type CliSystem, cliSystems, type ExtraName, variableOf } from '../../src/cli/settings/systems.ts';
import { cell, table } from './blocks.ts';

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  ok: 'ok',
  failure: 'failure, or a service that no longer speaks its spec',
  usage: 'usage',
  drift: 'drift',
  needsAuthentication: 'needs authentication: no session, and nothing to log in with',
  unreachable: 'unreachable; later it may work',
  denied: 'denied, or not asked because it was denied or asked too often',
  breakingChange: 'breaking change',
  commandNotRun: 'the command that `exec` was given cannot be run',
  commandNotFound: 'it is not there',
  interrupted: 'interrupted',
};

const REST = 'everything not named here, but `ERR_COMMAND_FAILED`: `exec` ends with what its command ends with';

/** The table of exit codes, each with the codes of outcomes that end with it. */
export function exitCodesBlock(): string {
  const rows = Object.entries(meanings).map(([name, meaning]) => {
    const exit = exitCodeNamed(name);
    const codes = Object.entries(byErrorCode).filter(([, code]) => code === exit);
    const named = codes.map(([code]) => `\`${code}\``).join(', ');
    return [String(exit), meaning, exit === exitCodes.failure ? REST : named];
  });
  return table(['exit code', 'meaning', 'by `code`'], rows);
}

function exitCodeNamed(name: string): ExitCode | undefined {
  return Object.entries(exitCodes).find(([known]) => known === name)?.[1];
}

const extras: Readonly<Record<ExtraName, string>> = {
  currentApp: 'the calling application',
  accountId: 'the account that calls are about',
  entityId: 'the entity, by id',
  entityName: 'the entity, by name',
};

/** The variables of each system's login. */
export function variablesBlock(): string {
  return table(
    ['system', 'variable', 'what it says'],
    Object.values(cliSystems).flatMap((system) =>
      variables(system).map(([name, what], index) => [index === 0 ? `\`${system.name}\`` : '', name, cell(what)]),
    ),
  );
}

function variables(system: CliSystem): readonly (readonly [string, string])[] {
  const named = (name: string): string => `\`${variableOf(system.name, name)}\``;
  const users = new Map(system.forms.map(({ user, userLabel }) => [user, userLabel]));
  const secrets = new Map(system.forms.map(({ secret, secretLabel }) => [secret, secretLabel]));
  const isRequired = (name: ExtraName): string => (system.required.includes(name) ? '; needed' : '');
  return [
    [named('baseUrl'), `where the service is, such as ${system.exampleUrl}`],
    ...[...users].map(([name, label]) => [named(name), label] as const),
    ...[...secrets].map(([name, label]) => [`${named(name)} **(secret)**`, label] as const),
    ...system.extras.map((name) => [named(name), extras[name] + isRequired(name)] as const),
    ...(system.hasTotp
      ? ([
          [`${named('totpKey')} **(secret)**`, 'the key (seed, base32) that one-time codes are made from'],
          [`\`${variableOf(system.name, 'totp')}_COMMAND\``, 'a command that prints a one-time code'],
        ] as const)
      : []),
  ];
}
