import { expect, test } from 'vitest';
import { envelope, mill, read, thrown, unreadable, written } from './soap-mill.support.ts';

const write = (type: string, value: unknown) => /^<m:value>(.*)<\/m:value>$/s.exec(written(type, value))?.[1];
const readText = (type: string, text: string) => {
  const answer = read(type, envelope(`<m:value>${text}</m:value>`));
  if (answer.kind !== 'result') throw new Error('a fault');
  return answer.value;
};

const DAY = 'a day: YYYY-MM-DD or a Date of the years 1 to 9999';
const TIME = 'a time: ISO 8601 text or a Date of the years 1 to 9999';
const LONG = 'a whole number: text, a safe integer or a bigint';
const DECIMAL = 'a decimal number: text, a number without exponent or a bigint';

// Bounds and spellings are those of XML Schema, part 2.
const BOUNDS: readonly [type: string, least: number, most: number][] = [
  ['xs:int', -2147483648, 2147483647],
  ['xs:short', -32768, 32767],
  ['xs:byte', -128, 127],
  ['xs:unsignedInt', 0, 4294967295],
  ['xs:unsignedShort', 0, 65535],
  ['xs:unsignedByte', 0, 255],
];

test.each(BOUNDS)('%s is written from %d to %d, both included, and no further', (type, least, most) => {
  expect([write(type, least), write(type, most)]).toEqual([String(least), String(most)]);
  for (const value of [least - 1, most + 1]) {
    expect(thrown(() => write(type, value))).toMatchObject({
      code: 'ERR_WRONG_TYPE',
      message: `${type}: expected a number from ${least} to ${most}`,
    });
  }
});

test.each(BOUNDS)('%s is read as a number', (type, least, most) => {
  expect([readText(type, String(least)), readText(type, `\n\t${most} \r\n`)]).toEqual([least, most]);
});

test.each<[type: string, value: unknown, text: string]>([
  ['xs:boolean', true, 'true'],
  ['xs:boolean', false, 'false'],
  ['xs:int', -0, '0'],
  ['xs:double', 0, '0'],
  ['xs:double', -1.5, '-1.5'],
  ['xs:double', 1e21, '1e+21'],
  ['xs:double', Number.POSITIVE_INFINITY, 'INF'],
  ['xs:double', Number.NEGATIVE_INFINITY, '-INF'],
  ['xs:double', Number.NaN, 'NaN'],
  ['xs:long', '+12', '+12'],
  ['xs:long', '-12', '-12'],
  ['xs:long', 2 ** 53 - 1, '9007199254740991'],
  ['xs:long', -(2n ** 63n), '-9223372036854775808'],
  ['xs:decimal', '+12.25', '+12.25'],
  ['xs:decimal', '-12.', '-12.'],
  ['xs:decimal', '.25', '.25'],
  ['xs:decimal', 12.25, '12.25'],
  ['xs:date', '2026-11-22', '2026-11-22'],
  ['xs:date', '-0044-03-15Z', '-0044-03-15Z'],
  ['xs:date', '12026-11-22-08:00', '12026-11-22-08:00'],
  ['xs:date', new Date('0001-01-01T00:00:00.000Z'), '0001-01-01'],
  ['xs:date', new Date('9999-12-31T23:59:59.999Z'), '9999-12-31'],
  ['xs:dateTime', '2026-11-22T23:59:59', '2026-11-22T23:59:59'],
  ['xs:dateTime', '2026-11-22T23:59:59.1234567+05:30', '2026-11-22T23:59:59.1234567+05:30'],
  ['xs:dateTime', '2026-11-22T23:59:59Z', '2026-11-22T23:59:59Z'],
  ['xs:dateTime', new Date('0001-01-01T00:00:00.000Z'), '0001-01-01T00:00:00.000Z'],
  ['xs:dateTime', new Date('9999-12-31T23:59:59.999Z'), '9999-12-31T23:59:59.999Z'],
  ['xs:base64Binary', 'QQ==', 'QQ=='],
  ['xs:string', 'a\tb\nc', 'a\tb\nc'],
  ['xs:string', `<&>"'\r`, `&lt;&amp;&gt;&quot;'&#xD;`],
])('%s: %s is written as it is spelled in XML Schema', (type, value, text) => {
  expect(write(type, value)).toBe(text);
});

