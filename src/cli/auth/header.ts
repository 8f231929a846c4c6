import { carriedBy } from '../carried.ts';
import { isoOf } from '../life.ts';
import { openSession } from '../open-session.ts';
import type { Outcome, VerbIo } from '../outcome.ts';
import type { SessionFlags } from '../session-flags.ts';
import { aboutLogin } from './about.ts';

interface HeaderFlags extends SessionFlags {
  readonly format?: 'plain' | 'curl';
}

/** `latchkey auth header`: what a call needs to carry the session. */
export async function header(system: string | undefined, flags: HeaderFlags, io: VerbIo): Promise<Outcome> {
  await using opened = await openSession(system, flags, io);
  const { settings } = opened;
  const isCurl = flags.format === 'curl';
  const { name, title } = settings.system;
  if (isCurl && (name === 'zuora-soap' || name === 'zato-sso')) {
    return {
      code: 'ERR_USAGE',
      message: `${title} takes the session in the body, not in a header that curl could be given`,
    };
  }
  const session = await opened.session();
  const { baseUrl, headers, soapHeader, fields } = carriedBy(settings, session);
  const lines = Object.entries(headers ?? {}).map(([key, value]) => `${key}: ${value}`);
  const text = isCurl
    ? lines.map((line) => `header = "${line.replaceAll(/["\\]/g, '\\$&')}"`).join('\n')
    : (soapHeader ?? (fields ? JSON.stringify(fields) : lines.join('\n')));
  return {
    code: 'OK',
    message: `What a call to ${name} carries`,
    text,
    fields: {
      ...aboutLogin(settings),
      baseUrl,
      ...(headers && { headers }),
      ...(soapHeader && { soapHeader }),
      ...(fields && { fields }),
      expiresAt: isoOf(session.expiresAtMs),
    },
  };
}
