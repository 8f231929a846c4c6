/**
 * Writes the tables of `docs/outcomes.md` from those that the systems judge by, and checks that its section on codes leaves none out.
 *
 *     tsx scripts/outcomes.ts [--check] [document]
 *
 * `--check` writes nothing. Default document: docs/outcomes.md. Exit code 0: all well; 1: a code is missing, or is nobody's; 2: wrong usage; 3: the tables are not what the
 * systems' are.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as errors from '../src/errors.ts';
import type { CallOutcome, LoginOutcome } from '../src/systems/outcomes.ts';
import { pulseCalls, pulseLogins } from '../src/systems/pulse-crm-outcomes.ts';
import { zatoCalls, zatoLogins, zatoRenewals } from '../src/systems/zato-outcomes.ts';
import { zuoraRestCalls, zuoraRestLogins } from '../src/systems/zuora-rest-outcomes.ts';
import { zuoraSoapCalls, zuoraSoapLogins } from '../src/systems/zuora-soap-outcomes.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

type LoginRow = Pick<LoginOutcome<never>, 'signal' | 'liftedBy'> & {
  readonly error: string;
  readonly isRemembered?: boolean;
};

/** What the answers to a login mean, per system. */
export const logins: Readonly<Record<string, readonly LoginRow[]>> = {
  'pulse-crm': pulseLogins,
  'zuora-rest': zuoraRestLogins,
  'zuora-soap': zuoraSoapLogins,
  'zato-sso': zatoLogins,
  // Below the systems: transport sorts these out for all of them alike, and test/unit/outcomes.test.ts holds each system to them.
  all: [
    {
      signal: '404 or 405: there is no login at that address',
      error: 'ServiceUnreachableError',
      liftedBy: 'the right base URL',
    },
    { signal: '429, or 503 with `Retry-After`', error: 'RateLimitedError', liftedBy: 'waiting' },
    {
      signal: 'any other 5xx that is no SOAP fault, a page in place of an answer, a redirect, half an answer, none',
      error: 'ServiceUnreachableError',
      liftedBy: 'the service',
    },
    {
      signal: 'an answer, to a renewal too, that does not fit the spec',
      error: 'ContractViolationError',
      liftedBy: 'a new spec, or the service',
    },
  ],
};

/** What the answers to calls say of the session, per system. */
export const calls: Readonly<Record<string, readonly Omit<CallOutcome<never>, 'matches'>[]>> = {
  'pulse-crm': pulseCalls,
  'zuora-rest': zuoraRestCalls,
  'zuora-soap': zuoraSoapCalls,
  'zato-sso': zatoCalls,
};

/** What the answers to renewals say of it: only refusals, as all else is judged like a login's answer. */
export const renewals: typeof calls = { 'zato-sso': zatoRenewals };

