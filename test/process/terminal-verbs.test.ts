import { readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readCommand } from '../../scripts/cli-docs/command-tree.ts';
import { ensureBuilt, root } from './built.support.ts';
import { openSessionStage, type SessionStage } from './session-stage.support.ts';
import { expectLeftInOrder, keys, openTerminal } from './terminal.support.ts';

beforeAll(ensureBuilt, 200_000);
vi.setConfig({ testTimeout: 60_000 });

const spec = join(root, 'specs/pulse-crm.openapi.yaml');
const spoken = join(root, 'specs/zuora-soap.wsdl');
const helperRequest = (url: string): string =>
  JSON.stringify({ version: 1, action: 'get', system: 'pulse-crm', baseUrl: url, user: 'apiKey-000000000001' });
const who = (url: string): string[] => ['--system', 'pulse-crm', '--base-url', url, '--user', 'apiKey-000000000001'];

/** How a verb is run by somebody at a terminal. */
interface Trial {
  readonly args: (url: string) => readonly string[];
  /** What is to be seen. */
  readonly shows: string | ((token: string) => string);
  readonly code?: number;
  /** Verbs that go on until Ctrl-C. */
  readonly isEndless?: true;
}

const trials: Readonly<Record<string, Trial>> = {
  'auth login': { args: () => ['pulse-crm', '--force'], shows: 'Logged in to pulse-crm as apiKey-000000000001' },
  'auth status': { args: () => ['pulse-crm', '--verify'], shows: 'apiKey-000000000001' },
  'auth token': { args: () => ['pulse-crm'], shows: (token) => token },
  'auth header': { args: () => ['pulse-crm'], shows: (token) => `Bearer ${token}` },
  'auth refresh': { args: () => ['zato-sso'], shows: 'The session was prolonged for superuser1' },
  'auth logout': { args: () => ['zato-sso'], shows: 'is logged out of zato-sso' },
  'auth list': { args: () => [], shows: 'apiKey-000000000001' },
  call: { args: () => ['pulse-crm', 'getSession'], shows: '"email"' },
  exec: { args: () => ['pulse-crm', '--', 'sh', '-c', 'test -t 1 && echo "on $LATCHKEY_BASE_URL"'], shows: 'on http' },
  'credential-helper': { args: () => [], shows: '"ok":true' },
  init: { args: (url) => ['--name', 'work', ...who(url), '--no-input'], shows: 'work' },
  doctor: { args: () => ['pulse-crm'], shows: 'pulse-crm' },
  sandbox: { args: () => ['--port', '0'], shows: 'http://', code: 130, isEndless: true },
  generate: { args: () => ['--wsdl', spoken, '--out', 'out'], shows: '2 changed' },
  regenerate: { args: () => ['--no-fetch', '--config', 'config.json'], shows: 'changed' },
  diff: { args: () => [spec, spec], shows: 'No changes.' },
  contract: { args: (url) => ['--system', 'pulse-crm', '--target', url], shows: 'conforms to its spec' },
  completion: { args: () => ['bash'], shows: 'complete ' },
};

/** A stage in whose folder regenerate and generate may work. */
async function openWorkshop(): Promise<SessionStage> {
  const stage = await openSessionStage();
  await writeFile(join(stage.folder, 'config.json'), JSON.stringify({ specs: [{ wsdl: spoken }], out: 'out' }));
  await writeFile(join(stage.folder, 'request.json'), helperRequest(stage.url));
  return stage;
}

