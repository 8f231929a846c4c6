import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { root } from './scratch-app.ts';

/**
 * A block of TypeScript in a document. Words after the language say more: `ts run` runs to its end with exit code 0;
 * `ts file=examples/x.ts` is the whole text of that file; `ts module=x` is what other blocks import as `./x.js`.
 */
export interface ReadmeBlock {
  readonly name: string;
  readonly line: number;
  readonly code: string;
  readonly runs: boolean;
  readonly file: string | undefined;
}

/** The blocks of README.md in order. All of them compile. */
export const readmeBlocks = (): Promise<ReadmeBlock[]> => codeBlocks('README.md');

/** The blocks of a document in order, named after it. */
export async function codeBlocks(document: string): Promise<ReadmeBlock[]> {
  const markdown = await readFile(join(root, document), 'utf8');
  const prefix = basename(document, '.md').toLowerCase();
  return [...markdown.matchAll(/^```(?:ts|typescript)(?=\s)(.*)\n([\s\S]*?)^```[ \t]*$/gm)].map((match, index) => {
    const [, words = '', code = ''] = match;
    const marks = words.trim().split(/\s+/);
    const line = markdown.slice(0, match.index).split('\n').length;
    const markOf = (name: string): string | undefined =>
      marks.find((mark) => mark.startsWith(`${name}=`))?.slice(name.length + 1);
    const name = markOf('module') ?? `${prefix}-${index + 1}`;
    return { name, line, code, runs: marks.includes('run'), file: markOf('file') };
  });
}
