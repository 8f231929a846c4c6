/**
 * Checks that nothing in src but the `generate` command names a file of `specs`: specs are inputs of the generator, and what
 * runs in a user's program knows only what was generated from them. The sandbox's Zuora SOAP is let off: like the service, it
 * hands out its WSDL as a file. Imports are the layer check's part, paths are this one's.
 *
 *     tsx scripts/check-spec-readers.ts [folder...]
 *
 * Default folders: src, generated. Exit code 0: all well; 1: a string names the folder.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const specPath = /(?:^|[/\\])specs(?:[/\\]|$)/;
const letOff = [join('src', 'cli'), join('src', 'sandbox', 'zuora-soap.ts')];

function isText(node: ts.Node): node is ts.LiteralLikeNode {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
}

function stringsNamingSpecs(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (isText(node) && specPath.test(node.text)) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
      found.push(`${file}:${line + 1}: names the specs folder: ${JSON.stringify(node.text)}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const folders = process.argv.slice(2);
const files = (folders.length > 0 ? folders : ['src', 'generated']).flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .filter((file) => !letOff.some((path) => file.startsWith(path))),
);

const problems = files.sort().flatMap(stringsNamingSpecs);
for (const problem of problems) process.stderr.write(`${problem}\n`);
if (problems.length === 0) process.stdout.write(`${files.length} files, none names the specs folder\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
