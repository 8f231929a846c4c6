import { badArgument, CredentialsMissingError, LoginDeniedError, TotpRequiredError } from '../errors.ts';
import type { LatchkeyEvent } from '../events.ts';
import type { Session } from '../keeper/session.ts';
import { createFileStore } from '../stores/file.ts';
import type { SessionStore } from '../stores/store.ts';
import type { Asker } from './asker.ts';
import { askerAt } from './asker.ts';
import type { VerbIo } from './outcome.ts';
import { type Progress, showProgress } from './progress.ts';
import { capitalised } from './question-ways.ts';
import { openClient, type SessionClient } from './session-client.ts';
import type { SessionFlags } from './session-flags.ts';
import { type KnownLogin, readKnownLogins, unreadableText } from './settings/known-logins.ts';
import type { MissingSetting } from './settings/missing-setting.ts';
import { type Settings, type SettingsInput, settle } from './settings/settings.ts';
import { openStore } from './settings/store-choice.ts';
import { formOf, specAddressOf } from './settings/systems.ts';
import { readStdin } from './stdin.ts';

/** A session's client with what it was opened from. */
export interface OpenSession extends AsyncDisposable {
  readonly settings: Settings;
  readonly client: SessionClient;
  readonly store: SessionStore;
  /** The store of this machine, where logins are remembered. */
  readonly local: SessionStore;
  readonly asker: Asker | undefined;
  /** What happened to the session in this run. */
  readonly events: readonly LatchkeyEvent[];
  /** The session: the one that is there, or one from a login. Somebody at the terminal is asked for what a login lacks. */
  session(): Promise<Session<object>>;
  /**
   * Does what may log in, and tells somebody at the terminal what is waited for. Where a login lacks the secret or a one-time code and nothing gives it,
   * somebody there is asked for it, and once more for a code that is refused; then the work is done anew.
   */
  loggingIn<T>(work: () => Promise<T>): Promise<T>;
  /** Waits for what is under way, and tells somebody at the terminal what that is once it takes long. */
  watched<T>(work: Promise<T>): Promise<T>;
  /** Asks for the secret now, where a login will need it and nothing gives it; nobody waits behind a lock meanwhile. */
  askSecretIfNeeded(): Promise<void>;
}

const STORE_ADVICE = '. The session is not kept there; see latchkey doctor, or choose another place with --store';

/** How many one-time codes are asked for at most: the login budget is for more than one person's typing. */
const MOST_CODES = 3;

