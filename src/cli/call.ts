import type { Command } from 'commander';
import { badArgument, ServiceUnreachableError } from '../errors.ts';
import { maskValues } from '../redact.ts';
import { isSystemName, type SystemName, systemNames } from '../sandbox/systems.ts';
import { aboutLogin } from './auth/about.ts';
import { type PrintedAnswer, readAnswer } from './call/answer.ts';
import { contentOf, headerFrom, type Pair, paramFrom } from './call/given.ts';
import { findOperation, isUnsafe, listOperations, type RestOperation, type SoapOperation } from './call/operations.ts';
import { writeRequest } from './call/request.ts';
import { readSoapCall } from './call/soap.ts';
import { type OpenSession, openSession } from './open-session.ts';
import type { Outcome, VerbIo } from './outcome.ts';
import { confirmInProduction, type ProductionFlags, productionFlag } from './production.ts';
import { type SessionFlags, SYSTEM_ARGUMENT, sessionFlags } from './session-flags.ts';
import { renderTable } from './table.ts';

interface CallFlags extends SessionFlags, ProductionFlags {
  readonly data?: string;
  readonly param?: readonly Pair[];
  readonly header?: readonly Pair[];
  readonly soapHeaders?: string;
  readonly list?: true;
  readonly json?: true;
}

/** `latchkey call`: makes one call of a spec with the session, and prints the answer. */
export function defineCall(verb: Command, io: VerbIo): void {
  const collect =
    (read: (text: string) => Pair) =>
    (text: string, before: readonly Pair[] = []): readonly Pair[] => [...before, read(text)];
  productionFlag(sessionFlags(verb))
    .argument('[system]', SYSTEM_ARGUMENT)
    .argument('[operation...]', 'the operation\'s id, "METHOD /path", or its name in the WSDL')
    .option('--data <json>', 'the body, or the input of SOAP: JSON, @file, or @- for stdin')
    .option('--param <name=value>', 'a parameter: of the path or the query, or a field of the spec', collect(paramFrom))
    .option('--header <name=value>', 'a header of the request', collect(headerFrom))
    .option('--soap-headers <json>', 'SOAP headers by element name: JSON, @file, or @-')
    .option('--list', 'list the operations')
    .addHelpText('after', HELP)
    .action(async (first: string | undefined, others: readonly string[], _: unknown, command: Command) => {
      const flags = command.optsWithGlobals<CallFlags>();
      io.finish(await call(first, others, flags, io));
    });
}

const HELP = `
Prints the answer as JSON, or as the text that it is. Where the answer repeats the session, it is masked: latchkey auth token prints it.
Ends with 1 where the service answers with 400 or above, with a SOAP fault, or says that the call failed. With --json, the answer is in "data".

Examples:
  $ latchkey call pulse-crm --list
  $ latchkey call pulse-crm getSession
  $ latchkey call zuora-rest "GET /v1/entities"
  $ latchkey call zato-sso getUser --param user_id=zusr123
  $ latchkey call zuora-soap query --data '{"queryString": "select Id, Name from Account"}'
  $ latchkey call zuora-soap create --data @accounts.json --soap-headers '{"CallOptions": {"useSingleTransaction": true}}'`;

async function call(
  first: string | undefined,
  others: readonly string[],
  flags: CallFlags,
  io: VerbIo,
): Promise<Outcome> {
  const isSystem = first !== undefined && isSystemName(first);
  const asked = (isSystem || first === undefined ? others : [first, ...others]).join(' ');
  const system = isSystem ? first : undefined;
  if (flags.list) return list(system, asked);
  if (asked === '') throw badArgument('ERR_USAGE', 'an operation is missing; --list lists them');
  if (system === undefined && others[0]?.startsWith('/') === false) {
    throw badArgument('ERR_USAGE', `"${first}" is no system: there are ${systemNames.join(', ')}`);
  }
  // What is wrong with the operation is told before anything is asked or opened.
  if (system !== undefined) find(system, asked);
  if ([flags.data, flags.soapHeaders].filter((text) => text === '@-').length + (flags.passwordStdin ? 1 : 0) > 1) {
    throw badArgument('ERR_USAGE', 'stdin can be read for one thing only: the password, --data or --soap-headers');
  }
  await using opened = await openSession(system, flags, io);
  const { settings } = opened;
  const operation = find(settings.system.name, asked);
  const name = operation.kind === 'soap' ? operation.name : operation.facts.id;
  const send =
    operation.kind === 'soap'
      ? await soapCall(operation, flags, opened, io)
      : await restCall(operation, flags, opened, io);
  if (isUnsafe(operation)) {
    const what = `${name} may change data at`;
    await confirmInProduction(settings, { what, isYes: flags.yes === true, asker: opened.asker });
  }
  const outcome = await send();
  return { ...outcome, fields: { ...aboutLogin(settings), operation: name, ...outcome.fields } };
}

