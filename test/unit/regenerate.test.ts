import { createHash } from 'node:crypto';
import { chmod, lstat, readdir, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { SpecError, UsageError } from '../../scripts/generate/index.ts';
import { readManifest } from '../../scripts/generate/manifest.ts';
import { FetchError } from '../../scripts/regenerate/fetch-error.ts';
import { regenerate } from '../../scripts/regenerate/index.ts';
import { rejection } from '../helpers/waiting.ts';
import {
  createProject,
  poorer,
  richer,
  settled,
  statusOf as status,
  tenantFiles,
  today,
  wsdl,
} from './regenerate.support.ts';

vi.setConfig({ testTimeout: 60_000 });

const { version: generator } = readManifest();
const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const failing = [process.execPath, '-e', 'process.exit(4)'];
const passing = [process.execPath, '-e', 'process.stdout.write("fine")'];

describe('regeneration', () => {
  it('takes a spec for the first time, generates, and writes the lock', async () => {
    await using project = await createProject({ ...tenantFiles(), 'specs/tenant.wsdl': richer }, { isInGit: false });
    const result = await regenerate({ config: project.config, today });
    expect(result).toMatchObject({ isChanged: true, label: 'major', specs: [{ state: 'changed' }] });
    expect(await project.read('specs/tenant.wsdl')).toBe(wsdl);
    expect(JSON.parse(await project.read('specs/sources.json'))).toEqual({
      specs: [{ file: 'tenant.wsdl', source: '../vendor/tenant.wsdl', date: today, sha256: digest(wsdl), generator }],
    });
    expect(await project.read('generated/tenant/types.ts')).toContain(digest(wsdl));
  });

  it('does nothing when nothing has changed', async () => {
    await using project = await settled({ verify: [failing] });
    const result = await regenerate({
      config: project.config,
      today: '2032-01-01',
      branch: 'specs',
      changelog: join(project.path, 'CHANGELOG.md'),
    });
    expect(result).toMatchObject({ isChanged: false, label: 'none', files: [], checks: [], branch: undefined });
    expect(await status(project)).toEqual([]);
    expect(await project.git('branch', '--format=%(refname:short)')).toBe('main\n');
  });

  it('brings a change of the source into spec, lock, output and changelog, and tells breaking from other', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    const changelog = join(project.path, 'CHANGELOG.md');
    const more = await regenerate({ config: project.config, today: '2031-05-06', changelog });
    expect(more).toMatchObject({ label: 'minor', specs: [{ state: 'changed', diff: { bump: 'minor' } }] });
    expect(await project.read('specs/tenant.wsdl')).toBe(richer);
    expect(JSON.parse(await project.read('specs/sources.json')).specs[0]).toMatchObject({
      date: '2031-05-06',
      sha256: digest(richer),
    });
    expect(await project.read('generated/tenant/types.ts')).toContain('Shade__c');
    const text = await project.read('CHANGELOG.md');
    expect(text).toMatch(/^# Changelog\n\n## \[Unreleased\]\n\n### Added\n\n- `tenant`: .*Shade/);
    expect(text).not.toContain('Breaking');

    await project.git('add', '--all');
    await project.git('commit', '--quiet', '--message', 'More');
    await project.write('vendor/tenant.wsdl', poorer);
    const less = await regenerate({ config: project.config, today, changelog });
    expect(less.label).toBe('major');
    expect(await project.read('CHANGELOG.md')).toMatch(/### Removed\n\n- \*\*Breaking:\*\* `tenant`: .*AccountNumber/);
  });

  it('tells the same once, however often it is run', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    const changelog = join(project.path, 'CHANGELOG.md');
    await regenerate({ config: project.config, changelog });
    const once = await project.read('CHANGELOG.md');
    expect((await regenerate({ config: project.config, changelog })).label).toBe('minor');
    expect(await project.read('CHANGELOG.md')).toBe(once);
  });

  it('of a spec that means the same is told so', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', wsdl.replace('</wsdl:definitions>', '\n\n</wsdl:definitions>'));
    const changelog = join(project.path, 'CHANGELOG.md');
    expect((await regenerate({ config: project.config, changelog })).label).toBe('patch');
    expect(await project.read('CHANGELOG.md')).toContain(
      '- `tenant`: its spec is written in another way, and means the same.',
    );
  });

  it('of a spec that is written by hand begins with the edit', async () => {
    await using project = await settled();
    const lock = JSON.parse(await project.read('specs/sources.json'));
    lock.specs[0].source = null;
    await project.write('specs/sources.json', JSON.stringify(lock));
    await project.git('commit', '--quiet', '--all', '--message', 'Own');
    await project.write('specs/tenant.wsdl', poorer);
    const result = await regenerate({ config: project.config, today, branch: 'specs' });
    expect(result).toMatchObject({ label: 'major', branch: { name: 'specs' } });
    expect(
      (await project.git('show', '--format=%s', '--name-only', 'specs', '--'))
        .trim()
        .split('\n')
        .filter(Boolean)
        .sort(),
    ).toEqual([
      'Regenerate tenant',
      'generated/tenant/table.ts',
      'generated/tenant/types.ts',
      'specs/sources.json',
      'specs/tenant.wsdl',
    ]);
  });

  it('leaves everything as it was when it cannot generate, compare or take', async () => {
    await using project = await settled();
    for (const [text, kind] of [
      [wsdl.replace('name="login">', 'name="logon">'), SpecError],
      [wsdl.replaceAll('type="zns:ID"', 'type="zns:Nowhere"'), SpecError],
      [wsdl.slice(0, -20), SpecError],
      ['<!doctype html>', FetchError],
    ] as const) {
      await project.write('vendor/tenant.wsdl', text);
      expect(text).not.toBe(wsdl);
      const error = await rejection(
        regenerate({ config: project.config, changelog: join(project.path, 'CHANGELOG.md') }),
      );
      expect(error).toBeInstanceOf(kind);
      expect(await status(project)).toEqual([' M vendor/tenant.wsdl']);
    }
  });

  it('leaves spec and lock as they were when the output folder cannot be written', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    await project.write('generated/tenant/own.ts', 'export {};\n');
    const error = await rejection(regenerate({ config: project.config }));
    expect(String(error)).toContain('was not written by the generator');
    expect(await status(project)).toEqual([' M vendor/tenant.wsdl', '?? generated/tenant/own.ts']);
  });

  it('does not overwrite what was edited though it has a source', async () => {
    await using project = await settled();
    await project.write('specs/tenant.wsdl', poorer);
    const error = await rejection(regenerate({ config: project.config }));
    expect(error).toBeInstanceOf(UsageError);
    expect(String(error)).toContain('move the edit to an overlay');
    expect(await project.read('specs/tenant.wsdl')).toBe(poorer);
    expect(await regenerate({ config: project.config, fetch: false })).toMatchObject({ label: 'major' });
  });

  it('outside of git compares with what is on disk, and does not guess what was there before an edit', async () => {
    await using project = await createProject(tenantFiles(), { isInGit: false });
    await regenerate({ config: project.config });
    await project.write('vendor/tenant.wsdl', richer);
    expect(await regenerate({ config: project.config })).toMatchObject({ label: 'minor' });
    await project.write('specs/tenant.wsdl', poorer);
    const error = await rejection(regenerate({ config: project.config, fetch: false }));
    expect(String(error)).toContain('what it was is not in git');
  });

  it('takes note of a spec that the lock does not know, and refuses a lock that knows more', async () => {
    await using project = await createProject(
      { ...tenantFiles(), 'specs/sources.json': { specs: [] } },
      { isInGit: false },
    );
    expect(await regenerate({ config: project.config })).toMatchObject({ label: 'minor', specs: [{ state: 'new' }] });
    expect(JSON.parse(await project.read('specs/sources.json')).specs[0]).toMatchObject({
      file: 'tenant.wsdl',
      source: null,
    });
    await project.write('specs/sources.json', '{"specs":[{"file":"other.wsdl"}]}');
    expect(String(await rejection(regenerate({ config: project.config })))).toContain(
      'other.wsdl, which is none of the specs',
    );
  });

  it('applies overlays to both sides, and leaves out of the old one what does not fit it', async () => {
    const more = { specs: [{ wsdl: 'specs/tenant.wsdl', overlays: ['fix.yaml'] }] };
    const sequence = 'definitions/types/schema/complexType[Account]/complexContent/extension/sequence';
    await using project = await createProject(
      {
        ...tenantFiles(more),
        'fix.yaml': `wsdlOverlay: 1\nactions:\n  - target: ${sequence}/element[Name]\n    set: { minOccurs: 1 }\n`,
      },
      { isInGit: false },
    );
    await regenerate({ config: project.config });
    expect(await project.read('specs/tenant.wsdl')).toBe(wsdl);
    await project.write('vendor/tenant.wsdl', richer);
    const fix = await project.read('fix.yaml');
    await project.write('fix.yaml', `${fix}  - target: ${sequence}/element[Shade__c]\n    remove: true\n`);
    const { specs, files } = await regenerate({ config: project.config });
    expect(specs[0]?.diff?.changes).toEqual([]);
    expect(specs[0]?.skipped).toEqual([expect.stringMatching(/fix\.yaml:5:5: .*#\/actions\/1\/target/)]);
    expect(files.length).toBeGreaterThan(0);
    expect(await project.read('generated/tenant/types.ts')).not.toContain('Shade__c');
  });

  it('notices overlays and generators that changed while the specs did not', async () => {
    await using project = await settled();
    await project.write(
      'generated/tenant/types.ts',
      (await project.read('generated/tenant/types.ts')).replace(/latchkey \S+/, 'latchkey 0.0.1'),
    );
    await project.git('commit', '--quiet', '--all', '--message', 'Stale');
    const changelog = join(project.path, 'CHANGELOG.md');
    const result = await regenerate({ config: project.config, changelog, branch: 'specs' });
    expect(result).toMatchObject({ label: 'patch', files: [{ file: 'tenant/types.ts' }] });
    expect(await project.read('CHANGELOG.md')).toContain(
      `### Changed\n\n- Generated files are those of latchkey ${generator}.`,
    );
  });
});

describe('taking specs only', () => {
  it('writes spec and lock, compares, and generates nothing', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    const result = await regenerate({ config: project.config, fetchOnly: true, today: '2031-05-06' });
    expect(result).toMatchObject({ isChanged: true, label: 'minor', files: [] });
    expect(await status(project)).toEqual([' M specs/sources.json', ' M specs/tenant.wsdl', ' M vendor/tenant.wsdl']);
    expect(await project.read('specs/tenant.wsdl')).toBe(richer);
    const again = await regenerate({ config: project.config, fetch: false, today: '2031-05-07' });
    expect(again).toMatchObject({ label: 'minor' });
    expect(JSON.parse(await project.read('specs/sources.json')).specs[0].date).toBe('2031-05-06');
  });

  it('leaves specs alone that are written by hand', async () => {
    await using project = await settled();
    await project.write('specs/sources.json', '{"specs":[{"file":"tenant.wsdl","source":null}]}');
    await project.write('specs/tenant.wsdl', poorer);
    expect(await regenerate({ config: project.config, fetchOnly: true })).toMatchObject({
      isChanged: false,
      specs: [],
    });
    expect(await project.read('specs/sources.json')).toBe('{"specs":[{"file":"tenant.wsdl","source":null}]}');
  });
});

describe('checks', () => {
  it('are run in order in the folder of the configuration, and what they print is handed on', async () => {
    const here = [process.execPath, '-p', 'process.cwd()'];
    await using project = await createProject(tenantFiles({ verify: [passing, here] }), { isInGit: false });
    let printed = '';
    const { checks, skippedChecks } = await regenerate({
      config: project.config,
      onOutput: (text) => (printed += text),
    });
    expect(checks).toEqual([{ command: passing }, { command: here }]);
    expect(skippedChecks).toEqual([]);
    expect(printed).toMatch(/^fine\S*latchkey-regenerate-\w+\n$/);
  });

  it('leave something running without being waited for, and print letters of any length', async () => {
    const leaving = `require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 9000)'], { stdio: 'inherit', detached: true }).unref()`;
    const printing = `process.stdout.write('a' + '\u00e4'.repeat(100000))`;
    const verify = [leaving, printing].map((script) => [process.execPath, '-e', script]);
    await using project = await createProject(tenantFiles({ verify }), { isInGit: false });
    let printed = '';
    const { checks } = await regenerate({ config: project.config, onOutput: (text) => (printed += text) });
    expect(checks.map(({ problem }) => problem)).toEqual([undefined, undefined]);
    expect(printed).toBe(`a${'\u00e4'.repeat(100_000)}`);
  });

  it('that fail leave the work to be looked at, with changelog and summary, and no branch', async () => {
    await using project = await settled({ verify: [passing, failing, passing] });
    await project.write('vendor/tenant.wsdl', richer);
    await project.git('commit', '--quiet', '--all', '--message', 'Vendor');
    const [changelog, summary] = [join(project.path, 'CHANGELOG.md'), join(project.path, 'summary.md')];
    const result = await regenerate({ config: project.config, changelog, summary, branch: 'specs' });
    expect(result.checks).toEqual([{ command: passing }, { command: failing, problem: 'it ended with 4' }]);
    expect(result.skippedChecks).toEqual([passing]);
    expect(result.branch).toBeUndefined();
    expect(await project.git('branch', '--format=%(refname:short)')).toBe('main\n');
    expect(await project.read('specs/tenant.wsdl')).toBe(richer);
    expect(await project.read('CHANGELOG.md')).toContain('Shade__c');
    expect(await project.read('summary.md')).toMatch(/\*\*failed\*\*: it ended with 4\n.*: not run\n$/s);
  });

  it('that cannot be started fail; those that are not wanted are not run', async () => {
    await using project = await createProject(tenantFiles({ verify: [['/no/such/program']] }), { isInGit: false });
    const none = await regenerate({ config: project.config, verify: false });
    expect(none).toMatchObject({ checks: [], skippedChecks: [['/no/such/program']] });
    await project.write('vendor/tenant.wsdl', richer);
    const { checks } = await regenerate({ config: project.config });
    expect(checks[0]?.problem).toContain('could not be started: spawn /no/such/program ENOENT');
  });
});

describe('a file that is written', () => {
  it.each([
    ['a folder', 'changelog', 'specs', 'specs cannot be read: EISDIR'],
    ['a folder', 'summary', 'specs', 'specs cannot be read: EISDIR'],
    ['in another encoding', 'changelog', 'latin.md', 'latin.md: not UTF-8 text'],
  ])('that is %s is refused before anything is done', async (_, option, file, expected) => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    await project.write('latin.md', Buffer.from('# \u00c4nderungen\n', 'latin1'));
    const error = await rejection(regenerate({ config: project.config, [option]: join(project.path, file) }));
    expect(String(error)).toContain(expected);
    expect(await project.read('specs/tenant.wsdl')).toBe(wsdl);
  });

  it('that was left half written by a killed process is cleared away once that is long ago', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    const [old, fresh] = ['specs/tenant.wsdl.0123456789ab.tmp', 'specs/tenant.wsdl.ba9876543210.tmp'];
    for (const file of [old, fresh]) await project.write(file, 'half');
    await utimes(join(project.path, old), 0, 0);
    await regenerate({ config: project.config });
    expect(await status(project)).toContain(`?? ${fresh}`);
    expect(await status(project)).not.toContain(`?? ${old}`);
  });

  it('that is a link stays one, and its mode stays', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    await project.write('docs/changes.md', '# Changes\n');
    await chmod(join(project.path, 'docs/changes.md'), 0o600);
    const changelog = join(project.path, 'CHANGELOG.md');
    await symlink('docs/changes.md', changelog);
    await regenerate({ config: project.config, changelog });
    expect((await lstat(changelog)).isSymbolicLink()).toBe(true);
    expect(await project.read('docs/changes.md')).toContain('Shade__c');
    expect((await lstat(join(project.path, 'docs/changes.md'))).mode & 0o777).toBe(0o600);
  });
});

