/** Why a value cannot be written. The path is collected on the way out, so that writing a good value costs nothing for it. */
export class WriteProblem {
  readonly code: string;
  /** Says what is wrong without showing the value, which may be a secret. */
  readonly what: string;
  readonly path: string[] = [];

  constructor(code: string, what: string) {
    this.code = code;
    this.what = what;
  }
}

/** Adds a step to the path of a problem on its way out. */
export function withStep(problem: unknown, step: string): unknown {
  if (problem instanceof WriteProblem) problem.path.unshift(step);
  return problem;
}

export function wrongType(expected: string, value: unknown): WriteProblem {
  return new WriteProblem('ERR_WRONG_TYPE', `expected ${expected}, found ${kindOf(value)}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a number with a fraction, or none at all';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** Surrogates are only looked for here; whether they come in pairs is decided where one was seen. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no way to write these, so they must be found
const SPECIAL = /[&<>"\r\u0000-\u0008\u000b\u000c\u000e-\u001f\ud800-\udfff\ufffe\uffff]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/**
 * Escapes text for an element or a double-quoted attribute. A carriage return is written as a reference: raw, a reader would
 * turn it into a line feed.
 */
export function escapeText(text: string): string {
  if (!SPECIAL.test(text)) return text;
  if (FORBIDDEN.test(text)) {
    throw new WriteProblem('ERR_FORBIDDEN_CHARACTER', 'contains a character that XML does not allow');
  }
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\r', '&#xD;');
}

/** Escapes an attribute's value. */
export function escapeAttribute(text: string): string {
  return escapeAttributeSpaces(escapeText(text));
}

/** Escapes what a reader would fold into spaces in an attribute, in text that is escaped otherwise. */
export function escapeAttributeSpaces(escaped: string): string {
  return escaped.replaceAll('\t', '&#x9;').replaceAll('\n', '&#xA;');
}

/** Writes one value as text that is ready to stand in XML. @throws WriteProblem */
export type WriteScalar = (value: unknown) => string;

function writeString(value: unknown): string {
  if (typeof value === 'string') return escapeText(value);
  throw wrongType('a string', value);
}

function writeBoolean(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  throw wrongType('a boolean', value);
}

function wholeNumber(least: number, most: number): WriteScalar {
  return (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw wrongType('a whole number', value);
    if (value >= least && value <= most) return String(value);
    throw new WriteProblem('ERR_WRONG_TYPE', `expected a number from ${least} to ${most}`);
  };
}

function writeDouble(value: unknown): string {
  if (typeof value !== 'number') throw wrongType('a number', value);
  return String(value).replace('Infinity', 'INF');
}

/** Numbers of any size: text as it is, numbers only while they are exact and need no exponent. */
function digits(pattern: RegExp, expected: string): WriteScalar {
  return (value) => {
    if (typeof value === 'bigint') return String(value);
    const text = typeof value === 'number' && isExact(value) ? String(value) : value;
    if (typeof text === 'string' && pattern.test(text)) return text;
    throw wrongType(expected, value);
  };
}

function isExact(value: number): boolean {
  return Number.isInteger(value) ? Number.isSafeInteger(value) : true;
}

const YEAR_1 = Date.parse('0001-01-01T00:00:00.000Z');
const YEAR_9999 = Date.parse('9999-12-31T23:59:59.999Z');

function moment(pattern: RegExp, expected: string, length: number): WriteScalar {
  return (value) => {
    const text = value instanceof Date ? textOfDate(value, length) : value;
    if (typeof text !== 'string') throw wrongType(expected, value);
    if (pattern.test(text)) return text;
    throw new WriteProblem('ERR_WRONG_TYPE', `expected ${expected}, found other text`);
  };
}

/** Nothing for other years, which ISO 8601 writes with a sign and two zeros that XML Schema forbids, and for no date at all. */
function textOfDate(date: Date, length: number): string | undefined {
  const ms = date.getTime();
  return ms >= YEAR_1 && ms <= YEAR_9999 ? date.toISOString().slice(0, length) : undefined;
}

/** A year has four digits, or more without leading zeros; there is no year 0. */
const DAY = String.raw`-?(?!0000)(?:\d{4}|[1-9]\d{4,})-\d\d-\d\d`;
const OFFSET = String.raw`(?:Z|[+-]\d\d:\d\d)?`;

const SCALARS: ReadonlyMap<string, WriteScalar> = new Map<string, WriteScalar>([
  ['xs:string', writeString],
  ['xs:boolean', writeBoolean],
  ['xs:int', wholeNumber(-(2 ** 31), 2 ** 31 - 1)],
  ['xs:short', wholeNumber(-(2 ** 15), 2 ** 15 - 1)],
  ['xs:byte', wholeNumber(-128, 127)],
  ['xs:unsignedInt', wholeNumber(0, 2 ** 32 - 1)],
  ['xs:unsignedShort', wholeNumber(0, 2 ** 16 - 1)],
  ['xs:unsignedByte', wholeNumber(0, 255)],
  ['xs:long', digits(/^[+-]?\d+$/, 'a whole number: text, a safe integer or a bigint')],
  ['xs:decimal', digits(/^[+-]?(?:\d+\.?\d*|\.\d+)$/, 'a decimal number: text, a number without exponent or a bigint')],
  ['xs:double', writeDouble],
  ['xs:date', moment(RegExp(`^${DAY}${OFFSET}$`), 'a day: YYYY-MM-DD or a Date of the years 1 to 9999', 10)],
  [
    'xs:dateTime',
    moment(
      RegExp(String.raw`^${DAY}T\d\d:\d\d:\d\d(?:\.\d+)?${OFFSET}$`),
      'a time: ISO 8601 text or a Date of the years 1 to 9999',
      24,
    ),
  ],
  ['xs:base64Binary', writeString],
]);

/** Writes a list as one text, its items apart by spaces. */
function listWriter(item: WriteScalar): WriteScalar {
  return (value) => {
    if (!Array.isArray(value)) throw wrongType('an array', value);
    return value.map((one: unknown, index) => writeListItem(item, one, index)).join(' ');
  };
}

function writeListItem(item: WriteScalar, value: unknown, index: number): string {
  try {
    const text = item(value);
    if (text !== '' && !/[ \t\r\n]|&#xD;/.test(text)) return text;
    throw new WriteProblem(
      'ERR_WRONG_TYPE',
      'expected text without spaces: the items of this list stand apart by them',
    );
  } catch (problem) {
    throw withStep(problem, `[${index}]`);
  }
}

/** The writer of a simple type. @throws TypeError for a type that the codec does not know. */
export function scalarWriter(type: string): WriteScalar {
  if (type.endsWith('[]')) return listWriter(scalarWriter(type.slice(0, -2)));
  const write = SCALARS.get(type);
  if (write === undefined) throw new TypeError(`the codec cannot write the type "${type}"`);
  return write;
}
