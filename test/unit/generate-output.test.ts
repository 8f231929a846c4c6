import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generate, UsageError } from '../../scripts/generate/index.ts';
import { rejection } from '../helpers/waiting.ts';
import { createScratch, fixture, type Scratch } from './generate-openapi.support.ts';

const written = (): Promise<Scratch> => createScratch({ 'desk.openapi.yaml': fixture });

describe('the output folder', () => {
  it('keeps a file written by hand that has the name of a generated one', async () => {
    await using scratch = await written();
    const own = { 'out/desk/types.ts': '// written by hand\n' };
    await scratch.write('out/desk/types.ts', own['out/desk/types.ts']);
    await expect(generate(scratch)).rejects.toThrow(/types\.ts was not written by the generator: move it out/);
    expect(await scratch.read()).toEqual(own);
    expect((await generate({ ...scratch, check: true })).ok).toBe(false);
  });

  it('takes back files that were emptied, or whose line ends a checkout has changed', async () => {
    await using scratch = await written();
    await generate(scratch);
    const before = await scratch.read();
    await scratch.write('out/desk/types.ts', '');
    await scratch.write('out/desk/names.ts', String(before['out/desk/names.ts']).replaceAll('\n', '\r\n'));
    await generate(scratch);
    expect(await scratch.read()).toEqual(before);
  });

  it('is cleared of what an ended run left behind, and not of what one at work has there', async () => {
    await using scratch = await written();
    await scratch.write('out/.generating-old/desk/types.ts', 'half');
    await scratch.write('out/.generating-new/desk/types.ts', 'half');
    await utimes(join(scratch.out, '.generating-old'), new Date(0), new Date(0));
    await generate(scratch);
    const left = Object.keys(await scratch.read()).filter((file) => file.includes('.generating-'));
    expect(left).toEqual(['out/.generating-new/desk/types.ts']);
  });

  it.each([
    ['a file where the folder of a system is to be', 'out/desk', /cannot be written: a part of that path is a file$/],
    ['a file where it is to be itself', 'out', /cannot be written: a part of that path is a file$/],
    ['a folder where a file is to be', 'out/desk/types.ts/x', /types\.ts is a folder, where a file is to be written$/],
  ])('is named when there is %s', async (_name, file, says) => {
    await using scratch = await written();
    await scratch.write(file, 'x');
    const error = await rejection(generate(scratch));
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message: expect.stringMatching(says) });
  });
});
