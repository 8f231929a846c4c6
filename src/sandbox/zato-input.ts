import type { Incoming } from './exchange.ts';
import { jsonValue } from './json.ts';
import { pythonText, RecursionError } from './python-text.ts';
import { isRecord } from './scenario-args.ts';

/** A business error: an SSO answer with one code. */
export class SsoRefusal extends Error {
  readonly code: string;
  /** Whether services that hide errors answer `E005001` instead. */
  readonly isHidden: boolean;
  constructor(code: string, isHidden = false) {
    super(code);
    this.code = code;
    this.isHidden = isHidden;
  }
}

/** Anything else that goes wrong: `result: "Error"`, no `status`. */
export class SystemFailure extends Error {
  readonly status: number;
  readonly details: string | readonly string[] | undefined;
  /** Whether a session token that cannot be decrypted was the reason. */
  readonly isAboutToken: boolean;
  constructor(status: number, details?: string | readonly string[], isAboutToken = false) {
    super(`HTTP ${status}`);
    this.status = status;
    this.details = details;
    this.isAboutToken = isAboutToken;
  }
}

/** The fields of a request, body and query merged; on a clash the query wins. */
export interface ZatoInput {
  /** Text, or null when the field is absent or null. Anything else is put in the words of Python. */
  text(name: string): string | null;
  /** As `text`, and a missing field is a bad request; null counts as present. */
  required(name: string): string | null;
  raw(name: string): unknown;
  flag(name: string): boolean;
  number(name: string, fallback: number): number;
  /** Only what was in the body. */
  readonly body: Readonly<Record<string, unknown>>;
}

const yes = new Set(['true', 'yes', 'on', 'y', 't', '1']);
const no = new Set(['false', 'no', 'off', 'n', 'f', '0', '']);

/** @throws SystemFailure when the body is not a JSON object */
export function readZatoInput({ body: bytes, query }: Incoming): ZatoInput {
  const hasBody = bytes.length > 0;
  const parsed = hasBody ? jsonValue(bytes) : {};
  if (!isRecord(parsed)) throw new SystemFailure(500, ['Expecting value']);
  const fields = new Map<string, unknown>(Object.entries(parsed));
  for (const [name, value] of new URLSearchParams(query)) fields.set(name, value);

  const text = (name: string): string | null => {
    const value = fields.get(name) ?? null;
    try {
      return value === null ? null : pythonText(value);
    } catch (error) {
      if (error instanceof RecursionError) throw new SystemFailure(500, [error.message]);
      throw error;
    }
  };
  return {
    text,
    required(name) {
      if (!fields.has(name)) throw new SystemFailure(400, 'Bad request');
      return text(name);
    },
    raw: (name) => fields.get(name),
    flag(name) {
      const value = fields.get(name) ?? false;
      const word = typeof value === 'object' ? undefined : String(value).toLowerCase();
      if (word === undefined) throw new SystemFailure(500, ['invalid boolean']);
      if (yes.has(word)) return true;
      if (no.has(word)) return false;
      throw new SystemFailure(500, ['invalid boolean']);
    },
    number(name, fallback) {
      const value = fields.get(name);
      if (value === undefined || value === null || value === '') return fallback;
      const number = typeof value === 'object' ? Number.NaN : Number(value);
      if (!Number.isInteger(number)) throw new SystemFailure(500, ['invalid integer']);
      return number;
    },
    body: parsed,
  };
}
