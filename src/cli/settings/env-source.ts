import { badArgument } from '../../errors.ts';
import type { Environment } from './places.ts';
import { commandIn, type SecretSource, type TotpSource } from './secret-source.ts';
import { type CliSystem, variableOf } from './systems.ts';

/** `…_TOTP_KEY` in its three forms, or `…_TOTP_COMMAND`, which prints a code. */
export function totpIn(env: Environment, { name }: CliSystem): TotpSource | undefined {
  const key = sourceIn(env, variableOf(name, 'totpKey'));
  if (key !== undefined) return { ...key, gives: 'key' };
  const variable = `${variableOf(name, 'totp')}_COMMAND`;
  const command = env[variable];
  return command ? { kind: 'command', command: commandOf(variable, command), gives: 'code' } : undefined;
}

/** A variable in its three forms: the secret itself, `…_FILE` or `…_COMMAND`. @throws TypeError with code `ERR_USAGE` for a command that is none */
export function sourceIn(env: Environment, variable: string): SecretSource | undefined {
  const { [variable]: value, [`${variable}_FILE`]: path, [`${variable}_COMMAND`]: command } = env;
  if (value) return { kind: 'value', value };
  if (path) return { kind: 'file', path };
  return command ? { kind: 'command', command: commandOf(`${variable}_COMMAND`, command) } : undefined;
}

function commandOf(variable: string, text: string): readonly [string, ...string[]] {
  try {
    return commandIn(text);
  } catch (error) {
    throw badArgument('ERR_USAGE', `${variable} ${error instanceof Error ? error.message : ''}`);
  }
}