test.each<[type: string, value: unknown, expected: string, found: string]>([
  ['xs:string', null, 'a string', 'null'],
  ['xs:string', 5, 'a string', 'a number'],
  ['xs:string', ['a'], 'a string', 'an array'],
  ['xs:string', {}, 'a string', 'an object'],
  ['xs:base64Binary', new Uint8Array(1), 'a string', 'an object'],
  ['xs:boolean', 'true', 'a boolean', 'a string'],
  ['xs:boolean', 1, 'a boolean', 'a number'],
  ['xs:int', '1', 'a whole number', 'a string'],
  ['xs:int', 1n, 'a whole number', 'a bigint'],
  ['xs:int', 1.5, 'a whole number', 'a number with a fraction, or none at all'],
  ['xs:int', Number.NaN, 'a whole number', 'a number with a fraction, or none at all'],
  ['xs:int', new Date(0), 'a whole number', 'a Date'],
  ['xs:double', '1', 'a number', 'a string'],
  ['xs:double', 1n, 'a number', 'a bigint'],
  ['xs:long', '1.5', LONG, 'a string'],
  ['xs:long', 'x1', LONG, 'a string'],
  ['xs:long', '1x', LONG, 'a string'],
  ['xs:long', '', LONG, 'a string'],
  ['xs:long', 1.5, LONG, 'a number with a fraction, or none at all'],
  ['xs:long', 2 ** 53, LONG, 'a number'],
  ['xs:long', ['1'], LONG, 'an array'],
  ['xs:decimal', '1e5', DECIMAL, 'a string'],
  ['xs:decimal', '.x', DECIMAL, 'a string'],
  ['xs:decimal', '.', DECIMAL, 'a string'],
  ['xs:decimal', true, DECIMAL, 'a boolean'],
  ['xs:decimal', ['1'], DECIMAL, 'an array'],
  ['xs:decimal', 1e-7, DECIMAL, 'a number with a fraction, or none at all'],
  ['xs:date', 20261122, DAY, 'a number'],
  ['xs:date', new Date(Number.NaN), DAY, 'an invalid Date'],
  ['xs:date', '2026-1-1', DAY, 'other text'],
  ['xs:date', 'x2026-11-22', DAY, 'other text'],
  ['xs:date', '2026-11-22x', DAY, 'other text'],
  ['xs:date', '2026-11-22T00:00:00Z', DAY, 'other text'],
  // A year of more than four digits has no leading zeros, and there is no year 0.
  ['xs:date', '02026-11-22', DAY, 'other text'],
  ['xs:date', '0000-11-22', DAY, 'other text'],
  ['xs:date', new Date('+010000-01-01T00:00:00.000Z'), DAY, 'a Date'],
  ['xs:date', new Date('0000-12-31T23:59:59.999Z'), DAY, 'a Date'],
  ['xs:dateTime', new Date('+010000-01-01T00:00:00.000Z'), TIME, 'a Date'],
  ['xs:dateTime', new Date('0000-12-31T23:59:59.999Z'), TIME, 'a Date'],
  ['xs:dateTime', new Date(-8.64e15), TIME, 'a Date'],
  ['xs:dateTime', null, TIME, 'null'],
  ['xs:dateTime', '2026-11-22 23:59:59', TIME, 'other text'],
  ['xs:dateTime', '2026-11-22T23:59', TIME, 'other text'],
  ['xs:dateTime', '2026-11-22T23:59:59.', TIME, 'other text'],
  ['xs:dateTime', 'x2026-11-22T23:59:59', TIME, 'other text'],
  ['xs:dateTime', '2026-11-22T23:59:59Zx', TIME, 'other text'],
])('%s: %s is refused, expected %s, found %s', (type, value, expected, found) => {
  expect(thrown(() => write(type, value))).toMatchObject({
    name: 'TypeError',
    code: 'ERR_WRONG_TYPE',
    path: type,
    message: `${type}: expected ${expected}, found ${found}`,
  });
});

