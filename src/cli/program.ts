import { Command, Help } from 'commander';
import { readManifest } from '../../scripts/generate/manifest.ts';
import type { VerbIo } from './outcome.ts';
import { ownFirst } from './session-flags.ts';
import { verbs } from './verbs.ts';

const examples = `
Examples:
  $ latchkey init                        # make a profile by questions, and log in
  $ latchkey auth login pulse-crm --base-url https://crm.example.com --user key
  $ latchkey auth status pulse-crm       # who is logged in where, and until when
  $ latchkey call pulse-crm getSession   # make a call with the session
  $ TOKEN=$(latchkey auth token pulse-crm)
  $ latchkey sandbox --port 8080         # play the login APIs, to try all this

Exit codes:
  0 ok    1 failure    2 usage    3 drift    4 needs authentication    5 unreachable
  6 denied or quarantined    7 breaking change    130 interrupted`;

/** What the command is laid out with. */
export interface ProgramInput {
  readonly io: VerbIo;
  /** Takes what commander has to say: help, the version, what is wrong with a command line. */
  readonly show: (text: string) => void;
  /** The verb whose file is loaded and whose options are laid out; of the others only the names are. All of them where it is absent. */
  readonly only?: { readonly verb: string | undefined };
  /** Whether the version is asked for: it is read from disk, which each start would pay for. */
  readonly isVersion?: boolean;
}

/** The verb of a command line, as far as can be told before its options are known. */
export function verbIn(args: readonly string[]): { readonly verb: string | undefined } {
  const words = args.filter((arg) => !arg.startsWith('-'));
  return { verb: words[0] === 'help' ? words[1] : words[0] };
}

/** Help as commander gives it. */
const plainHelp = new Help();

/** Lays out the command with its verbs. */
export async function buildProgram({ io, show, only, isVersion = false }: ProgramInput): Promise<Command> {
  const program = new Command('latchkey')
    .description('Log in once, stay in: clients for APIs that hand out a session.')
    .version(isVersion ? readManifest().version : '', '-V, --version', 'print the version')
    .option('--json', 'print one JSON document: {ok, code, message, …}')
    .helpOption('-h, --help', 'print this')
    .configureHelp({
      showGlobalOptions: true,
      // What only this verb can do comes first.
      visibleOptions: (command) => ownFirst(plainHelp.visibleOptions(command)),
    })
    .configureOutput({ writeOut: show, writeErr: show })
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText('after', examples);
  const whole = (): Promise<Command> => buildProgram({ io, show });
  for (const { name, summary, load } of verbs) {
    const verb = program.command(name).description(summary);
    if (only === undefined || name === only.verb) (await load())(verb, io, whole);
  }
  return program;
}
