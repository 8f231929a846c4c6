/** What stands in place of a secret in everything that may be printed. */
export const MASK = '[redacted]';

/** Values shorter than this are not searched for: masking them would shred ordinary text. Names still catch them. */
const SHORTEST_SEARCHED = 4;
/** How many sessions are remembered: those that are re-issued on each answer push out the oldest. */
const REMEMBERED = 256;

const SECRET_NAMES =
  'pass(?:word|wd|phrase)?|new_password|old_password|secret|api[_-]?key|api[_-]?secret|apiAccessKeyId|apiSecretAccessKey|' +
  'token|ust|current_ust|target_ust|totp(?:_code|_key)?|ZSession|JSESSIONID|session|authorization|cookie|set-cookie';

/** `"password": "…"`, `password: '…'`, `password=…`, `Cookie: …` and `<ns1:session>…</ns1:session>`, whatever the values are. */
const BY_NAME: readonly (readonly [RegExp, string])[] = [
  // A quote after any number of backslashes ends nothing: the JSON may have been escaped once more.
  [new RegExp(`("(?:${SECRET_NAMES})"\\s*:\\s*)(?:"(?:[^"\\\\]|\\\\+[^])*"?|-?\\d[\\w.+-]*)`, 'gi'), `$1"${MASK}"`],
  [new RegExp(`((\\\\+)"(?:${SECRET_NAMES})\\2"\\s*:\\s*\\2")(?:(?!(?<!\\\\)\\2")[^])*`, 'gi'), `$1${MASK}`],
  [new RegExp(`(\\b(?:${SECRET_NAMES})['"]?\\s*:\\s*)(['\`])(?:\\\\[^]|(?!\\2)[^\\\\])*`, 'gi'), `$1$2${MASK}`],
  [
    new RegExp(`(<(?:[\\w.-]+:)?(?:${SECRET_NAMES})(?:\\s[^>]*)?>)(?:<!\\[CDATA\\[[^]*?(?:\\]\\]>|$)|[^<])*`, 'gi'),
    `$1${MASK}`,
  ],
  [/\b((?:proxy-)?authorization|cookie|set-cookie)(\s*[:=]\s*)[^\r\n]+/gi, `$1$2${MASK}`],
  [/\b(apiAccessKeyId|apiSecretAccessKey|x-api-key)(\s*:\s*)[^\r\n]+/gi, `$1$2${MASK}`],
  [new RegExp(`\\b(${SECRET_NAMES})=(?:(\\\\*["'])[^]*?(?:\\2|$)|[^&\\s;,"'<>]+)`, 'gi'), `$1=${MASK}`],
  [/\b(Bearer|Basic|ZSession) +[\w+/=.~%-]{6,}/gi, `$1 ${MASK}`],
  [/(\/\/)[^/?#\s]+@/g, `$1${MASK}@`],
];

/**
 * Masks secrets in text by name (fields, headers, query parameters, elements) and by value (each secret it was told of,
 * also as it looks inside JSON, XML and URLs). One per client, so that clients never learn of each other's secrets.
 */
export interface Redactor {
  /** Remembers secrets to be searched for by value. Costs next to nothing; the search is prepared when text is masked. */
  hide(...secrets: readonly (string | undefined)[]): void;
  /** The same for credentials: no number of later sessions makes it forget them. */
  hideForGood(...secrets: readonly (string | undefined)[]): void;
  /** The text with every known secret and every value under a secret's name masked. */
  text(text: string): string;
}

/** Makes a redactor that knows no values yet. */
export function createRedactor(): Redactor {
  return new SecretsRedactor();
}

class SecretsRedactor implements Redactor {
  /** Forms by secret, written out when first needed. A map keeps the order of insertion, so its first secret is the oldest. */
  readonly #forms = new Map<string, readonly string[] | undefined>();
  /** A client has one or two. */
  #forGood: readonly string[] = [];
  #longestFirst: readonly string[] | undefined;

  hide(...secrets: readonly (string | undefined)[]): void {
    for (const secret of secrets) for (const form of asSent(secret)) this.#remember(form);
  }

  hideForGood(...secrets: readonly (string | undefined)[]): void {
    for (const secret of secrets) {
      for (const form of asSent(secret)) {
        this.#remember(form);
        if (this.#forms.has(form) && !this.#forGood.includes(form)) this.#forGood = [...this.#forGood, form];
      }
    }
  }

  text(text: string): string {
    // The longer ones first, so that none is masked only in part.
    this.#longestFirst ??= [...this.#forms.keys()].sort((a, b) => b.length - a.length);
    let masked = text;
    for (const secret of this.#longestFirst) {
      const written = this.#forms.get(secret) ?? writtenForms(secret);
      this.#forms.set(secret, written);
      masked = withoutForms(masked, written);
    }
    for (const [pattern, replacement] of BY_NAME) masked = masked.replace(pattern, replacement);
    return masked;
  }

  #remember(secret: string): void {
    const [forms, forGood] = [this.#forms, this.#forGood];
    if (secret.length < SHORTEST_SEARCHED || forGood.includes(secret)) return;
    const known = forms.get(secret);
    if (!forms.delete(secret)) this.#longestFirst = undefined;
    forms.set(secret, known);
    if (forms.size - forGood.length <= REMEMBERED) return;
    for (const oldest of forms.keys()) {
      if (forGood.includes(oldest)) continue;
      forms.delete(oldest);
      return;
    }
  }
}

/**
 * Masks secrets by value only, for texts in which what stands under a secret's name is the reader's business: each form that a redactor searches for.
 * The function costs a search for each form.
 */
export function maskValues(secrets: readonly string[]): (text: string) => string {
  const known = new Set(secrets.flatMap((secret) => [...asSent(secret)]));
  const forms = [...known].filter(({ length }) => length >= SHORTEST_SEARCHED).flatMap(writtenForms);
  const longestFirst = forms.sort((a, b) => b.length - a.length);
  return (text) => withoutForms(text, longestFirst);
}

function withoutForms(text: string, forms: readonly string[]): string {
  let masked = text;
  for (const form of forms) if (masked.includes(form)) masked = masked.replaceAll(form, MASK);
  return masked;
}

/** A secret as it is given and as it arrives: headers lose the white space round their values. */
function asSent(secret: string | undefined): Iterable<string> {
  return secret === undefined ? [] : new Set([secret, secret.trim()]);
}

/** A part of a longer base64 text that is shorter than this may be anything. */
const SHORTEST_PART = 8;

/** A secret in base64 and base64url, by itself and in the midst of others: where it begins there decides how it looks. */
function inBase64(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const parts = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // Letters at the edges hold bits of what stands beside.
    return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  const whole = bytes.toString('base64').replace(/=+$/, '');
  const all = [whole, ...parts.filter(({ length }) => length >= SHORTEST_PART)];
  return all.flatMap((text) => [text, text.replaceAll('+', '-').replaceAll('/', '_')]);
}

/** A secret as itself and as writers of JSON, XML, HTML, URLs, forms and base64 put it. */
function writtenForms(secret: string): string[] {
  const encoded = inBase64(secret);
  // Nobody escapes these letters, and most sessions have no others.
  if (/^[\w.-]*$/.test(secret)) return [...new Set([secret, secret.toLowerCase(), ...encoded])];
  const json = JSON.stringify(secret).slice(1, -1);
  const escaped = (marks: RegExp, digits: (hex: string) => string): string =>
    json.replace(marks, (unit) => `\\u${digits(unit.charCodeAt(0).toString(16).padStart(4, '0'))}`);
  /** What writers of JSON that care for ASCII, or for HTML (Gson, Go, .NET), write as a number. */
  const numbered = [/[\u0080-\uffff]/g, /[<>&='\u0080-\uffff]/g, /[<>&'+\u0080-\uffff]/g, /[<>&]/g];
  const xml = secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const xmlText = xml.replaceAll('>', '&gt;');
  const xmlQuoted = xmlText.replaceAll('"', '&quot;');
  const url = encodeURIComponent(secret.toWellFormed());
  const strict = url.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams({ v: secret }).toString().slice(2);
  const forms = [
    ...[secret, json, JSON.stringify(json).slice(1, -1), json.replaceAll('/', '\\/')],
    ...numbered.flatMap((marks) => [escaped(marks, String), escaped(marks, (hex) => hex.toUpperCase())]),
    // As the console shows text in single quotes, or in others.
    ...[secret, json]
      .map((text) => text.replaceAll('\\', '\\\\'))
      .flatMap((text) => [text, text.replaceAll("'", "\\'")]),
    ...[xml, xmlText, xmlQuoted, ...['&apos;', '&#39;', '&#x27;'].map((mark) => xmlQuoted.replaceAll("'", mark))],
    ...[url, strict, form]
      .flatMap((text) => [text.replaceAll('+', '%20'), text.replaceAll('%20', '+')])
      .flatMap((text) => [text, text.replace(/%../g, (hex) => hex.toLowerCase())]),
    // Host names and media types are written small.
    ...[secret, url].map((text) => text.toLowerCase()),
    ...encoded,
  ];
  // The longest first here too: one form may begin like another.
  return [...new Set(forms)].sort((a, b) => b.length - a.length);
}
