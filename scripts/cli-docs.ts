/**
 * Writes what `docs/cli.md` and README.md say of the command's definitions: verbs, usage, options, examples, exit codes, variables, profiles. What stands
 * between the marked places is written by hand, and stays. A verb without a section gets one.
 *
 *     tsx scripts/cli-docs.ts [--check]
 *
 * `--check` writes nothing. Exit code 0: all well; 1: something is not told of, or is nobody's; 2: wrong usage; 3: the documents are not what the
 * definitions say.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sessionBlock, verbBlock, verbsBlock } from './cli-docs/blocks.ts';
import { type CommandDefinition, readCommand } from './cli-docs/command-tree.ts';
import { type Blocks, strayPlaces, withBlocks, withSections } from './cli-docs/places.ts';
import { profileBlock } from './cli-docs/profile-table.ts';
import { exitCodesBlock, variablesBlock } from './cli-docs/reference.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

const anchorOf = (path: string): string => `#latchkey-${path.replaceAll(' ', '-')}`;

/** What `docs/cli.md` holds at its marked places. */
export function cliBlocks(command: CommandDefinition): Blocks {
  return new Map([
    ['verbs', verbsBlock(command, anchorOf)],
    ['options of a session', sessionBlock(command)],
    ...command.verbs.map((verb): [string, string] => [verb.path, verbBlock(verb)]),
    ['variables', variablesBlock()],
    ['profile', profileBlock(root)],
    ['exit codes', exitCodesBlock()],
  ]);
}

/** The documents as they should be, and what is wrong with them that nobody but a writer can mend. */
export function documentsOf(command: CommandDefinition, read: (file: string) => string) {
  const blocks = cliBlocks(command);
  const cli = withSections(
    read('docs/cli.md'),
    command.verbs.map(({ path }) => path),
  );
  const ofReadme: Blocks = new Map([['verbs', verbsBlock(command, (path) => `docs/cli.md${anchorOf(path)}`)]]);
  const documents = new Map([
    ['docs/cli.md', withBlocks('docs/cli.md', cli, blocks)],
    ['README.md', withBlocks('README.md', read('README.md'), ofReadme)],
  ]);
  const problems = strayPlaces(cli, blocks).map((name) => `docs/cli.md has a place for ${name}, which is not there`);
  return { documents, problems };
}

/** The variables that the sources name and the document does not. */
export function untoldVariables(document: string, sources: readonly string[]): readonly string[] {
  // In quotes, and in what is told of it, it is no variable but a code.
  const named = sources.flatMap((text) => text.match(/(?<!['`])\bLATCHKEY_[A-Z]+(?:_[A-Z]+)*\b/g) ?? []);
  return [...new Set(named)].filter((name) => !document.includes(name)).sort();
}

/** Codes that the command asks for, and does not end with: Node's. */
const FOREIGN_CODES = ['ERR_MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'];

/** The codes that the sources of the command name and the document does not tell of. */
export function untoldCodes(document: string, sources: readonly string[]): readonly string[] {
  const named = sources.flatMap((text) => [...text.matchAll(/'(ERR_[A-Z_]+)'/g)].map(([, code = '']) => code));
  const isTold = (code: string): boolean => document.includes(`\`${code}\``) || FOREIGN_CODES.includes(code);
  return [...new Set(named)].filter((code) => !isTold(code)).sort();
}

function sources(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'));
}

async function main(args: readonly string[]): Promise<number> {
  const isCheck = args.includes('--check');
  if (args.some((arg) => arg !== '--check')) {
    console.error('Usage: cli-docs [--check]');
    return 2;
  }
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const { documents, problems } = documentsOf(await readCommand(), read);
  const untold = untoldVariables(documents.get('docs/cli.md') ?? '', sources('src'));
  for (const problem of problems) console.error(problem);
  for (const name of untold) console.error(`docs/cli.md does not tell of the variable ${name}`);
  const codes = untoldCodes(documents.get('docs/cli.md') ?? '', sources('src/cli'));
  for (const code of codes) console.error(`docs/cli.md does not tell of the code ${code}`);
  let drifted = 0;
  for (const [file, wanted] of documents) {
    if (read(file) === wanted) continue;
    drifted += 1;
    if (isCheck) console.error(`${file} is not what the command's definitions say: run npm run docs:cli`);
    else writeFileSync(join(root, file), wanted);
  }
  if (isCheck && drifted > 0) return 3;
  if (problems.length + untold.length + codes.length > 0) return 1;
  console.log("docs/cli.md and README.md say what the command's definitions say.");
  return 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = await main(process.argv.slice(2));