/** The operation that is meant. @throws TypeError with code `ERR_USAGE` for one that is none, or that begins or ends a session */
function find(system: SystemName, asked: string): RestOperation | SoapOperation {
  const operation = findOperation(system, asked);
  const role = operation.kind === 'rest' ? operation.facts.role : operation.name === 'login' ? 'login' : 'call';
  if (role === 'login') {
    throw badArgument('ERR_USAGE', `logging in is done by latchkey auth login ${system}; a call logs in by itself`);
  }
  if (role === 'end') {
    throw badArgument(
      'ERR_USAGE',
      `ending the session is done by latchkey auth logout ${system}, which forgets it too`,
    );
  }
  return operation;
}

function list(system: SystemName | undefined, asked: string): Outcome {
  if (asked !== '') {
    const why =
      system === undefined
        ? `takes a system: there are ${systemNames.join(', ')}`
        : `takes no operation: leave out "${asked}"`;
    throw badArgument('ERR_USAGE', `--list ${why}`);
  }
  const operations = (system === undefined ? systemNames : [system]).flatMap(listOperations);
  const rows = operations.map(({ operation, method, path, role, ...of }) => [
    ...(system === undefined ? [of.system] : []),
    operation,
    method === null ? 'SOAP' : `${method} ${path}`,
    role === 'login' || role === 'end' ? `see latchkey auth ${role === 'end' ? 'logout' : role}` : '',
  ]);
  const head = [...(system === undefined ? ['system'] : []), 'operation', 'request', 'remark'];
  const message = `${operations.length} operations`;
  return { code: 'OK', message, text: renderTable(head, rows), fields: { operations } };
}

/** Sends a call whose input has been read. */
type Send = () => Promise<Outcome>;

async function soapCall({ name }: SoapOperation, flags: CallFlags, opened: OpenSession, io: VerbIo): Promise<Send> {
  if (flags.param !== undefined) throw badArgument('ERR_USAGE', '--param is for REST: the input of SOAP is --data');
  if (flags.header !== undefined) throw badArgument('ERR_USAGE', '--header is for REST: SOAP takes --soap-headers');
  const send = await readSoapCall(name, flags, io.signal);
  return async () => {
    const before = await opened.session();
    const output = await opened.loggingIn(() => send(opened));
    const mask = maskValues([before.secret, await liveSecret(opened, io)]);
    const masked = (_: string, value: unknown): unknown => (typeof value === 'string' ? mask(value) : value);
    const text = JSON.stringify(output, masked, 2);
    return { code: 'OK', message: `${name} was answered`, text, fields: { data: JSON.parse(text) } };
  };
}

/** The session may be another one after a call. Where there is none, nobody is logged in only to be masked. */
async function liveSecret({ client }: OpenSession, { signal }: VerbIo): Promise<string> {
  const { state } = await client.session.status({ signal });
  return state === 'live' ? (await client.session.get({ signal })).secret : '';
}

async function restCall(operation: RestOperation, flags: CallFlags, opened: OpenSession, io: VerbIo): Promise<Send> {
  const { settings } = opened;
  if (flags.soapHeaders !== undefined) throw badArgument('ERR_USAGE', '--soap-headers is for SOAP');
  const data = flags.data === undefined ? undefined : await contentOf('--data', flags.data, io.signal);
  const { url, ...init } = writeRequest(operation, settings.baseUrl ?? '', {
    params: flags.param ?? [],
    headers: flags.header ?? [],
    data,
  });
  const { facts } = operation;
  const needsSession = facts.session.some(({ fills }) => fills === 'secret');
  return async () => {
    const request = `${facts.method} ${facts.path}`;
    const { title, name } = settings.system;
    const before = needsSession ? (await opened.session()).secret : '';
    const response = await opened.loggingIn(() => opened.client.fetch(url, { ...init, signal: io.signal }));
    const after = needsSession ? await liveSecret(opened, io) : '';
    const read = readAnswer(response, name, maskValues([before, after]));
    const answer = await opened.watched(read).catch((error: unknown) => {
      if (io.signal.aborted) throw error;
      const message = `the answer of ${title} to ${request} broke off, or cannot be read`;
      throw new ServiceUnreachableError(message, { status: response.status });
    });
    return outcomeOfAnswer(request, title, answer, io, flags.json === true);
  };
}

async function outcomeOfAnswer(
  request: string,
  title: string,
  { status, headers, data, text, isFailure }: PrintedAnswer,
  io: VerbIo,
  isJson: boolean,
): Promise<Outcome> {
  const fields = { status, headers, data };
  if (!isFailure) {
    const message = `${request} was answered with ${status}`;
    const isPrinted = !isJson && text === '';
    if (isPrinted) io.note(`${message} and nothing else`);
    return { code: 'OK', message, text, fields, isPrinted };
  }
  const how = status >= 400 ? `with ${status}` : `with ${status}, and says that it failed`;
  const message = `${title} answered ${request} ${how}`;
  // The answer is the result, whatever it is; only the verdict is an error.
  if (!isJson && text !== '') await io.publish({ code: 'OK', message, text });
  return { code: 'ERR_CALL_FAILED', message, fields };
}
