import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor, MASK } from '../../src/redact.ts';

/** A secret with everything that writers escape. */
const awkward = 'p"w\\d <a>&b\'c/d+e=f%20;é😀';

const writers: ReadonlyArray<readonly [string, (secret: string) => string]> = [
  ['as it is', (secret) => secret],
  ['in JSON', (secret) => JSON.stringify({ x: secret })],
  ['in JSON of a writer that keeps to ASCII', (secret) => asciiJson(secret)],
  ['in JSON inside JSON', (secret) => JSON.stringify(JSON.stringify({ x: secret }))],
  ['in XML text', (secret) => `<x>${xml(secret)}</x>`],
  ['in an XML attribute', (secret) => `<x y="${xml(secret).replaceAll('"', '&quot;').replaceAll("'", '&apos;')}"/>`],
  ['in HTML', (secret) => xml(secret).replaceAll('"', '&quot;').replaceAll("'", '&#39;')],
  ['in a URL', (secret) => `https://x.test/?y=${encodeURIComponent(secret)}`],
  [
    'in a URL with small letters',
    (secret) => encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
  ],
  ['in a form', (secret) => new URLSearchParams({ x: secret }).toString()],
  ['in base64', (secret) => Buffer.from(secret).toString('base64')],
  ['in base64 for URLs', (secret) => Buffer.from(secret).toString('base64url')],
];
const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const asciiJson = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u0080-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

describe('a secret that the redactor was told of', () => {
  it.each(writers)('is masked %s', (_, write) => {
    const redactor = createRedactor();
    redactor.hide(awkward);
    const written = write(awkward);
    const masked = redactor.text(`before ${written} after`);
    expect(masked).toContain(MASK);
    expect(masked).toMatch(/^before .*after$/s);
    for (const [, other] of writers) expect(masked).not.toContain(other(awkward));
  });

  it('is masked each time it occurs, and in texts made before it was known', () => {
    const redactor = createRedactor();
    const text = 's3cret-value and s3cret-value';
    expect(redactor.text(text)).toBe(text);
    redactor.hide('s3cret-value');
    expect(redactor.text(text)).toBe(`${MASK} and ${MASK}`);
  });

  it('is masked whole when another secret is a part of it', () => {
    const redactor = createRedactor();
    redactor.hide('pass', 'password-long');
    expect(redactor.text('x password-long x pass x')).toBe(`x ${MASK} x ${MASK} x`);
  });

  it('is not searched for when it is so short that ordinary text would be shredded', () => {
    const redactor = createRedactor();
    redactor.hide('a', '123', undefined, '');
    expect(redactor.text('a cat, 123 cats')).toBe('a cat, 123 cats');
  });

  it('is known to its own redactor only', () => {
    const [one, other] = [createRedactor(), createRedactor()];
    one.hide('s3cret-value');
    expect(other.text('s3cret-value')).toBe('s3cret-value');
  });

  it('stays known while it is told again, however many cookies come and go', () => {
    const redactor = createRedactor();
    redactor.hide('the-password');
    for (let n = 0; n < 1000; n += 1) {
      redactor.hide(`cookie-number-${n}`);
      if (n % 100 === 0) redactor.hide('the-password');
    }
    expect(redactor.text('the-password cookie-number-999')).toBe(`${MASK} ${MASK}`);
  });

  it('whatever it is, never survives', () => {
    const secrets = fc.array(fc.string({ minLength: 4, maxLength: 40, unit: 'binary' }), {
      minLength: 1,
      maxLength: 4,
    });
    const around = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(secrets, around, fc.nat({ max: writers.length - 1 }), (known, text, which) => {
        fc.pre(
          known.every((secret) => !MASK.includes(secret) && !/^[[\]\w]*$/.test(secret) && secret.trim().length > 3),
        );
        const redactor = createRedactor();
        redactor.hide(...known);
        const write = writers[which]?.[1] ?? String;
        const masked = redactor.text(known.map((secret) => text + write(secret)).join(text));
        for (const secret of known) expect(masked.split(MASK).join('\u{E000}')).not.toContain(secret);
      }),
    );
  });

  it('is masked without the white space round it too, as headers lose that', () => {
    const redactor = createRedactor();
    redactor.hide(' wrapped-secret\n');
    expect(redactor.text('Bad header: wrapped-secret!')).toBe(`Bad header: ${MASK}!`);
  });

  it('is forgotten after a great many sessions, unless it was hidden for good', () => {
    const redactor = createRedactor();
    redactor.hide('the first session');
    redactor.hideForGood('the password');
    for (let n = 0; n < 300; n += 1) redactor.hide(`session number ${n}`);
    expect(redactor.text('the first session, the password')).toBe(`the first session, ${MASK}`);
    expect(redactor.text('session number 44 and session number 43')).toBe(`${MASK} and session number 43`);
  });
});

describe('a value under a secret’s name', () => {
  it.each([
    ['{"password":"abc"}', `{"password":"${MASK}"}`],
    ['{"password" : "a\\"b"}', `{"password" : "${MASK}"}`],
    ['{"apiSecret":"abc","apiKey":"k"}', `{"apiSecret":"${MASK}","apiKey":"${MASK}"}`],
    ['{"new_password":"abc","totp_code":"1"}', `{"new_password":"${MASK}","totp_code":"${MASK}"}`],
    ['{"token":"t","ust":"u","current_ust":"c"}', `{"token":"${MASK}","ust":"${MASK}","current_ust":"${MASK}"}`],
    ['{"password":"never closed', `{"password":"${MASK}"`],
    ['?ust=abc&current_app=CRM', `?ust=${MASK}&current_app=CRM`],
    ['password=abc; next=1', `password=${MASK}; next=1`],
    ['Cookie: ZSession=abc; other=def', `Cookie: ${MASK}`],
    ['set-cookie: ZSession=abc; Path=/', `set-cookie: ${MASK}`],
    ['Authorization: Bearer abcdef123456', `Authorization: ${MASK}`],
    ['authorization=Basic dXNlcjpwYXNz', `authorization=${MASK}`],
    ['sent Bearer abcdef123456 to', `sent Bearer ${MASK} to`],
    ['ZSession abcdef123456', `ZSession ${MASK}`],
    ['<password>abc</password>', `<password>${MASK}</password>`],
    ['<ns1:session xmlns:ns1="x">abc</ns1:session>', `<ns1:session xmlns:ns1="x">${MASK}</ns1:session>`],
    ['<Session>abc', `<Session>${MASK}`],
    ['https://user:pass@host.test/path', `https://${MASK}@host.test/path`],
    ['apiSecretAccessKey=abc', `apiSecretAccessKey=${MASK}`],
  ])('is masked although nobody told of it: %s', (text, expected) => {
    expect(createRedactor().text(text)).toBe(expected);
  });

  it.each([
    'the session has ended; log in again',
    'POST https://host.test/auth/login was answered with text/html',
    'a passage about tokens, cookies and keys',
    '{"status":"error","sub_status":["E005001"]}',
    'session=',
    'ECONNREFUSED 127.0.0.1:17010',
    '<records/>',
  ])('is not seen where there is none: %s', (text) => {
    expect(createRedactor().text(text)).toBe(text);
  });
});
