import { resolve } from 'node:path';
import { badArgument } from '../../errors.ts';
import { createFileStore } from '../../stores/file.ts';
import { createMemoryStore } from '../../stores/memory.ts';
import type { SessionStore } from '../../stores/store.ts';
import type { OpenStore } from './open-store.ts';

/** Whether a choice of a store is a word or an address, and not the path of a folder. */
export function isStoreWord(choice: string): boolean {
  return choice === 'file' || choice === 'memory' || /^rediss?:\/\//.test(choice);
}

/** Whether a store's address holds a user name or password. */
export function holdsPassword(choice: string): boolean {
  return /^rediss?:\/\/[^/?#]*@/.test(choice);
}

/** A choice of a store as it may be shown. */
export function withoutPassword(choice: string): string {
  return choice.replace(/:\/\/.*@/s, '://');
}

/** What a choice of a store is. */
export const STORE_CHOICES = '"file", "memory", the path of a folder with a slash in it, or redis://host:port';

/** Whether a text chooses a store; an address of another kind is no path. */
export function isStoreChoice(choice: string): boolean {
  return isStoreWord(choice) || (/[/\\]|^\.{1,2}$/.test(choice) && !/^[a-z][a-z\d+.-]*:\/\//i.test(choice));
}

/** A choice as any folder understands it: the path of a store counts from where it was said. */
export function fixedStore(choice: string): string {
  return isStoreChoice(choice) && !isStoreWord(choice) ? resolve(choice) : choice;
}

/** @throws TypeError with code `ERR_USAGE` for a choice of a store that is none */
export function checkStoreChoice(choice: string): void {
  if (isStoreChoice(choice)) return;
  throw badArgument('ERR_USAGE', `"${withoutPassword(choice)}" is no store: it is ${STORE_CHOICES}`);
}

/**
 * Opens the store that a person chose: `file`, `memory`, a folder, or the address of a Redis.
 * @throws TypeError with code `ERR_USAGE` for a choice that is none, Error with code `ERR_MODULE_NOT_FOUND` where Redis' client is missing
 */
export async function openStore(choice: string): Promise<OpenStore> {
  if (choice === 'file') return still(createFileStore());
  if (choice === 'memory') return still(createMemoryStore());
  if (isStoreWord(choice)) {
    const { openRedis } = await import('./redis.ts');
    return openRedis(choice);
  }
  checkStoreChoice(choice);
  return still(createFileStore({ directory: choice }));
}

function still(store: SessionStore): OpenStore {
  return { store, [Symbol.asyncDispose]: async () => {} };
}
