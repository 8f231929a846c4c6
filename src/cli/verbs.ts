import type { Command } from 'commander';
import type { VerbIo } from './outcome.ts';

/** Lays out a verb's options and says what it does; `whole` gives the command with all verbs laid out, for those that tell of them. */
type Define = (verb: Command, io: VerbIo, whole: () => Promise<Command>) => void;

/** A verb of the command. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  /** Loads the verb's file and lays out its options. */
  load(): Promise<Define>;
}

/** The verbs, in the order in which they are listed. Each is loaded when it is asked for. */
export const verbs: readonly Verb[] = [
  {
    name: 'auth',
    summary: 'begin, show, use and end the session of a login',
    load: async () => (await import('./auth.ts')).defineAuth,
  },
  {
    name: 'call',
    summary: 'call an operation of a spec with the session, and print the answer',
    load: async () => (await import('./call.ts')).defineCall,
  },
  {
    name: 'exec',
    summary: 'run a command with the session in its environment',
    load: async () => (await import('./exec.ts')).defineExec,
  },
  {
    name: 'credential-helper',
    summary: 'answer one request for a session, JSON on stdin and stdout, for programs in other languages',
    load: async () => (await import('./credential-helper.ts')).defineCredentialHelper,
  },
  {
    name: 'init',
    summary: 'make a profile by questions, and try it',
    load: async () => (await import('./init.ts')).defineInit,
  },
  {
    name: 'doctor',
    summary: 'look for what keeps sessions from working',
    load: async () => (await import('./doctor.ts')).defineDoctor,
  },
  {
    name: 'sandbox',
    summary: 'serve stateful twins of the login APIs until Ctrl-C',
    load: async () => (await import('./sandbox.ts')).defineSandbox,
  },
  {
    name: 'generate',
    summary: 'generate types, operation facts and validators from specs',
    load: async () => (await import('./generate.ts')).defineGenerate,
  },
  {
    name: 'regenerate',
    summary: 'take specs from their sources, tell what changed, generate, verify, commit',
    load: async () => (await import('./regenerate.ts')).defineRegenerate,
  },
  {
    name: 'diff',
    summary: 'tell what a change of an OpenAPI document or a WSDL does to its users',
    load: async () => (await import('./diff.ts')).defineDiff,
  },
  {
    name: 'contract',
    summary: 'hold a service, or the sandbox, to its spec',
    load: async () => (await import('./contract.ts')).defineContract,
  },
  {
    name: 'completion',
    summary: 'print the script that completes command lines in bash, zsh or fish',
    load: async () => (await import('./completion.ts')).defineCompletion,
  },
];
