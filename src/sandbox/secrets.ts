import { secretWords } from './secret-names.ts';
import { totpCode } from './totp.ts';

/** What stands in place of a secret. */
export const mask = '***';

/**
 * The secrets that a sandbox holds or ever held, so that they can be taken out of what is shown. Session secrets are known by their
 * form alone: remembering every one that was issued would cost more than the sessions themselves.
 */
export interface SecretLedger {
  /** Remembers passwords and their like. Those shorter than four characters are not searched for: they would shred ordinary text. */
  add(...secrets: ReadonlyArray<string | null | undefined>): void;
  /** Remembers a seed of one-time codes, and with it the codes themselves. */
  addTotpKey(key: string | null | undefined): void;
  /**
   * The text without any secret, in whatever way it is written there. Where one is written in a way that cannot be taken out by itself,
   * nothing of the text is left.
   * @param atMs when the text was sent, by the service's clock, for the one-time codes of that moment
   */
  hide(text: string, atMs: number): string;
  /** Whether there is no secret in the text: much less work than taking them out. */
  isClean(text: string, atMs: number): boolean;
  /** The same as `hide` for a text that was cut off somewhere: what may be the beginning of a secret goes too. */
  hideCut(text: string, atMs: number): string;
}

const shortest = 4;
const codeStepMs = 30_000;
const shortestRun = 8;

/** Session secrets of every system, in the forms in which they are issued and kept. */
const issued = [
  /[\w-]{256,}/g,
  /(?:zato\.secf\.)?gAAAA[\w-]{60,}={0,2}/g,
  /zust[0-9a-z]{12,}/g,
  /[0-9a-f]{40,}/gi,
  /eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{16,}/g,
];

export function createSecretLedger(): SecretLedger {
  const lasting = new Set<string>();
  const totpKeys = new Set<string>();
  let known: Finder[] | undefined;
  let latest: { readonly step: number; readonly finders: readonly Finder[] } | undefined;

  const add: SecretLedger['add'] = (...secrets) => {
    for (const secret of secrets) {
      if (typeof secret !== 'string' || secret.length < shortest || lasting.has(secret)) continue;
      lasting.add(secret);
      known = undefined;
      latest = undefined;
    }
  };
  const findersAt = (atMs: number): readonly Finder[] => {
    // The longer ones first, so that none is taken out only in part.
    known ??= [...lasting].sort((a, b) => b.length - a.length).map(finderOf);
    if (totpKeys.size === 0) return known;
    const step = Math.floor(atMs / codeStepMs);
    if (latest?.step === step) return latest.finders;
    const steps = [step - 1, step, step + 1].filter((one) => one >= 0);
    const codes = [...totpKeys].flatMap((key) => steps.map((one) => totpCode(key, one * codeStepMs)));
    latest = { step, finders: [...known, ...codes.filter((code) => code !== undefined).map(finderOf)] };
    return latest.finders;
  };
  const isCleanOf = (text: string, finders: readonly Finder[]): boolean =>
    readings(text).every((reading) => !holdsSecret(reading, finders)) &&
    // Without tags neighbours become one word, which may look like a token and be none.
    readingsWithoutTags(text).every((reading) => !holdsKnown(reading, finders));

  const hide: SecretLedger['hide'] = (text, atMs) => {
    const finders = findersAt(atMs);
    let hidden = text;
    for (const { forms } of finders) {
      for (const form of forms) if (isIn(hidden, form)) hidden = hidden.replaceAll(form, mask);
    }
    for (const form of issued) hidden = hidden.replace(form, mask);
    return isCleanOf(hidden, finders) ? hidden : mask;
  };

  return {
    add,
    addTotpKey(key) {
      add(key);
      if (typeof key !== 'string') return;
      totpKeys.add(key);
      latest = undefined;
    },
    hide,
    isClean: (text, atMs) => isCleanOf(text, findersAt(atMs)),
    hideCut(text, atMs) {
      const runStart = startOfRunAtEnd(text);
      const withoutRun = text.length - runStart >= shortestRun ? text.slice(0, runStart) + mask : text;
      const forms = findersAt(atMs).flatMap((finder) => finder.forms.filter((form) => typeof form === 'string'));
      const longest = Math.max(0, ...forms.map((form) => startAtEnd(withoutRun, form)));
      return hide(longest === 0 ? withoutRun : withoutRun.slice(0, -longest) + mask, atMs);
    },
  };
}

