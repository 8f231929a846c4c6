import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { regenerate } from '../../scripts/regenerate/index.ts';

/** A WSDL to change: that of Zuora, as the project has it. */
export const wsdl = await readFile(fileURLToPath(new URL('../../specs/zuora-soap.wsdl', import.meta.url)), 'utf8');

/** The WSDL with a field more, which harms nobody. */
export const richer = replaced(
  wsdl,
  /( *)<xs:element [^>]*name="AccountNumber"[^>]*\/>\n/,
  (line, space) => `${line}${space}<xs:element name="Shade__c" type="xs:string" minOccurs="0" nillable="true"/>\n`,
);
/** The WSDL with a field less. */
export const poorer = replaced(wsdl, / *<xs:element [^>]*name="AccountNumber"[^>]*\/>\n/, () => '');

/** The place of an account's fields in it, for overlays. */
export const account = 'definitions/types/schema/complexType[Account]/complexContent/extension/sequence';

function replaced(text: string, pattern: RegExp, by: (...found: string[]) => string): string {
  if (!pattern.test(text)) throw new Error(`the text does not hold ${pattern}`);
  return text.replace(pattern, by);
}

/** A folder with files in it, in git where that is wanted. */
export interface Project extends AsyncDisposable {
  readonly path: string;
  readonly config: string;
  write(file: string, content: string | Uint8Array): Promise<void>;
  read(file: string): Promise<string>;
  git(...args: string[]): Promise<string>;
}

/** Makes a project: its configuration, its lock, and what else it holds, all of it committed unless it shall not be in git. */
export async function createProject(
  files: Readonly<Record<string, unknown>>,
  { isInGit = true }: { readonly isInGit?: boolean } = {},
): Promise<Project> {
  const path = await mkdtemp(join(tmpdir(), 'latchkey-regenerate-'));
  const project: Project = {
    path,
    config: join(path, 'latchkey.config.json'),
    async write(file, content) {
      await mkdir(dirname(join(path, file)), { recursive: true });
      await writeFile(join(path, file), content);
    },
    read: (file) => readFile(join(path, file), 'utf8'),
    async git(...args) {
      const settings = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
      const { stdout } = await promisify(execFile)('git', [...settings, ...args], { cwd: path });
      return stdout;
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  for (const [file, content] of Object.entries(files)) {
    await project.write(file, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
  }
  if (isInGit) await commitAll(project);
  return project;
}

async function commitAll({ git }: Project): Promise<void> {
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Test');
  await git('config', 'user.email', 'test@example.com');
  await git('config', 'commit.gpgsign', 'false');
  await git('add', '--all');
  await git('commit', '--quiet', '--message', 'Begin');
}

/** The day of the first run of {@link settled}. */
export const today = '2031-04-05';

/** A tenant's project that has been generated once, and is committed. */
export async function settled(more: object = {}, files: Readonly<Record<string, unknown>> = {}): Promise<Project> {
  const project = await createProject({ ...tenantFiles(more), ...files }, { isInGit: false });
  await regenerate({ config: project.config, today, verify: false });
  await commitAll(project);
  return project;
}

/** What git has to say of a project's files. */
export async function statusOf({ git }: Project): Promise<string[]> {
  const lines = await git('status', '--porcelain', '--untracked-files=all');
  return lines.split('\n').filter((line) => line !== '');
}

/** Files of a project with one WSDL, taken from a file beside it. */
export function tenantFiles(more: object = {}): Record<string, unknown> {
  return {
    'latchkey.config.json': { out: 'generated', specs: [{ wsdl: 'specs/tenant.wsdl' }], ...more },
    'specs/sources.json': { specs: [{ file: 'tenant.wsdl', source: '../vendor/tenant.wsdl' }] },
    'specs/tenant.wsdl': wsdl,
    'vendor/tenant.wsdl': wsdl,
  };
}
