import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import ts from 'typescript';
import { type GenerateWsdlInput, generateWsdl } from '../../scripts/generate/wsdl/index.ts';
import type { ServiceTable } from '../../src/transport/soap-table.ts';

export const fixture = readFileSync(new URL('./soap.fixture.wsdl', import.meta.url), 'utf8');

export interface GeneratedFiles {
  readonly types: string;
  readonly table: string;
}

export async function generated(
  text: string,
  options: Pick<GenerateWsdlInput, 'loginOperation' | 'onRemark'> = {},
): Promise<GeneratedFiles> {
  const input = {
    specFile: 'depot.wsdl',
    path: 'specs/depot.wsdl',
    text,
    command: 'npm run generate',
    toolVersion: '1.2.3',
  };
  const files = await generateWsdl({ ...input, ...options });
  return { types: files.get('types.ts') ?? '', table: files.get('table.ts') ?? '' };
}

/** Runs a generated table, as a user's program would import it. */
export async function loadTable({ table }: GeneratedFiles): Promise<ServiceTable<Record<string, never>>> {
  const { code } = transformSync(table, { loader: 'ts', format: 'esm' });
  // What was just generated has this export, or the test fails where it is used.
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as {
    service: ServiceTable<Record<string, never>>;
  };
  return module.service;
}

/** The language's own declarations, parsed once for all programs. */
const libraries = new Map<string, ts.SourceFile>();

/** What the strictest tsc says about generated files and a program that uses them. */
export function compilerErrors(files: GeneratedFiles, program = 'export {};'): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-wsdl-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'types.ts'), files.types);
    writeFileSync(join(folder, 'table.ts'), files.table);
    writeFileSync(join(folder, 'program.ts'), program);
    const options: ts.CompilerOptions = {
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noImplicitOverride: true,
      noPropertyAccessFromIndexSignature: true,
      noUnusedLocals: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      erasableSyntaxOnly: true,
      allowImportingTsExtensions: true,
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      lib: ['lib.es2023.d.ts'],
      types: [],
    };
    const names = ['types.ts', 'table.ts', 'program.ts'].map((name) => join(folder, name));
    const host = ts.createCompilerHost(options);
    const readSource = host.getSourceFile.bind(host);
    host.getSourceFile = (name, ...rest) => {
      if (!/[/\\]lib\.[\w.]+\.d\.ts$/.test(name)) return readSource(name, ...rest);
      const library = libraries.get(name) ?? readSource(name, ...rest);
      if (library !== undefined) libraries.set(name, library);
      return library;
    };
    return ts.getPreEmitDiagnostics(ts.createProgram(names, options, host)).map(({ file, start, messageText }) => {
      const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
      return `${file?.fileName.slice(folder.length + 1)}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