/** The ways of writing a secret that can be replaced where they stand, the plain one first. */
interface Finder {
  readonly forms: ReadonlyArray<string | RegExp>;
}

function finderOf(secret: string): Finder {
  if (secretWords.has(secret.toLowerCase())) return { forms: [asValue(secret)] };
  const inUrl = encodeURIComponent(secret.toWellFormed());
  const forms = new Set([
    secret,
    JSON.stringify(secret).slice(1, -1),
    secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
    inUrl,
    inUrl.replaceAll('%20', '+'),
    // UTF-8 in a header, as Node reads headers.
    Buffer.from(secret).toString('latin1'),
  ]);
  return { forms: [...forms] };
}

/**
 * A password that is itself the name of a field, such as `password`, is hidden only where it stands as a value: the names of fields and
 * paths are no secret, and without them nothing could be read.
 */
function asValue(word: string): RegExp {
  return new RegExp(`(?<![\\w./-]|</?(?:[\\w.-]+:)?)${word}(?![\\w-]|\\\\*["']?\\s*[:=])`, 'g');
}

function isIn(text: string, form: string | RegExp): boolean {
  return typeof form === 'string' ? text.includes(form) : text.search(form) >= 0;
}

function holdsSecret(text: string, finders: readonly Finder[]): boolean {
  return issued.some((form) => isIn(text, form)) || holdsKnown(text, finders);
}

function holdsKnown(text: string, finders: readonly Finder[]): boolean {
  return finders.some(({ forms: [plainest] }) => plainest && isIn(text, plainest));
}

/** The text, as it stands in JSON, and as those who undo one encoding or another would read it. */
function readings(text: string): string[] {
  const read = [text, JSON.stringify(text)];
  if (text.includes('\\')) read.push(text.replace(/\\(?:u([0-9a-f]{4})|([^u]))/gi, fromJson));
  if (text.includes('%')) {
    const plain = text.replace(/(?:%[0-9a-f]{2})+/gi, fromPercent);
    read.push(plain, plain.replaceAll('+', ' '));
  }
  if (text.includes('&')) read.push(withoutEntities(text));
  if (/<[!?]/.test(text)) {
    const bare = text.replace(/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<!\[CDATA\[|\]\]>/g, '');
    read.push(bare, withoutEntities(bare));
  }
  return read;
}

/** XML as those read it who take the text of an element and leave out what stands in it. */
function readingsWithoutTags(text: string): string[] {
  if (!text.includes('<')) return [];
  const bare = text.replace(/<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|<!\[CDATA\[|\]\]>|<[^<>]*>/g, '');
  return [bare, withoutEntities(bare)];
}

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(\w{2,4}));/gi, fromXml);
}

const escapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' };
const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function fromJson(_all: string, code: string | undefined, letter = ''): string {
  return code === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(code, 16));
}

function fromPercent(run: string): string {
  return Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8');
}

function fromXml(all: string, decimal: string | undefined, hex: string | undefined, name = ''): string {
  const code = decimal !== undefined ? Number(decimal) : hex !== undefined ? Number.parseInt(hex, 16) : undefined;
  if (code === undefined) return entities[name] ?? all;
  return code <= 0x10ffff ? String.fromCodePoint(code) : all;
}

/** Where the last word of the text begins, if a word is what a token could be made of. From the end, because a pattern tries each place. */
function startOfRunAtEnd(text: string): number {
  let start = text.length;
  while (start > 0 && /[\w.~+=%-]/.test(text.charAt(start - 1))) start -= 1;
  return start;
}

/** How many characters at the end of the text are the beginning of a secret; none when fewer than four. */
function startAtEnd(text: string, secret: string): number {
  for (let length = Math.min(secret.length - 1, text.length); length >= shortest; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
