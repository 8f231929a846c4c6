import { expect, test } from 'vitest';
import { createEnvelopeReader } from '../../src/transport/soap-reader.ts';
import { envelope, mill, read, thrown, unreadable } from './soap-mill.support.ts';

const idle = (via: string) => envelope(`<m:idle><m:via>${via}</m:via></m:idle>`);
const KEY = '🔑';
const [HIGH = '', LOW = ''] = KEY.split('');

/** Reads the pieces one after another, as they would come in. */
const readPieces = (...pieces: readonly (string | Uint8Array)[]) => {
  const reader = createEnvelopeReader(mill(), 'idle');
  for (const piece of pieces) reader.write(piece);
  return reader.close();
};

test.each<[string, string, string, string, string]>([
  ['a DOCTYPE', `<!DOCTYPE a>${idle('v')}`, 'doctype', 'no DOCTYPE', 'one'],
  ['a processing instruction', `<?a b?>${idle('v')}`, 'not-soap', 'no processing instruction', 'one'],
  ['half a character inside', idle(`a${HIGH}b`), 'not-xml', 'whole characters', 'half a surrogate pair'],
  ['the other half alone', idle(`a${LOW}b`), 'not-xml', 'whole characters', 'half a surrogate pair'],
  ['half a character at the end', `${idle('v')}${HIGH}`, 'truncated', 'whole characters', 'half a character'],
  ['nothing', '', 'not-xml', 'a SOAP Envelope', 'an empty answer'],
])('%s is told in words', (_, xml, reason, expected, found) => {
  const message = `SOAP answer: expected ${expected}, found ${found}`;
  expect(unreadable('idle', xml)).toMatchObject({ reason, path: '', expected, found, message });
});

test('bytes that are no UTF-8 are told, inside and at the end', () => {
  const whole = Buffer.from(idle('v'));
  const other = { reason: 'not-xml', expected: 'UTF-8', found: 'other bytes' };
  expect(unreadable('idle', Buffer.concat([whole, Buffer.from([0xff])]))).toMatchObject(other);
  const half = { reason: 'truncated', expected: 'whole characters', found: 'half a character' };
  expect(unreadable('idle', Buffer.concat([whole, Buffer.from(KEY).subarray(0, 3)]))).toMatchObject(half);
});

test('XML that is not well-formed is told with what saxes says, cut where a name is long', () => {
  const name = `x${'y'.repeat(1_000)}`;
  const { reason, expected, found } = unreadable('idle', idle(`<${name}:a/>`));
  expect({ reason, expected }).toEqual({ reason: 'not-xml', expected: 'well-formed XML' });
  expect(found).toMatch(/unbound namespace prefix: "xy+$/);
  expect(found).toHaveLength(200);
});

test('an answer that stops is told as truncated, with what is open', () => {
  const { reason, expected, found } = unreadable('idle', idle('v').slice(0, -3));
  expect({ reason, expected }).toEqual({ reason: 'truncated', expected: 'an end tag' });
  expect(found).not.toBe('');
});

test('a character cut between pieces of text is put together again', () => {
  const [before = '', after = ''] = idle(`ab${KEY}cd`).split(KEY);
  const value = { via: `ab${KEY}cd` };
  expect(readPieces(before + HIGH, LOW + after)).toMatchObject({ value });
  expect(readPieces(before, HIGH, LOW, after)).toMatchObject({ value });
  expect(readPieces(before + HIGH, '', LOW + after)).toMatchObject({ value });
});

test.each(['UTF-8', 'utf-8', 'utf8', 'UTF8', 'us-ascii', 'US-ASCII'])('bytes declared as %s are read', (encoding) => {
  const xml = `<?xml version="1.0" encoding="${encoding}"?>${idle('v')}`;
  expect(readPieces(Buffer.from(xml))).toMatchObject({ value: { via: 'v' } });
});

test.each(['ISO-8859-1', 'UTF-16', 'utf-8x', 'x-utf-8', 'ascii'])('bytes declared as %s are not', (encoding) => {
  const declaration = `<?xml version="1.0" encoding="${encoding}"?>`;
  const error = { reason: 'not-xml', path: '', expected: 'UTF-8', found: encoding };
  expect(unreadable('idle', Buffer.from(declaration + idle('v')))).toMatchObject(error);
  // The encoding comes first, even if the answer has another fault.
  expect(unreadable('idle', Buffer.from(`${declaration}<html/>`))).toMatchObject(error);
});

test('an encoding with a long name is not repeated at length', () => {
  const xml = `<?xml version="1.0" encoding="x${'y'.repeat(1_000)}"?>${idle('v')}`;
  expect(unreadable('idle', Buffer.from(xml)).found).toBe(`x${'y'.repeat(39)}`);
});

test('text that was bytes in another encoding once is read: somebody has decoded it', () => {
  const xml = `<?xml version="1.0" encoding="ISO-8859-1"?>${idle('ü')}`;
  expect(read('idle', xml)).toMatchObject({ value: { via: 'ü' } });
});

test('a limit on size counts bytes, or units of text, and allows as many as it says', () => {
  const xml = idle(KEY);
  const bytes = Buffer.from(xml);
  for (const [answer, length] of [
    [xml, xml.length],
    [bytes, bytes.length],
  ] as const) {
    expect(read('idle', answer, { maxBytes: length })).toMatchObject({ value: { via: KEY } });
    expect(unreadable('idle', answer, { maxBytes: length - 1 })).toMatchObject({
      reason: 'too-large',
      message: `SOAP answer: expected at most ${length - 1} bytes, found more`,
    });
  }
});

test('a limit on depth counts elements inside each other, and not those beside', () => {
  const xml = envelope(`<m:idle><m:via>v</m:via>${'<m:to>x</m:to><t:a/><t:b/>'}</m:idle>`);
  expect(read('idle', xml, { maxDepth: 4 })).toMatchObject({ value: { via: 'v', to: 'x' } });
  expect(unreadable('idle', xml, { maxDepth: 3 })).toMatchObject({
    reason: 'too-deep',
    message: 'SOAP answer: expected at most 3 elements inside each other, found more',
  });
});

test('an operation that the service does not have is refused before anything is read', () => {
  const message = 'Mill has no operation "bake"';
  expect(thrown(() => createEnvelopeReader(mill(), 'bake'))).toMatchObject({ code: 'ERR_UNKNOWN_OPERATION', message });
});
