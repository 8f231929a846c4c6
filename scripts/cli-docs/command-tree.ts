import type { Command, Option } from 'commander';
import type { VerbIo } from '../../src/cli/outcome.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { sessionFlags } from '../../src/cli/session-flags.ts';

/** An option or an argument of a verb. */
export interface Entry {
  /** As it is written: `--store <where>`, `[system]`. */
  readonly term: string;
  readonly meaning: string;
  /** In words; empty if there is none. */
  readonly fallback: string;
}

/** A verb that can be run, such as `auth login`. */
export interface VerbDefinition {
  /** All its words: `auth login`. */
  readonly path: string;
  readonly summary: string;
  /** One line, or several that fit a page. */
  readonly usage: string;
  readonly args: readonly Entry[];
  /** Those of its own: not those of every verb, nor those of every session's verb. */
  readonly options: readonly Entry[];
  /** Whether it has the options of every verb that uses a session, too. */
  readonly usesSession: boolean;
  /** The command lines of its help's examples. */
  readonly examples: readonly string[];
}

/** The command as it is defined. */
export interface CommandDefinition {
  readonly verbs: readonly VerbDefinition[];
  /** The words that come first, with what is said of them. */
  readonly first: readonly { readonly name: string; readonly summary: string }[];
  /** The options of every verb that uses a session. */
  readonly sessionOptions: readonly Entry[];
}

const LONGEST_LINE = 110;

/** Lays out the whole command and reads what it is made of. */
export async function readCommand(): Promise<CommandDefinition> {
  let shown = '';
  // Laying verbs out takes nothing of it: it is for running one.
  const io = {} as VerbIo;
  const program = await buildProgram({ io, show: (text) => (shown += text) });
  const helpOf = (command: Command): string => {
    shown = '';
    command.outputHelp();
    return shown.slice(command.helpInformation().length);
  };
  const ofSession = await sessionOptions(program);
  const verbs = program.commands.flatMap((command) => leaves(command, '', ofSession, helpOf));
  return {
    verbs,
    first: program.commands.map((command) => ({ name: command.name(), summary: command.description() })),
    sessionOptions: ofSession.map(entryOf),
  };
}

async function sessionOptions(program: Command): Promise<readonly Option[]> {
  return sessionFlags(program.createCommand()).options;
}

function leaves(
  command: Command,
  above: string,
  ofSession: readonly Option[],
  helpOf: (command: Command) => string,
): VerbDefinition[] {
  const path = `${above} ${command.name()}`.trim();
  if (command.commands.length > 0) return command.commands.flatMap((sub) => leaves(sub, path, ofSession, helpOf));
  const visible = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help');
  const usesSession = ofSession.every(({ flags }) => visible.some((option) => option.flags === flags));
  const own = usesSession ? visible.filter(({ flags }) => !ofSession.some((each) => each.flags === flags)) : visible;
  const args = command.registeredArguments.map((argument) => ({
    term: wrapped(argument.name(), argument.required, argument.variadic),
    meaning: argument.description,
    fallback: '',
  }));
  // Behind dashes stands what is another command's: nothing of ours may follow.
  const [before = '', behind] = command.usage().split(' -- ');
  const words = [
    ...args.filter(({ term }) => behind === undefined || before.includes(term)).map(({ term }) => term),
    ...own.map(({ flags }) => `[${flags}]`),
    ...(usesSession ? ['[options of a session]'] : []),
    '[--json]',
    ...(behind === undefined ? [] : [`-- ${behind}`]),
  ];
  return [
    {
      path,
      summary: command.description(),
      usage: linesOf(`latchkey ${path}`, words),
      args,
      options: own.map(entryOf),
      usesSession,
      examples: examplesIn(helpOf(command)),
    },
  ];
}

function wrapped(name: string, isRequired: boolean, isVariadic: boolean): string {
  const text = isVariadic ? `${name}...` : name;
  return isRequired ? `<${text}>` : `[${text}]`;
}

function entryOf({ flags, description, defaultValue, defaultValueDescription, argChoices }: Option): Entry {
  // Defaults that commander is not told of, because they hang on something, stand at the end of the description.
  const [, text = '', told = ''] = /^(.*?)(?:\s*\(default: (.*)\))?$/s.exec(description) ?? [];
  const isShown = defaultValue !== undefined && defaultValue !== true && defaultValue !== false;
  const fallback = isShown ? (defaultValueDescription ?? String(defaultValue)) : told.replace(/^"(.*)"$/, '$1');
  const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`;
  return { term: flags, meaning: text + choices, fallback };
}

/** Lays words out in lines, those after the first under the first word. */
function linesOf(start: string, words: readonly string[]): string {
  const lines: string[] = [];
  let line = start;
  for (const word of words) {
    if (line.length + 1 + word.length > LONGEST_LINE) {
      lines.push(line);
      line = ' '.repeat(start.length);
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}

/** The lines of a help text that begin with a prompt, and what continues them. */
function examplesIn(help: string): readonly string[] {
  const [, examples = ''] = /^Examples:\n((?: .*\n?)+)/m.exec(help) ?? [];
  return examples
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^ {2}(?:\$ )?/, ''))
    .filter((line) => line.trim() !== '');
}