describe('at a terminal', () => {
  it('every verb has its trial here', async () => {
    const { verbs } = await readCommand();
    expect(Object.keys(trials).sort()).toEqual(verbs.map(({ path }) => path).sort());
  });

  it.each(Object.entries(trials))(
    '%s shows what it comes to, and leaves the terminal as it was',
    async (verb, trial) => {
      const { args, shows, code = 0, isEndless } = trial;
      await using stage = await openWorkshop();
      await stage.latchkey(['auth', 'login', 'pulse-crm']);
      const token = await stage.token('pulse-crm');
      await stage.token('zato-sso');
      const redirect = verb === 'credential-helper' ? '<request.json' : '';
      const options = { env: stage.env, columns: 200, cwd: stage.folder, redirect };
      await using terminal = openTerminal([...verb.split(' '), ...args(stage.url)], options);
      await terminal.shows(typeof shows === 'string' ? shows : shows(token));
      if (isEndless) terminal.type(keys.ctrlC);
      const end = await terminal.ended;
      expect(end.code, terminal.screen()).toBe(code);
      expectLeftInOrder(terminal, end);
      expect(terminal.screen()).not.toContain('Waiting for');
      // The sandbox tells its users' secrets, to log in with.
      if (verb !== 'sandbox') expect(terminal.raw()).not.toMatch(/secret-0{11}1|superuser1-Pa55-phrase/);
    },
  );
});

/** A service that takes requests and never answers. */
interface Silent {
  readonly url: string;
  /** Resolves once somebody has asked. */
  asked(): Promise<void>;
}

describe('Ctrl-C at a terminal, while a service does not answer,', () => {
  const open = new Set<Socket>();
  let heard: (() => void) | undefined;
  let server: Server;
  const silent: Silent = {
    get url() {
      const address = server.address();
      if (address === null || typeof address === 'string') throw new Error('nobody listens');
      return `http://127.0.0.1:${address.port}`;
    },
    asked: () =>
      new Promise((resolve) => {
        heard = resolve;
      }),
  };
  beforeAll(async () => {
    server = createServer((socket) => {
      open.add(socket);
      socket.on('error', () => {}).on('close', () => open.delete(socket));
      socket.once('data', () => heard?.());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => {
    for (const socket of open) socket.destroy();
    server?.close();
  });

  /** Verbs that wait for a service, without a session. */
  const waiting: Readonly<Record<string, (url: string) => readonly string[]>> = {
    'auth login': () => ['pulse-crm'],
    'auth token': () => ['pulse-crm'],
    'auth header': () => ['pulse-crm'],
    'auth refresh': () => ['pulse-crm'],
    call: () => ['pulse-crm', 'getSession'],
    exec: () => ['pulse-crm', '--', 'touch', 'ran'],
    'credential-helper': () => [],
    init: (url) => ['--name', 'work', ...who(url), '--no-input'],
    doctor: () => ['pulse-crm'],
    contract: (url) => ['--system', 'pulse-crm', '--target', url],
  };

  it.each(Object.entries(waiting))(
    'ends %s with 130, and leaves no child, no lock and no half file',
    async (verb, args) => {
      await using stage = await openWorkshop();
      await writeFile(join(stage.folder, 'request.json'), helperRequest(silent.url));
      const redirect = verb === 'credential-helper' ? '<request.json' : '';
      const env = { ...stage.env, LATCHKEY_PULSE_CRM_BASE_URL: silent.url };
      const asked = silent.asked();
      const options = { env, columns: 200, cwd: stage.folder, redirect };
      await using terminal = openTerminal([...verb.split(' '), ...args(silent.url)], options);
      await Promise.race([asked, terminal.ended]);
      terminal.type(keys.ctrlC);
      const end = await terminal.ended;
      expect(end.code, terminal.screen()).toBe(130);
      expectLeftInOrder(terminal, end);
      const left = await readdir(stage.folder, { recursive: true, withFileTypes: true });
      // A lock that was given back stays as a file that says so.
      const isLeft = (name: string, parent: string): boolean => /locks\/\w+$/.test(parent) && !name.endsWith('.done');
      const wrong = left.filter(({ name, parentPath }) => /tmp|^ran$/.test(name) || isLeft(name, parentPath));
      expect(wrong.map(({ name }) => name)).toEqual([]);
    },
  );
});
