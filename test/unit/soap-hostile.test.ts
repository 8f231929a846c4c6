import fc from 'fast-check';
import { expect, test } from 'vitest';
import { service } from '../../generated/zuora-soap/table.ts';
import { EnvelopeError } from '../../src/transport/soap-envelope-error.ts';
import { createEnvelopeReader, type EnvelopeLimits } from '../../src/transport/soap-reader.ts';

const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/';
const start = `<s:Envelope xmlns:s="${SOAP}" xmlns:z="http://api.zuora.com/"><s:Body>`;
const end = '</s:Body></s:Envelope>';
const login = (session: string) =>
  `${start}<z:loginResponse><z:result><z:Session>${session}</z:Session><z:ServerUrl/></z:result></z:loginResponse>${end}`;

function problem(pieces: readonly (string | Uint8Array)[], limits?: EnvelopeLimits): EnvelopeError {
  const reader = createEnvelopeReader(service, 'login', limits);
  try {
    for (const piece of pieces) reader.write(piece);
    reader.close();
  } catch (error) {
    if (!(error instanceof EnvelopeError)) throw error;
    // Once refused, an answer stays refused.
    expect(() => reader.write('x')).toThrow(error);
    expect(() => reader.close()).toThrow(error);
    return error;
  }
  throw new Error('nothing was thrown');
}

const levels = Array.from({ length: 9 }, (_, level) => `<!ENTITY l${level + 1} "${`&l${level};`.repeat(10)}">`).join(
  '',
);