describe('an interruption', () => {
  it('before anything is written leaves everything as it was', async () => {
    await using project = await settled();
    await project.write('vendor/tenant.wsdl', richer);
    for (const last of ['taking', 'comparing', 'generating']) {
      const stop = new AbortController();
      const onProgress = (what: string): void => {
        if (what.includes(last)) stop.abort(new Error('enough'));
      };
      const error = await rejection(regenerate({ config: project.config, signal: stop.signal, onProgress }));
      expect(error).toMatchObject({ message: 'enough' });
      expect(await status(project)).toEqual([' M vendor/tenant.wsdl']);
    }
  });

  it('during a check leaves whole files', async () => {
    const waiting = [process.execPath, '-e', 'setInterval(() => {}, 1000); process.stdout.write("ready")'];
    await using project = await settled({ verify: [waiting] });
    await project.write('vendor/tenant.wsdl', richer);
    const stop = new AbortController();
    const error = await rejection(
      regenerate({ config: project.config, signal: stop.signal, onOutput: () => stop.abort(new Error('enough')) }),
    );
    expect(error).toMatchObject({ message: 'enough' });
    expect(await project.read('specs/tenant.wsdl')).toBe(richer);
    expect((await readdir(join(project.path, 'specs'))).sort()).toEqual(['sources.json', 'tenant.wsdl']);
    expect(await readdir(join(project.path, 'generated'))).toEqual(['tenant']);
  });
});
