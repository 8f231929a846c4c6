/** What a document holds between its marks, by the name of the place. */
export type Blocks = ReadonlyMap<string, string>;

/** Where sections for verbs that have none yet are put. */
const NEW_SECTIONS = '<!-- new verbs -->\n';

const place = (name: string): RegExp => new RegExp(`(<!-- begin ${name} -->\n)[\\s\\S]*?(<!-- end ${name} -->)`);

/** The document with its blocks as they should be. @throws Error if the place of a block is not marked */
export function withBlocks(file: string, document: string, blocks: Blocks): string {
  return [...blocks].reduce((text, [name, block]) => {
    if (!place(name).test(text)) throw new Error(`${file} has no place for ${name}: <!-- begin ${name} -->`);
    return text.replace(place(name), (_, begin: string, end: string) => `${begin}\n${block.trim()}\n\n${end}`);
  }, document);
}

/** The document with a section for each verb that has none. */
export function withSections(document: string, paths: readonly string[]): string {
  const missing = paths.filter((path) => !place(path).test(document));
  const sections = missing.map((path) => `## latchkey ${path}\n\n<!-- begin ${path} -->\n<!-- end ${path} -->\n\n`);
  return document.replace(NEW_SECTIONS, (mark) => sections.join('') + mark);
}

/** Names of the places that nothing is put into any more. */
export function strayPlaces(document: string, blocks: Blocks): readonly string[] {
  const names = [...document.matchAll(/<!-- begin (.*?) -->/g)].map(([, name = '']) => name);
  return names.filter((name) => !blocks.has(name));
}
