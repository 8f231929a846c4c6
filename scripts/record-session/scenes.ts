import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Line, startOnTerminal } from './terminal.ts';

/** A command line with what was shown for it. */
export interface Scene {
  readonly command: string;
  readonly lines: readonly Line[];
}

/** What is done in the first minute. */
interface Step {
  /** As it is shown; addresses as in {@link PORT}. */
  readonly command: string;
  /** What is typed where something is asked for without showing it. */
  readonly secret?: string;
  readonly code: number;
}

/** The port that is shown, whichever was free. */
const PORT = 8080;
const URL_SHOWN = `http://127.0.0.1:${PORT}`;
const wrong = `latchkey auth login pulse-crm --base-url ${URL_SHOWN} --user apiKey-000000000002`;

const steps: readonly Step[] = [
  {
    command: `latchkey auth login pulse-crm --base-url ${URL_SHOWN} --user apiKey-000000000001`,
    secret: 'secret-000000000001',
    code: 0,
  },
  { command: 'latchkey auth status', code: 0 },
  { command: 'latchkey auth token', code: 0 },
  { command: 'latchkey call pulse-crm getSession | head -n 4', code: 0 },
  { command: wrong, secret: 'not-the-secret', code: 6 },
  { command: wrong, secret: 'not-the-secret', code: 6 },
];

/** Does the first minute with the built command, on terminals, against a sandbox of its own. @throws Error if anything is not as it should be */
export async function recordScenes(main: string): Promise<readonly Scene[]> {
  const home = await mkdtemp(join(tmpdir(), 'latchkey-session-'));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    LATCHKEY_KEYCHAIN: 'off',
  };
  // By a shell, word for word as it is shown.
  const start = (line: string) =>
    startOnTerminal('sh', ['-c', `latchkey() { "$NODE" "$MAIN" "$@"; }; ${line}`], {
      ...env,
      NODE: process.execPath,
      MAIN: main,
    });
  const sandbox = startOnTerminal(process.execPath, [main, 'sandbox', '--system', 'pulse-crm'], env);
  try {
    await sandbox.printed('Ctrl-C ends it.');
    const shown = await sandbox.lines();
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(textOf(shown))?.[0] ?? '';
    const varying: Varying = { url, home };
    const scenes: Scene[] = [];
    const add = (command: string, lines: readonly Line[]): void => {
      scenes.push({
        command,
        lines: lines.map((line) => line.map((run) => ({ ...run, text: steady(run.text, varying) }))),
      });
    };
    add(`latchkey sandbox --system pulse-crm --port ${PORT} &`, shown);
    for (const { command, secret, code } of steps) {
      const program = start(command.replace(URL_SHOWN, url));
      if (secret !== undefined) {
        await program.printed('API secret of');
        program.type(`${secret}\r`);
      }
      const ended = await program.ended;
      const lines = await program.lines();
      if (ended !== code) throw new Error(`${command}: ended with ${ended}, not ${code}:\n${textOf(lines)}`);
      if (secret !== undefined && textOf(lines).includes(secret)) throw new Error(`${command}: the secret is shown`);
      add(command, lines);
    }
    await holdToOneRefusal(url);
    return scenes;
  } finally {
    sandbox.kill();
    await sandbox.ended;
    await rm(home, { recursive: true, force: true });
  }
}

/** The wrong secret was typed twice, and the service must have seen it once. */
async function holdToOneRefusal(url: string): Promise<void> {
  const counts: unknown = await (await fetch(`${url}/__sandbox/counts`)).json();
  const { logins, loginsAccepted }: { logins?: unknown; loginsAccepted?: unknown } = Object(
    Object(counts)['pulse-crm'],
  );
  if (logins !== 2 || loginsAccepted !== 1) {
    throw new Error(`the sandbox saw ${logins} logins and accepted ${loginsAccepted}: it should be 2 and 1`);
  }
}

function textOf(lines: readonly Line[]): string {
  return lines.map((line) => line.map(({ text }) => text).join('')).join('\n');
}

interface Varying {
  readonly url: string;
  readonly home: string;
}

/** A text with all that is another one each time replaced by what is always the same. */
function steady(text: string, { url, home }: Varying): string {
  return text
    .replaceAll(url, URL_SHOWN)
    .replaceAll(home, '~')
    .replaceAll(/\b\d{4}-\d\d-\d\d( |T)\d\d:\d\d:\d\d(?:\.\d+)?/g, '2026-01-05$110:00:00')
    .replaceAll(/(?<=until 2026-01-05.)10:00/g, '11:01')
    .replaceAll(/\(\d+ (s|min|h|days)\)/g, (_, unit: string) => `(60 ${unit})`)
    .replaceAll(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, '5f0c1e9a-2b7d-4c36-9e18-7a4d0b6c3f25')
    .replaceAll(/\bid [\w-]{8,}/g, 'id 8Jx2mQ4vTz')
    .replaceAll(/\b[\w-]{32,}\b/g, 'q7Zk2VbN8sXw4RtY6uHc1LdE9fGp3JmA');
}
