import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type CommandDefinition, readCommand } from '../../scripts/cli-docs/command-tree.ts';
import { documentsOf, untoldCodes, untoldVariables } from '../../scripts/cli-docs.ts';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { root } from '../pack/scratch-app.ts';

let command: CommandDefinition;
beforeAll(async () => {
  command = await readCommand();
}, 60_000);

const read = (file: string): string => readFileSync(join(root, file), 'utf8');
const cli = read('docs/cli.md');
/** What becomes of the document when it was this. */
const made = (text: string, of = command) => {
  const { documents, problems } = documentsOf(of, (file) => (file === 'docs/cli.md' ? text : read(file)));
  return { text: documents.get('docs/cli.md') ?? '', problems };
};

describe('docs/cli.md and README.md', () => {
  it('say what the definitions of the command say', () => {
    const { documents, problems } = documentsOf(command, read);
    for (const [file, wanted] of documents) expect(read(file), `${file}: npm run docs:cli`).toBe(wanted);
    expect(problems).toEqual([]);
  });

  it('have a section for each verb, with its options and what it is an example of', () => {
    for (const { path, options, examples } of command.verbs) {
      const [section = ''] = cli.split(`\n## latchkey ${path}\n`)[1]?.split('\n## ') ?? [];
      expect(section, path).toContain(`latchkey ${path} `);
      for (const { term } of options) expect(section, path).toContain(`| \`${term}\` |`);
      for (const example of examples) expect(section, path).toContain(example);
    }
    expect(command.verbs.map(({ path }) => path)).toEqual(expect.arrayContaining(['auth login', 'auth list', 'diff']));
  });

  it('have examples that can be copied: what is said of one is a comment', () => {
    const examples = command.verbs.flatMap((verb) => verb.examples);
    expect(examples).toContainEqual(expect.stringMatching(/ {2}# \w/));
    for (const example of examples) expect(example).not.toMatch(/\S {2,}[^#\s]/);
  });

  it('put a command that is run behind dashes, where no option of ours follows it', () => {
    const usage = command.verbs.find(({ path }) => path === 'exec')?.usage ?? '';
    expect(usage.replaceAll(/\s+/g, ' ')).toMatch(
      /^latchkey exec \[system\] \[.*\[--json\] -- <command> \[argument\.\.\.\]$/,
    );
  });

  it('name every exit code', () => {
    for (const code of Object.values(exitCodes)) expect(cli).toMatch(new RegExp(`^\\| ${code} \\| \\w`, 'm'));
  });

  it('tell what a command of exec that cannot be run ends with', () => {
    expect(cli).toMatch(/^\| 126 \| .* \| `ERR_COMMAND_NOT_RUN` \|$/m);
    expect(cli).toMatch(/^\| 127 \| .* \| `ERR_COMMAND_NOT_FOUND` \|$/m);
    expect(cli).toMatch(/^\| 1 \| .*`ERR_COMMAND_FAILED`/m);
  });

  it('keep what is written by hand, and lose what is written where only definitions count', () => {
    const byHand = cli.replace('\n## latchkey diff\n', '\nWritten by hand.\n\n## latchkey diff\n');
    expect(made(byHand).text).toBe(byHand);
    const strange = cli.replace('<!-- end auth token -->', 'No such option.\n<!-- end auth token -->');
    expect(strange).not.toBe(cli);
    expect(made(strange).text).toBe(cli);
  });

  it('give a new verb a section, and tell of a section whose verb is gone', () => {
    const [first] = command.verbs;
    const fresh = { ...(first ?? expect.fail('there is no verb')), path: 'brew tea', examples: ['latchkey brew tea'] };
    const { text } = made(cli, { ...command, verbs: [...command.verbs, fresh] });
    expect(text).toMatch(
      /\n## latchkey brew tea\n\n<!-- begin brew tea -->\n[\s\S]*latchkey brew tea\n```\n\n<!-- end brew tea -->\n/,
    );
    expect(made(text).problems).toEqual(['docs/cli.md has a place for brew tea, which is not there']);
  });

  it('are refused without the place for a block', () => {
    expect(() => made(cli.replace('<!-- begin exit codes -->', ''))).toThrow('docs/cli.md has no place for exit codes');
  });
});

describe('variables', () => {
  it('that the sources read and the document does not tell of are found', () => {
    const source = "env.LATCHKEY_TEA; const { LATCHKEY_STORE: store } = env; emit({ code: 'LATCHKEY_ODD' });";
    expect(untoldVariables(cli, [source])).toEqual(['LATCHKEY_TEA']);
  });
});

describe('codes', () => {
  it('that the sources of the command name and the document does not tell of are found', () => {
    const source =
      "throw badArgument('ERR_TEA', 'x'); return { code: 'ERR_USAGE' }; if (code === 'ERR_MODULE_NOT_FOUND') brew();";
    expect(untoldCodes(cli, [source])).toEqual(['ERR_TEA']);
    expect(untoldCodes(cli.replaceAll('`ERR_UNHEALTHY`', ''), ["{ code: 'ERR_UNHEALTHY' }"])).toEqual([
      'ERR_UNHEALTHY',
    ]);
  });
});