test.each(['\u0000', '\u0008', '\u000b', '\u000c', '\u000e', '\u001f', '\ud800', 'a\udc00', '\ufffe', '\uffff'])(
  'text with %j is refused without being shown',
  (text) => {
    expect(thrown(() => write('xs:string', text))).toMatchObject({
      code: 'ERR_FORBIDDEN_CHARACTER',
      message: 'xs:string: contains a character that XML does not allow',
    });
  },
);

test.each<[type: string, text: string, value: unknown]>([
  ['xs:string', ' \n a ', ' \n a '],
  ['xs:boolean', ' true\n', true],
  ['xs:boolean', '1', true],
  ['xs:boolean', '\tfalse ', false],
  ['xs:boolean', '0', false],
  ['xs:int', '+7', 7],
  ['xs:int', '-007', -7],
  ['xs:long', ' -9223372036854775808\n', '-9223372036854775808'],
  ['xs:long', '+1', '+1'],
  ['xs:decimal', ' 12.50 ', '12.50'],
  ['xs:decimal', '-.25', '-.25'],
  ['xs:decimal', '1.', '1.'],
  // What Java's BigDecimal writes.
  ['xs:decimal', '1E+12', '1E+12'],
  ['xs:decimal', '1.5e-12', '1.5e-12'],
  ['xs:decimal', '15e12', '15e12'],
  ['xs:double', ' 12.5\n', 12.5],
  ['xs:double', '.25', 0.25],
  ['xs:double', '-1.5E3', -1500],
  ['xs:double', '15e-12', 15e-12],
  ['xs:double', ' INF ', Number.POSITIVE_INFINITY],
  ['xs:double', '-INF', Number.NEGATIVE_INFINITY],
  ['xs:double', 'NaN', Number.NaN],
  ['xs:date', ' 2026-11-22\n', '2026-11-22'],
  ['xs:dateTime', ' 2026-11-22T01:02:03Z\n', '2026-11-22T01:02:03Z'],
  ['xs:base64Binary', '\n QQ== \n', 'QQ=='],
])('%s: %j is read as %j', (type, text, value) => {
  expect(readText(type, text)).toBe(value);
});

test.each<[type: string, text: string, found?: string]>([
  ['xs:boolean', 'TRUE'],
  ['xs:boolean', ' \n ', 'nothing'],
  ['xs:int', '1.0'],
  ['xs:int', 'x1'],
  ['xs:int', '1x'],
  ['xs:int', '1234567890123456'],
  ['xs:int', '\n', 'nothing'],
  ['xs:unsignedShort', 'many'],
  ['xs:unsignedByte', 'few'],
  ['xs:long', '1.5'],
  ['xs:long', 'x1'],
  ['xs:long', '1x'],
  ['xs:decimal', 'x1'],
  ['xs:decimal', '1x'],
  ['xs:decimal', '1x5'],
  ['xs:decimal', '1e'],
  ['xs:decimal', '1ex'],
  ['xs:decimal', '.'],
  ['xs:decimal', '.x'],
  ['xs:decimal', 'INF'],
  ['xs:double', 'x1'],
  ['xs:double', '1x'],
  ['xs:double', '0x10'],
  ['xs:double', '.'],
  ['xs:double', 'Infinity'],
  ['xs:double', ' ', 'nothing'],
])('%s: %j is refused', (type, text, found = 'other text') => {
  expect(unreadable(type, envelope(`<m:value>${text}</m:value>`))).toMatchObject({
    reason: 'contract',
    path: 'value',
    expected: type,
    found,
  });
});

test('a table with a type that the codec does not know is told at once', () => {
  expect(thrown(() => write('xs:duration', 'P1D'))).toMatchObject({
    name: 'TypeError',
    message: 'the codec cannot write the type "xs:duration"',
  });
  expect(thrown(() => readText('xs:duration', 'P1D'))).toMatchObject({
    name: 'TypeError',
    message: `${mill().name}: the table has no type "xs:duration"`,
  });
});
