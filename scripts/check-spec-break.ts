/**
 * Shows that a change of a spec is noticed: in a scratch copy it renames, per system, an answer field that the system's hand-written code
 * reads and its sandbox writes, generates anew, and expects the compiler to fail in both for that field.
 *
 *     tsx scripts/check-spec-break.ts [--json]
 *
 * Exit code 0: every break was noticed; 1: one was not, or the copy does not compile as it is; 2: wrong usage.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { generate } from './generate/index.ts';

/** One renamed field, and the code that must not compile any more. */
interface Break {
  readonly spec: string;
  /** Schema or complex type of the answer. */
  readonly type: string;
  readonly field: string;
  /** Files that read or write the field. */
  readonly users: readonly string[];
}

/** What came of one break in one file. */
export interface BreakResult extends Omit<Break, 'users'> {
  readonly user: string;
  /** Whether the compiler failed in the file, and because of the field. */
  readonly isNoticed: boolean;
  /** What it said there. */
  readonly errors: readonly string[];
}

const breaks: readonly Break[] = [
  {
    spec: 'pulse-crm.openapi.yaml',
    type: 'ApiKeyLoginResponse',
    field: 'token',
    users: ['src/systems/pulse-crm.ts', 'src/sandbox/pulse-crm.ts'],
  },
  {
    spec: 'zato-sso.openapi.yaml',
    type: 'LoginAnswer',
    field: 'ust',
    users: ['src/systems/zato-login.ts', 'src/sandbox/zato-operations.ts'],
  },
  {
    spec: 'zato-sso.openapi.yaml',
    type: 'RenewAnswer',
    field: 'expiration_time',
    users: ['src/systems/zato-sso.ts', 'src/sandbox/zato-operations.ts'],
  },
  {
    spec: 'zuora-rest.openapi.yaml',
    type: 'CommonResponse',
    field: 'success',
    users: ['src/systems/zuora-rest.ts', 'src/sandbox/zuora-rest-answers.ts'],
  },
  {
    spec: 'zuora-soap.wsdl',
    type: 'LoginResult',
    field: 'Session',
    users: ['src/systems/zuora-soap-source.ts', 'src/sandbox/zuora-soap.ts'],
  },
];

const root = fileURLToPath(new URL('../', import.meta.url));

/**
 * Makes the breaks in a copy of the project's sources and compiles the systems and their sandboxes there. The breaks are apart from each other: each error names
 * its file and field.
 * @throws Error if the copy does not compile before anything is broken
 */
export async function tryBreaks(): Promise<BreakResult[]> {
  const scratch = await mkdtemp(join(tmpdir(), 'latchkey-break-'));
  try {
    for (const name of ['src', 'generated', 'specs', 'package.json', 'tsconfig.json']) {
      await cp(join(root, name), join(scratch, name), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(scratch, 'node_modules'), 'dir');
    const files = [...new Set(breaks.flatMap(({ users }) => users))];
    const untouched = await compile(scratch, files);
    if (untouched.length > 0) throw new Error(`the sources do not compile as they are:\n${untouched.join('\n')}`);
    for (const one of breaks) {
      const path = join(scratch, 'specs', one.spec);
      const spec = await readFile(path, 'utf8');
      await writeFile(path, one.spec.endsWith('.wsdl') ? renamedInWsdl(spec, one) : renamedInOpenApi(spec, one));
    }
    await generate({ specs: join(scratch, 'specs'), out: join(scratch, 'generated') });
    const errors = await compile(scratch, files);
    return breaks.flatMap(({ users, ...one }) =>
      users.map((user) => {
        const there = errors.filter((error) => error.startsWith(`${user}(`) && error.includes(`'${one.field}'`));
        return { ...one, user, isNoticed: there.length > 0, errors: there };
      }),
    );
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function renamedInOpenApi(spec: string, { type, field }: Break): string {
  const document: { components: { schemas: Record<string, unknown> } } = parse(spec);
  const { schemas } = document.components;
  if (!(type in schemas)) throw new Error(`the spec has no schema ${type}`);
  let renamed = 0;
  schemas[type] = rename(schemas[type]);
  if (renamed === 0) throw new Error(`${type} has no field ${field}`);
  return stringify(document, { aliasDuplicateObjects: false });

  /** The schema with the field renamed where it is declared and where it is required. */
  function rename(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => (item === field ? `${field}Renamed` : rename(item)));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, part]) => {
        if (name === field) renamed += 1;
        return [name === field ? `${field}Renamed` : name, rename(part)];
      }),
    );
  }
}

function renamedInWsdl(wsdl: string, { type, field }: Break): string {
  const renamed = wsdl.replace(
    new RegExp(`(<xs:complexType name="${type}">.*?<xs:element name="${field})"`, 's'),
    '$1Renamed"',
  );
  if (renamed === wsdl) throw new Error(`${type} has no element ${field}`);
  return renamed;
}

/** The compiler's errors, one a line. */
async function compile(folder: string, files: readonly string[]): Promise<string[]> {
  const config = join(folder, 'tsconfig.break.json');
  await writeFile(config, JSON.stringify({ extends: './tsconfig.json', include: [], files }));
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [tsc, '-p', config, '--noEmit', '--pretty', 'false'],
      { cwd: folder },
      (error, stdout) => {
        const lines = stdout.split('\n').filter((line) => line.includes('error TS'));
        resolve(error !== null && lines.length === 0 ? [error.message] : lines);
      },
    );
  });
}

async function main(args: readonly string[]): Promise<number> {
  if (args.some((arg) => arg !== '--json')) {
    console.error('Usage: check-spec-break [--json]');
    return 2;
  }
  const results = await tryBreaks();
  const ok = results.every(({ isNoticed }) => isNoticed);
  if (args.includes('--json')) {
    const message = ok ? 'Every break was noticed.' : 'A break was not noticed.';
    console.log(JSON.stringify({ ok, code: ok ? 'OK' : 'ERR_NOT_NOTICED', message, results }, null, 2));
    return ok ? 0 : 1;
  }
  for (const { spec, type, field, user, isNoticed, errors } of results) {
    console.log(`${isNoticed ? 'noticed' : 'MISSED '}  ${spec}: ${type}.${field} renamed, ${user} must not compile`);
    for (const error of errors) console.log(`         ${error}`);
  }
  return ok ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
