import { MASK } from '../../redact.ts';

/** An answer as it is printed. */
export interface PrintedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body: the value of JSON, else a text; `null` where there is none. */
  readonly data: unknown;
  /** The body for people: JSON laid out, with every number as it was sent. */
  readonly text: string;
  /** Whether the service says that the call failed. */
  readonly isFailure: boolean;
}

/** Headers whose values let somebody in. */
const SECRET_HEADER = /cookie|authorization|token|secret|session/i;

/** Reads an answer for printing. The sessions that the call was made with are masked: some services repeat them. */
export async function readAnswer(response: Response, sessions: readonly string[]): Promise<PrintedAnswer> {
  const mask = maskFor(sessions);
  const body = mask(await response.text());
  const value = jsonIn(body);
  const headers = Object.fromEntries(
    [...response.headers].filter(([name]) => !SECRET_HEADER.test(name)).map(([name, text]) => [name, mask(text)]),
  );
  const { status } = response;
  return {
    status,
    headers,
    data: value === undefined ? (body === '' ? null : body) : value,
    text: value === undefined ? body.replace(/\r?\n$/, '') : laidOut(body),
    isFailure: status >= 400 || saysFailed(value),
  };
}

/** JSON with a line for each member, every value as it was written. */
function laidOut(json: string): string {
  const tokens = json.match(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  const pieces: string[] = [];
  let depth = 0;
  const newLine = (): string => `\n${'  '.repeat(depth)}`;
  for (const [at, token] of tokens.entries()) {
    const isEmpty = /^[{[]$/.test(tokens[at - 1] ?? '');
    if (token === '}' || token === ']') {
      depth -= 1;
      pieces.push(isEmpty ? token : newLine() + token);
      continue;
    }
    if (isEmpty) pieces.push(newLine());
    if (token === '{' || token === '[') depth += 1;
    pieces.push(token === ',' ? token + newLine() : token === ':' ? ': ' : token);
  }
  return pieces.join('');
}

/** A mask for texts that may hold these secrets, as they are or as JSON and URLs write them. */
export function maskFor(secrets: readonly string[]): (text: string) => string {
  const written = secrets
    .filter((secret) => secret !== '')
    .flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)]);
  const forms = [...new Set(written)].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

/** Zuora answers failed calls with 200 and `success: false`, Zato some of them with 200 and `status: "error"`. */
function saysFailed(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return ('success' in value && value.success === false) || ('status' in value && value.status === 'error');
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
