/**
 * Checks `specs/sources.json` against the specs: each spec is listed with the digest it has and the generator's version, each place named there exists, and
 * each thing that a spec gives a name to is traced to a source.
 *
 *     tsx scripts/check-sources.ts [--write] [folder]
 *
 * `--write` stores the digests of the specs as they are, and the version. Exit code 0: all well; 1: something is wrong; 2: wrong usage.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { SaxesParser } from 'saxes';
import { parse as parseYaml } from 'yaml';
import { readToolVersion } from './generate/header.ts';
import { editLock } from './regenerate/lock-text.ts';

interface Source {
  document: string;
  at: string;
  mark: string;
}
interface Part {
  places: string[];
  about: string;
  sources: Source[];
  differ?: string;
}
interface SpecEntry {
  file: string;
  source: string | { command: string[] } | null;
  sha256: string;
  date: string;
  generator: string;
  parts: Part[];
}
interface Ledger {
  marks: Record<string, string>;
  documents: Record<string, { title: string; file?: string }>;
  specs: SpecEntry[];
}

/** What a spec offers to the ledger: whether a place is in it, and the places that must have a source. */
export interface SpecPlaces {
  has(place: string): boolean;
  readonly required: readonly string[];
}

const text = { type: 'string', minLength: 1 };
const strict = { type: 'object', additionalProperties: false };
const isLedger = new Ajv({ allErrors: true }).compile<Ledger>({
  ...strict,
  required: ['marks', 'documents', 'specs'],
  properties: {
    marks: { type: 'object', additionalProperties: text },
    documents: {
      type: 'object',
      additionalProperties: { ...strict, required: ['title'], properties: { title: text, file: text } },
    },
    specs: {
      type: 'array',
      items: {
        ...strict,
        required: ['file', 'source', 'sha256', 'date', 'generator', 'parts'],
        properties: {
          file: text,
          // An address, a path, or a command that prints the spec; null for one that is written by hand.
          source: {
            anyOf: [
              { type: 'null' },
              text,
              {
                ...strict,
                required: ['command'],
                properties: { command: { type: 'array', minItems: 1, items: text } },
              },
            ],
          },
          sha256: { type: 'string' },
          date: { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}$' },
          generator: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+' },
          parts: {
            type: 'array',
            minItems: 1,
            items: {
              ...strict,
              required: ['places', 'about', 'sources'],
              properties: {
                places: { type: 'array', minItems: 1, items: text },
                about: text,
                differ: text,
                sources: {
                  type: 'array',
                  minItems: 1,
                  items: {
                    ...strict,
                    required: ['document', 'at', 'mark'],
                    properties: { document: text, at: text, mark: text },
                  },
                },
              },
            },
          },
        },
      },
    },
  },
});

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const entriesOf = (value: unknown): [string, unknown][] => (isObject(value) ? Object.entries(value) : []);
const pointer = (...steps: string[]): string =>
  `#${steps.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')}`;

/** The places of an OpenAPI document: JSON pointers that begin with `#/`. */
export function openApiPlaces(source: string): SpecPlaces {
  const spec: unknown = parseYaml(source);
  const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace']);
  const root: [string, unknown][] = isObject(spec) ? Object.entries(spec) : [];
  const section = (name: string): unknown => root.find(([key]) => key === name)?.[1];
  return {
    has(place) {
      if (!place.startsWith('#/')) return false;
      let here: unknown = spec;
      for (const step of place.slice(2).split('/')) {
        const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
        if (!isObject(here) || !Object.hasOwn(here, key)) return false;
        here = here[key];
      }
      return true;
    },
    required: [
      ...['info', 'servers'].map((name) => pointer(name)),
      ...entriesOf(section('paths')).flatMap(([path, item]) =>
        entriesOf(item).flatMap(([method]) => (methods.has(method) ? [pointer('paths', path, method)] : [])),
      ),
      ...entriesOf(section('components')).flatMap(([kind, named]) =>
        entriesOf(named).map(([name]) => pointer('components', kind, name)),
      ),
    ],
  };
}

interface XmlNode {
  readonly step: string;
  readonly named: boolean;
  readonly tag: string;
  readonly children: XmlNode[];
}

