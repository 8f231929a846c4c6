/** JSON nested deeper than this is not laid out: a line would be all blanks. */
const DEEPEST = 200;

/**
 * Valid JSON with a line for each member, every value as it was written but for what `mask` makes of it.
 * @returns `undefined` where it is nested too deep
 */
export function laidOut(json: string, mask: (text: string) => string): string | undefined {
  // What is not found in the whole is in no part, unless escapes hide it there.
  const isClean = mask(json) === json;
  const shown = (token: string): string => (isClean && !token.includes('\\') ? token : masked(token, mask));
  const pieces: string[] = [];
  let depth = 0;
  let isEmpty = false;
  const newLine = (): string => `\n${'  '.repeat(depth)}`;
  for (const token of tokensOf(json)) {
    if (token === '}' || token === ']') {
      depth -= 1;
      pieces.push(isEmpty ? token : newLine() + token);
      isEmpty = false;
      continue;
    }
    if (isEmpty) pieces.push(newLine());
    isEmpty = token === '{' || token === '[';
    if (isEmpty) depth += 1;
    if (depth > DEEPEST) return undefined;
    pieces.push(token === ',' ? token + newLine() : token === ':' ? ': ' : shown(token));
  }
  return pieces.join('');
}

/** The marks, texts and other values of JSON. */
function* tokensOf(json: string): Generator<string> {
  const tokens = /[{}[\],:"]|[^\s{}[\],:"]+/g;
  for (let found = tokens.exec(json); found !== null; found = tokens.exec(json)) {
    if (found[0] === '"') tokens.lastIndex = endOfText(json, found.index);
    yield json.slice(found.index, tokens.lastIndex);
  }
}

/** A pattern for whole texts would run out of stack in long ones. */
function endOfText(json: string, start: number): number {
  for (let end = json.indexOf('"', start + 1); ; end = json.indexOf('"', end + 1)) {
    let slashes = 0;
    while (json[end - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return end + 1;
  }
}

/** What is masked in a token is masked whatever escapes it was written with. */
function masked(token: string, mask: (text: string) => string): string {
  const value: unknown = token.startsWith('"') && token.includes('\\') ? JSON.parse(token) : token.replaceAll('"', '');
  const text = String(value);
  const shown = mask(text);
  return shown === text ? token : JSON.stringify(shown);
}
