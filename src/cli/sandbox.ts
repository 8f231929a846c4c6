import { once } from 'node:events';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { service as zuoraSoap } from '../../generated/zuora-soap/table.ts';
import { asMissingPackage } from '../../scripts/generate/missing-package.ts';
import {
  createSandbox,
  defaultPulseUsers,
  defaultZatoUsers,
  defaultZuoraUsers,
  type SystemName,
  systemNames,
  type ZatoUser,
} from '../sandbox/index.ts';
import { interrupted, type Outcome, type VerbIo } from './outcome.ts';

interface SandboxVerbOptions {
  readonly port: number;
  readonly host: string;
  readonly system: readonly SystemName[];
  readonly tls?: boolean;
}

const control = [
  { method: 'GET', path: '/__sandbox', what: 'what can be made to happen, per system' },
  { method: 'POST', path: '/__sandbox/<system>/<scenario>', what: 'make it happen; arguments as a JSON body' },
  { method: 'GET', path: '/__sandbox/counts', what: 'requests, logins and refusals so far' },
  { method: 'GET', path: '/__sandbox/journal', what: 'the latest requests' },
  { method: 'GET', path: '/__sandbox/clock', what: "the sandbox's time" },
  { method: 'POST', path: '/__sandbox/clock', what: 'let time pass: {"advanceMs": 900000}' },
  { method: 'POST', path: '/__sandbox/reset', what: 'everything back to the start' },
] as const;

/** `latchkey sandbox`: serves the stateful twins of the login APIs until Ctrl-C. */
export function defineSandbox(verb: Command, io: VerbIo): void {
  verb
    .option('--port <number>', 'port to listen on; 0 takes a free one', portFrom, 0)
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .option('--tls', 'serve over HTTPS, with a certificate that is made at the start (needs the package selfsigned)')
    .addOption(
      new Option('--system <name...>', 'only these systems').choices(systemNames).default([...systemNames], 'all'),
    )
    .showHelpAfterError('(systems are named by --system; add --help for the options)')
    .addHelpText(
      'after',
      `
The users and their passwords are made up and printed at the start. Nothing is kept: each start begins afresh.

Examples:
  $ latchkey sandbox --port 8080
  $ latchkey sandbox --system pulse-crm --json
  $ curl -X POST http://127.0.0.1:8080/__sandbox/pulse-crm/expire-now`,
    )
    .action(async (options: SandboxVerbOptions) => io.finish(await serve(options, io)));
}

async function serve({ port, host, system, tls = false }: SandboxVerbOptions, io: VerbIo): Promise<Outcome> {
  if (io.signal.aborted) return interrupted;
  const systems = systemNames.filter((name) => system.includes(name));
  await using service = await createSandbox()
    .listen({ port, host, systems, tls })
    .catch((error: unknown) => {
      throw failureToListen(error, `${host}:${port}`);
    });
  const { url, ca } = service;
  if (!/^(127\.|::1$|localhost$)/.test(host)) {
    io.note(`Whoever can reach ${host} can use and steer this sandbox.`);
  }
  const served = systems.map((name) => ({ system: name, baseUrl: url + pathOf(name), users: usersOf(name) }));
  await io.publish({
    code: 'OK',
    message: `Serving ${systems.join(', ')} on ${url}`,
    fields: { url, port: service.port, ...(ca === undefined ? {} : { ca }), systems: served, control },
    text:
      textOf(url, served) + (ca === undefined ? '' : `\n\nThe certificate authority to trust, as PEM:\n${ca.trim()}`),
  });
  io.note('Ctrl-C ends it.');
  if (!io.signal.aborted) await once(io.signal, 'abort');
  return interrupted;
}

/** Why nothing is served, in terms of the flags. */
function failureToListen(error: unknown, where: string): unknown {
  const { code, message, cause }: { code?: unknown; message?: unknown; cause?: unknown } = Object(error);
  if (code === 'MISSING_PACKAGE') {
    return Object.assign(asMissingPackage(cause, 'sandbox --tls') ?? new Error(String(message)), {
      code: 'ERR_MISSING_PACKAGE',
    });
  }
  const why =
    code === 'EADDRINUSE'
      ? 'somebody else listens there: --port 0 takes a free port'
      : code === 'EACCES'
        ? 'this user may not: take a --port above 1023'
        : code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND'
          ? 'this machine has no such address: see --host'
          : undefined;
  return why === undefined ? error : Object.assign(new Error(`cannot listen on ${where}, as ${why}`), { code });
}

/** What a client's base URL has besides the origin. */
function pathOf(system: SystemName): string {
  return system === 'zuora-soap' ? new URL(zuoraSoap.location).pathname : '';
}

type User = Readonly<Record<string, string>>;

/** REST and SOAP of Zuora are one tenant with the same users, whose names and passwords are called otherwise in REST. */
function usersOf(system: SystemName): User[] {
  switch (system) {
    case 'pulse-crm':
      return defaultPulseUsers.map(({ apiKey, apiSecret, email, password }) => ({
        apiKey,
        apiSecret,
        email,
        password,
      }));
    case 'zato-sso':
      return defaultZatoUsers.map((user) => ({
        username: user.username,
        password: user.password,
        currentApp: 'CRM',
        ...remarkOn(user),
      }));
    default:
      return defaultZuoraUsers.map(({ username, password, entities }) => ({
        ...(system === 'zuora-rest'
          ? { apiAccessKeyId: username, apiSecretAccessKey: password }
          : { username, password }),
        entities: entities.map(({ id, name }) => `${id} ${name}`).join(', '),
      }));
  }
}

function remarkOn(user: ZatoUser): User {
  const remarks = [
    user.isSuperUser ? 'super-user' : '',
    user.isTotpEnabled && user.totpKey !== null ? `one-time codes from ${user.totpKey}` : '',
    user.mustChangePassword ? 'must change the password' : '',
    user.passwordExpiresInDays < 0 ? 'password expired' : '',
    user.passwordExpiresInDays > 0 && user.passwordExpiresInDays < 30 ? 'password about to expire' : '',
    user.isLocked ? 'locked' : '',
    user.approvalStatus === 'approved' ? '' : 'not approved',
    user.signUpStatus === 'final' ? '' : 'sign-up not confirmed',
  ].filter((remark) => remark !== '');
  return remarks.length === 0 ? {} : { remark: remarks.join(', ') };
}

function textOf(
  url: string,
  served: readonly { readonly system: string; readonly baseUrl: string; readonly users: readonly User[] }[],
): string {
  const lines = [`Sandbox on ${url}`, ''];
  for (const { system, baseUrl, users } of served) {
    lines.push(`${system}: base URL ${baseUrl}`);
    for (const user of users) {
      lines.push(
        `  ${Object.entries(user)
          .map(([name, value]) => `${name} ${JSON.stringify(value)}`)
          .join('  ')}`,
      );
    }
    lines.push('');
  }
  lines.push('Steered with:');
  for (const { method, path, what } of control) lines.push(`  ${method.padEnd(4)} ${path.padEnd(33)} ${what}`);
  return lines.join('\n');
}

function portFrom(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}
