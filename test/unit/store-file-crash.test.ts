import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileStore } from '../../src/stores/file.ts';

const writer = fileURLToPath(new URL('../helpers/store-writer.ts', import.meta.url));
const key = Buffer.alloc(32, 3).toString('base64');
const SIZE = 300_000;

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'latchkey-crash-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Starts the writer; calls back for each of its lines; resolves when it has ended. */
function startWriter(writes: number, onLine: (line: string, kill: () => void) => void, limit = ''): Promise<void> {
  const command = `${limit} exec "$0" --import tsx "$@"`;
  const child = spawn(
    '/bin/sh',
    ['-c', command, process.execPath, writer, directory, key, String(SIZE), String(writes)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    },
  );
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line, () => child.kill('SIGKILL'));
  });
  return new Promise((resolve) => child.on('close', () => resolve()));
}

const recordsIn = async (): Promise<string[]> => (await readdir(directory)).filter((name) => !name.endsWith('.tmp'));

describe('the file store, when its process is killed while it writes', () => {
  it('holds the old record or the new one, never half of either', async () => {
    for (let round = 1; round <= 4; round += 1) {
      let seen = 0;
      await startWriter(10_000, (_, kill) => {
        seen += 1;
        if (seen === round * 3) kill();
      });
      expect(seen).toBeGreaterThanOrEqual(round * 3);
      const value = await createFileStore({ directory, key }).read('session-v1-a');
      expect(value).toHaveLength(SIZE);
      expect(new Set(value).size).toBe(1);
      expect(await recordsIn()).toHaveLength(1);
    }
  }, 60_000);
});

describe('the file store, when the disk takes no more', () => {
  it('says so, keeps the old record, and leaves no half file', async () => {
    const store = createFileStore({ directory, key });
    await store.write('session-v1-a', 'old', { expiresAtMs: null });
    const lines: string[] = [];
    // Files of at most 64 blocks: writing the record fails half way.
    await startWriter(3, (line) => lines.push(line), 'ulimit -f 64;');
    expect(lines).toEqual(['failed ERR_STORE', 'failed ERR_STORE', 'failed ERR_STORE']);
    expect(await store.read('session-v1-a')).toBe('old');
    expect(await readdir(directory)).toHaveLength(1);
  }, 30_000);
});
