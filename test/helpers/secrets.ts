import { inspect } from 'node:util';

/**
 * Secrets with what writers escape in the middle. Beginning and end are plain and found nowhere else, so that a secret that
 * was masked in part, or written in a way that nobody thought of, is found as well.
 */
export const secrets = {
  password: `pwHeadQ7"&<b>%+ \\'é€-pwTailZ4`,
  newPassword: `npHeadX2'<%&"+ é;-npTailK8`,
  // These travel in headers, which hold Latin-1 only.
  apiKey: `akHeadW5"&<%+ é-akTailM3`,
  apiSecret: `asHeadV6'&<%+> é"-asTailN1`,
  cookie: `ckHeadT9"&<%+é'-ckTailB2`,
  token: `tkHeadR3"&<%+ é'-tkTailC7`,
  ust: `zuHeadY8"&<%+ é€'-zuTailD5`,
  soapSession: `soHeadU4"&<%+ é€'>-soTailF6`,
  /** Fit to be the name of a host, an element or a media type. */
  plainSession: 'plHeadG1xQ2mZ9vB7plTailH3',
  totpCode: `83"1&<%+ é9-tcTailJ2`,
  totpSeed: 'JBSWY3DPEHPK3PXPNBSWY3DPTOTPSEED',
  storeKey: Buffer.from('\u00fb\u00ff-store-key-of-32-bytes-\u00fb\u00ffvwxyz', 'latin1').toString('base64'),
} as const;

export type SecretName = keyof typeof secrets;

/** How a secret can be written, by the names that leaks are reported under. */
export function formsOf(secret: string): Readonly<Record<string, string>> {
  const text = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = text.replaceAll('"', '&quot;');
  return {
    raw: secret,
    json: JSON.stringify(secret).slice(1, -1),
    url: encodeURIComponent(secret),
    form: new URLSearchParams({ v: secret }).toString().slice(2),
    'xml text': text,
    'xml attribute': quoted,
    'xml entities': quoted.replaceAll("'", '&apos;'),
    base64: Buffer.from(secret).toString('base64'),
  };
}

/** How bytes show that nobody means to show: in hex, and in base64 wherever they begin in a longer text. */
function encodingsOf(secret: string): Readonly<Record<string, string>> {
  // Letters at the edges hold bits of what stands beside.
  const within = (before: string): string =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4);
  return {
    hex: Buffer.from(secret).toString('hex'),
    base64url: Buffer.from(secret).toString('base64url'),
    'base64, one on': within(' '),
    'base64, two on': within('  '),
  };
}

/** Everything that a log, a console or a report can make of a value, its causes and its parts. */
export function printed(value: unknown, depth = 0): string {
  const parts = [
    inspect(value, { depth: Infinity, showHidden: true, getters: true, maxStringLength: null, maxArrayLength: null }),
    inspect(value),
    String(JSON.stringify(value)),
    String(value),
  ];
  if (value instanceof Error && depth < 10) {
    parts.push(value.name, value.message, value.stack ?? '', printed(value.cause, depth + 1));
    if (value instanceof AggregateError) parts.push(...value.errors.map((part) => printed(part, depth + 1)));
  }
  if (typeof value === 'object' && value !== null) {
    if ('toJSON' in value && typeof value.toJSON === 'function')
      parts.push(inspect(value.toJSON(), { depth: Infinity }));
    if ('error' in value && value.error instanceof Error) parts.push(printed(value.error, depth + 1));
  }
  return parts.join('\n');
}

/** Where a text shows a secret: `password (base64)` and the text around it; one finding a secret. */
export function leaksIn(text: string): string[] {
  const small = text.toLowerCase();
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const ends = { beginning: secret.slice(0, 8), end: secret.slice(-8) };
    const forms = { ...formsOf(secret), ...encodingsOf(secret), inspected: inspect(secret).slice(1, -1), ...ends };
    for (const [form, written] of Object.entries(forms)) {
      const at = small.indexOf(written.toLowerCase());
      if (at >= 0) return [`${name} (${form}): ${text.slice(Math.max(0, at - 90), at + written.length + 20)}`];
    }
    return [];
  });
}
