import { once } from 'node:events';
import type { Command } from 'commander';
import { badArgument } from '../errors.ts';
import { aboutLogin } from './auth/about.ts';
import { logout } from './auth/logout.ts';
import { carriedBy } from './carried.ts';
import { type HelperRequest, readRequest } from './credential-helper/request.ts';
import { isoOf } from './life.ts';
import { openSession } from './open-session.ts';
import { interrupted, type Outcome, outcomeOf, type VerbIo } from './outcome.ts';
import { readStdin } from './stdin.ts';

/** `latchkey credential-helper`: answers one request for a session, for programs in other languages. */
export function defineCredentialHelper(verb: Command, io: VerbIo): void {
  verb.addHelpText('after', HELP).action(async () => {
    const work = answer(io).catch(outcomeOf);
    // A login that is under way may take longer than whoever interrupted us waits.
    const { code, message, fields } = await Promise.race([work, interruptionOf(io)]);
    const isOk = code === 'OK';
    await print({ version: 1, ok: isOk, ...(isOk ? fields : { code, message }) });
    // Locks are given back before the process ends.
    await work;
    io.finish({ code, message, isPrinted: true });
  });
}

const HELP = `
One request, as JSON on stdin, gets one answer, as JSON on stdout. Nobody is asked anything. The exit code is that of the other verbs.

  {"version": 1, "action": "get", "system": "pulse-crm"}
  {"version": 1, "action": "refused", "system": "pulse-crm", "session": {"id": "…", "revision": 1}}
  {"version": 1, "action": "logout", "profile": "work"}

"get" gives the session, after a login if need be; "refused" another one in place of a session that the service has refused: of several
programs that say so, one logs in. Whose session is meant may be said by "system", "profile", "user", "baseUrl", "currentApp", "accountId",
"entityId", "entityName" and "store"; what is left out comes from the environment, the profiles and earlier logins.

Examples:
  $ echo '{"version": 1, "action": "get", "system": "pulse-crm"}' | latchkey credential-helper`;

async function answer(io: VerbIo): Promise<Outcome> {
  if (process.stdin.isTTY) throw badArgument('ERR_REQUEST', 'the request is read from stdin, which is a terminal');
  const { signal } = io;
  const request = readRequest(
    await readStdin({ what: 'the request', code: 'ERR_REQUEST', mostBytes: MOST_BYTES, signal }),
  );
  return request.action === 'logout' ? logout(request.system, request.flags, io, '"yes": true') : session(request, io);
}

async function session({ system, flags, session: distrust }: HelperRequest, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io);
  const { settings, client } = opened;
  const { signal } = io;
  const found = await client.session.get({ signal, ...(distrust && { distrust }) });
  const { id, revision, secret, expiresAtMs } = found;
  const carried = carriedBy(settings, found);
  const fields = {
    ...aboutLogin(settings),
    ...carried,
    token: secret,
    expiration: isoOf(expiresAtMs),
    session: { id, revision },
  };
  return { code: 'OK', message: '', fields };
}

async function interruptionOf({ signal }: VerbIo): Promise<Outcome> {
  if (!signal.aborted) await once(signal, 'abort');
  return interrupted;
}

/** The most that a request may hold. */
const MOST_BYTES = 64 * 1024;

function print(document: object): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(`${JSON.stringify(document)}\n`, () => resolve());
  });
}
