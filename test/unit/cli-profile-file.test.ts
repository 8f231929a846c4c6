import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withValue } from '../../src/cli/init/edit-json.ts';
import { readProfiles } from '../../src/cli/settings/profile-file.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-profiles-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let files = 0;
async function written(text: string): Promise<string> {
  files += 1;
  const file = join(folder, `config-${files}.json`);
  await writeFile(file, text);
  return file;
}

/** What reading a text is refused with, without the file's name; `position` and sentence. */
async function refusal(text: string): Promise<string> {
  const file = await written(text);
  const error: unknown = await readProfiles(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TypeError);
  const { code, message } = Object(error);
  expect(code).toBe('ERR_PROFILE_FILE');
  expect(message).toContain(`${file}:`);
  return message.replace(`${file}:`, '').trim();
}

const profile = (fields: string): string =>
  `{\n  "profiles": {\n    "work": {\n      "system": "pulse-crm",\n      ${fields}\n    }\n  }\n}\n`;

describe('a file of profiles', () => {
  it('is read with comments, trailing commas and a mark at its beginning', async () => {
    const text = `\ufeff{ // mine
      "default": "work", /* or
      not */ "profiles": { "work": { "system": "zuora-rest", "baseUrl": "https://rest.na.zuora.com", "user": "me", }, },
    }`;
    const { default: chosen, profiles } = await readProfiles(await written(text));
    expect(chosen).toBe('work');
    expect(profiles.get('work')).toMatchObject({
      system: 'zuora-rest',
      baseUrl: 'https://rest.na.zuora.com',
      user: 'me',
    });
  });

  it('says the same of plain JSON and of JSON with comments', async () => {
    const text = profile(
      '"user": "me", "store": "redis://localhost:6379", "production": true, "sessionTimeoutMs": 60000',
    );
    const plain = await readProfiles(await written(text));
    const commented = await readProfiles(await written(`// mine\n${text}`));
    expect(plain).toEqual(commented);
    expect(plain.profiles.get('work')).toMatchObject({ production: true, sessionTimeoutMs: 60_000 });
  });

  it('has paths that count from its folder, and commands that are lists', async () => {
    const text = profile('"secretFile": "crm.secret", "store": "./sessions"');
    const { profiles } = await readProfiles(await written(text));
    expect(profiles.get('work')).toMatchObject({
      secret: { kind: 'file', path: join(folder, 'crm.secret') },
      store: join(folder, 'sessions'),
    });
    const totp = '{"profiles":{"z":{"system":"zato-sso","secretCommand":["pass","show x"],"totpKeyFile":"/k"}}}';
    expect((await readProfiles(await written(totp))).profiles.get('z')).toMatchObject({
      secret: { kind: 'command', command: ['pass', 'show x'] },
      totp: { kind: 'file', path: '/k', gives: 'key' },
    });
  });

  it.each([
    ['is not there', join('nowhere', 'config.json')],
    ['has a file where its folder should be', join('config-0.json', 'config.json')],
  ])('has no profiles where it %s', async (_, path) => {
    await writeFile(join(folder, 'config-0.json'), '{}');
    expect((await readProfiles(join(folder, path))).profiles.size).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['blanks', ' \r\n\t'],
    ['a mark only', '\ufeff'],
    ['an object without profiles', '{}'],
  ])('has no profiles where it holds %s', async (_, text) => {
    expect((await readProfiles(await written(text))).profiles.size).toBe(0);
  });

  it.each([
    ['a bracket that is missing', '{\n  "profiles": {\n', '3:1: not JSON: '],
    ['a text that does not end', '{\n  "default": "wo\n}', '2:14: not JSON: '],
    ['a word that is none', '{\n  "default": work }', '2:14: not JSON: '],
    ['something behind the end', '{}\n{}', '2:1: not JSON: '],
    ['comments only', '// nothing\n', '2:1: not JSON: '],
    ['a list', '[1]', '1:1: # must be an object'],
    ['an unknown key', '{\n  "profile": {}\n}', '2:3: #/profile is not known; there may be $schema, default, profiles'],
    ['profiles that are a list', '{\n "profiles": []\n}', '2:2: #/profiles must be an object'],
    ['a profile that is a text', '{\n "profiles": {\n  "work": "x" }\n}', '3:3: #/profiles/work must be an object'],
    ['a name with a slash', '{"profiles":{\n"a/b":{}}}', '2:1: #/profiles/a/b is no name'],
    [
      'a default that is none',
      '{\n"default": "home", "profiles": {}}',
      '2:1: #/default names no profile of this file: "home"',
    ],
    ['a default that is a number', '{\n"default": 1}', '2:1: #/default must be a text that is not empty'],
    ['no system', '{"profiles":{\n"work":{"user":"x"}}}', '2:1: #/profiles/work/system must be one of zuora-rest'],
    ['an unknown system', '{"profiles":{"work":{\n"system":"pulse"}}}', '2:1: #/profiles/work/system must be one of'],
  ])('is refused with its line for %s', async (_, text, said) => {
    expect(await refusal(text)).toContain(said);
    if (!text.startsWith('//')) expect(await refusal(`// a line more\n${text}`)).toMatch(/^\d+:\d+: /);
  });

  it.each([
    ['an unknown key', '"pasword": "x"', '5:7: #/profiles/work/pasword is not known'],
    ['a setting of another system', '"entityId": "1"', '5:7: #/profiles/work/entityId is not known'],
    ['codes of a system that has none', '"totpCommand": ["x"]', '5:7: #/profiles/work/totpCommand is not known'],
    ['an address that is none', '"baseUrl": "crm.example.com"', 'baseUrl must be an address that begins with https://'],
    ['an address of another kind', '"baseUrl": "ftp://crm.example.com"', 'baseUrl must be an address'],
    [
      'an address with a password',
      '"baseUrl": "https://me:hunter2@crm.example.com"',
      'baseUrl must not hold a user name or password',
    ],
    ['an empty user', '"user": " "', 'user must be a text that is not empty'],
    ['a number as a flag', '"production": 1', 'production must be true or false'],
    ['a flag as a text', '"allowInsecure": "no"', 'allowInsecure must be true or false'],
    ['a time that is none', '"sessionTimeoutMs": 0', 'sessionTimeoutMs must be a number of ms above 0'],
    ['a command in one text', '"secretCommand": "pass show crm"', 'secretCommand must be a list of texts'],
    ['a command of nothing', '"secretCommand": []', 'secretCommand must be a list of texts'],
    [
      'two sources of a secret',
      '"secretFile": "a", "secretCommand": ["b"]',
      '#/profiles/work has secretFile and secretCommand',
    ],
    ['__proto__', '"__proto__": { "user": "x" }', '5:7: #/profiles/work/__proto__ is not known'],
    ['constructor', '"constructor": "x"', '5:7: #/profiles/work/constructor is not known'],
  ])('is refused for a profile with %s', async (_, fields, said) => {
    const plain = await refusal(profile(fields));
    expect(plain).toContain(said);
    expect(plain).not.toContain('hunter2');
    expect(await refusal(`${profile(fields)} // with a comment`)).toBe(plain);
  });

  it.each(['password', 'secret', 'apiSecret', 'apiSecretAccessKey', 'totpKey', 'totp', 'token', 'session', 'cookie'])(
    'is refused for a secret in it, under %s, without showing it',
    async (key) => {
      const said = await refusal(profile(`"${key}": "hunter2"`));
      expect(said).toContain(`5:7: #/profiles/work/${key} is a secret`);
      expect(said).not.toContain('hunter2');
    },
  );

  it('is refused for a name that no object can have, with and without comments', async () => {
    const text = '{"profiles":{\n"__proto__":{"system":"pulse-crm"}}}';
    expect(await refusal(text)).toContain('2:1: #/profiles/__proto__ is no name');
    expect(await refusal(`${text}//`)).toContain('2:1: #/profiles/__proto__ is no name');
    expect(await refusal('{"__proto__":{"profiles":{}}}//')).toContain('#/__proto__ is not known');
    expect(({} as { system?: unknown }).system).toBeUndefined();
  });

  it('is refused where it cannot be read: a folder, a file of somebody else, one that is huge or nested without end', async () => {
    await mkdir(join(folder, 'a-folder'));
    await expect(readProfiles(join(folder, 'a-folder'))).rejects.toThrow(/a-folder cannot be read \(EISDIR\)/);
    const huge = await written('{}');
    await truncate(huge, 2 ** 31);
    await expect(readProfiles(huge)).rejects.toThrow('is larger than 1048576 bytes');
    for (const text of ['['.repeat(500_000), `{"default":${'['.repeat(200_000)}${']'.repeat(200_000)}}`]) {
      await expect(readProfiles(await written(text))).rejects.toThrow(
        expect.objectContaining({ code: 'ERR_PROFILE_FILE' }),
      );
    }
  });

  it('is refused where it cannot be read, with the reason', async () => {
    // Modes would not keep root out; a link to itself keeps everybody out.
    const file = join(await mkdtemp(join(folder, 'loop-')), 'config.json');
    await symlink(file, file);
    await expect(readProfiles(file)).rejects.toThrow(`${file} cannot be read (ELOOP)`);
  });
});

describe('a value that is put into JSON with comments', () => {
  it.each([
    ['an empty object', '{}', '{\n  "a": {\n    "b": 1\n  }\n}'],
    ['an object on one line', '{"x":1}', '{\n  "x": 1,\n  "a": {\n    "b": 1\n  }\n}'],
    ['lines with a comma at the end', '{\n\t"x": 1, // one\n}', '{\n\t"x": 1, // one\n\t"a": {\n\t\t"b": 1\n\t},\n}'],
    [
      'lines without',
      '{\n  "x": 1 /* one, */ // two\n}',
      '{\n  "x": 1, /* one, */ // two\n  "a": {\n    "b": 1\n  }\n}',
    ],
  ])('stands in %s as people write it', (_, text, expected) => {
    const put = withValue(text, ['a'], { b: 1 });
    expect(put).toBe(expected);
    expect(withValue(put, ['a'], { b: 1 })).toBe(expected);
  });
});
