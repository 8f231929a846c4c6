import type { Command } from 'commander';
import { systemNames } from '../../sandbox/systems.ts';
import { listOperations } from '../call/operations.ts';
import { bashScript } from './bash.ts';
import { placesOf } from './definitions.ts';
import { fishScript } from './fish.ts';
import type { Vocabulary } from './tables.ts';
import { zshScript } from './zsh.ts';

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** A shell that there is a script for. */
export type Shell = keyof typeof scripts;

/** The script that teaches a shell the words of the command, as it is defined now. */
export function completionScript(shell: Shell, program: Command): string {
  const operations: Vocabulary['operations'] = new Map(
    systemNames.map((system) => [
      system,
      listOperations(system)
        .filter(isCalled)
        .map(({ operation }) => operation),
    ]),
  );
  return scripts[shell]({ places: placesOf(program), operations });
}

/** Logging in and out are verbs of their own. */
function isCalled({ role }: ReturnType<typeof listOperations>[number]): boolean {
  return role !== 'login' && role !== 'end';
}
