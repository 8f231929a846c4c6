import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { watchSpecs } from '../../scripts/generate/index.ts';
import { createScratch } from './generate-openapi.support.ts';

vi.setConfig({ testTimeout: 30_000 });

/** A watch that counts its runs, and ends with the block that it is in. */
function watching(options: Omit<Parameters<typeof watchSpecs>[0], 'signal'>) {
  const stop = new AbortController();
  const watch = {
    runs: 0,
    ended: Promise.resolve(),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watch.ended;
    },
  };
  watch.ended = watchSpecs({ ...options, signal: stop.signal }, async () => {
    watch.runs += 1;
  });
  return watch;
}

it('sees specs in a folder that holds the output, or that the output folder holds, and not what is generated', async () => {
  await using scratch = await createScratch({ 'desk.openapi.yaml': 'openapi: 3.1.0\n' });
  const root = join(scratch.specs, '..');
  await mkdir(join(root, 'desk/node_modules'), { recursive: true });
  await mkdir(join(scratch.specs, 'deep/node_modules'), { recursive: true });
  await using watch = watching({ specs: scratch.specs, out: root });
  await expect.poll(() => watch.runs).toBe(1);
  await writeFile(join(root, 'desk/types.ts'), 'generated');
  await writeFile(join(scratch.specs, 'deep/node_modules/x.yaml'), 'of a package');
  await writeFile(join(scratch.specs, 'desk.openapi.yaml'), 'openapi: 3.1.1\n');
  await expect.poll(() => watch.runs, { timeout: 10_000 }).toBe(2);
  await writeFile(join(scratch.specs, 'deep/part.yaml'), 'of the spec');
  await expect.poll(() => watch.runs, { timeout: 10_000 }).toBe(3);
});

it('goes on with the folders that a changed configuration names', async () => {
  await using scratch = await createScratch({});
  const config = join(scratch.specs, '../config/latchkey.config.json');
  const naming = (spec: string) => JSON.stringify({ specs: [{ openapi: `../${spec}` }] });
  await scratch.write('one/a.yaml', '');
  await scratch.write('two/b.yaml', '');
  await scratch.write('config/latchkey.config.json', naming('one/a.yaml'));
  await using watch = watching({ config });
  await expect.poll(() => watch.runs).toBe(1);
  await writeFile(config, naming('two/b.yaml'));
  await expect.poll(() => watch.runs, { timeout: 10_000 }).toBe(2);
  // The new folder is watched as soon as it has been looked through.
  await expect
    .poll(
      async () => {
        await scratch.write('two/b.yaml', `# ${Math.random()}\n`);
        return watch.runs;
      },
      { timeout: 10_000, interval: 300 },
    )
    .toBeGreaterThan(2);
});
