import { Argument, type Command, Option } from 'commander';
import type { Shell } from './completion/script.ts';
import type { Outcome, VerbIo } from './outcome.ts';
import { profileFile } from './settings/places.ts';
import { readProfiles } from './settings/profile-file.ts';

interface Flags {
  readonly profiles?: true;
}

/** `latchkey completion`: a script that completes command lines in a shell. */
export function defineCompletion(verb: Command, io: VerbIo, whole: () => Promise<Command>): void {
  verb
    .addArgument(new Argument('[shell]', 'the shell').choices(['bash', 'zsh', 'fish']))
    // For the scripts: names of profiles change more often than the command does.
    .addOption(new Option('--profiles', 'print the names of the profiles, one a line').hideHelp())
    .addHelpText('after', HELP)
    .action(async (shell: Shell | undefined, { profiles }: Flags) => {
      io.finish(await (profiles ? profileNames() : scriptFor(shell, whole)));
    });
}

const HELP = `
Completes verbs, options, systems, operations and the names of profiles. Only the latter are asked for while you type.

Examples:
  $ eval "$(latchkey completion bash)"      # in ~/.bashrc
  $ source <(latchkey completion zsh)       # in ~/.zshrc, after compinit
  $ latchkey completion fish > ~/.config/fish/completions/latchkey.fish  # once, and after an update`;

async function scriptFor(shell: Shell | undefined, whole: () => Promise<Command>): Promise<Outcome> {
  if (shell === undefined) return { code: 'ERR_USAGE', message: 'say for which shell: bash, zsh or fish' };
  const { completionScript } = await import('./completion/script.ts');
  const script = completionScript(shell, await whole());
  return {
    code: 'OK',
    message: `The completion of latchkey for ${shell}`,
    text: script.trimEnd(),
    fields: { shell, script },
  };
}

async function profileNames(): Promise<Outcome> {
  const { profiles } = await readProfiles(profileFile(process.env));
  const names = [...profiles.keys()];
  return { code: 'OK', message: `${names.length} profiles`, text: names.join('\n'), fields: { profiles: names } };
}
