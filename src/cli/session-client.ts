import { CredentialsMissingError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { SessionStore } from '../stores/store.ts';
import type { SessionHandle } from '../systems/session-handle.ts';
import { totpAt } from '../systems/totp.ts';
import type { ZatoTotp } from '../systems/zato-sso.ts';
import { checkBaseUrl } from '../transport/origins.ts';
import { addressWords } from './own-words.ts';
import { readSecret } from './read-secret.ts';
import { missingSecretText } from './settings/missing-setting.ts';
import type { Settings } from './settings/settings.ts';
import { formOf } from './settings/systems.ts';

/** A client as all systems' clients are. */
export interface SessionClient extends AsyncDisposable {
  readonly fetch: typeof fetch;
  readonly session: SessionHandle<object>;
}

/** What a client is opened with besides its settings. */
export interface ClientInput {
  readonly store: SessionStore;
  /** What a person was asked for, before a login needs it. */
  readonly prompted?: { readonly secret?: string | undefined; readonly code?: string | undefined };
  readonly onEvent?: EventListener | undefined;
  /** Ends what is under way: requests, and commands that are to print a secret. */
  readonly signal?: AbortSignal | undefined;
  /** Reads what `--password-stdin` is given. */
  readonly readStdin: () => Promise<string>;
}

/**
 * Opens the client of a system. Credentials are asked for only when a login needs them.
 * @throws TypeError with a `code` for settings that the client refuses
 */
export async function openClient(settings: Settings, input: ClientInput): Promise<SessionClient> {
  const { system, baseUrl, user, extras, sessionTimeoutMs, allowInsecure } = settings;
  const { store, onEvent } = input;
  // The client would say it of its options.
  if (settings.baseUrl !== undefined) checkBaseUrl(settings.baseUrl, allowInsecure, addressWords);
  const form = formOf(system, user);
  const secretNow = async (signal: AbortSignal): Promise<string> => {
    if (input.prompted?.secret !== undefined) return input.prompted.secret;
    if (settings.secret === undefined) throw new CredentialsMissingError(missingSecretText(system, user));
    const what = `${system.name}: the ${form.secretLabel}`;
    return readSecret(settings.secret, what, input.readStdin, either(signal, input.signal));
  };
  const common = {
    store,
    identity: user,
    allowInsecure,
    ...(onEvent && { onEvent }),
    ...(input.signal && { fetch: endedBy(input.signal) }),
  };
  switch (system.name) {
    case 'pulse-crm': {
      const { createPulseCrm } = await import('../systems/pulse-crm.ts');
      const credentials = async ({ signal }: Asked) =>
        form.user === 'apiKey'
          ? { apiKey: user, apiSecret: await secretNow(signal) }
          : { email: user, password: await secretNow(signal) };
      return createPulseCrm({ ...common, ...extras, baseUrl, credentials });
    }
    case 'zato-sso': {
      const { createZatoSso } = await import('../systems/zato-sso.ts');
      const credentials = async ({ signal }: Asked) => ({ username: user, password: await secretNow(signal) });
      const totp = totpFor(settings, input);
      return createZatoSso({
        ...common,
        currentApp: extras.currentApp ?? '',
        baseUrl,
        credentials,
        // A code that a person has typed is there because Zato asked for it: it goes with the first request.
        ...(totp && { totp, sendTotp: settings.totp === undefined ? 'always' : 'when-asked' }),
      });
    }
    case 'zuora-rest': {
      const { createZuoraRest } = await import('../systems/zuora-rest.ts');
      const credentials = async ({ signal }: Asked) => ({
        apiAccessKeyId: user,
        apiSecretAccessKey: await secretNow(signal),
      });
      return createZuoraRest({ ...common, ...extras, ...timeout(sessionTimeoutMs), baseUrl, credentials });
    }
    case 'zuora-soap': {
      const { createZuoraSoap } = await import('../systems/zuora-soap.ts');
      const credentials = async ({ signal }: Asked) => ({ username: user, password: await secretNow(signal) });
      const { entityId, entityName } = extras;
      const entity = entityName === undefined ? { ...(entityId && { entityId }) } : { entityName };
      return createZuoraSoap({ ...common, ...entity, ...timeout(sessionTimeoutMs), baseUrl, credentials });
    }
  }
}

interface Asked {
  readonly signal: AbortSignal;
}

function either(one: AbortSignal, other: AbortSignal | undefined): AbortSignal {
  return other === undefined ? one : AbortSignal.any([one, other]);
}

/** The keeper lets a login go on that nobody waits for any more; at Ctrl-C nobody will come back for it. */
function endedBy(end: AbortSignal): typeof fetch {
  return (input, init) => fetch(input, { ...init, signal: init?.signal ? either(init.signal, end) : end });
}

function timeout(sessionTimeoutMs: number | undefined): { readonly sessionTimeoutMs?: number } {
  return sessionTimeoutMs === undefined ? {} : { sessionTimeoutMs };
}

/** Where one-time codes come from: looked for when Zato asks for one. */
function totpFor({ totp }: Settings, { prompted, readStdin, signal }: ClientInput): ZatoTotp | undefined {
  // A person is asked only after Zato has said that it wants a code; until then there is none.
  if (totp === undefined) return prompted && (() => prompted.code);
  const read = (): Promise<string> => readSecret(totp, 'zato-sso: the one-time code or its key', readStdin, signal);
  return totp.gives === 'code' ? read : async ({ atMs }) => totpAt(await read(), atMs);
}