const words = {
  refused: 'login, sent again',
  unsure: 'the session is renewed first; if that is refused: login, sent again',
  distrust: 'goes to the caller; the session is not used again',
  accepted: 'goes to the caller; the session stays',
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const yesOrNo = (is: boolean): string => (is ? 'yes' : 'no');

const rowsOf = <Row, Cell>(
  systems: Readonly<Record<string, readonly Row[]>>,
  cells: (row: Row) => readonly Cell[],
): (string | Cell)[][] =>
  Object.entries(systems).flatMap(([system, rows]) => rows.map((row) => [system, ...cells(row)]));

function loginTable(): string {
  const classes = errorClasses();
  const rows = rowsOf(logins, ({ signal, error, isRemembered = false, liftedBy }) => {
    const isRetryable = classes.get(error)?.retryable;
    if (isRetryable === undefined) throw new Error(`${signal}: there is no ${error}`);
    return [signal, `\`${error}\``, yesOrNo(isRemembered), yesOrNo(isRetryable), liftedBy];
  });
  return table(['system', 'signal', 'error', 'remembered', 'retryable', 'lifted by'], rows);
}

function callTable(): string {
  const rows = rowsOf(calls, ({ signal, verdict, error, isRetryable = false }) => {
    const told = `\`${error}\`${isRetryable ? ', `retryable`' : ''}; the session stays`;
    return [signal, error === undefined ? words[verdict] : told];
  });
  const ofRenewals = rowsOf(renewals, ({ signal }) => [signal, 'login']);
  return table(['system', 'signal', 'what happens'], [...rows, ...ofRenewals]);
}

/** The document with its tables as they should be. @throws Error if the place of a table is not marked */
export function withTables(document: string): string {
  return Object.entries({ logins: loginTable(), calls: callTable() }).reduce((text, [name, rows]) => {
    const place = new RegExp(`(<!-- begin ${name}[^>]*-->\n)[\\s\\S]*?(<!-- end ${name} -->)`);
    if (!place.test(text)) throw new Error(`docs/outcomes.md has no place for the table of ${name}`);
    return text.replace(place, (_, begin: string, end: string) => `${begin}${rows}\n${end}`);
  }, document);
}

/** What any error's constructor may ask for. */
const anyDetails = {
  ...{ sinceMs: 0, untilMs: 0, sends: 1, status: 500, faultCode: 'X', reason: 'busy' },
  ...{ place: '/x', expected: 'x', found: 'x' },
};

/** One error of each class, by the class's name. */
function errorClasses(): Map<string, errors.LatchkeyError> {
  const classes = new Map<string, errors.LatchkeyError>();
  for (const [name, value] of Object.entries(errors)) {
    if (typeof value !== 'function' || !(value.prototype instanceof errors.LatchkeyError)) continue;
    const made: unknown = Reflect.construct(value, ['made to be looked at', anyDetails]);
    if (made instanceof errors.LatchkeyError) classes.set(name, made);
  }
  return classes;
}

/** Codes in our sources that are not of our making: Node's. */
const foreignCodes = ['ERR_TLS_CERT_ALTNAME_INVALID'];

/** The codes that the sources of the clients name. */
export function codesInSources(): Set<string> {
  const folders = ['keeper', 'stores', 'transport', 'systems'].map((folder) => join(root, 'src', folder));
  const files = folders.flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)));
  const text = [...files, join(root, 'src/errors.ts')].map((file) => readFileSync(file, 'utf8')).join('\n');
  const codes = [...text.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code = '']) => code);
  return new Set(codes.filter((code) => !foreignCodes.includes(code)));
}

/** What the document's sections on codes lack or have too much; empty if nothing. */
export function codeProblems(document: string, codes: ReadonlySet<string>): string[] {
  const sections = new Map<string, string>();
  for (const [, code = '', text = ''] of document.matchAll(/^### (ERR_[A-Z_]+)\n+(.*)/gm)) sections.set(code, text);
  const named = new Set(document.match(/ERR_[A-Z_]+/g));
  return [
    ...[...errorClasses()].flatMap(([name, { code }]) => {
      const section = sections.get(code);
      if (section === undefined) return [`${name} has no section ### ${code}`];
      return section.startsWith(`\`${name}\``) ? [] : [`### ${code} does not begin with \`${name}\``];
    }),
    ...[...codes].filter((code) => !named.has(code)).map((code) => `${code} is not named`),
    ...[...named].filter((code) => !codes.has(code)).map((code) => `${code} is no code of ours`),
  ];
}

function main(args: readonly string[]): number {
  const isCheck = args.includes('--check');
  const [path = join(root, 'docs/outcomes.md'), ...more] = args.filter((arg) => arg !== '--check');
  if (more.length > 0 || path.startsWith('-')) {
    console.error('Usage: outcomes [--check] [document]');
    return 2;
  }
  const document = readFileSync(path, 'utf8');
  const wanted = withTables(document);
  const problems = codeProblems(document, codesInSources());
  for (const problem of problems) console.error(`docs/outcomes.md: ${problem}`);
  if (!isCheck) writeFileSync(path, wanted);
  else if (wanted !== document) {
    console.error('docs/outcomes.md: the tables are not what the systems judge by: run npm run docs:outcomes');
    return 3;
  }
  if (problems.length > 0) return 1;
  console.log('docs/outcomes.md says what the systems judge by.');
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
