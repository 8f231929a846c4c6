/**
 * Records the first minute with the built command, on a terminal and against a sandbox, as a picture and as a text: `docs/first-minute.svg` and
 * `docs/first-minute.txt`. What is another one each time (ports, times, ids, sessions) is replaced by what is always the same.
 *
 *     tsx scripts/record-session.ts [--check]
 *
 * `--check` writes nothing. Exit code 0: all well; 1: the first minute went wrong; 2: wrong usage; 3: the files are not what is shown now.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { recordScenes } from './record-session/scenes.ts';
import { svgOf, transcriptOf } from './record-session/svg.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

const TITLE = 'The first minute with latchkey';
const ABOUT =
  'A terminal session. A sandbox is started; latchkey auth login asks for the API secret without showing it; auth status, auth token and call use the ' +
  'session; a wrong secret is refused once, and not sent a second time. The same as text is in first-minute.txt.';

async function main(args: readonly string[]): Promise<number> {
  const isCheck = args.includes('--check');
  if (args.some((arg) => arg !== '--check')) {
    console.error('Usage: record-session [--check]');
    return 2;
  }
  const scenes = await recordScenes(join(root, 'dist/cli/main.cjs'));
  const files = { 'docs/first-minute.svg': svgOf(TITLE, ABOUT, scenes), 'docs/first-minute.txt': transcriptOf(scenes) };
  let drifted = 0;
  for (const [file, wanted] of Object.entries(files)) {
    if (contentOf(file) === wanted) continue;
    drifted += 1;
    if (isCheck) console.error(`${file} is not what the command shows now: run npm run docs:session`);
    else writeFileSync(join(root, file), wanted);
  }
  if (isCheck && drifted > 0) return 3;
  console.log('docs/first-minute.svg and .txt are what the command shows.');
  return 0;
}

function contentOf(file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8');
  } catch {
    return undefined;
  }
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
