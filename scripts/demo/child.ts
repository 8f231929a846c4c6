import { join } from 'node:path';
import { createFileStore } from '../../src/stores/file.ts';
import type { StoreDescription } from '../../src/stores/store.ts';
import { demoSystems } from './systems.ts';

/** What a child process is asked to do. */
export interface ChildTask {
  readonly system: string;
  readonly baseUrl: string;
  /** Folder that holds the sessions and the key. */
  readonly folder: string;
  readonly do: 'call three times' | 'try a wrong password twice';
}

/** What came of it. */
export interface ChildReport {
  /** Calls that were answered as expected. */
  readonly calls: number;
  readonly replays: number;
  /** What each attempt threw, by name and in words. Holds no secret. */
  readonly errors: readonly { readonly name: string; readonly message: string }[];
  readonly store: StoreDescription;
}

/** Does the task like any program would that uses the package: with a file store and a client, and nothing else. */
async function runTask(task: ChildTask): Promise<ChildReport> {
  const found = demoSystems.find(({ system }) => system === task.system);
  if (!found) throw new TypeError(`The demo has no system ${task.system}`);
  const store = createFileStore({ directory: join(task.folder, 'sessions'), keyFile: join(task.folder, 'store.key') });
  let replays = 0;
  const open = (isPasswordWrong: boolean) =>
    found.open({
      baseUrl: task.baseUrl,
      store,
      isPasswordWrong,
      onEvent: ({ type }) => {
        if (type === 'replay') replays += 1;
      },
    });
  const errors: { name: string; message: string }[] = [];
  let calls = 0;
  const attempt = async (call: () => Promise<void>): Promise<void> => {
    try {
      await call();
      calls += 1;
    } catch (error) {
      errors.push(
        error instanceof Error ? { name: error.name, message: error.message } : { name: 'unknown', message: '' },
      );
    }
  };

  if (task.do === 'call three times') {
    await using client = await open(false);
    for (const call of client.calls) await attempt(call);
    return { calls, replays, errors, store: (await client.status()).store };
  }
  // Two clients that know nothing of each other: what keeps the second from asking the service is in the store.
  for (let times = 0; times < 2; times += 1) {
    await using client = await open(true);
    await attempt(client.calls[0]);
  }
  return { calls, replays, errors, store: store.describe?.() ?? { kind: 'unknown', location: null, protection: '' } };
}

/** Runs in a child process: does the task, tells the parent, and ends. Ends at once when the parent is gone. */
export async function serveParent(task: ChildTask): Promise<void> {
  process.once('disconnect', () => process.exit());
  const report = await runTask(task);
  await new Promise<void>((resolve) => {
    process.send?.(report, () => resolve());
  });
  process.disconnect();
}
