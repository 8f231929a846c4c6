import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createFolder, ensureBuilt, latchkey, root, run } from './built.support.ts';
import { expectValidJson } from './json-schemas.support.ts';

type Shell = 'bash' | 'zsh' | 'fish';

let folder: Awaited<ReturnType<typeof createFolder>>;
let env: Record<string, string>;
beforeAll(async () => {
  await ensureBuilt();
  folder = await createFolder();
  env = {
    PATH: process.env.PATH ?? '',
    HOME: folder.path,
    XDG_CONFIG_HOME: join(folder.path, 'config'),
    XDG_STATE_HOME: join(folder.path, 'state'),
    LATCHKEY_KEYCHAIN: 'off',
    LANG: 'C.UTF-8',
  };
  await mkdir(join(folder.path, 'config/latchkey'), { recursive: true });
  const profiles = { work: { system: 'pulse-crm' }, 'work.eu': { system: 'zato-sso' }, home: { system: 'pulse-crm' } };
  await writeFile(join(folder.path, 'config/latchkey/config.json'), JSON.stringify({ profiles }));
  await mkdir(join(folder.path, 'specs'));
  await writeFile(join(folder.path, 'specs/old.yaml'), '');
  await writeFile(join(folder.path, 'specs/old one.yaml'), '');
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await run(latchkey, ['completion', shell], { env });
    expect(code).toBe(0);
    await writeFile(join(folder.path, `completion.${shell}`), stdout);
  }
}, 200_000);
afterAll(() => folder?.[Symbol.asyncDispose]());
vi.setConfig({ testTimeout: 60_000 });

/** Shells without anybody's settings. The command is one that says what it was given; only its completion is the built one's. */
const shells: Readonly<Record<Shell, { args: readonly string[]; start: (script: string, command: string) => string }>> =
  {
    bash: {
      args: ['--norc', '--noprofile', '-i'],
      start: (script, command) => `
      set +o history; PS1=; PS2=; bind 'set enable-bracketed-paste off'; bind 'set bell-style none'
      bind '"\\C-x\\C-a": insert-completions'
      latchkey() { if [[ $2 == --profiles ]]; then ${command} "$@"; else printf '<%s>' "$@"; printf '.\\n'; fi; }
      source ${script}`,
    },
    zsh: {
      args: ['-f', '-i'],
      start: (script, command) => `
      unsetopt prompt_sp prompt_cr beep; unset zle_bracketed_paste; PS1=; PS2=
      autoload -Uz compinit; compinit -u -D
      zle -C all-matches complete-word _generic; bindkey '^X^A' all-matches
      zstyle ':completion:all-matches:*' insert true
      zstyle ':completion:all-matches::::' completer _all_matches _complete
      latchkey() { if [[ $2 == --profiles ]]; then ${command} "$@"; else printf '<%s>' "$@"; printf '.\\n'; fi }
      source ${script}`,
    },
    fish: { args: [], start: () => '' },
  };

/** Types a line, lets the shell put all completions into it, and gives the words that the command is then started with. */
async function typed(shell: 'bash' | 'zsh', lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { args, start } = shells[shell];
  const file = join(folder.path, `start.${shell}`);
  await writeFile(
    file,
    start(join(folder.path, `completion.${shell}`), `${process.execPath} ${join(root, 'dist', latchkey)}`),
  );
  const terminal = spawn(shell, [...args], { env: { ...env, TERM: 'dumb' }, cwd: folder.path, cols: 2000, rows: 50 });
  let text = '';
  let look = (): void => {};
  terminal.onData((data) => {
    text += data;
    look();
  });
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      look = () => {
        const found = pattern.exec(text);
        if (found !== null) resolve(found[0]);
      };
      look();
    });
  const ended = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  try {
    terminal.write(`source ${file}; echo rea''dy\r`);
    await until(/^ready/m);
    const results: string[][] = [];
    for (const line of lines) {
      text = '';
      terminal.write(`${line}\x18\x01\r`);
      const said = await until(/^(?:<[^>\n]*>)+\.(?=\r?\n)/m);
      results.push([...said.matchAll(/<([^>\n]*)>/g)].map(([, word = '']) => word));
    }
    return results;
  } finally {
    terminal.kill('SIGKILL');
    await ended;
  }
}

