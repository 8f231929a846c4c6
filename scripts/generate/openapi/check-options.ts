import { isObject, type JsonObject } from './json.ts';
import type { CheckMode } from './schema-pool.ts';

export const checkModes: readonly CheckMode[] = ['exact', 'wire'];

/** Variable of a compiled schema; the prefix keeps a schema called `Object` or `default` from getting in the way. */
export function checkName(name: string): string {
  return `check_${name}`;
}

/** How Ajv is to compile schemas, now or where they are used. */
export function checkOptions(mode: CheckMode, unicodeRegExp: boolean) {
  return {
    strict: false,
    validateFormats: false,
    // Sent and received values are reported, never repeated in a message.
    verbose: false,
    // 0.07 is a multiple of 0.01, whatever floating point makes of it: amounts of up to twelve digits are told right.
    multipleOfPrecision: 4,
    coerceTypes: mode === 'wire' ? ('array' as const) : false,
    inlineRefs: false,
    unicodeRegExp,
    logger: false as const,
  };
}

/** Whether Ajv must keep track of what has been looked at: its 2020 dialect does so on behalf of these keywords only. */
export function tracksEvaluated(definitions: JsonObject): boolean {
  return usesKeyword(definitions, ['unevaluatedProperties', 'unevaluatedItems']);
}

function usesKeyword(value: unknown, keywords: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (isObject(value) && keywords.some((keyword) => keyword in value)) return true;
  return Object.values(value).some((child) => usesKeyword(child, keywords));
}

/** The `u` flag is JSON Schema's choice, but a document written for engines without it must keep its meaning. */
export function hasOnlyUnicodePatterns(value: unknown): boolean {
  return patternsIn(value).every((pattern) => patternFault(pattern, 'u') === undefined);
}

/** All regular expressions of a schema. */
export function patternsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(patternsIn);
  if (!isObject(value)) return [];
  const own = typeof value.pattern === 'string' ? [value.pattern] : [];
  if (isObject(value.patternProperties)) own.push(...Object.keys(value.patternProperties));
  return [...own, ...Object.values(value).flatMap(patternsIn)];
}

/** Why a text is no regular expression, if it is none. It is never run. */
export function patternFault(pattern: string, flags: 'u' | ''): string | undefined {
  try {
    new RegExp(pattern, flags);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