/** The places of a WSDL: paths of `tag[name]` steps, each anywhere below the one before. */
export function wsdlPlaces(source: string): SpecPlaces {
  const root: XmlNode = { step: '', named: false, tag: '', children: [] };
  const open: XmlNode[] = [root];
  const parser = new SaxesParser({ xmlns: true });
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    const name = tag.attributes.name?.value;
    const node = { step: `${tag.local}[${name ?? ''}]`, named: name !== undefined, tag: tag.local, children: [] };
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  parser.on('closetag', () => open.pop());
  parser.write(source).close();

  const below = (node: XmlNode): XmlNode[] => node.children.flatMap((child) => [child, ...below(child)]);
  const all = below(root);
  const childrenOf = (tag: string): XmlNode[] =>
    all.filter((node) => node.tag === tag).flatMap((node) => node.children);
  const required = [
    ...childrenOf('schema'),
    ...childrenOf('portType'),
    ...all.filter((node) => node.tag === 'service'),
  ];
  return {
    has: (place) =>
      place
        .split('/')
        .slice(1)
        .reduce((found, step) => found.flatMap(below).filter((node) => node.step === step), [root]).length > 0,
    required: required.filter((node) => node.named).map((node) => `/${node.step}`),
  };
}

function entryProblems(entry: SpecEntry, ledger: Ledger, spec: string): string[] {
  const problems: string[] = [];
  if (digestOf(spec) !== entry.sha256) {
    problems.push('has changed: look over its parts, then run npm run check:sources -- --write');
  }
  const version = readToolVersion();
  if (entry.generator !== version) {
    problems.push(
      `was generated from by latchkey ${entry.generator}, not ${version}: run npm run regenerate -- --no-fetch`,
    );
  }
  const places = entry.file.endsWith('.wsdl') ? wsdlPlaces(spec) : openApiPlaces(spec);
  const sourced = new Set(entry.parts.flatMap((part) => part.places));
  for (const place of sourced) if (!places.has(place)) problems.push(`has no place ${place}`);
  for (const place of places.required) if (!sourced.has(place)) problems.push(`no source is given for ${place}`);
  for (const source of entry.parts.flatMap((part) => part.sources)) {
    if (!Object.hasOwn(ledger.documents, source.document))
      problems.push(`cites an unlisted document, ${source.document}`);
    if (!Object.hasOwn(ledger.marks, source.mark)) problems.push(`uses an unlisted mark, ${source.mark}`);
  }
  return problems;
}

/** Lists what is wrong with the ledger in a folder of specs; empty if nothing is. */
export function sourceProblems(folder: string): string[] {
  const ledger: unknown = JSON.parse(readFileSync(join(folder, 'sources.json'), 'utf8'));
  if (!isLedger(ledger)) {
    return (isLedger.errors ?? []).map((error) => `sources.json${error.instancePath} ${error.message ?? 'is wrong'}`);
  }
  const files = readdirSync(folder).filter((file) => file.endsWith('.openapi.yaml') || file.endsWith('.wsdl'));
  const listed = ledger.specs.map((entry) => entry.file);
  return [
    ...files.filter((file) => !listed.includes(file)).map((file) => `${file}: not listed`),
    ...listed.filter((file, index) => listed.indexOf(file) !== index).map((file) => `${file}: listed twice`),
    ...ledger.specs.flatMap((entry) => {
      if (!files.includes(entry.file)) return [`${entry.file}: listed, but there is no such spec`];
      const spec = readFileSync(join(folder, entry.file), 'utf8');
      return entryProblems(entry, ledger, spec).map((problem) => `${entry.file}: ${problem}`);
    }),
  ];
}

/** Stores the digest of each spec, and the version of the generator, in the ledger, and leaves the rest of its text alone. */
export function writeDigests(folder: string): void {
  const path = join(folder, 'sources.json');
  const text = readFileSync(path, 'utf8');
  const { specs }: Pick<Ledger, 'specs'> = JSON.parse(text);
  const generator = readToolVersion();
  const entries = specs.map((entry) => ({
    ...entry,
    sha256: digestOf(readFileSync(join(folder, entry.file))),
    generator,
  }));
  writeFileSync(path, editLock(text, entries));
}

function digestOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function main(args: readonly string[]): number {
  const folders = args.filter((arg) => !arg.startsWith('-'));
  if (folders.length > 1 || args.some((arg) => arg.startsWith('-') && arg !== '--write')) {
    console.error('Usage: check-sources [--write] [folder]');
    return 2;
  }
  const folder = folders[0] ?? fileURLToPath(new URL('../specs/', import.meta.url));
  if (args.includes('--write')) writeDigests(folder);
  const problems = sourceProblems(folder);
  for (const problem of problems) console.error(problem);
  if (problems.length === 0) console.log('Every part of the specs has its source.');
  return problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main(process.argv.slice(2));
