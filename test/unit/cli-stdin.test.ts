import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readStdin } from '../../src/cli/stdin.ts';
import { rejection } from '../helpers/waiting.ts';

function reading() {
  const input = new PassThrough();
  const stop = new AbortController();
  const text = readStdin({ what: '--data', code: 'ERR_USAGE', mostBytes: 6, signal: stop.signal, input });
  text.catch(() => {});
  return { input, stop, text };
}

describe('what is read from stdin', () => {
  it('is everything up to its end, letters that arrive in pieces too', async () => {
    const { input, text } = reading();
    for (const byte of Buffer.from('a€é')) input.write(Buffer.of(byte));
    input.end();
    expect(await text).toBe('a€é');
  });

  it('is no more than there may be, and no bytes that are no text; neither is quoted', async () => {
    const long = reading();
    long.input.end('hush-hush');
    expect(await rejection(long.text)).toMatchObject({
      code: 'ERR_USAGE',
      message: '--data: stdin holds more than 6 bytes',
    });
    const latin = reading();
    latin.input.end(Buffer.from('hüsh', 'latin1'));
    expect(await rejection(latin.text)).toMatchObject({
      code: 'ERR_USAGE',
      message: '--data: stdin is no text in UTF-8',
    });
  });

  it('is not waited for any longer once it was stopped, however much has come', async () => {
    const { input, stop, text } = reading();
    input.write('a');
    stop.abort();
    expect(await rejection(text)).toMatchObject({ name: 'AbortError' });
    expect(input.destroyed).toBe(true);
  });
});
