import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../scripts/generate/usage-error.ts';
import { entryFor, type Lock, loadLockEditor, readLock } from '../../scripts/regenerate/lock.ts';
import type { LockEntry } from '../../scripts/regenerate/lock-entry.ts';
import { rejection } from '../helpers/waiting.ts';
import { createProject } from './regenerate.support.ts';

const ownLock = fileURLToPath(new URL('../../specs/sources.json', import.meta.url));
const sha256 = 'ab'.repeat(32);
const editLock = await loadLockEditor();
const lockText = ({ text }: Lock, changed: readonly LockEntry[]): string => editLock(text, changed);

describe('a lock', () => {
  it('is empty where there is none, and is made by the first entry', async () => {
    await using project = await createProject({}, { isInGit: false });
    const lock = await readLock(join(project.path, 'specs/sources.json'));
    expect(lock.entries).toEqual([]);
    const entry = { file: 'a.wsdl', source: null, date: '2026-01-02', sha256, generator: '1.0.0' };
    expect(JSON.parse(lockText(lock, [entry]))).toEqual({ specs: [entry] });
  });

  it('keeps every byte but those of the fields that change', async () => {
    const before = await readFile(ownLock, 'utf8');
    const lock = await readLock(ownLock);
    const entry = entryFor(lock, join(ownLock, '../zato-sso.openapi.yaml'));
    if (entry === undefined) throw new Error('the lock has no zato-sso.openapi.yaml');
    const after = lockText(lock, [{ ...entry, date: '2031-02-03', sha256, generator: '9.9.9' }]);
    const changed = after.split('\n').filter((line) => !before.split('\n').includes(line));
    expect(changed.map((line) => line.trim())).toEqual([
      `"sha256": "${sha256}",`,
      '"date": "2031-02-03",',
      '"generator": "9.9.9",',
    ]);
    const [was, is] = [JSON.parse(before), JSON.parse(after)];
    const index = was.specs.findIndex(({ file }: { file: string }) => file === entry.file);
    Object.assign(was.specs[index], { date: '2031-02-03', sha256, generator: '9.9.9' });
    expect(is).toEqual(was);
  });

  it.each([
    ['{ "specs": [] }', '{"specs":[{"file":"b","source":null}]}'],
    ['{"specs":[{"file":"a"}],"more":[1, 2]}', '{"specs":[{"file":"a"},{"file":"b","source":null}],"more":[1,2]}'],
  ])('takes in a new entry: %s', async (text, expected) => {
    await using project = await createProject({ 'lock.json': text }, { isInGit: false });
    const lock = await readLock(join(project.path, 'lock.json'));
    expect(JSON.parse(lockText(lock, [{ file: 'b', source: null }]))).toEqual(JSON.parse(expected));
  });

  it('takes in fields that are not there yet, in one line or in several', async () => {
    const text = '{ "specs": [{ "file": "a", "notes": "x" },\n  {\n    "file": "b",\n    "notes": "y"\n  }] }';
    await using project = await createProject({ 'lock.json': text }, { isInGit: false });
    const lock = await readLock(join(project.path, 'lock.json'));
    const entries = ['a', 'b'].map((file) => ({ file, source: '../v', sha256, generator: '1' }));
    expect(lockText(lock, entries)).toBe(
      `{ "specs": [{ "file": "a", "source": "../v", "sha256": "${sha256}", "generator": "1", "notes": "x" },\n  {\n` +
        `    "file": "b",\n    "source": "../v",\n    "sha256": "${sha256}",\n    "generator": "1",\n    "notes": "y"\n  }] }`,
    );
  });

  it.each([
    ['[', 'is not JSON'],
    ['[]', '#/specs must be a list'],
    ['{"specs":[1]}', '#/specs/0 must be an object'],
    ['{"specs":[{}]}', '#/specs/0/file must be a path'],
    ['{"specs":[{"file":"a","source":""}]}', '#/specs/0/source must be an https address'],
    ['{"specs":[{"file":"a","source":{"command":"curl x"}}]}', '#/specs/0/source must be'],
    ['{"specs":[{"file":"a","source":{"command":[]}}]}', '#/specs/0/source must be'],
    ['{"specs":[{"file":"a","source":{"command":["x"],"shell":true}}]}', '#/specs/0/source must be'],
    ['{"specs":[{"file":"a","date":"yesterday"}]}', '#/specs/0/date must be YYYY-MM-DD'],
    ['{"specs":[{"file":"a","sha256":"x"}]}', '#/specs/0/sha256 must be 64'],
    ['{"specs":[{"file":"a","generator":1}]}', '#/specs/0/generator must be a version'],
    ['{"specs":[{"file":"a"},{"file":"a"}]}', '#/specs has a twice'],
  ])('is refused with its place: %s', async (text, expected) => {
    await using project = await createProject({ 'lock.json': text }, { isInGit: false });
    const error = await rejection(readLock(join(project.path, 'lock.json')));
    expect(error).toBeInstanceOf(UsageError);
    expect(String(Object(error).message)).toContain(expected);
  });
});
