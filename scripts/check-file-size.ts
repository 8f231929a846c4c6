/**
 * Checks that no source file is past 300 lines without saying why in the comment at its top: `Long because: <reason>`.
 *
 *     tsx scripts/check-file-size.ts [folder...]
 *
 * Default folders: src, scripts. Exit code 0: all well; 1: a file is too long, or a folder is missing.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const longestWithoutReason = 300;

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

/** The comments before the first line of code, where a reader looks first. */
function topComment(text: string): string {
  return /^(?:#!.*\n)?(?:\s*(?:\/\/.*(?:\n|$)|\/\*[\s\S]*?\*\/))*/.exec(text)?.[0] ?? '';
}

function givesReason(text: string): boolean {
  return /\bLong because: \S+ \S+/.test(topComment(text));
}

const folders = process.argv.slice(2);
const files = (folders.length > 0 ? folders : ['src', 'scripts']).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.[cm]?[jt]s$/.test(name))
    .map((name) => join(folder, name)),
);

const problems = files.sort().flatMap((file) => {
  const text = readFileSync(file, 'utf8');
  const lines = lineCount(text);
  if (lines <= longestWithoutReason || givesReason(text)) return [];
  return [`${file}: ${lines} lines; split it, or say at its top "Long because: <reason>"`];
});

for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write(`${files.length} files, none too long without a reason\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
