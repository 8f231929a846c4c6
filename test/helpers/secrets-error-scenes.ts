import { chmod, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type * as index from '../../src/index.ts';
import { createPulseCrm } from '../../src/systems/pulse-crm.ts';
import { printed, secrets } from './secrets.ts';
import { soapFault, soapReply, xmlText } from './secrets-service.ts';
import { type Stage, soapLogin, zatoRefusal } from './secrets-stage.ts';
import { quotingErrors, quotingStore } from './secrets-stores.ts';
import { unreachable } from './secrets-unreachable.ts';

/** Makes something happen, with a service that repeats the secrets wherever it can. */
export type Scene = (stage: Stage) => Promise<unknown>;

type Exported = typeof index;
/** The error classes that the package exports. */
export type ErrorName = {
  [Name in keyof Exported]: Exported[Name] extends abstract new (...given: never) => Error ? Name : never;
}[keyof Exported];

async function zatoDenial(stage: Stage, code: string): Promise<void> {
  stage.repeat('password', 'newPassword', 'totpCode');
  stage.answer({ 'POST /zato/sso/user/login': zatoRefusal(stage, code) });
  const credentials = { username: 'ada', password: secrets.password, newPassword: secrets.newPassword };
  await stage.fails(stage.zato({ totp: secrets.totpCode, sendTotp: 'always', credentials }).session.get());
  stage.repeat('password');
  stage.answer({ 'POST /zato/sso/user/login': zatoRefusal(stage, code) });
  await stage.fails(stage.zato().session.get());
}

/** How each error class comes about. */
export const errorScenes: Readonly<Record<ErrorName, Scene>> = {
  AccountLockedError: (stage) => zatoDenial(stage, 'E005002'),
  async BodyNotReplayableError(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token');
    stage.answer({ 'POST /files': { status: 401 } });
    const client = stage.pulse();
    await client.session.get();
    const body = new Blob([secrets.token]).stream();
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' };
    await stage.fails(client.fetch(`${stage.service.url}/files`, init));
  },
  async ContractViolationError(stage) {
    const text = stage.repeat('apiSecret');
    const { plainSession } = secrets;
    stage.answer({
      'POST /auth/login': { body: { id: text, email: text, token: secrets.apiSecret } },
      'POST /v1/connections': { body: { success: true }, headers: { 'set-cookie': [`Other=${secrets.apiSecret}`] } },
    });
    await stage.fails(stage.pulse().session.get());
    await stage.fails(stage.zuoraRest().session.get());
    stage.repeat('apiKey', 'apiSecret', 'token');
    stage.answer({
      'POST /auth/login': { status: 418, type: `text/${encodeURIComponent(secrets.apiSecret)}`, body: 'x' },
    });
    await stage.fails(stage.pulse().session.get());
    stage.repeat('password', 'plainSession');
    stage.answer({
      'SOAP login': soapLogin(plainSession, `${stage.service.url}/apps/services/a/91.0`),
      'SOAP query': soapReply(
        `<z:queryResponse><z:${plainSession}/><z:result><z:done>${plainSession}</z:done></z:result></z:queryResponse>`,
      ),
      'SOAP getUserInfo': soapReply(`<z:${plainSession}>${plainSession}</z:${plainSession}>`),
    });
    const client = stage.zuoraSoap();
    await stage.fails(client.query({ queryString: 'select Id from Account' }));
    await stage.fails(client.session.verify());
    stage.answer({
      'POST /zato/sso/user/login': {
        body: { status: 'warning', sub_status: [secrets.password], cid: secrets.password },
      },
    });
    await stage.fails(stage.zato().session.get());
  },
  CredentialsMissingError: (stage) =>
    stage.fails(stage.watch(createPulseCrm({ ...stage.common, identity: secrets.apiKey })).session.get()),
  async EntityDeniedError(stage) {
    const text = stage.repeat('apiSecret');
    stage.answer({
      'POST /v1/connections': { status: 401, body: { success: false, reasons: [{ code: 90000020, message: text }] } },
    });
    await stage.fails(stage.zuoraRest({ entityId: 'e1' }).session.get());
    stage.answer({
      'SOAP login': soapFault('INVALID_LOGIN', `no such entity ${stage.repeat('password')}`, 'LoginFault'),
    });
    await stage.fails(stage.zuoraSoap().session.get());
    await zatoDenial(stage, 'E004001');
  },
  async LatchkeyError(stage) {
    const text = xmlText(stage.repeat('password', 'soapSession'));
    const result = `<z:done>false</z:done><z:queryLocator></z:queryLocator><z:size>1</z:size>`;
    stage.answer({
      'SOAP query': soapReply(
        `<z:queryResponse><z:result>${result}</z:result><z:extra>${text}</z:extra></z:queryResponse>`,
      ),
    });
    const all = async (): Promise<void> => {
      for await (const _ of stage.zuoraSoap().query({ queryString: 'select Id from Account' }));
    };
    await stage.fails(all());
  },
  async LoggedOutError(stage) {
    stage.repeat('password', 'ust');
    const client = stage.zato();
    await client.session.get();
    await client.session.logout();
    await stage.fails(client.session.get());
  },
  async LoginBudgetError(stage) {
    const client = stage.pulse({ loginBudgetMax: 1 });
    await client.session.get();
    await stage.fails(client.session.login());
  },
  async LoginDeniedError(stage) {
    const text = stage.repeat('apiSecret');
    const reasons = [{ code: secrets.apiSecret, message: text }];
    stage.answer({
      'POST /auth/login': { status: 401 },
      'POST /v1/connections': { status: 401, body: { success: false, processId: text, reasons } },
    });
    await stage.fails(stage.pulse().session.get());
    await stage.fails(stage.zuoraRest().session.get());
    const code = `${secrets.apiSecret}11`;
    stage.answer({ 'POST /v1/connections': { body: { success: false, reasons: [{ code, message: text }] } } });
    await stage.fails(stage.zuoraRest().session.get());
    stage.answer({
      'POST /auth/login': { status: 401 },
      'SOAP login': soapFault(secrets.password, `wrong: ${stage.repeat('password')}`, 'LoginFault'),
    });
    await stage.fails(stage.zuoraSoap().session.get());
    await stage.fails(
      stage.pulse({ credentials: { email: 'ada@company.test', password: secrets.password } }).session.get(),
    );
    await zatoDenial(stage, 'E005001');
    await zatoDenial(stage, secrets.password);
    const withBadSeed = async () => stage.zato({ totp: { seed: `${secrets.totpSeed}!` } }).session.get();
    await stage.fails(withBadSeed());
    // The codes made from the seed are the service's to repeat as well.
    const codes: string[] = [];
    stage.answer({
      'POST /zato/sso/user/login': ({ body }) => {
        const [, code = 'no code'] = /"totp_code":"(\d{6})"/.exec(body) ?? [];
        codes.push(code);
        return zatoRefusal(stage, code);
      },
    });
    const error = await stage.fails(stage.zato({ totp: { seed: secrets.totpSeed }, sendTotp: 'always' }).session.get());
    const shown = codes.filter((code) => code === 'no code' || printed(error).includes(code));
    if (codes.length === 0 || shown.length > 0) throw new Error(`an error shows the codes ${shown.join()}`);
  },
  async LoginQuarantinedError(stage) {
    const text = stage.repeat('apiSecret');
    const reasons = [{ code: secrets.apiSecret, message: text }];
    stage.answer({ 'POST /v1/connections': { status: 401, body: { success: false, reasons } } });
    const client = stage.zuoraRest();
    await stage.fails(client.session.get());
    await stage.fails(client.session.get());
  },
  PasswordChangeRequiredError: async (stage) => {
    await zatoDenial(stage, 'E003007');
    await zatoDenial(stage, 'E003002');
  },
  PasswordExpiredError: (stage) => zatoDenial(stage, 'E003004'),
  async RateLimitedError(stage) {
    const limit = { status: 429, headers: { 'retry-after': '7' } };
    stage.answer({
      'POST /v1/connections': limit,
      'POST /zato/sso/user/login': () => ({ ...limit, body: { cid: stage.service.text() } }),
      'SOAP login': () => soapFault('REQUEST_EXCEEDED_LIMIT', stage.service.text(), 'UnexpectedErrorFault'),
    });
    stage.repeat('apiSecret');
    await stage.fails(stage.zuoraRest().session.get());
    stage.repeat('password');
    await stage.fails(stage.zato().session.get());
    await stage.fails(stage.zuoraSoap().session.get());
  },
  ServiceUnreachableError: unreachable,
  async SessionRefusedError(stage) {
    stage.repeat('apiKey', 'apiSecret', 'token');
    stage.answer({ 'GET /auth/session': { status: 401 } });
    await stage.fails(stage.pulse().GET('/auth/session'));
  },
  async SoapFaultError(stage) {
    const text = stage.repeat('password', 'soapSession');
    stage.answer({ 'SOAP query': soapFault(secrets.soapSession, `in ${text}`, 'ApiFault') });
    await stage.fails(stage.zuoraSoap().query({ queryString: 'x' }));
    stage.repeat('password', 'plainSession');
    stage.answer({
      'SOAP login': soapLogin(secrets.plainSession, `${stage.service.url}/apps/services/a/91.0`),
      'SOAP query': soapFault(secrets.plainSession, 'x', secrets.plainSession),
    });
    await stage.fails(stage.zuoraSoap().query({ queryString: 'x' }));
    stage.answer({ 'SOAP login': soapFault('SOME_FAULT', stage.repeat('password')) });
    await stage.fails(stage.zuoraSoap().session.get());
  },
  async StoreError(stage) {
    for (const make of quotingErrors) {
      const client = stage.pulse({ store: quotingStore(make, ['remove']) });
      await client.session.get();
      await stage.fails(client.session.logout());
      const other = stage.pulse({ store: quotingStore(make, ['withLock']) });
      await other.session.get().catch((error: unknown) => stage.seen.push(error));
      await other.session.login().catch((error: unknown) => stage.seen.push(error));
    }
    await stage.fails((async () => stage.fileStore(secrets.storeKey.slice(4)))());
    const store = stage.fileStore();
    await store.write('k', secrets.token, { expiresAtMs: null });
    await stage.fails(stage.fileStore(Buffer.alloc(32, 7).toString('base64')).read('k'));
    for (const name of await readdir(stage.directory)) await chmod(join(stage.directory, name), 0o644);
    await stage.fails(store.read('k'));
    stage.seen.push(store, store.describe?.());
  },
  TotpRequiredError: (stage) => zatoDenial(stage, 'E005008'),
};
