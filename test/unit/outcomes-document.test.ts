import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeProblems, codesInSources, withTables } from '../../scripts/outcomes.ts';
import * as errors from '../../src/errors.ts';
import { anchorsIn } from '../helpers/markdown.ts';
import { root, run } from '../pack/scratch-app.ts';

let document: string;
let folder: string;
beforeAll(async () => {
  document = await readFile(join(root, 'docs/outcomes.md'), 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'latchkey-outcomes-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sectionOf = (code: string): RegExp => new RegExp(`^### ${code}\\n[\\s\\S]*?(?=^##)`, 'm');

describe('docs/outcomes.md', () => {
  it('has the tables that the systems judge by', () => {
    expect(withTables(document)).toBe(document);
  });

  it('explains each code where the error points to', async () => {
    const problems = codeProblems(document, codesInSources());
    expect(problems).toEqual([]);
    const { docs } = new errors.LoginQuarantinedError('x', { sinceMs: 1, untilMs: 2 });
    const [file = '', anchor] = docs.split('#');
    expect(anchorsIn(await readFile(join(root, file), 'utf8'))).toContain(anchor);
  });

  // Written down here by hand: what looks for classes could overlook some.
  it.each([
    ['ERR_LOGIN_DENIED', 'LoginDeniedError'],
    ['ERR_LOGIN_QUARANTINED', 'LoginQuarantinedError'],
    ['ERR_ACCOUNT_LOCKED', 'AccountLockedError'],
    ['ERR_TOTP_REQUIRED', 'TotpRequiredError'],
    ['ERR_PASSWORD_EXPIRED', 'PasswordExpiredError'],
    ['ERR_PASSWORD_CHANGE_REQUIRED', 'PasswordChangeRequiredError'],
    ['ERR_ENTITY_DENIED', 'EntityDeniedError'],
    ['ERR_CREDENTIALS_MISSING', 'CredentialsMissingError'],
    ['ERR_LOGGED_OUT', 'LoggedOutError'],
    ['ERR_SESSION_REFUSED', 'SessionRefusedError'],
    ['ERR_RATE_LIMITED', 'RateLimitedError'],
    ['ERR_SERVICE_UNREACHABLE', 'ServiceUnreachableError'],
    ['ERR_LOGIN_BUDGET', 'LoginBudgetError'],
    ['ERR_CONTRACT_VIOLATION', 'ContractViolationError'],
    ['ERR_SOAP_FAULT', 'SoapFaultError'],
    ['ERR_STORE', 'StoreError'],
    ['ERR_BODY_NOT_REPLAYABLE', 'BodyNotReplayableError'],
  ])('is found wanting without the section %s', (code, name) => {
    const without = codeProblems(document.replace(sectionOf(code), ''), codesInSources());
    expect(without).toContain(`${name} has no section ### ${code}`);
    const other = document.replace(sectionOf(code), (section) => section.replace(`\`${name}\``, '`OtherError`'));
    expect(codeProblems(other, codesInSources())).toEqual([`### ${code} does not begin with \`${name}\``]);
  });

  it('names all codes that are ours, and no others', () => {
    const codes = codesInSources();
    for (const code of ['ERR_OPTION', 'ERR_QUERY_CUT_OFF', 'ERR_KEY', 'ERR_FOREIGN_ORIGIN', 'ERR_RENEWAL'])
      expect(codes).toContain(code);
    expect(codeProblems(document.replaceAll('ERR_KEY', 'ERR_LOCK'), codes)).toEqual([
      'ERR_KEY is not named',
      'ERR_LOCK is no code of ours',
    ]);
  });

  it.each(['logins', 'calls'])('has a marked place for the table of %s', (name) => {
    expect(() => withTables(document.replace(`<!-- end ${name} -->`, ''))).toThrow(`the table of ${name}`);
  });
});

describe('npm run docs:outcomes', () => {
  const outcomes = async (text: string, ...args: string[]) => {
    const path = join(folder, 'outcomes.md');
    await writeFile(path, text);
    const command = ['--import', 'tsx', join(root, 'scripts/outcomes.ts'), ...args, path];
    return { ...(await run(process.execPath, command, root)), text: await readFile(path, 'utf8') };
  };

  it('writes the tables, and tells with --check when somebody else has', { timeout: 60_000 }, async () => {
    const edited = document.replace('| pulse-crm | 401, whatever its body', '| pulse-crm | 402');
    expect(edited).not.toBe(document);
    const checked = await outcomes(edited, '--check');
    expect(checked).toMatchObject({ code: 3, text: edited });
    expect(checked.stderr).toContain('npm run docs:outcomes');
    expect(await outcomes(edited)).toMatchObject({ code: 0, text: document });
    expect(await outcomes(document, '--check')).toMatchObject({ code: 0, stderr: '' });
  });

  it('fails for a code without its section, and for arguments that it does not know', { timeout: 60_000 }, async () => {
    const { code, stderr } = await outcomes(document.replace(sectionOf('ERR_STORE'), ''), '--check');
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining('StoreError has no section') });
    expect(await outcomes(document, '--chek')).toMatchObject({ code: 2 });
  });
});
