import { describe, expect, it } from 'vitest';
import { type PrintedAnswer, readAnswer } from '../../src/cli/call/answer.ts';
import { MASK, maskValues } from '../../src/redact.ts';
import type { SystemName } from '../../src/sandbox/systems.ts';

const session = 'tk"1\\<&>\'+/= é~-end';
const headers = { 'content-type': 'application/json', 'Set-Cookie': 'a=b', 'X-Auth-Token': 'c' };

function answerTo(body: string, status = 200, system: SystemName = 'pulse-crm'): Promise<PrintedAnswer> {
  const echo = { ...headers, 'X-Echo': encodeURIComponent(session) };
  return readAnswer(new Response(body, { status, headers: echo }), system, maskValues([session, '']));
}

describe('an answer', () => {
  it('is laid out without touching a value', async () => {
    const body = '{"n":12345678901234567890,"e":1E400,"t":"a{[,:\\"\\\\","l":[],"o":{},"d":[1,{"x":[null]}]}';
    const { text } = await answerTo(body);
    expect(text).toBe(`{
  "n": 12345678901234567890,
  "e": 1E400,
  "t": "a{[,:\\"\\\\",
  "l": [],
  "o": {},
  "d": [
    1,
    {
      "x": [
        null
      ]
    }
  ]
}`);
  });

  it('is laid out as JSON.stringify would, whatever it is', async () => {
    const texts = ['', '"', '\\', '\\"', '\\\\"', 'a\\', '{"a":[1,"b"]}', '\u2028\n\t'];
    for (const value of [
      null,
      1,
      [],
      {},
      [[]],
      [{}],
      { a: [1, 'b\n'] },
      [[], {}, [1]],
      { '': { ' ': false } },
      texts,
    ]) {
      expect((await answerTo(JSON.stringify(value))).text).toBe(JSON.stringify(value, null, 2));
      expect((await answerTo(JSON.stringify(value))).data).toEqual(value);
    }
  });

  it('is laid out however long a text in it is, and is left as it was sent where it is nested too deep', async () => {
    const long = JSON.stringify({ text: '\n'.repeat(8_000_000) });
    expect((await answerTo(long)).text.length).toBe(long.length + 5);
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    expect(await answerTo(deep)).toMatchObject({ text: deep, data: deep });
  });

  const json = JSON.stringify({ token: session });
  const numbered = [...session].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const xml = session.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const url = encodeURIComponent(session);
  const form = new URLSearchParams({ v: session }).toString();

  it.each([
    ['JSON', json],
    ['JSON with all letters as numbers', `{"token":"${numbered}"}`],
    ['JSON with slashes and signs escaped', json.replaceAll('/', '\\/').replaceAll('=', '\\u003d')],
    ['JSON in JSON', JSON.stringify({ body: json })],
    ['the name of a member', JSON.stringify({ [session]: 1 })],
    ['text', `your session is ${session}.`],
    ['XML', `<session>${xml}</session>`],
    ['HTML', `<input value="${xml.replaceAll('"', '&quot;').replaceAll("'", '&#39;')}">`],
    ['a URL', `/?t=${url}&u=1`],
    ['a URL with small letters', url.toLowerCase()],
    ['a URL with plus signs for blanks', url.replaceAll('%20', '+')],
    ['a form', form],
    ['a form with %20 for blanks', form.replaceAll('+', '%20')],
    ['base64', base64(session)],
    ['base64url', Buffer.from(session).toString('base64url')],
    ...['a', 'ab', 'abc'].map((before) => [
      `base64 behind ${before.length} other letters`,
      `{"basic":"${base64(`${before}${session}:more`)}"}`,
    ]),
  ])('shows no session in %s', async (_, body) => {
    const { text, data } = await answerTo(body);
    for (const shown of [text, JSON.stringify(data)]) {
      expect(shown).toContain(MASK);
      expect(shown).not.toMatch(/tk|end|-e|dGsi|ZW5k|VuZA|dGsiMV/);
    }
  });

  it('shows no session that is a number, and is JSON still', async () => {
    const mask = maskValues(['1234567890']);
    const { data } = await readAnswer(new Response('{"id": 1234567890, "of": [12345]}'), 'pulse-crm', mask);
    expect(data).toEqual({ id: MASK, of: [12345] });
  });

  it('has no header that may hold a session', async () => {
    expect((await answerTo('{}')).headers).toEqual({ 'content-type': 'application/json', 'x-echo': MASK });
  });

  it('is a failure by its status or by what its system says, and by no other system’s words', async () => {
    const verdicts = [
      await answerTo('{}'),
      await answerTo('{}', 400),
      await answerTo('{"success":false}', 200, 'zuora-rest'),
      await answerTo('{"status":"error"}', 200, 'zato-sso'),
      await answerTo('{"success":true,"status":"error"}', 200, 'zuora-rest'),
      await answerTo('{"success":false,"status":"ok"}', 200, 'zato-sso'),
      await answerTo('{"success":false,"status":"error"}'),
      await answerTo('null', 200, 'zato-sso'),
      await answerTo('no JSON', 302),
    ].map(({ isFailure }) => isFailure);
    expect(verdicts).toEqual([false, true, true, true, false, false, false, false, false]);
  });

  it('is null where it is empty, and a text where it is no JSON', async () => {
    expect(await answerTo('')).toMatchObject({ data: null, text: '' });
    expect(await answerTo('<p>\n')).toMatchObject({ data: '<p>\n', text: '<p>' });
  });
});
