import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './scratch-app.ts';

/**
 * A block of TypeScript in README.md. Words after the language say more:
 * `ts run` runs to its end with exit code 0; `ts file=examples/x.ts` is the whole text of that file. All blocks compile.
 */
export interface ReadmeBlock {
  readonly name: string;
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  readonly file: string | undefined;
}

/** The blocks in order. */
export async function readmeBlocks(): Promise<ReadmeBlock[]> {
  const markdown = await readFile(join(root, 'README.md'), 'utf8');
  return [...markdown.matchAll(/^```(?:ts|typescript)(?=\s)(.*)\n([\s\S]*?)^```[ \t]*$/gm)].map((match, index) => {
    const [, words = '', code = ''] = match;
    const marks = words.trim().split(/\s+/);
    const line = markdown.slice(0, match.index).split('\n').length;
    const file = marks.find((mark) => mark.startsWith('file='))?.slice('file='.length);
    return { name: `readme-${index + 1}`, line, code, runs: marks.includes('run'), file };
  });
}