/** Settles what is meant and opens its client; nothing is sent, and credentials are not asked for. */
export async function openSession(
  system: string | undefined,
  flags: SessionFlags,
  io: VerbIo,
  { purpose }: Pick<SettingsInput, 'purpose'> = {},
): Promise<OpenSession> {
  const asker = askerAt(io, flags);
  const local = createFileStore();
  let known: Promise<readonly KnownLogin[]> | undefined;
  const settings = await settle({
    system,
    flags,
    env: process.env,
    known: () => {
      known ??= readKnownLogins(local, (why) => io.note(unreadableText(why)));
      return known;
    },
    ask: asker && ((missing) => askFor(asker, missing)),
    choose: asker?.choose,
    purpose,
  });
  const opened =
    settings.store === 'file'
      ? { store: local, [Symbol.asyncDispose]: async () => {} }
      : await openStore(settings.store);
  const events: LatchkeyEvent[] = [];
  let hasStoreFailed = false;
  let progress: Progress | undefined;
  const prompted: { secret?: string; code?: string } = {};
  const client = await openClient(settings, {
    store: opened.store,
    prompted,
    async readStdin() {
      const what = '--password-stdin';
      // What is typed would be seen.
      if (process.stdin.isTTY)
        throw badArgument(
          'ERR_USAGE',
          `${what} reads a pipe, and stdin is a terminal: leave it out, and you are asked`,
        );
      return readStdin({ what, code: 'ERR_USAGE', mostBytes: MOST_BYTES, signal: io.signal });
    },
    signal: io.signal,
    onEvent(event) {
      events.push(event);
      if (event.type !== 'warning') return;
      progress?.clear();
      // What a store cannot do once, it says of each thing that it should do.
      const isStores = event.code === 'store-failed';
      if (isStores && hasStoreFailed) return;
      hasStoreFailed ||= isStores;
      io.note(`warning: ${event.message}${isStores ? STORE_ADVICE : ''}`);
    },
  }).catch(async (error: unknown) => {
    await opened[Symbol.asyncDispose]();
    throw error;
  });
  const { signal } = io;
  /** Asks for the secret where only the service could say that a login is needed: it has refused the session that was there. */
  const isAnsweredWithSecret = async (error: unknown): Promise<boolean> => {
    if (!(error instanceof CredentialsMissingError) || prompted.secret !== undefined) return false;
    await session.askSecretIfNeeded();
    return prompted.secret !== undefined;
  };
  /** Asks for a one-time code, for logins from now on, where that is what a login failed for. */
  const isAnsweredWithCode = async (error: unknown, codesLeft: number): Promise<boolean> => {
    if (settings.totp !== undefined || asker === undefined || !(error instanceof LoginDeniedError)) return false;
    // The service asks for a code only where the password is right: what it refuses after that is the code.
    const isRefused = prompted.code !== undefined && error.code === 'ERR_LOGIN_DENIED';
    if (isRefused) await client.session.clearQuarantine({ signal });
    if (codesLeft === 0 || !(isRefused || error instanceof TotpRequiredError)) return false;
    if (isRefused) io.note(`${error.message}. Another code?`);
    prompted.code = await asker.text(`One-time code of ${settings.user}`);
    return true;
  };
  const session: OpenSession = {
    settings,
    client,
    store: opened.store,
    local,
    asker,
    events,
    async session() {
      if (settings.secret === undefined && asker !== undefined) {
        const { state } = await client.session.status({ signal });
        if (state !== 'live') await session.askSecretIfNeeded();
      }
      return session.loggingIn(() => client.session.get({ signal }));
    },
    async loggingIn(work) {
      for (let codesLeft = MOST_CODES; ; codesLeft -= 1) {
        try {
          return await session.watched(work());
        } catch (error) {
          // Nobody holds a lock while a person looks for what is asked.
          if (!((await isAnsweredWithSecret(error)) || (await isAnsweredWithCode(error, codesLeft)))) throw error;
        }
      }
    },
    async watched(work) {
      asker?.rest();
      // A command that gives a secret may ask for something itself, on the same terminal.
      if (settings.secret?.kind === 'command' || settings.totp?.kind === 'command') return work;
      using shown = showProgress(`Waiting for ${settings.system.title}`);
      progress = shown;
      return await work;
    },
    async askSecretIfNeeded() {
      if (settings.secret !== undefined || prompted.secret !== undefined || asker === undefined) return;
      const { secretLabel } = formOf(settings.system, settings.user);
      prompted.secret = await asker.secret(capitalised(`${secretLabel} of ${settings.user} at ${settings.baseUrl}`));
    },
    async [Symbol.asyncDispose]() {
      asker?.rest();
      await client[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    },
  };
  return session;
}

function askFor(asker: Asker, { name, system, baseUrl }: MissingSetting): Promise<string> {
  if (name === 'baseUrl') {
    const check = (answer: string): string | undefined =>
      URL.canParse(answer) && /^https?:/.test(answer) ? undefined : 'An address that begins with https:// (or http://)';
    return asker.text(`Where is ${system.title}?`, { placeholder: system.exampleUrl, check });
  }
  if (name === 'user') {
    // Nobody has named the address of a spec.
    const where = baseUrl !== undefined && baseUrl === specAddressOf(system) ? ` at ${baseUrl}` : '';
    return asker.text(capitalised(system.forms.map(({ userLabel }) => userLabel).join(' or ') + where));
  }
  return asker.text(name);
}

/** The most that a secret may hold. */
const MOST_BYTES = 64 * 1024;