/** What fish offers for a line, by the command that it has for asking. */
async function offeredByFish(lines: readonly string[]): Promise<readonly (readonly string[])[]> {
  const script = join(folder.path, 'completion.fish');
  const bin = join(folder.path, 'bin');
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, 'latchkey'), `#!/bin/sh\nexec ${process.execPath} ${join(root, 'dist', latchkey)} "$@"\n`, {
    mode: 0o755,
  });
  const ask = lines.map((line) => `complete -C '${line}'; echo -----`).join('\n');
  const fishEnv = { ...env, PATH: `${bin}:${env.PATH ?? ''}` };
  const terminal = spawn('fish', ['--no-config', '-c', `source ${script}\n${ask}`], {
    env: { ...fishEnv, TERM: 'dumb' },
    cwd: folder.path,
    cols: 2000,
    rows: 50,
  });
  let text = '';
  terminal.onData((data) => {
    text += data;
  });
  await new Promise<void>((resolve) => terminal.onExit(() => resolve()));
  const blocks = text.replaceAll('\r', '').split('-----\n').slice(0, lines.length);
  return blocks.map((block) =>
    block
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split('\t')[0] ?? ''),
  );
}

/** A line, and the words that may stand at its end. */
const rows: readonly (readonly [line: string, words: readonly string[]])[] = [
  ['latchkey au', ['auth']],
  ['latchkey con', ['contract']],
  ['latchkey auth lo', ['login', 'logout']],
  ['latchkey auth login zu', ['zuora-rest', 'zuora-soap']],
  ['latchkey auth login --f', ['--force']],
  ['latchkey auth login zuora-rest --entity', ['--entity-id', '--entity-name']],
  ['latchkey auth logout --clear', ['--clear-quarantine']],
  ['latchkey auth token --profile w', ['work', 'work.eu']],
  ['latchkey auth token --profile work pul', ['pulse-crm']],
  ['latchkey auth token --base-url http://127.0.0.1:8080/a pul', ['pulse-crm']],
  ['latchkey auth header --format c', ['curl']],
  ['latchkey auth status --store m', ['memory']],
  ['latchkey call zuora-soap que', ['query', 'queryMore']],
  ['latchkey call --profile work zato-sso sea', ['searchUsers', 'searchUsersByBody']],
  ['latchkey call pulse-crm log', []],
  ['latchkey sandbox --system pulse-crm za', ['zato-sso']],
  ['latchkey sandbox --po', ['--port']],
  ['latchkey contract --system zato-sso --tim', ['--timeout']],
  ['latchkey diff --fail-on br', ['breaking']],
  ['latchkey completion f', ['fish']],
  ['latchkey help gen', ['generate']],
  ['latchkey --ver', ['--version']],
];

const completed = rows.filter(([, words]) => words.length > 0);

describe.each(['bash', 'zsh'] as const)('in %s, its own completion', (shell) => {
  it('puts in the words that may stand there', async () => {
    const results = await typed(
      shell,
      completed.map(([line]) => line),
    );
    const expected = completed.map(([line, words]) => [...line.split(' ').slice(1, -1), ...words]);
    expect(results.map((words) => words.filter((word) => word !== ''))).toEqual(expected);
  });

  it('puts in nothing where nothing is known, and files where files are', async () => {
    const lines = ['latchkey call pulse-crm log', 'latchkey auth login --user wo', 'latchkey diff specs/old.'];
    expect(await typed(shell, lines)).toEqual([
      ['call', 'pulse-crm', 'log'],
      ['auth', 'login', '--user', 'wo'],
      ['diff', 'specs/old.yaml'],
    ]);
    expect(await typed(shell, ['latchkey generate --specs specs/old\\ '])).toEqual([
      ['generate', '--specs', 'specs/old one.yaml'],
    ]);
  });

  it('takes the value of an option that is written with =', async () => {
    const [choice = [], profile = []] = await typed(shell, [
      'latchkey auth header --format=c',
      'latchkey auth token --profile=ho',
    ]);
    expect([choice.join(' '), profile.join(' ')]).toEqual(['auth header --format=curl', 'auth token --profile=home']);
  });
});

describe('in fish, its own completion', () => {
  it('offers the words that may stand there', async () => {
    const results = await offeredByFish(rows.map(([line]) => line));
    expect(results.map((words) => [...words].sort())).toEqual(rows.map(([, words]) => [...words].sort()));
  });

  it('offers files where files are, and values behind =', async () => {
    expect(
      await offeredByFish([
        'latchkey diff specs/old.',
        'latchkey auth header --format=c',
        'latchkey auth token --profile=ho',
      ]),
    ).toEqual([['specs/old.yaml'], ['--format=curl'], ['--profile=home']]);
  });
});

describe('latchkey completion', () => {
  it('prints what its schema says', async () => {
    const json = async (...args: string[]) => {
      const { stdout } = await run(latchkey, ['completion', ...args, '--json'], { env });
      return expectValidJson('completion', stdout);
    };
    for (const shell of ['bash', 'zsh', 'fish']) expect(await json(shell)).toMatchObject({ ok: true, shell });
    expect(await json('--profiles')).toMatchObject({ ok: true, profiles: ['work', 'work.eu', 'home'] });
    expect(await json()).toMatchObject({ code: 'ERR_USAGE' });
    expect(await json('tcsh')).toMatchObject({ code: 'ERR_USAGE' });
  });
});
