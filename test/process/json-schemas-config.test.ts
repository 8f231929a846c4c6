import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../scripts/generate/config.ts';
import { readProfiles } from '../../src/cli/settings/profile-file.ts';
import { root } from './built.support.ts';
import { schemaProblems } from './json-schemas.support.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Whether what reads the file takes a value. */
async function isRead(read: (file: string) => Promise<unknown>, value: unknown): Promise<boolean> {
  const file = join(folder, 'config.json');
  await writeFile(file, JSON.stringify(value));
  return read(file).then(
    () => true,
    () => false,
  );
}

const pulse = { system: 'pulse-crm', baseUrl: 'https://crm.example.com', user: 'me@example.com' };
const zato = { system: 'zato-sso', baseUrl: 'http://127.0.0.1:8080/sso', user: 'me', currentApp: 'CRM' };

/** Profiles, and whether they are ones. */
const profiles: readonly (readonly [what: string, profile: unknown, isGood: boolean])[] = [
  ['a system and nothing else', { system: 'zuora-soap' }, true],
  ['what most have', pulse, true],
  ['all that Pulse takes', { ...pulse, accountId: '1', store: './sessions', production: true }, true],
  ['all that Zuora takes', { system: 'zuora-rest', entityName: 'EU', sessionTimeoutMs: 0.5 }, true],
  ['an entity by id', { system: 'zuora-soap', entityId: '1' }, true],
  ['two names of an entity', { system: 'zuora-soap', entityId: '1', entityName: 'EU' }, false],
  ['a command', { ...pulse, secretCommand: ['pass', 'show', ''] }, true],
  ['a file', { ...pulse, secretFile: '/run/secrets/crm', allowInsecure: false }, true],
  ['codes from a command', { ...zato, totpCommand: ['oath'] }, true],
  ['codes from a key in a file', { ...zato, totpKeyFile: 'key' }, true],
  ['codes from a key of a command', { ...zato, totpKeyCommand: ['key'] }, true],
  ['no object', 'pulse-crm', false],
  ['a list', [pulse], false],
  ['no system', { user: 'me' }, false],
  ['an unknown system', { ...pulse, system: 'pulse' }, false],
  ['an unknown field', { ...pulse, colour: 'red' }, false],
  ['a password', { ...pulse, password: 'x' }, false],
  ['a token', { ...pulse, token: 'x' }, false],
  ['an address of another kind', { ...pulse, baseUrl: 'ftp://crm.example.com' }, false],
  ['an address that is none', { ...pulse, baseUrl: 'https://' }, false],
  ['an address without its scheme', { ...pulse, baseUrl: 'crm.example.com' }, false],
  ['an address in capitals', { ...pulse, baseUrl: 'HTTPS://crm.example.com' }, true],
  ['an address with an at sign in its path', { ...pulse, baseUrl: 'https://crm.example.com/a@b' }, true],
  ['an address with a password', { ...pulse, baseUrl: 'https://me:x@crm.example.com' }, false],
  ['an address with nobody before the at sign', { ...pulse, baseUrl: 'https://@crm.example.com' }, false],
  ['an address with a nameless password', { ...pulse, baseUrl: 'https://:@crm.example.com/' }, false],
  ['an address with blanks around it', { ...pulse, baseUrl: ' https://crm.example.com ' }, false],
  ['an address with one slash', { ...pulse, baseUrl: 'https:/crm.example.com' }, false],
  ['an address with the other slashes', { ...pulse, baseUrl: 'https:\\\\crm.example.com' }, false],
  ['an address with a query', { ...pulse, baseUrl: 'https://crm.example.com/?a=1' }, false],
  ['an address with a fragment', { ...pulse, baseUrl: 'https://crm.example.com#a' }, false],
  ['an address with an IPv6 host', { ...pulse, baseUrl: 'http://[::1]:8080/api/' }, true],
  ['an address that is null', { ...pulse, baseUrl: null }, false],
  ['a folder above', { ...pulse, store: '..' }, true],
  ['a word that is no store', { ...pulse, store: 'flie' }, false],
  ['an address that is no store', { ...pulse, store: 'https://cache.example.com/0' }, false],
  ['a Redis', { ...pulse, store: 'redis://cache.example.com:6379/0' }, true],
  ['a Redis with a password', { ...pulse, store: 'redis://default:x@cache.example.com' }, false],
  ['a blank store', { ...pulse, store: ' ' }, false],
  ['an address with a user', { ...pulse, baseUrl: 'https://me@crm.example.com/' }, false],
  ['an empty user', { ...pulse, user: '' }, false],
  ['a user of blanks', { ...pulse, user: '  ' }, false],
  ['a user that is null', { ...pulse, user: null }, false],
  ['two places of the secret', { ...pulse, secretFile: 'a', secretCommand: ['b'] }, false],
  ['a command as a text', { ...pulse, secretCommand: 'pass show crm' }, false],
  ['a command without words', { ...pulse, secretCommand: [] }, false],
  ['a command without a program', { ...pulse, secretCommand: ['', 'x'] }, false],
  ['a command with a number', { ...pulse, secretCommand: ['head', 1] }, false],
  ['an application where there are none', { ...pulse, currentApp: 'CRM' }, false],
  ['codes where there are none', { ...pulse, totpCommand: ['oath'] }, false],
  ['an account where there are none', { ...zato, accountId: '1' }, false],
  ['an entity where there are none', { ...zato, entityName: 'EU' }, false],
  ['codes and their key', { ...zato, totpCommand: ['oath'], totpKeyFile: 'key' }, false],
  ['codes and what prints their key', { ...zato, totpCommand: ['oath'], totpKeyCommand: ['key'] }, false],
  ['two places of the key', { ...zato, totpKeyFile: 'key', totpKeyCommand: ['key'] }, false],
  ['no time at all', { ...pulse, sessionTimeoutMs: 0 }, false],
  ['a time as a text', { ...pulse, sessionTimeoutMs: '900' }, false],
  ['production in a word', { ...pulse, production: 'yes' }, false],
  ['insecure in a number', { ...pulse, allowInsecure: 1 }, false],
];

