import type { Argument, Command, Option } from 'commander';

/** What may be written at a place of a command line. */
export type Values =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'system' | 'operation' | 'profile' | 'store' | 'file' | 'any' };

/** An option that takes none is a flag. */
export interface OptionDefinition {
  readonly name: string;
  readonly summary: string;
  readonly values: Values | undefined;
  /** Whether it takes every word up to the next option. */
  readonly isMany: boolean;
}

/** What can follow the words of a verb. */
export interface Place {
  /** The words so far: `auth login`; empty for the command itself. */
  readonly path: string;
  readonly verbs: readonly { readonly name: string; readonly summary: string }[];
  readonly options: readonly OptionDefinition[];
  /** The last one also stands for all that follow it, if the verb takes any number. */
  readonly args: readonly Values[];
  readonly isLastMany: boolean;
}

/** Reads what can be written where from the definitions of the command. */
export function placesOf(program: Command): readonly Place[] {
  const above = program.createHelp().visibleOptions(program);
  const everywhere = above.filter(({ long }) => long === '--json');
  const verbs = program.commands.map((command) => ({ name: command.name(), summary: command.description() }));
  const help: Place = {
    path: 'help',
    verbs: [],
    options: [],
    args: [{ kind: 'choices', choices: verbs.map(({ name }) => name) }],
    isLastMany: false,
  };
  const helpVerb = { name: 'help', summary: 'explain a verb' };
  const root: Place = {
    path: '',
    verbs: [...verbs, helpVerb],
    options: above.map(definitionOf),
    args: [],
    isLastMany: false,
  };
  return [root, ...program.commands.flatMap((command) => placesBelow(command, '', everywhere)), help];
}

function placesBelow(command: Command, above: string, everywhere: readonly Option[]): Place[] {
  const path = `${above} ${command.name()}`.trim();
  const { registeredArguments: args } = command;
  const place: Place = {
    path,
    verbs: command.commands.map((sub) => ({ name: sub.name(), summary: sub.description() })),
    options: [...command.createHelp().visibleOptions(command), ...everywhere].map(definitionOf),
    args: args.map(valuesOfArgument),
    isLastMany: args.at(-1)?.variadic ?? false,
  };
  return [place, ...command.commands.flatMap((sub) => placesBelow(sub, path, everywhere))];
}

function definitionOf(option: Option): OptionDefinition {
  const { long, short, description, variadic } = option;
  const takesValue = option.required || option.optional;
  return {
    name: long ?? short ?? '',
    summary: description,
    values: takesValue ? valuesOfOption(option) : undefined,
    isMany: variadic,
  };
}

/** What an option takes: its choices, or what the name of its value says. */
function valuesOfOption({ long, flags, argChoices }: Option): Values {
  if (argChoices !== undefined) return { kind: 'choices', choices: argChoices };
  if (long === '--profile') return { kind: 'profile' };
  if (long === '--store') return { kind: 'store' };
  return { kind: /[<[](?:file|folder|path)/.test(flags) ? 'file' : 'any' };
}

function valuesOfArgument(argument: Argument): Values {
  const name = argument.name();
  if (argument.argChoices !== undefined) return { kind: 'choices', choices: argument.argChoices };
  if (name === 'system' || name === 'operation') return { kind: name };
  return { kind: /^(?:old|new|file|folder|path)$/.test(name) ? 'file' : 'any' };
}
