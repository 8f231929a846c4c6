/** A value that is nested more deeply than Python reads. */
export class RecursionError extends Error {
  constructor() {
    super('maximum recursion depth exceeded');
  }
}

// Where Python stops unless it is told otherwise.
const deepest = 1000;

/**
 * How Python prints a value inside a list or a dictionary; some answers carry such text instead of JSON.
 * @throws RecursionError
 */
export function pythonLiteral(value: unknown, depth = 0): string {
  if (depth > deepest) throw new RecursionError();
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escaped = value
      .replaceAll('\\', '\\\\')
      .replaceAll('\n', '\\n')
      .replaceAll('\r', '\\r')
      .replaceAll('\t', '\\t');
    return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
  }
  if (Array.isArray(value)) return `[${value.map((item) => pythonLiteral(item, depth + 1)).join(', ')}]`;
  if (typeof value === 'object') {
    const items = Object.entries(value).map(
      ([name, item]) => `${pythonLiteral(name)}: ${pythonLiteral(item, depth + 1)}`,
    );
    return `{${items.join(', ')}}`;
  }
  return String(value);
}

/** What becomes of a value that is given where text is expected. @throws RecursionError */
export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonLiteral(value);
}

/** UTC without a zone, six digits of fraction, or none when it is exactly zero. */
export function naiveUtcTime(atMs: number): string {
  const [whole = '', fraction = '000Z'] = new Date(Math.floor(atMs)).toISOString().split('.');
  const digits = fraction.slice(0, 3);
  return digits === '000' ? whole : `${whole}.${digits}000`;
}
