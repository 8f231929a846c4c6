/** A program whose store has its key in the OS keychain, if it can be had. It does what its argument says and prints what came of it, as JSON. */
import { createRequire } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { createFileStore } from '../../src/stores/file.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';

/** What the program is to do: call a service, tell the mark of its key, or look after the keychain's entries. */
export type KeychainTask =
  | { readonly do: 'call'; readonly baseUrl: string; readonly directory: string; readonly keyFile: string }
  | { readonly do: 'mark'; readonly directory: string; readonly keyFile: string }
  | { readonly do: 'entries' }
  | { readonly do: 'remove' | 'change'; readonly account: string };

/** What came of it; the parts that the task is about. */
export interface KeychainReport {
  readonly answered?: boolean;
  readonly events?: readonly string[];
  readonly protection?: string;
  readonly storeFailure?: string | null;
  readonly secret?: string;
  /** The longest time for which nothing else in the program could run, in ms. */
  readonly stoodStillMs?: number;
  readonly mark?: string;
  readonly entries?: readonly { readonly account: string; readonly password: string }[];
}

const print = (report: KeychainReport): void => {
  process.stdout.write(JSON.stringify(report));
};

async function call({ baseUrl, directory, keyFile }: Extract<KeychainTask, { do: 'call' }>): Promise<void> {
  const events: string[] = [];
  let stoodStillMs = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    stoodStillMs = Math.max(stoodStillMs, performance.now() - last);
    last = performance.now();
  }, 10);
  await using client = createPulseCrm({
    baseUrl,
    credentials: { apiKey: 'apiKey-000000000001', apiSecret: 'secret-000000000001' },
    store: createFileStore({ directory, keyFile }),
    onEvent: (event) => events.push(event.type === 'warning' ? event.code : event.type),
  });
  const { data } = await client.GET('/auth/session');
  const { secret } = await client.session.get();
  const { store, storeFailure } = await client.session.status();
  clearInterval(ticking);
  const answered = data?.email === 'ada@pulse.example.test';
  print({ answered, events, protection: store.protection, storeFailure, secret, stoodStillMs });
}

async function tellMark({ directory, keyFile }: Extract<KeychainTask, { do: 'mark' }>): Promise<void> {
  const store = createFileStore({ directory, keyFile });
  // On a machine that is busy with other tests the key may be late; asked again, it is there.
  for (let tries = 0; tries < 100; tries += 1) {
    const mark = await store.digest?.('mark').catch(() => pause(100));
    if (mark) return print({ mark });
  }
  throw new Error('There is no key');
}

// Given by the parent, which is of the same source.
const task = JSON.parse(process.argv[2] ?? '{}') as KeychainTask;
if (task.do === 'call') await call(task);
else if (task.do === 'mark') {
  await tellMark(task);
} else {
  const { Entry, findCredentials } = createRequire(import.meta.url)(
    '@napi-rs/keyring',
  ) as typeof import('@napi-rs/keyring');
  if (task.do === 'remove') new Entry('latchkey', task.account).deletePassword();
  if (task.do === 'change') new Entry('latchkey', task.account).setPassword(Buffer.alloc(32, 9).toString('base64'));
  print({ entries: findCredentials('latchkey') });
}
