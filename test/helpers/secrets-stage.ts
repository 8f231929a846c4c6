import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { paths as PulsePaths } from '../../generated/pulse-crm/types.ts';
import type { paths as ZatoPaths } from '../../generated/zato-sso/types.ts';
import type { paths as ZuoraPaths } from '../../generated/zuora-rest/types.ts';
import type { LatchkeyEvent } from '../../src/events.ts';
import { createFileStore } from '../../src/stores/file.ts';
import type { SessionStore } from '../../src/stores/store.ts';
import type { SessionHandle } from '../../src/systems/client-options.ts';
import { createPulseCrm, type PulseCrmFacts, type PulseCrmOptions } from '../../src/systems/pulse-crm.ts';
import type { SessionRestClient } from '../../src/systems/rest-client.ts';
import { createZatoSso, type ZatoSsoFacts, type ZatoSsoOptions } from '../../src/systems/zato-sso.ts';
import { createZuoraRest, type ZuoraRestFacts, type ZuoraRestOptions } from '../../src/systems/zuora-rest.ts';
import { createZuoraSoap, type ZuoraSoapClient, type ZuoraSoapOptions } from '../../src/systems/zuora-soap.ts';
import { type SecretName, secrets } from './secrets.ts';
import {
  type Heard,
  type HostileService,
  openHostileService,
  type Reply,
  soapReply,
  xmlText,
} from './secrets-service.ts';
import { createManualClock, type ManualClock, rejection } from './waiting.ts';

const SOAP_PATH = '/apps/services/a/91.0';

/** Where a scene is played, and what was thrown and told in it. */
export interface Stage extends AsyncDisposable {
  readonly service: HostileService;
  readonly clock: ManualClock;
  readonly seen: unknown[];
  readonly events: LatchkeyEvent[];
  /** What every client of the stage takes. */
  readonly common: Pick<PulseCrmOptions, 'onEvent' | 'baseUrl' | 'clock'>;
  /** An encrypted file store under the secret key of the environment. */
  readonly fileStore: (key?: string) => SessionStore;
  readonly directory: string;
  /** What the service repeats from now on. */
  repeat(...names: SecretName[]): string;
  /** Answers these calls so, and all others as a service in good health. */
  answer(replies: Readonly<Record<string, Reply | ((request: Heard) => Reply)>>): void;
  /** Keeps what a promise is rejected with; fails if it is not. */
  fails(promise: Promise<unknown>): Promise<unknown>;
  watch<Client extends { readonly session: SessionHandle<unknown> }>(client: Client): Client;
  pulse(more?: Partial<PulseCrmOptions>): SessionRestClient<PulsePaths, PulseCrmFacts>;
  zuoraRest(more?: Partial<ZuoraRestOptions>): SessionRestClient<ZuoraPaths, ZuoraRestFacts>;
  zuoraSoap(more?: Pick<ZuoraSoapOptions, 'store' | 'fetch'>): ZuoraSoapClient;
  zato(more?: Partial<ZatoSsoOptions>): SessionRestClient<ZatoPaths, ZatoSsoFacts>;
  /** All that was thrown and told, and the clients with their sessions. */
  everything(): Promise<unknown[]>;
}

export async function openStage(): Promise<Stage> {
  const service = await openHostileService();
  const directory = await mkdtemp(join(tmpdir(), 'latchkey-secrets-'));
  const clock = createManualClock(Date.now());
  const seen: unknown[] = [];
  const events: LatchkeyEvent[] = [];
  const clients: { readonly session: SessionHandle<unknown> }[] = [];
  const onEvent = (event: LatchkeyEvent): void => {
    events.push(event);
    seen.push(event, ...('error' in event ? [event.error] : []));
  };
  const common = { onEvent, clock, baseUrl: service.url, retries: 0 };
  const stage: Stage = {
    service,
    clock,
    seen,
    events,
    common,
    directory,
    fileStore: (key) => createFileStore({ directory, ...(key === undefined ? {} : { key }) }),
    repeat(...names) {
      service.repeats = names;
      return service.text();
    },
    answer(replies) {
      service.answer = (request) => {
        const reply = replies[request.call] ?? healthy(request, service.url);
        return typeof reply === 'function' ? reply(request) : reply;
      };
    },
    async fails(promise) {
      const error = await rejection(promise);
      seen.push(error);
      return error;
    },
    watch(client) {
      clients.push(client);
      return client;
    },
    pulse: (more) =>
      stage.watch(
        createPulseCrm({
          ...common,
          credentials: { apiKey: secrets.apiKey, apiSecret: secrets.apiSecret },
          ...more,
        }),
      ),
    zuoraRest: (more) =>
      stage.watch(
        createZuoraRest({
          ...common,
          credentials: { apiAccessKeyId: 'ada@company.test', apiSecretAccessKey: secrets.apiSecret },
          ...more,
        }),
      ),
    zuoraSoap: (more) =>
      stage.watch(
        createZuoraSoap({
          ...common,
          baseUrl: service.url + SOAP_PATH,
          credentials: { username: 'ada@company.test', password: secrets.password },
          ...more,
        }),
      ),
    zato: (more) =>
      stage.watch(
        createZatoSso({
          ...common,
          currentApp: 'CRM',
          credentials: { username: 'ada', password: secrets.password },
          ...more,
        }),
      ),
    async everything() {
      const shown: unknown[] = [...clients];
      for (const { session } of clients) {
        shown.push(session, await session.status().catch((error: unknown) => error));
        shown.push(await session.get().catch((error: unknown) => error));
      }
      return [...shown, ...seen];
    },
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    },
  };
  stage.answer({});
  return stage;
}

/** What a login to SOAP answers. */
export const soapLogin = (session: string, serverUrl: string): Reply =>
  soapReply(
    `<z:loginResponse><z:result><z:ServerUrl>${xmlText(serverUrl)}</z:ServerUrl>` +
      `<z:Session>${xmlText(session)}</z:Session></z:result></z:loginResponse>`,
  );

/** A refused login of Zato's. */
export const zatoRefusal = (stage: Stage, code: string): Reply => ({
  status: 403,
  body: { status: 'error', sub_status: [code], cid: stage.service.text() },
});

/** The answers of a service in good health. */
function healthy({ call }: Heard, url: string): Reply {
  switch (call) {
    case 'POST /auth/login':
      return { body: { id: 1, email: 'ada@company.test', token: secrets.token } };
    case 'POST /v1/connections':
      return { body: { success: true }, headers: { 'set-cookie': [`ZSession=${secrets.cookie}; Path=/; HttpOnly`] } };
    case 'POST /zato/sso/user/login':
      return { body: { status: 'ok', cid: 'c1', ust: secrets.ust } };
    case 'PATCH /zato/sso/user/session':
      return {
        body: { status: 'ok', cid: 'c2', expiration_time: new Date(Date.now() + 7_200_000).toISOString().slice(0, 23) },
      };
    case 'POST /zato/sso/user/logout':
      return { body: { status: 'ok', cid: 'c3' } };
    case 'SOAP login':
      return soapLogin(secrets.soapSession, url + SOAP_PATH);
    case 'SOAP query':
      return soapReply(
        '<z:queryResponse><z:result><z:done>true</z:done><z:queryLocator></z:queryLocator><z:size>0</z:size></z:result></z:queryResponse>',
      );
    default:
      return { body: { success: true } };
  }
}
