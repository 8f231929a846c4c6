/** What stands in place of a secret in everything that may be printed. */
export const MASK = '[redacted]';

/** Values shorter than this are not searched for: masking them would shred ordinary text. Names still catch them. */
const SHORTEST_SEARCHED = 4;
/** How many secrets are remembered. Sessions that are re-issued on each answer push out the oldest. */
const REMEMBERED = 256;

const SECRET_NAMES =
  'pass(?:word|wd|phrase)?|new_password|old_password|secret|api[_-]?key|api[_-]?secret|apiAccessKeyId|apiSecretAccessKey|' +
  'token|ust|current_ust|target_ust|totp(?:_code|_key)?|ZSession|JSESSIONID|session|authorization|cookie|set-cookie';

/** `"password": "…"`, `password=…`, `Cookie: …` and `<ns1:session>…</ns1:session>`, whatever the values are. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`("(?:${SECRET_NAMES})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"?`, 'gi'), `$1"${MASK}"`],
  [new RegExp(`(<(?:[\\w.-]+:)?(?:${SECRET_NAMES})(?:\\s[^>]*)?>)[^<]*`, 'gi'), `$1${MASK}`],
  [/\b((?:proxy-)?authorization|cookie|set-cookie)(\s*[:=]\s*)[^\r\n]+/gi, `$1$2${MASK}`],
  [new RegExp(`\\b(${SECRET_NAMES})=[^&\\s;,"'<>]+`, 'gi'), `$1=${MASK}`],
  [/\b(Bearer|Basic|ZSession) +[\w+/=.~-]{6,}/gi, `$1 ${MASK}`],
  [/(\/\/)[^/?#\s@]+@/g, `$1${MASK}@`],
];

/**
 * Masks secrets in text by name (fields, headers, query parameters, elements) and by value (each secret it was told of,
 * also as it looks inside JSON, XML and URLs). One per client, so that clients never learn of each other's secrets.
 */
export interface Redactor {
  /** Remembers secrets to be searched for by value. Costs next to nothing; the search is prepared when text is masked. */
  hide(...secrets: readonly (string | undefined)[]): void;
  /** The text with every known secret and every value under a secret's name masked. */
  text(text: string): string;
}

/** Makes a redactor that knows no values yet. */
export function createRedactor(): Redactor {
  // A set keeps the order of insertion, so its first value is the oldest.
  const remembered = new Set<string>();
  const remember = (secret: string): void => {
    remembered.add(secret);
    if (remembered.size <= REMEMBERED) return;
    for (const oldest of remembered) {
      remembered.delete(oldest);
      break;
    }
  };
  return {
    hide(...secrets) {
      for (const secret of secrets) if (secret !== undefined && secret.length >= SHORTEST_SEARCHED) remember(secret);
    },
    text(text) {
      let masked = text;
      for (const form of [...remembered].flatMap(writtenForms).sort((a, b) => b.length - a.length)) {
        if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
      }
      for (const [pattern, replacement] of BY_NAME) masked = masked.replace(pattern, replacement);
      return masked;
    },
  };
}

/** A secret as itself and as JSON, XML, URL and base64 writers would put it. */
function writtenForms(secret: string): string[] {
  const xml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return [
    ...new Set([
      secret,
      JSON.stringify(secret).slice(1, -1),
      xml,
      xml.replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;'),
      encodeURIComponent(secret.toWellFormed()),
      new URLSearchParams({ v: secret }).toString().slice(2),
      Buffer.from(secret, 'utf8').toString('base64'),
    ]),
  ];
}