test.each<[string, string | Uint8Array, string]>([
  ['a billion laughs', `<!DOCTYPE s:Envelope [<!ENTITY l0 "lol">${levels}]>${login('&l9;')}`, 'doctype'],
  ['an external entity', `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>${login('&e;')}`, 'doctype'],
  ['a parameter entity', `<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x.dtd"> %p;]>${login('s')}`, 'doctype'],
  ['a bare DOCTYPE', `<!DOCTYPE html>${login('s')}`, 'doctype'],
  ['an entity nobody declared', login('&lol;'), 'not-xml'],
  ['the name of a built-in as an entity', login('&constructor;'), 'not-xml'],
  ['a reference to a control character', login('&#1;'), 'not-xml'],
  ['a control character', login('\u0001'), 'not-xml'],
  ['a control character that XML 1.1 would allow', `<?xml version="1.1"?>${login('&#1;')}`, 'not-xml'],
  ['half a surrogate pair', login('\ud800'), 'not-xml'],
  ['half a surrogate pair before a tag', login('\ud83d<z:x/>'), 'not-xml'],
  ['bytes that are no UTF-8', Buffer.from(login('\u00e9'), 'latin1'), 'not-xml'],
  ['UTF-16', Buffer.from(`\ufeff${login('s')}`, 'utf16le'), 'not-xml'],
  ['another declared encoding', Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${login('s')}`), 'not-xml'],
  ['an unbound prefix on an element', login('<x:y/>'), 'not-xml'],
  ['an attribute twice', login('<y a="1" a="2"/>'), 'not-xml'],
  ['an attribute twice by namespace', login('<y xmlns:p="urn:a" xmlns:q="urn:a" p:a="1" q:a="2"/>'), 'not-xml'],
  ['tags that cross', login('<a><b></a></b>'), 'not-xml'],
  ['a second root', `${login('s')}<x/>`, 'not-xml'],
  ['text after the root', `${login('s')}x`, 'not-xml'],
  ['JSON', '{"success":true}', 'not-xml'],
  ['nothing', '', 'not-xml'],
  ['an HTML page', '<html><body>Bad gateway</body></html>', 'not-soap'],
  ['an envelope of no known version', login('s').replace(SOAP, 'urn:soap'), 'not-soap'],
  ['an envelope without a namespace', '<Envelope><Body/></Envelope>', 'not-soap'],
  ['a processing instruction', `<?xml-stylesheet href="x"?>${login('s')}`, 'not-soap'],
  ['a processing instruction inside', login('<?php echo 1 ?>'), 'not-soap'],
])('%s is refused', (_, answer, reason) => {
  expect(problem([answer])).toMatchObject({ reason });
});

test('an unbound xsi prefix, a known fault of one SOAP server, is told by name', () => {
  const answer = login('s').replace('<z:ServerUrl/>', '<z:ServerUrl xsi:nil="true"/>');
  expect(problem([answer])).toMatchObject({
    reason: 'not-xml',
    found: expect.stringContaining('unbound namespace prefix: "xsi"'),
  });
});

test('an answer that breaks off is truncated, wherever it does', () => {
  const whole = Buffer.from(login('Zoë'));
  const cuts = Array.from({ length: whole.length - 1 }, (_, index) => index + 1);
  const reasons = new Set(cuts.map((cut) => problem([whole.subarray(0, cut)]).reason));
  expect([...reasons]).toEqual(['truncated']);
});

test('nesting stops at the limit, known or unknown, in the header as in a fault', () => {
  const deep = '<a>'.repeat(200_000);
  for (const answer of [
    `${start}<z:loginResponse><z:result>${deep}`,
    login(deep),
    `${start}<s:Fault><detail>${deep}`,
    `<s:Envelope xmlns:s="${SOAP}"><s:Header>${deep}`,
  ]) {
    expect(problem([answer])).toMatchObject({ reason: 'too-deep', expected: expect.stringContaining('100') });
  }
  expect(problem([login('s')], { maxDepth: 4 }).reason).toBe('too-deep');
  expect(createEnvelopeReader(service, 'login', { maxDepth: 5 }).write(login('s'))).toBeUndefined();
});

test('size stops at the limit, before more is read', () => {
  const mebibyte = Buffer.alloc(1024 * 1024, 'x');
  const reader = createEnvelopeReader(service, 'login');
  reader.write(start);
  let written = 0;
  const fill = () => {
    for (; written < 100; written++) reader.write(mebibyte);
  };
  expect(fill).toThrow(expect.objectContaining({ reason: 'too-large', expected: 'at most 67108864 bytes' }));
  expect(written).toBe(63);
  expect(problem([login('s')], { maxBytes: 100 }).reason).toBe('too-large');
  const exact = createEnvelopeReader(service, 'login', { maxBytes: Buffer.byteLength(login('s')) });
  exact.write(Buffer.from(login('s')));
  expect(exact.close()).toMatchObject({ kind: 'result' });
});

test('an answer full of made-up names does not fill the memory', () => {
  const names = Array.from({ length: 60_000 }, (_, index) => `<n${index}/>`).join('');
  const reader = createEnvelopeReader(service, 'login');
  reader.write(login(names).replace('<z:loginResponse>', `<z:loginResponse><wide>${names}</wide>${names}`));
  const { unknown, unknownElements } = reader.close();
  expect(unknown).toHaveLength(1_000);
  const count = (element: { children: readonly unknown[] }): number => 1 + element.children.length;
  expect(unknownElements.reduce((sum, { element }) => sum + count(element), 0)).toBeLessThanOrEqual(10_000);
});

test('an error does not repeat a long name from the wire at length', () => {
  const name = 'x'.repeat(100_000);
  expect(problem([`<${name}/>`]).message.length).toBeLessThan(1_000);
  expect(problem([`${start}<${name}/>${end}`]).found.length).toBeLessThanOrEqual(200);
});

test('whatever happens to an answer on its way, it is read or refused, and nothing else is thrown', () => {
  const fault = `${start}<s:Fault><faultcode>z:X</faultcode><detail><f:LoginFault xmlns:f="http://fault.api.zuora.com/"><f:FaultCode/></f:LoginFault></detail></s:Fault>${end}`;
  const pieces = [
    '<',
    '>',
    '&',
    '&#',
    ';',
    '"',
    "'",
    '=',
    '/',
    '!',
    '?',
    '[',
    ']]>',
    '<![CDATA[',
    '<!--',
    '-->',
    '<!',
    '<?',
    'xmlns:',
    ':',
    ' ',
  ];
  const damage = fc.record({
    at: fc.nat(),
    length: fc.nat(12),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom(...pieces).map((piece) => Buffer.from(piece)),
    ),
  });
  const property = fc.property(
    fc.constantFrom(login('s&amp;'), fault),
    fc.array(damage, { minLength: 1, maxLength: 4 }),
    (answer, hits) => {
      let bytes = Buffer.from(answer);
      for (const { at, length, insert } of hits) {
        const from = at % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, from), insert, bytes.subarray(from + length)]);
      }
      const reader = createEnvelopeReader(service, 'login');
      try {
        reader.write(bytes);
        expect(['result', 'fault']).toContain(reader.close().kind);
      } catch (error) {
        expect(error).toBeInstanceOf(EnvelopeError);
      }
    },
  );
  fc.assert(property, { numRuns: 500 });
});
