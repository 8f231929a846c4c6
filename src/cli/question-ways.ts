import type { Question } from './terminal-input.ts';

/** One of several answers. */
export interface Choice<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** How a text is asked for. */
export interface TextOptions {
  /** Shown while nothing is entered. */
  readonly placeholder?: string;
  readonly initial?: string;
  /** Whether nothing is an answer, too. */
  readonly isOptional?: boolean;
  /** What is wrong with an answer, in a sentence; the question stands until there is nothing. */
  check?(answer: string): string | undefined;
}

/** A question as questions begin. */
export function capitalised(question: string): string {
  return question.charAt(0).toUpperCase() + question.slice(1);
}

/** How questions are put: each gives a symbol where it was cancelled. */
export interface Ways {
  text(message: string, options: TextOptions, how: Question): Promise<string | symbol>;
  secret(message: string, how: Question): Promise<string | symbol>;
  confirm(message: string, initial: boolean, how: Question): Promise<boolean | symbol>;
  choose(message: string, choices: readonly Choice<string>[], how: Question): Promise<string | symbol>;
}
