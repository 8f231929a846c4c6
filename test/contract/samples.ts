import { readdirSync, readFileSync } from 'node:fs';

/** A documented exchange, as data. `text` is verbatim from the document; `source` says from where in it. */
export interface Sample {
  /** Name of its file. */
  readonly name: string;
  readonly about: string;
  readonly request: SampleMessage & { readonly method: string; readonly path: string };
  readonly response: SampleMessage & { readonly status: number };
  readonly expect: { readonly secret: string; readonly facts: object } | SampleError;
  /** The command that the document shows. */
  readonly curl?: string;
}

/** The typed error that an answer must become. */
interface SampleError {
  readonly error: string;
  readonly reason: string;
  readonly requestIds?: Readonly<Record<string, string>>;
}

interface SampleMessage {
  readonly source: string;
  /** Those that the document names, with their values. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
  readonly text?: string;
}

const folder = new URL('./data/', import.meta.url);

/** The samples of a system whose messages are JSON. */
export function readSamples(system: 'pulse-crm' | 'zato-sso' | 'zuora-rest'): Sample[] {
  const files = readdirSync(new URL(`${system}/`, folder)).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => ({
    ...JSON.parse(readFileSync(new URL(`${system}/${file}`, folder), 'utf8')),
    name: file.replace('.json', ''),
  }));
}

/** What goes over the wire: the documented bytes where they are JSON, which a page's own controls can spoil. */
export function wireText({ body, text }: SampleMessage): string {
  try {
    JSON.parse(text ?? '');
    return text ?? '';
  } catch {
    return JSON.stringify(body);
  }
}
