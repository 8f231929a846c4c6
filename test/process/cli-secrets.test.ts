import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { envelopeOf, outcomeOf } from '../../src/cli/outcome.ts';
import { verbs } from '../../src/cli/verbs.ts';
import { systemNames } from '../../src/sandbox/index.ts';
import { leaksIn, printed, secrets } from '../helpers/secrets.ts';
import { type CliStage, happenings, secretAt, whoAt } from '../helpers/secrets-cli.ts';
import { type Doing, otherVerbs, sessionVerbs } from '../helpers/secrets-cli-verbs.ts';
import { openStage } from '../helpers/secrets-stage.ts';
import { rejection } from '../helpers/waiting.ts';
import { createFolder, ensureBuilt, latchkey, root, run } from './built.support.ts';

beforeAll(ensureBuilt, 200_000);
afterEach(() => vi.unstubAllEnvs());
vi.setConfig({ testTimeout: 180_000 });

const recorder = join(root, 'test/process/record-children.mjs');
const io = { signal: new AbortController().signal, publish: async () => {}, note: () => {}, finish: () => {} };

/** Every verb that can be asked for, with its sub-verbs: `auth login`. */
async function verbPaths(): Promise<string[]> {
  const program = new Command();
  const paths = verbs.map(async ({ name, load }) => {
    const verb = program.command(name);
    (await load())(verb, { ...io, behindDashes: undefined, handOverSignals: () => {} }, async () => program);
    return verb.commands.length === 0 ? [name] : verb.commands.map((sub) => `${name} ${sub.name()}`);
  });
  return (await Promise.all(paths)).flat();
}

