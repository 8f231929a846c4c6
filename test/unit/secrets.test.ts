import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as index from '../../src/index.ts';
import { createRedactor, MASK } from '../../src/redact.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { leaksIn, printed, secrets } from '../helpers/secrets.ts';
import { type ErrorName, errorScenes } from '../helpers/secrets-error-scenes.ts';
import { eventScenes, warningScenes } from '../helpers/secrets-event-scenes.ts';
import { openStage, type Stage } from '../helpers/secrets-stage.ts';
import { rejection } from '../helpers/waiting.ts';

beforeEach(() => vi.stubEnv('LATCHKEY_KEY', secrets.storeKey));
afterEach(() => vi.unstubAllEnvs());

async function leaksOf(stage: Stage): Promise<string[]> {
  const shown = await stage.everything();
  return [...new Set(shown.flatMap((value) => leaksIn(printed(value))))];
}

/** Plays a scene and tells which secrets anything in it shows. */
async function played(scene: (stage: Stage) => Promise<unknown>, check: (stage: Stage) => void): Promise<string[]> {
  await using stage = await openStage();
  await scene(stage);
  check(stage);
  return leaksOf(stage);
}

const namesOf = <Name extends string>(scenes: Readonly<Record<Name, unknown>>): Name[] =>
  // Object.keys gives the keys of this very object.
  Object.keys(scenes) as Name[];

describe('no secret is shown, whatever the service repeats', () => {
  it.each(namesOf(errorScenes))('by %s', async (name: ErrorName) => {
    const leaks = await played(errorScenes[name], ({ seen }) => {
      const Class: unknown = Object.entries(index).find(([exported]) => exported === name)?.[1];
      expect(seen.some((value) => value instanceof Error && value.constructor === Class)).toBe(true);
    });
    expect(leaks).toEqual([]);
  });

  it.each(namesOf(eventScenes))('by the event %s', async (type) => {
    const leaks = await played(eventScenes[type], ({ events }) => {
      expect(events.map((event) => event.type)).toContain(type);
    });
    expect(leaks).toEqual([]);
  });

  it.each(namesOf(warningScenes))('by the warning %s', async (code) => {
    const leaks = await played(warningScenes[code], ({ events }) => {
      expect(events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))).toContain(code);
    });
    expect(leaks).toEqual([]);
  });
});

describe('the scenes', () => {
  it('cover every error class of the package', () => {
    const classes = Object.entries(index).flatMap(([name, value]) =>
      typeof value === 'function' && (value === index.LatchkeyError || value.prototype instanceof index.LatchkeyError)
        ? [name]
        : [],
    );
    expect(namesOf(errorScenes).toSorted()).toEqual(classes.toSorted());
  });

  it('would find each secret in each form', () => {
    for (const [name, secret] of Object.entries(secrets)) {
      expect(leaksIn(`x ${secret} y`).join()).toContain(`${name} (raw)`);
      expect(leaksIn(Buffer.from(secret).toString('base64')).join()).toContain(`${name} (base64)`);
      expect(leaksIn(printed({ cause: new Error(secret) })).join()).toContain(name);
      expect(leaksIn(secret.slice(0, 8).toUpperCase()).join()).toContain(`${name} (beginning)`);
    }
    expect(leaksIn(printed(new Error('x', { cause: new AggregateError([new Error(secrets.ust)]) })))).not.toEqual([]);
  });
});

describe('clients', () => {
  it('do not learn each other’s secrets', async () => {
    await using stage = await openStage();
    const other = 'another-client-key';
    const theirs = createPulseCrm({ ...stage.common, credentials: { apiKey: 'another-key', apiSecret: other } });
    const failing: typeof fetch = async () => {
      throw new Error(`own ${secrets.apiSecret}, other ${other}`);
    };
    await theirs.session.get();
    const error = await rejection(stage.pulse({ fetch: failing }).session.get());
    expect(error).toHaveProperty('cause.message', `own ${MASK}, other ${other}`);
    const back = createPulseCrm({
      ...stage.common,
      credentials: { apiKey: 'another-key', apiSecret: other },
      fetch: failing,
    });
    expect(await rejection(back.session.get())).toHaveProperty(
      'cause.message',
      `own ${secrets.apiSecret}, other ${MASK}`,
    );
  });
});

describe('a value that nobody told of', () => {
  const unknown = 'unKnownHead"&<%+ \'é\\end-unKnownTail';
  const plain = 'unKnownHead-unKnownTail';
  const record = JSON.stringify({ v: 1, secret: unknown, facts: {} });
  const xml = unknown.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

  it.each([
    ['JSON', record],
    ['JSON with spaces', JSON.stringify({ a: { new_password: unknown } }, null, 2)],
    ['JSON inside JSON', JSON.stringify({ record })],
    ['JSON inside JSON inside JSON', JSON.stringify(JSON.stringify({ record }))],
    ['JSON as the console shows it', inspect({ record })],
    ['an object as the console shows it', inspect({ apiSecret: unknown, user: 'ada' })],
    ['a number in JSON', '{"totp_code":123456}'],
    ['a query', `/user?current_app=CRM&${new URLSearchParams({ ust: unknown })}&a=b`],
    ['a form', new URLSearchParams({ username: 'ada', password: unknown }).toString()],
    ['Cookie lines', `GET / HTTP/1.1\r\nCookie: ZSession=${unknown}; a=b\r\n\r\n`],
    ['Set-Cookie lines', `set-cookie: ZSession=${unknown}; Path=/`],
    ['Authorization lines', `Authorization: ZSession ${unknown}`],
    ['Proxy-Authorization lines', `proxy-authorization: Basic ${Buffer.from(plain).toString('base64')}`],
    ['Zuora’s key lines', `apiAccessKeyId: ada@company.test\r\napiSecretAccessKey: ${unknown}\r\n`],
    ['a bearer in words', `sent Bearer ${plain}== twice`],
    ['an element', `<password>${xml}</password>`],
    [
      'an element with a prefix and attributes',
      `<ns1:Session xmlns:ns1="u" xsi:type="xsd:string">${xml}</ns1:Session>`,
    ],
    ['an element with CDATA', `<z:session><![CDATA[${unknown}]]></z:session>`],
    ['an element that breaks off', `<z:session>${xml}`],
    ['an attribute', `<login user="ada" password="${xml.replaceAll('"', '&quot;')}"/>`],
    ['an attribute inside JSON', JSON.stringify(`<login password="${plain} unKnownTail"/>`)],
    ['a URL with a user', `https://${encodeURIComponent(unknown)}@host.test/`],
    ['a URL with user and password', `https://ada:${plain}@${plain}@host.test/path?x=1`],
  ])('is masked by its name in %s', (_, text) => {
    expect(createRedactor().text(text)).not.toMatch(/unknown(?:head|tail)|123456|dW5Lbm93bk/i);
    expect(createRedactor().text(text)).toContain(MASK);
  });

  it.each([
    ['{"token":"a","kept":"b"}', `{"token":"${MASK}","kept":"b"}`],
    [JSON.stringify({ x: '{"token":"a","kept":"b"}' }), JSON.stringify({ x: `{"token":"${MASK}","kept":"b"}` })],
    ["{ token: 'a', kept: 'b' }", `{ token: '${MASK}', kept: 'b' }`],
    ['<a token="x y" kept="b"/>', `<a token=${MASK} kept="b"/>`],
    ['<token><![CDATA[a]]></token><kept>b</kept>', `<token>${MASK}</token><kept>b</kept>`],
  ])('takes nothing along that stands beside it: %s', (text, expected) => {
    expect(createRedactor().text(text)).toBe(expected);
  });
});
