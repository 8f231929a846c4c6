import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { StoreError } from '../../src/errors.ts';
import type { LatchkeyEvent, WarningCode } from '../../src/events.ts';
import { createMemoryStore } from '../../src/stores/memory.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import { secrets } from './secrets.ts';
import { errorScenes, type Scene } from './secrets-error-scenes.ts';
import { soapReply } from './secrets-service.ts';
import { soapLogin, zatoRefusal } from './secrets-stage.ts';
import { quotingErrors, quotingStore } from './secrets-stores.ts';

/** How each event comes about. */
export const eventScenes: Readonly<Record<LatchkeyEvent['type'], Scene>> = {
  login: (stage) => stage.pulse({ store: stage.fileStore() }).session.get(),
  'login-failed': errorScenes.LoginDeniedError,
  async renewal(stage) {
    stage.repeat('password', 'ust');
    const client = stage.zato();
    await client.session.get();
    await client.session.renew();
  },
  async adoption(stage) {
    const store = stage.fileStore();
    await stage.zuoraRest({ store }).session.get();
    await stage.zuoraRest({ store }).session.get();
  },
  refusal: errorScenes.SessionRefusedError,
  async replay(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token');
    const client = stage.pulse();
    await client.session.get();
    let calls = 0;
    stage.answer({ 'GET /auth/session': () => ({ status: calls++ === 0 ? 401 : 200 }) });
    await client.GET('/auth/session');
  },
  async retry(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token');
    const client = stage.pulse({ retries: 1, random: () => 0 });
    const passing = { status: 503, body: stage.service.text() };
    stage.answer({ 'GET /auth/session': passing });
    await client.session.get();
    // The answer itself is the service's, and goes to the caller as it is.
    await client.GET('/auth/session');
    stage.answer({ 'GET /auth/session': { isCut: true } });
    stage.seen.push(await client.GET('/auth/session').catch((error: unknown) => error));
  },
  logout: errorScenes.LoggedOutError,
  async 'password-changed'(stage) {
    stage.repeat('password', 'newPassword', 'ust');
    stage.answer({
      'POST /zato/sso/user/login': ({ body }) =>
        body.includes('new_password')
          ? { body: { status: 'ok', cid: 'c', ust: secrets.ust } }
          : zatoRefusal(stage, 'E003007'),
    });
    const credentials = { username: 'ada', password: secrets.password, newPassword: secrets.newPassword };
    await stage.zato({ credentials }).session.get();
  },
  warning: (stage) => warningScenes['login-warning'](stage),
};

/** How each warning comes about. */
export const warningScenes: Readonly<Record<WarningCode, Scene>> = {
  async 'store-failed'(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token', 'cookie');
    for (const make of quotingErrors) {
      await stage.pulse({ store: quotingStore(make, ['write']) }).session.get();
      await stage.zuoraRest({ store: quotingStore(make, ['write']) }).session.get();
      // A store that quotes what it could not read, before the client knows any of it.
      const text = JSON.stringify({ v: 1, secret: secrets.token, facts: {} });
      const read = async (): Promise<never> => {
        throw make(`cannot read ${text} ${JSON.stringify({ text })} ${inspect(JSON.parse(text))}`);
      };
      await stage.pulse({ store: { ...createMemoryStore(), read } }).session.get();
    }
  },
  async 'store-busy'(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token', 'cookie');
    for (const make of quotingErrors) {
      const good = createMemoryStore();
      let isBusy = false;
      const withLock: SessionStore['withLock'] = async (...args) => {
        const text = `held for ${secrets.token} ${secrets.apiSecret}`;
        if (isBusy) throw new StoreError(text, { reason: 'busy', cause: make(text) });
        return good.withLock(...args);
      };
      const client = stage.pulse({ store: { ...good, withLock } });
      await client.session.get();
      isBusy = true;
      await client.session.login().catch((error: unknown) => stage.seen.push(error));
    }
  },
  async 'record-unreadable'(stage) {
    const records = { ...createMemoryStore(), read: async () => `{"v":1,"secret":"${secrets.token}"` };
    await stage.pulse({ store: records }).session.get();
    await stage.pulse({ store: stage.fileStore() }).session.get();
    for (const name of await readdir(stage.directory)) {
      if (name.endsWith('.record')) await writeFile(join(stage.directory, name), secrets.storeKey);
    }
    await stage.pulse({ store: stage.fileStore() }).session.get();
  },
  async 'renewal-failed'(stage) {
    stage.repeat('password', 'ust');
    for (const reply of [
      { status: 500, body: stage.service.text() },
      zatoRefusal(stage, secrets.ust),
      { isCut: true },
    ]) {
      stage.answer({ 'PATCH /zato/sso/user/session': reply });
      const client = stage.zato();
      await client.session.get();
      stage.clock.advanceMs(3_500_000);
      await client.session.get();
      await client[Symbol.asyncDispose]();
    }
  },
  async 'login-warning'(stage) {
    stage.repeat('password', 'ust');
    stage.answer({
      'POST /zato/sso/user/login': { body: { status: 'warning', sub_status: ['W003005'], cid: 'c', ust: secrets.ust } },
    });
    await stage.zato().session.get();
  },
  async 'track-id-mismatch'(stage) {
    stage.repeat('apiSecret', 'cookie');
    stage.answer({ 'GET /v1/accounts/A1': { headers: { 'zuora-track-id': encodeURIComponent(secrets.cookie) } } });
    await stage.zuoraRest().fetch(`${stage.service.url}/v1/accounts/A1`, { headers: { 'zuora-track-id': 't1' } });
  },
  async 'unknown-element'(stage) {
    const { plainSession } = secrets;
    stage.repeat('password', 'plainSession');
    const result = `<z:done>true</z:done><z:queryLocator></z:queryLocator><z:size>0</z:size><z:${plainSession}>x</z:${plainSession}>`;
    stage.answer({
      'SOAP login': soapLogin(plainSession, `${stage.service.url}/apps/services/a/91.0`),
      'SOAP query': soapReply(`<z:queryResponse><z:result>${result}</z:result></z:queryResponse>`),
    });
    await stage.zuoraSoap().query({ queryString: 'select Id from Account' });
  },
};
