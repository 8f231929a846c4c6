import { ContractViolationError } from '../errors.ts';
import type { Redactor } from '../redact.ts';
import { isJson } from './bodies.ts';
import type { Answer } from './send.ts';

/** What a generated validator tells of the first violation. */
interface SchemaViolation {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}

/** A generated validator. */
export type Validate = ((data: unknown) => boolean) & { errors?: readonly SchemaViolation[] | null };

/** The part of the generated validators that checks answers. */
export interface AnswerValidators {
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, Validate>> }>>;
}

/**
 * Checks an answer's body against what the spec says of its status and media type.
 * @throws ContractViolationError naming the place; answers that the spec does not describe are violations too
 */
export function checkAnswer(
  system: string,
  operation: string,
  validators: AnswerValidators | undefined,
  answer: Pick<Answer, 'status' | 'mediaType' | 'json' | 'text'>,
  { redactor, requestIds }: { readonly redactor: Redactor; readonly requestIds?: Record<string, string> },
): void {
  const { status, mediaType, json } = answer;
  const data = isJson(mediaType) ? json : answer.text;
  const violation = (place: string, expected: string, found: string): ContractViolationError =>
    new ContractViolationError(
      `${system}: the answer to ${operation} (${status}) does not fit the spec at ${place || 'its root'}: expected ${expected}, found ${found}`,
      { system, redactor, requestIds, place, expected, found },
    );
  const described =
    validators?.responses[status] ??
    validators?.responses[`${Math.floor(status / 100)}XX`] ??
    validators?.responses.default;
  if (!described) throw violation('', 'a documented status', `status ${status}`);
  const types = Object.keys(described.content);
  const validate = described.content[mediaType] ?? described.content['*/*'];
  if (!validate) {
    if (types.length === 0) return;
    throw violation('', types.join(' or '), mediaType || 'no media type');
  }
  if (data === undefined) throw violation('', 'JSON', 'text that does not parse as JSON');
  if (validate(data)) return;
  const first = validate.errors?.[0];
  const place = first?.instancePath ?? '';
  const missing = first?.keyword === 'required' ? first.params.missingProperty : undefined;
  if (typeof missing === 'string') throw violation(`${place}/${missing}`, 'a value', 'nothing');
  throw violation(place, first?.message ?? 'what the spec says', typeAt(data, place));
}

/** The JSON type at a pointer: what was found, never its value. */
function typeAt(json: unknown, pointer: string): string {
  let at = json;
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null ? Object.getOwnPropertyDescriptor(at, key)?.value : undefined;
  }
  if (at === null) return 'null';
  return Array.isArray(at) ? 'array' : typeof at;
}
