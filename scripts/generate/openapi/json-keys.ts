/** A name that an object of a JSON text has twice, and where it stands the second time. */
interface DuplicateKey {
  readonly key: string;
  readonly offset: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COLON = 0x3a;

/** Finds the first name given twice in a well-formed JSON text: the parser would keep the last one without a word. */
export function duplicateKey(text: string): DuplicateKey | undefined {
  /** Names of the objects around, `null` for a list. */
  const around: (Set<string> | null)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const start = at;
      at = endOfString(text, at);
      const names = around.at(-1);
      if (names === undefined || names === null || !isFollowedByColon(text, at + 1)) continue;
      const written = text.slice(start + 1, at);
      const key = written.includes('\\') ? String(JSON.parse(`"${written}"`)) : written;
      if (names.has(key)) return { key, offset: start };
      names.add(key);
    } else if (code === OPEN_OBJECT) around.push(new Set());
    else if (code === OPEN_LIST) around.push(null);
    else if (code === CLOSE_OBJECT || code === CLOSE_LIST) around.pop();
  }
  return undefined;
}

/** Where the string that begins at a quote ends. */
function endOfString(text: string, start: number): number {
  let at = text.indexOf('"', start + 1);
  while (isEscaped(text, at)) at = text.indexOf('"', at + 1);
  return at;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

function isFollowedByColon(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === COLON;
}
