import { Command } from 'commander';
import { defineAuth } from './auth.ts';
import type { VerbIo } from './outcome.ts';

/** What somebody may have meant with a first word that is no verb: one of `latchkey auth`, or an option. */
export function meantBy(word: string, io: VerbIo): string | undefined {
  if (word === 'version') return 'latchkey --version';
  const auth = new Command('auth');
  defineAuth(auth, io);
  const scratch = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  for (const verb of auth.commands) scratch.command(verb.name()).action(() => {});
  try {
    scratch.parse([word], { from: 'user' });
    return `latchkey auth ${word}`;
  } catch (error) {
    // Commander's own guess.
    const [, near] = /Did you mean (\w+)\?/.exec(String(error)) ?? [];
    return near === undefined ? undefined : `latchkey auth ${near}`;
  }
}
