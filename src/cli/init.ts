import type { Command } from 'commander';
import { type Asker, askerAt } from './asker.ts';
import { login } from './auth/login.ts';
import { draftProfile, type InitFlags, type ProfileDraft } from './init/draft-profile.ts';
import { putProfile, type WrittenProfile } from './init/put-profile.ts';
import { type Outcome, outcomeOf, type VerbIo } from './outcome.ts';
import { profileFile } from './settings/places.ts';
import { readProfiles } from './settings/profile-file.ts';

interface InitVerbFlags extends InitFlags {
  readonly input?: boolean;
  readonly try?: boolean;
  readonly passwordStdin?: true;
}

/** `latchkey init`: makes a profile by questions, or of flags, and tries it at once. */
export function defineInit(verb: Command, io: VerbIo): void {
  verb
    .option('--name <name>', 'what the profile is called')
    .option('--system <name>', 'zuora-rest, zuora-soap, zato-sso or pulse-crm')
    .option('--base-url <url>', 'where the service is')
    .option('--user <name>', 'who logs in: user name, API key or email address')
    .option('--current-app <name>', 'Zato: the calling application')
    .option('--account-id <id>', 'Pulse: the account that calls are about')
    .option('--entity-id <id>', 'Zuora: the entity, by id')
    .option('--entity-name <name>', 'Zuora: the entity, by name')
    .option('--store <where>', '"file", "memory", a folder, or redis://host:port')
    .option('--secret-command <command>', 'a command that prints the secret: words, or a JSON list of words')
    .option('--secret-file <file>', 'a file that holds the secret')
    .option('--totp-command <command>', 'Zato: a command that prints a one-time code')
    .option('--totp-key-command <command>', 'Zato: a command that prints the key that one-time codes are made from')
    .option('--totp-key-file <file>', 'Zato: a file that holds that key')
    .option('--production', 'ask before operations that may change data')
    .option('--default', 'use this profile where none is named')
    .option('--allow-insecure', 'allow plain http to other machines')
    .option('--replace', 'replace a profile of the same name')
    .option('--no-try', 'do not log in with it')
    .option('--password-stdin', 'for the login: read the password or API secret from stdin')
    .option('--no-input', 'never ask; what is missing is an error')
    .addHelpText('after', HELP)
    .action(async (_: unknown, command: Command) =>
      io.finish(await init(command.optsWithGlobals<InitVerbFlags>(), io)),
    );
}

const HELP = `
Asks for what the flags do not say. No secret is written: the profile says where one comes from, or it is asked for at
each login. A secret in the environment (such as LATCHKEY_PULSE_CRM_API_SECRET) goes before what the profile says.

Examples:
  $ latchkey init
  $ latchkey init --name work --system pulse-crm --base-url https://crm.example.com --user me@example.com \\
      --secret-command 'pass show crm'`;

async function init(flags: InitVerbFlags, io: VerbIo): Promise<Outcome> {
  const file = profileFile(process.env);
  const profiles = await readProfiles(file);
  const asker = askerAt(io, flags);
  try {
    const draft = await draftProfile({ flags, profiles, asker });
    const shown = JSON.stringify({ [draft.name]: draft.entry }, null, 2)
      .split('\n')
      .slice(1, -1)
      .join('\n');
    if (asker !== undefined) {
      io.note(`\nThis goes into ${file}:\n${shown}\n`);
      if (!(await asker.confirm('Write it?', true))) return { code: 'ERR_INTERRUPTED', message: 'Nothing was written' };
    }
    io.signal.throwIfAborted();
    const written = await putProfile(file, draft);
    const about = aboutProfile(file, draft);
    const kept = `The profile ${draft.name} is in ${file}${draft.isDefault ? ', and is used where none is named' : ''}`;
    if (flags.try === false) return { code: 'OK', message: kept, fields: { ...about, login: null } };
    return await tried(flags, { draft, written, about, kept, asker }, io);
  } finally {
    asker?.rest();
  }
}

interface Made {
  readonly draft: ProfileDraft;
  readonly written: WrittenProfile;
  readonly about: object;
  readonly kept: string;
  readonly asker: Asker | undefined;
}

/** Logs in with the profile; one that does not work may be dropped again. */
async function tried(flags: InitVerbFlags, made: Made, io: VerbIo): Promise<Outcome> {
  const { draft, written, about, kept, asker } = made;
  const { input, passwordStdin } = flags;
  const loginFlags = {
    // The profile is tried, not what the environment puts before it.
    ...draft.who,
    profile: draft.name,
    isTrial: true,
    ...(input !== undefined && { input }),
    ...(passwordStdin && { passwordStdin }),
  };
  try {
    const { message, fields = {} } = await login(undefined, loginFlags, io);
    const isTried = !('isNew' in fields) || fields.isNew === true;
    const untried = isTried ? '' : '. No secret was tried: the session was there before';
    return { code: 'OK', message: `${kept}. ${message}${untried}`, fields: { ...about, login: fields } };
  } catch (error) {
    const failed = io.signal.aborted
      ? { code: 'ERR_INTERRUPTED', message: 'Interrupted', fields: {} }
      : outcomeOf(error);
    if (failed.code === 'ERR_CREDENTIALS_MISSING' && asker === undefined && !draft.hasSource) {
      const message = `${kept}. It was not tried: nothing gives its secret`;
      return { code: 'OK', message, fields: { ...about, login: null } };
    }
    const isInterrupted = failed.code === 'ERR_INTERRUPTED';
    if (!isInterrupted) io.note(`The login failed: ${failed.message}`);
    const isKept = isInterrupted || asker === undefined || (await isWanted(asker, draft.name));
    const isDropped = !isKept && (await written.undo());
    const what = isDropped ? 'The profile was dropped' : kept;
    return {
      ...failed,
      message: `${failed.message}. ${what}`,
      fields: { ...failed.fields, ...about, isKept: !isDropped },
    };
  }
}

async function isWanted(asker: Asker, name: string): Promise<boolean> {
  const choices = [
    { value: 'keep', label: 'Keep it' },
    { value: 'drop', label: 'Drop it' },
  ] as const;
  return (await asker.choose(`Keep the profile ${name} all the same?`, choices)) === 'keep';
}

/** What JSON outputs say of the profile. */
function aboutProfile(file: string, { name, system, isDefault }: ProfileDraft): object {
  return { profile: name, system: system.name, file, isDefault };
}
