import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { parse } from 'yaml';
import { createFolder, ensureBuilt, root, run } from './built.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 120_000 });

interface Step {
  readonly name?: string;
  readonly id?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly shell?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly uses?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps?: readonly Step[];
  readonly outputs?: Readonly<Record<string, string>>;
  readonly 'timeout-minutes'?: number;
}
interface Workflow {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const folder = join(root, '.github/workflows');
const workflows = await Promise.all(
  (await readdir(folder)).map(
    async (file): Promise<[string, Workflow]> => [file, parse(await readFile(join(folder, file), 'utf8'))],
  ),
);
const jobsOf = (workflow: Workflow): [string, Job][] => Object.entries(workflow.jobs);
const stepsOf = (workflow: Workflow): readonly Step[] => jobsOf(workflow).flatMap(([, { steps = [] }]) => steps);

describe.each(workflows)('the workflow %s', (_, workflow) => {
  it('pins what others wrote by digest', () => {
    const used = [...jobsOf(workflow).map(([, { uses }]) => uses), ...stepsOf(workflow).map(({ uses }) => uses)];
    for (const uses of used.filter((name) => name !== undefined)) expect(uses).toMatch(/^(\.\/|[\w./-]+@[\da-f]{40}$)/);
  });

  it('says what it may do, and lets no step keep the right to push', () => {
    expect(workflow.permissions).toBeDefined();
    expect(Object.values(workflow.permissions ?? {})).not.toContain('write');
    for (const { with: settings } of stepsOf(workflow).filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(settings).toMatchObject({ 'persist-credentials': false });
    }
    for (const [, job] of jobsOf(workflow)) if (job.steps) expect(job['timeout-minutes']).toBeGreaterThan(0);
  });

  it('puts no text of others into a script', () => {
    for (const { run: script = '' } of stepsOf(workflow)) expect(script).not.toContain('${{');
  });
});

const shared = workflows.find(([file]) => file === 'regenerate-specs.yml')?.[1];

describe('the workflow that regenerates', () => {
  it('writes only where nothing but git and gh runs', () => {
    const writing = Object.entries(shared?.jobs ?? {}).filter(([, { permissions = {} }]) =>
      Object.values(permissions).includes('write'),
    );
    expect(writing.map(([name]) => name)).toEqual(['propose']);
    const scripts = writing.flatMap(([, { steps = [] }]) =>
      steps.map(({ run: script = '', uses = '' }) => script + uses),
    );
    for (const script of scripts) expect(script).not.toMatch(/\b(npm|npx|node|setup-node)\b/);
  });

  it('hands a change from job to job, and pushes it with its label', async () => {
    await using stage = await createStage();
    await writeFile(join(stage.work, 'vendor.wsdl'), richer);
    await stage.git(stage.work, 'commit', '--quiet', '--all', '--message', 'Vendor');
    await stage.git(stage.work, 'push', '--quiet', 'origin', 'main');

    const outputs = await stage.regenerate({ CHANGELOG: 'CHANGELOG.md' });
    expect(outputs).toEqual({ changed: 'true', artifact: expect.stringMatching(/^change-[\da-f]{16}$/) });
    expect(Object.keys(outputs).sort()).toEqual(Object.keys(shared?.jobs.regenerate?.outputs ?? {}).sort());
    expect(await stage.handedOver('label')).toBe('minor\n');
    expect(await stage.handedOver('body.md')).toMatch(/Suggested version: \*\*minor\*\*[\s\S]*Shade__c/);

    await stage.propose();
    expect(await stage.git(stage.origin, 'log', '--format=%an %s', 'main..latchkey/specs')).toBe(
      'github-actions[bot] Regenerate tenant\n',
    );
    const files = await stage.git(stage.origin, 'diff', '--name-only', 'main', 'latchkey/specs');
    expect(files.trim().split('\n')).toEqual([
      'CHANGELOG.md',
      'generated/tenant/table.ts',
      'generated/tenant/types.ts',
      'specs/sources.json',
      'specs/tenant.wsdl',
    ]);
    expect(await stage.git(stage.origin, 'show', 'latchkey/specs:specs/tenant.wsdl')).toBe(richer);
    expect(await stage.git(stage.origin, 'rev-parse', 'latchkey/specs^{tree}')).toBe(
      await stage.git(stage.work, 'rev-parse', 'latchkey/specs^{tree}'),
    );
    expect(await stage.calls()).toEqual(
      expect.arrayContaining([
        'pr create --head latchkey/specs --base main --title Regenerate tenant',
        'pr edit https://example.com/pull/1 --add-label version: minor',
      ]),
    );

    // A later run takes the branch further, from where its base is by then.
    await stage.git(stage.work, 'switch', '--quiet', 'main');
    await stage.commitAs('somebody@example.com');
    await stage.git(stage.work, 'push', '--quiet', 'origin', 'main');
    await stage.propose();
    expect(await stage.git(stage.origin, 'rev-list', '--count', 'main..latchkey/specs')).toBe('1\n');

    // Unless somebody else has.
    await stage.git(stage.work, 'fetch', '--quiet', 'origin', 'latchkey/specs');
    await stage.git(stage.work, 'switch', '--quiet', '--detach', 'FETCH_HEAD');
    await stage.commitAs('somebody@example.com');
    await stage.git(stage.work, 'push', '--quiet', 'origin', 'HEAD:refs/heads/latchkey/specs');
    await expect(stage.propose()).rejects.toThrow('has commits of others');
  });

  it('hands on a change of any size, and of its text what a pull request takes', async () => {
    await using stage = await createStage();
    const fields = Array.from({ length: 4000 }, (_, index) => {
      const name = createHash('sha256').update(`${index}`).digest('hex');
      return `            <xs:element name="F${name}__c" type="xs:string" minOccurs="0" nillable="true"/>\n`;
    });
    await writeFile(
      join(stage.work, 'vendor.wsdl'),
      wsdl.replace(field, (line) => line + fields.join('')),
    );
    await stage.git(stage.work, 'commit', '--quiet', '--all', '--message', 'Vendor');
    await stage.git(stage.work, 'push', '--quiet', 'origin', 'main');
    expect(await stage.regenerate({ CHANGELOG: '' })).toMatchObject({ changed: 'true' });
    const body = await stage.handedOver('body.md');
    expect(body.length).toBeLessThan(65_536);
    expect(body).toMatch(/\|\n\nThere is more: see the summary of the workflow run\.\n$/);
    await stage.propose();
    expect(await stage.git(stage.origin, 'rev-parse', 'latchkey/specs^{tree}')).toBe(
      await stage.git(stage.work, 'rev-parse', 'latchkey/specs^{tree}'),
    );
  });

  it('has nothing to hand on when nothing changed, and fails when a check does', async () => {
    await using stage = await createStage();
    const run = () => stage.regenerate({ CHANGELOG: '' });
    expect(await run()).toEqual({ changed: 'false' });
    await writeFile(join(stage.work, 'vendor.wsdl'), richer);
    const config = { specs: [{ wsdl: 'specs/tenant.wsdl' }], verify: [['false']] };
    await writeFile(join(stage.work, 'latchkey.config.json'), JSON.stringify(config));
    await expect(run()).rejects.toThrow('false failed with what was generated');
  });

  it('has nothing to hand on where git ignores what is generated, and nothing else changed', async () => {
    await using stage = await createStage();
    await writeFile(join(stage.work, '.gitignore'), 'generated/\n');
    await stage.git(stage.work, 'rm', '--quiet', '-r', '--cached', 'generated');
    await stage.git(stage.work, 'add', '.gitignore');
    await stage.git(stage.work, 'commit', '--quiet', '--message', 'Ignore');
    await rm(join(stage.work, 'generated'), { recursive: true });
    expect(await stage.regenerate({ CHANGELOG: 'CHANGELOG.md' })).toEqual({ changed: 'false' });
    expect(await stage.git(stage.work, 'status', '--porcelain')).toBe('');
  });

  it('refuses a change of the workflows themselves, and a label that is none', async () => {
    await using stage = await createStage();
    await mkdir(join(stage.work, '.github/workflows'), { recursive: true });
    await writeFile(join(stage.work, '.github/workflows/x.yml'), 'on: push\n');
    await stage.git(stage.work, 'add', '--all');
    const patch = await stage.git(stage.work, 'diff', '--cached', '--binary');
    await stage.handOver({ 'work.patch': patch, title: 'T', label: 'minor', 'body.md': 'B' });
    await expect(stage.propose()).rejects.toThrow('touches .github');
    await stage.git(stage.work, 'rm', '--quiet', '-r', '--force', '.github');
    await writeFile(join(stage.work, 'x.txt'), 'x');
    await stage.git(stage.work, 'add', '--all');
    const other = await stage.git(stage.work, 'diff', '--cached', '--binary');
    await stage.handOver({ 'work.patch': other, title: 'T', label: '--repo x/y', 'body.md': 'B' });
    await expect(stage.propose()).rejects.toThrow('a label that is none');
  });
});

const wsdl = await readFile(join(root, 'specs/zuora-soap.wsdl'), 'utf8');
const field = / *<xs:element name="AccountNumber"[^>]*\/>\n/;
const richer = wsdl.replace(field, (line) => line + line.replace('AccountNumber', 'Shade__c'));

/** A project at a remote of its own, a `gh` that only takes notes, and what a runner gives to steps. */
async function createStage() {
  const folder = await createFolder();
  const at = (name: string): string => join(folder.path, name);
  const [origin, work] = [at('origin'), at('work')];
  const git = async (cwd: string, ...args: string[]): Promise<string> =>
    (await promisify(execFile)('git', args, { cwd, env: environment })).stdout;
  const environment = {
    PATH: `${at('bin')}:${process.env.PATH ?? ''}`,
    HOME: folder.path,
    RUNNER_TEMP: at('temp'),
    GITHUB_OUTPUT: at('output'),
    GITHUB_STEP_SUMMARY: at('step-summary'),
    BRANCH: 'latchkey/specs',
    BASE: 'main',
    GIT_CONFIG_NOSYSTEM: '1',
  };
  const files = {
    'bin/gh': `#!/bin/sh\necho "$*" >> '${at('gh-calls')}'\ncase "$1 $2" in 'pr create') echo https://example.com/pull/1 ;; esac\n`,
    'temp/.keep': '',
    'work/package.json': JSON.stringify({
      scripts: { regenerate: `${process.execPath} ${join(root, 'dist/cli/main.cjs')} regenerate` },
    }),
    'work/latchkey.config.json': JSON.stringify({ specs: [{ wsdl: 'specs/tenant.wsdl' }] }),
    'work/specs/sources.json': JSON.stringify({ specs: [{ file: 'tenant.wsdl', source: '../vendor.wsdl' }] }),
    'work/specs/tenant.wsdl': wsdl,
    'work/vendor.wsdl': wsdl,
  };
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(at(file)), { recursive: true });
    await writeFile(at(file), text);
  }
  await chmod(at('bin/gh'), 0o755);
  await run('cli/main.cjs', ['regenerate', '--no-fetch'], { cwd: work });
  await git(folder.path, 'init', '--quiet', '--bare', '--initial-branch=main', origin);
  await git(work, 'init', '--quiet', '--initial-branch=main');
  await git(work, 'config', 'user.name', 'Test');
  await git(work, 'config', 'user.email', 'test@example.com');
  await git(work, 'remote', 'add', 'origin', origin);
  await git(work, 'add', '--all');
  await git(work, 'commit', '--quiet', '--message', 'Begin');
  await git(work, 'push', '--quiet', 'origin', 'main');

  async function step(
    job: string,
    name: string,
    cwd: string,
    env: Record<string, string>,
  ): Promise<Record<string, string>> {
    const script = shared?.jobs[job]?.steps?.find((candidate) => candidate.name === name)?.run;
    if (script === undefined) throw new Error(`no step ${name}`);
    await writeFile(environment.GITHUB_OUTPUT, '');
    await promisify(execFile)('bash', ['-eo', 'pipefail', '-c', script], { cwd, env: { ...environment, ...env } });
    return outputsIn(await readFile(environment.GITHUB_OUTPUT, 'utf8'));
  }

  // What one job uploads the other has: they share a folder here.
  const change = at('temp/change');
  const depth = shared?.jobs.propose?.steps?.find(({ uses }) => uses?.startsWith('actions/checkout@'))?.with?.[
    'fetch-depth'
  ];
  let count = 0;
  return {
    origin,
    work,
    git,
    regenerate: (env: Record<string, string>) =>
      step('regenerate', 'take, compare, generate, check', work, { SCRIPT: 'regenerate', ...env }),
    handedOver: (file: string) => readFile(join(change, file), 'utf8'),
    async handOver(files: Record<string, string>): Promise<void> {
      await mkdir(change, { recursive: true });
      for (const [file, text] of Object.entries(files)) await writeFile(join(change, file), text);
    },
    async commitAs(email: string): Promise<void> {
      await git(work, '-c', `user.email=${email}`, 'commit', '--quiet', '--allow-empty', '--message', 'By hand');
    },
    async propose(): Promise<void> {
      count++;
      const checkout = at(`checkout${count}`);
      const whole = depth === 0 ? [] : ['--depth', '1'];
      await git(
        folder.path,
        'clone',
        '--quiet',
        '--branch',
        'main',
        '--single-branch',
        ...whole,
        `file://${origin}`,
        checkout,
      );
      await step('propose', 'commit', checkout, {});
      await step('propose', 'push and propose', checkout, {});
    },
    calls: async () =>
      (await readFile(at('gh-calls'), 'utf8')).split('\n').map((line) => line.replace(/ --body-file \S+$/, '')),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/** What a runner reads from the file of outputs. */
function outputsIn(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  const pattern = /^(\w+)<<(.*)\n([\s\S]*?)\n\2$|^(\w+)=(.*)$/gm;
  for (const [, long, , body = '', short, value = ''] of text.matchAll(pattern))
    found[long ?? short ?? ''] = long === undefined ? value : body;
  return found;
}