async function openScene(system: CliStage['system']): Promise<CliStage & AsyncDisposable> {
  const stage = await openStage();
  const home = await createFolder();
  const folder = home.path;
  await mkdir(join(folder, 'tmp'));
  const scene: CliStage = {
    stage,
    folder,
    system,
    url: stage.service.url,
    planted: [],
    env: {
      HOME: folder,
      XDG_STATE_HOME: join(folder, 'state'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      TMPDIR: join(folder, 'tmp'),
      LATCHKEY_KEYCHAIN: 'off',
      LATCHKEY_KEY: secrets.storeKey,
      CI: '',
    },
    run: (args) => run(latchkey, args, { env: scene.env, cwd: folder }),
    async plant(path, text) {
      const file = join(folder, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text, { mode: 0o600 });
      scene.planted.push(file);
      return file;
    },
  };
  const close = async (): Promise<void> => {
    await stage[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  };
  return Object.assign(scene, { [Symbol.asyncDispose]: close });
}

interface Note {
  readonly kind: 'child' | 'self';
  readonly words: readonly unknown[];
  readonly env?: readonly string[];
}

/** Runs a verb and tells which secrets it shows where it should not. */
async function leaksOf(scene: CliStage, { args, input, shows = [], hands = [] }: Doing): Promise<string[]> {
  const notes = join(scene.folder, 'notes.jsonl');
  await writeFile(notes, '');
  scene.planted.push(notes);
  const env = { ...scene.env, LATCHKEY_TEST_NOTES: notes, NODE_OPTIONS: `--import=${recorder}` };
  const { stdout, stderr, code } = await run(latchkey, args, { env, cwd: scene.folder, ...(input && { input }) });
  const written = await readFile(notes, 'utf8');
  // The recorder wrote these lines.
  const noted = written
    .trim()
    .split('\n')
    .map((line): Note => JSON.parse(line));
  expect(
    noted.some(({ kind }) => kind === 'self'),
    `${args.join(' ')} was not watched`,
  ).toBe(true);
  const found: string[] = [];
  const look = (where: string, text: string, allowed: readonly string[] = []): void => {
    const leaks = leaksIn(text).filter((leak) => !allowed.some((name) => leak.startsWith(`${name} (`)));
    found.push(...leaks.map((leak) => `${args.join(' ')} (ended with ${code}) shows in ${where} ${leak}`));
  };
  look('stdout', stdout, shows);
  look('stderr', stderr);
  const given = new Set(Object.entries(env).map(([name, value]) => `${name}=${value}`));
  for (const { kind, words, env: handed = [] } of noted) {
    look(`the words of its ${kind}`, words.map(String).join('\n'));
    // What we were started with is there by our user's doing; the command of `exec` is kept even from that.
    const isHanded = hands.length > 0 && words[0] === 'true';
    const own = isHanded ? handed : handed.filter((pair) => !given.has(pair));
    look('the environment of a child', own.join('\n'), isHanded ? hands : []);
  }
  for (const file of await filesIn(scene.folder)) {
    if (!scene.planted.includes(file)) look(file.slice(scene.folder.length), await readFile(file, 'latin1'));
  }
  return found;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the scenes', () => {
  it('are there for every verb', async () => {
    const played = [...Object.keys(sessionVerbs), ...Object.keys(otherVerbs)];
    expect((await verbPaths()).filter((path) => !played.includes(path))).toEqual([]);
  });

  it('would see a secret wherever it could be', async () => {
    await using scene = await openScene('pulse-crm');
    const [variable, value] = secretAt(scene);
    scene.env[variable] = value;
    const who = whoAt(scene);
    const unexpected = await leaksOf(scene, { args: ['auth', 'token', ...who] });
    expect(unexpected.join('\n')).toMatch(/shows in stdout token \(/);
    const flag = await leaksOf(scene, { args: ['auth', 'token', `--password=${value}`] });
    expect(flag.join('\n')).toMatch(/shows in the words of its self apiSecret \(/);
    await scene.plant('left-behind', Buffer.from(value).toString('hex'));
    scene.planted.pop();
    const left = await leaksOf(scene, { args: ['auth', 'list'] });
    expect(left.join('\n')).toMatch(/shows in \/left-behind apiSecret \(hex\)/);
    scene.env[`${variable}_COMMAND`] = JSON.stringify(['sh', '-c', 'exit 3', value]);
    delete scene.env[variable];
    const handed = await leaksOf(scene, { args: ['auth', 'login', ...who, '--force'] });
    expect(handed.join('\n')).toMatch(/shows in the words of its child apiSecret \(/);
  });
});

describe('no verb shows a secret, unless that is its purpose, and then on stdout', () => {
  const cases = Object.entries(happenings).map(([name, happening], index) => ({ name, happening, index }));

  it.each(cases)('at $name', async ({ happening, index }) => {
    const existing = await verbPaths();
    const leaks: string[] = [];
    const played = Object.entries(sessionVerbs).filter(([path]) => existing.includes(path));
    for (const [turn, [, act]] of played.entries()) {
      // Each verb meets each happening; over all of them it meets each system, in plain words and in JSON.
      const system = systemNames[(index + turn) % systemNames.length] ?? 'pulse-crm';
      await using scene = await openScene(system);
      await happening(scene);
      const isJson = Math.floor((index + turn) / systemNames.length) % 2 === 0;
      leaks.push(...(await leaksOf(scene, act(scene, isJson ? ['--json'] : []))));
    }
    expect(leaks).toEqual([]);
  });

  it.each(Object.entries(otherVerbs))('by %s, whatever stands in the environment', async (path, scenes) => {
    if (!(await verbPaths()).includes(path)) return;
    const leaks: string[] = [];
    for (const act of scenes) {
      await using scene = await openScene('zato-sso');
      for (const system of systemNames) {
        const [variable, value] = secretAt({ ...scene, system });
        scene.env[variable] = value;
      }
      scene.env.LATCHKEY_ZATO_SSO_TOTP_KEY = secrets.totpSeed;
      for (const json of [[], ['--json']]) leaks.push(...(await leaksOf(scene, await act(scene, json))));
    }
    expect(leaks).toEqual([]);
  });

  it('by a login with a secret on stdin, or with one-time codes', async () => {
    await using scene = await openScene('zato-sso');
    scene.stage.repeat('password');
    const args = ['auth', 'login', ...whoAt(scene), '--password-stdin', '--force'];
    const leaks = await leaksOf(scene, { args, input: secrets.password });
    scene.stage.answer({
      'POST /zato/sso/user/login': {
        status: 403,
        body: { status: 'error', sub_status: ['E005008'], cid: scene.stage.service.text() },
      },
    });
    const code = JSON.stringify(['cat', await scene.plant('code', secrets.totpCode)]);
    for (const totp of [
      { LATCHKEY_ZATO_SSO_TOTP_KEY: secrets.totpSeed },
      { LATCHKEY_ZATO_SSO_TOTP_KEY: secrets.password },
      { LATCHKEY_ZATO_SSO_TOTP_KEY: '', LATCHKEY_ZATO_SSO_TOTP_COMMAND: code },
    ]) {
      scene.env = { ...scene.env, ...totp };
      if ('LATCHKEY_ZATO_SSO_TOTP_COMMAND' in totp) scene.stage.repeat('password', 'totpCode');
      leaks.push(...(await leaksOf(scene, { args: [...args, '--json'], input: secrets.password })));
      leaks.push(...(await leaksOf(scene, { args, input: secrets.password })));
    }
    expect(leaks).toEqual([]);
  });

  it('by a profile that is made with a source of one-time codes', async () => {
    await using scene = await openScene('zato-sso');
    const [variable, value] = secretAt(scene);
    scene.env[variable] = value;
    scene.stage.answer({
      'POST /zato/sso/user/login': {
        status: 403,
        body: { status: 'error', sub_status: ['E005008'], cid: scene.stage.service.text() },
      },
    });
    const [system = '', ...who] = whoAt(scene);
    const key = await scene.plant('key', secrets.totpSeed);
    const code = JSON.stringify(['cat', await scene.plant('code', secrets.totpCode)]);
    const leaks: string[] = [];
    for (const source of [
      ['--totp-key-file', key],
      ['--totp-key-command', JSON.stringify(['cat', key])],
      ['--totp-command', code],
    ]) {
      const args = ['init', '--name', 'new', '--system', system, ...who, '--replace', ...source];
      for (const json of [[], ['--json']]) leaks.push(...(await leaksOf(scene, { args: [...args, ...json] })));
    }
    expect(leaks).toEqual([]);
  });

  it('by refusing a secret that is given as a flag', async () => {
    await using scene = await openScene('pulse-crm');
    const value = secrets.password;
    for (const words of [[`--password=${value}`], [`--api-secret=${value}`], ['login', `--token=${value}`]]) {
      const { code, stdout, stderr } = await run(latchkey, ['auth', ...words, '--json'], { env: scene.env });
      const plain = await run(latchkey, ['auth', ...words], { env: scene.env });
      expect([code, plain.code]).toEqual([2, 2]);
      expect(leaksIn(`${stdout}${stderr}${plain.stdout}${plain.stderr}`)).toEqual([]);
    }
  });
});

describe('no error that a verb ends with holds a secret', () => {
  it.each(Object.entries(happenings))('at %s', async (_, happening) => {
    for (const system of systemNames) {
      await using scene = await openScene(system);
      await happening(scene);
      for (const [name, value] of Object.entries(scene.env)) vi.stubEnv(name, value);
      const auth = new Command('auth').exitOverride().configureOutput({ writeErr: () => {} });
      const load = verbs.find(({ name }) => name === 'auth')?.load;
      const told: unknown[] = [];
      const heard = { ...io, note: (text: string) => void told.push(text), behindDashes: undefined };
      (await load?.())?.(auth, { ...heard, handOverSignals: () => {} }, async () => auth);
      const work = auth.parseAsync(['refresh', ...whoAt(scene), '--no-input'], { from: 'user' });
      const error = await rejection(work.then(() => Promise.reject('it went well')));
      vi.unstubAllEnvs();
      const shown = [error, outcomeOf(error), envelopeOf(outcomeOf(error)), ...told];
      expect(shown.flatMap((value) => leaksIn(printed(value)))).toEqual([]);
    }
  });
});
