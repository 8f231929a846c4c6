import type { Session } from '../keeper/session.ts';
import type { Settings } from './settings/settings.ts';

/** How a session goes with a call, for programs that make their calls themselves. Each of them is a secret. */
export interface Carried {
  /** Where calls go. */
  readonly baseUrl: string;
  /** Headers of HTTP, for systems that take the session there. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The element that goes into `soap:Header`. */
  readonly soapHeader?: string;
  /** Fields of the JSON body, or parameters of the query where a call has no body. */
  readonly fields?: Readonly<Record<string, string>>;
}

/** How the session of these settings goes with a call: as the client's own carrier puts it there. */
export function carriedBy({ system, baseUrl, extras }: Settings, { secret, facts }: Session<object>): Carried {
  const { primaryAccountId, serverUrl }: { primaryAccountId?: string | null; serverUrl?: string } = facts;
  switch (system.name) {
    case 'pulse-crm': {
      const account = extras.accountId ?? primaryAccountId;
      const headers = { Authorization: `Bearer ${secret}`, ...(account != null && { 'X-Account-ID': account }) };
      return { baseUrl, headers };
    }
    case 'zuora-rest': {
      const { entityId, entityName } = extras;
      const entity = { ...(entityId && { entityId }), ...(entityName && { entityName }) };
      return { baseUrl, headers: { Cookie: `ZSession=${secret}`, ...entity } };
    }
    case 'zuora-soap': {
      const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
      return {
        baseUrl: serverUrl ?? baseUrl,
        soapHeader: `<SessionHeader xmlns="http://api.zuora.com/"><session>${text}</session></SessionHeader>`,
      };
    }
    case 'zato-sso':
      return { baseUrl, fields: { ust: secret, current_app: extras.currentApp ?? '' } };
  }
}
