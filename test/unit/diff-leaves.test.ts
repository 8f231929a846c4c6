import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { diffTexts } from './diff.support.ts';

/** Where a value of the document stands. */
type Path = readonly (string | number)[];

/** Keys that mean nothing to anyone, and references: what stands behind those is compared. */
const MEANINGLESS = ['$ref', '$comment'];

describe('nothing that a spec says can change without a word', () => {
  it.each(['pulse-crm', 'zuora-rest', 'zato-sso'])('in %s.openapi.yaml', async (name) => {
    const document: unknown = parse(await readFile(`specs/${name}.openapi.yaml`, 'utf8'));
    const text = JSON.stringify(document);
    const leaves = leavesOf(document).filter((path) => !MEANINGLESS.includes(String(path.at(-1))));
    expect(leaves.length).toBeGreaterThan(100);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...leaves), async (path) => {
        const outcome = await diffTexts(text, JSON.stringify(changedAt(document, path))).catch(
          (error: unknown) => error,
        );
        if (outcome instanceof Error) return; // a spec that is no longer one is refused, which is a word as well
        expect({ path, changes: Object(outcome).changes }).not.toEqual({ path, changes: [] });
      }),
      { numRuns: 60 },
    );
  });

  it('in zuora-soap.wsdl', async () => {
    const text = await readFile('specs/zuora-soap.wsdl', 'utf8');
    // Everything but namespaces, what a file is asked to import, and the names of bindings, which are only in the file.
    const values = [
      ...text.matchAll(
        /(?<= )(?!xmlns|schemaLocation|namespace|encoding=|elementFormDefault|attributeFormDefault)[A-Za-z]+="[^"]+"/g,
      ),
    ].filter(
      ({ 0: attribute, index }) =>
        !/<(?:wsdl:binding|soap:fault)[^>]*$/.test(text.slice(0, index)) && !/^(?:use|parts)=/.test(attribute),
    );
    expect(values.length).toBeGreaterThan(500);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...values), async ({ 0: attribute, index }) => {
        const [key = '', value = ''] = attribute.split(/="|"$/);
        const other = /^(?:true|false)$/.test(value)
          ? String(value === 'false')
          : /^\d+$/.test(value)
            ? String(Number(value) + 3)
            : `${value}X`;
        const changed = `${text.slice(0, index)}${key}="${other}"${text.slice(index + attribute.length)}`;
        const outcome = await diffTexts(text, changed, 'wsdl').catch((error: unknown) => error);
        if (outcome instanceof Error) return; // most names lead nowhere now
        expect({ attribute, index, changes: Object(outcome).changes }).not.toEqual({ attribute, index, changes: [] });
      }),
      { numRuns: 120 },
    );
  });
});

function leavesOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    leavesOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

function changedAt(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return other(value);
  if (Array.isArray(value)) return value.map((child, index) => (index === key ? changedAt(child, rest) : child));
  return { ...Object(value), [key]: changedAt(Object(value)[key], rest) };
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}x`;
}