/** Whole files. */
const files: readonly (readonly [what: string, file: unknown, isGood: boolean])[] = [
  ['nothing', {}, true],
  ['no profiles', { profiles: {} }, true],
  ['a schema and a default', { $schema: 'x', default: 'a', profiles: { a: pulse } }, true],
  ['every letter of names', { profiles: { '_Work-2.eu': pulse } }, true],
  ['the longest name', { profiles: { [`a${'b'.repeat(63)}`]: pulse } }, true],
  ['a name that is longer', { profiles: { [`a${'b'.repeat(64)}`]: pulse } }, false],
  ['a name with a blank', { profiles: { 'a b': pulse } }, false],
  ['a name with a dash before it', { profiles: { '-a': pulse } }, false],
  ['a name with other letters', { profiles: { é: pulse } }, false],
  ['an empty name', { profiles: { '': pulse } }, false],
  ['a list', [], false],
  ['profiles in a list', { profiles: [pulse] }, false],
  ['a default that is no text', { default: 1, profiles: {} }, false],
  ['an empty default', { default: '', profiles: {} }, false],
  ['an unknown field', { profile: {} }, false],
  ['no object', null, false],
  ['profiles that are null', { profiles: null }, false],
  ['a default that is null', { default: null, profiles: { a: pulse } }, false],
  ['a profile that is null', { profiles: { a: null } }, false],
  ['a name that no object can have', JSON.parse(`{"profiles":{"__proto__":${JSON.stringify(pulse)}}}`), false],
];

describe('the schema of profiles and what reads them agree on', () => {
  it.each(profiles)('a profile with %s', async (_, profile, isGood) => {
    const value = { profiles: { it: profile } };
    expect(schemaProblems('config', value).length === 0).toBe(isGood);
    expect(await isRead(readProfiles, value)).toBe(isGood);
  });

  it.each(files)('a file with %s', async (_, value, isGood) => {
    expect(schemaProblems('config', value).length === 0).toBe(isGood);
    expect(await isRead(readProfiles, value)).toBe(isGood);
  });

  it('the example of docs/cli.md', async () => {
    const [, example = ''] = /```json\n(\{\n {2}"default"[\s\S]*?)```/.exec(await text('docs/cli.md')) ?? [];
    const value: unknown = JSON.parse(example);
    expect(schemaProblems('config', value)).toEqual([]);
    expect(await isRead(readProfiles, value)).toBe(true);
  });

  // A schema cannot say this.
  it('all but a default that names no profile', async () => {
    const value = { default: 'b', profiles: { a: pulse } };
    expect(schemaProblems('config', value)).toEqual([]);
    expect(await isRead(readProfiles, value)).toBe(false);
  });
});

const wsdl = { wsdl: 'a.wsdl' };
const configurations: readonly (readonly [what: string, value: unknown, isGood: boolean])[] = [
  ['nothing', {}, true],
  ['all that there is', { $schema: 'x', specs: [wsdl], out: 'o', command: 'c', lock: 'l', verify: [['a', 'b']] }, true],
  ['an OpenAPI document', { specs: [{ openapi: 'a.yaml', system: 'a', overlays: ['b.yaml'] }] }, true],
  ['all that WSDLs take', { specs: [{ ...wsdl, loginOperation: 'login', importRoot: '..' }] }, true],
  ['an origin', { specs: [{ ...wsdl, allowImports: ['https://schemas.example.com'] }] }, true],
  ['an address for an origin', { specs: [{ ...wsdl, allowImports: ['https://schemas.example.com/a'] }] }, false],
  ['an origin that is none', { specs: [{ ...wsdl, allowImports: ['schemas.example.com'] }] }, false],
  ['an origin of another kind', { specs: [{ ...wsdl, allowImports: ['ftp://schemas.example.com'] }] }, false],
  ['no origins', { specs: [{ ...wsdl, allowImports: [] }] }, false],
  ['a spec that is neither', { specs: [{ system: 'a' }] }, false],
  ['a spec that is both', { specs: [{ ...wsdl, openapi: 'a.yaml' }] }, false],
  ['a login of OpenAPI', { specs: [{ openapi: 'a.yaml', loginOperation: 'login' }] }, false],
  ['an unknown field of a spec', { specs: [{ ...wsdl, url: 'x' }] }, false],
  ['no specs', { specs: [] }, false],
  ['an empty path', { specs: [{ wsdl: '' }] }, false],
  ['an unknown field', { spec: [wsdl] }, false],
  ['an output that is no text', { out: 1 }, false],
  ['a check that is no list', { verify: ['npm test'] }, false],
  ['a check without words', { verify: [[]] }, false],
  ['a check with an empty word', { verify: [['npm', '']] }, false],
];

describe('the schema of latchkey.config.json and what reads it agree on', () => {
  it.each(configurations)('a file with %s', async (_, value, isGood) => {
    expect(schemaProblems('latchkey.config', value).length === 0).toBe(isGood);
    expect(await isRead(readConfig, value)).toBe(isGood);
  });

  it("this project's own", async () => {
    expect(schemaProblems('latchkey.config', JSON.parse(await text('latchkey.config.json')))).toEqual([]);
  });
});

function text(file: string): Promise<string> {
  return readFile(join(root, file), 'utf8');
}
