import { SpecError, UsageError } from '../../scripts/generate/index.ts';
import { type Outcome, outcomeOf } from './outcome.ts';

/**
 * What a verb that works on specs comes to when it fails: the place in the spec, a package that is missing, or a code of the verb's own.
 * @param otherwise the code of what has none
 */
export function specFailure(error: unknown, otherwise: string): Outcome {
  const { code, message } = outcomeOf(error);
  if (error instanceof SpecError) {
    const { file, line, column, place } = error;
    return { code: 'ERR_SPEC', message, fields: { file, line, column, place } };
  }
  if (error instanceof UsageError) return { code, message };
  return { code: isMissingPackage(error) ? 'ERR_MISSING_PACKAGE' : otherwise, message };
}

/** Whether it came of a package that only such verbs need; the message names it and how to install it. */
function isMissingPackage(error: unknown): boolean {
  if (outcomeOf(error).code === 'ERR_MISSING_PACKAGE') return true;
  return error instanceof Error && outcomeOf(error.cause).code === 'ERR_MODULE_NOT_FOUND';
}
