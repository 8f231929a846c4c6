/** Where a secret comes from. None of them is the value of a flag, which everybody on the machine can read. */
export type SecretSource =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'command'; readonly command: readonly [program: string, ...args: string[]] }
  | { readonly kind: 'stdin' };

/** Where one-time codes come from: a command that prints one, or the key (seed, base32) that they are made from. */
export type TotpSource = { readonly gives: 'code' | 'key' } & SecretSource;

/**
 * Reads a command line from a text: a JSON list of words, or words between blanks. No shell sees it, so quotes mean nothing; they are refused.
 * @throws Error that says what is wrong
 */
export function commandIn(text: string): readonly [string, ...string[]] {
  const words: unknown = text.trimStart().startsWith('[')
    ? parsed(text)
    : text.split(/\s+/).filter((word) => word !== '');
  if (!isCommand(words)) throw new Error('is no command: a JSON list of words, or words between blanks');
  if (!text.trimStart().startsWith('[') && /["'`$\\|<>;&]/.test(text)) {
    throw new Error(
      'has characters that only a shell would read: write it as a JSON list of words, such as ["sh", "-c", "…"]',
    );
  }
  return words;
}

/** Whether a value is a program with its arguments. */
export function isCommand(value: unknown): value is readonly [string, ...string[]] {
  return Array.isArray(value) && value.length > 0 && value[0] !== '' && value.every((word) => typeof word === 'string');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
