import { SpecError } from '../spec-error.ts';
import { childrenOf, type NodeKind } from './grammar.ts';
import {
  childOf,
  decodePointer,
  encodePointer,
  isObject,
  type JsonObject,
  pointerKeys,
  pointerTo,
  setOwn,
  valueAt,
} from './json.ts';
import { componentKey } from './source-text.ts';
import { openSpecFolder, type SpecPart } from './spec-folder.ts';

/** Where a place of a document made of several files comes from. */
export interface Origin {
  readonly part: SpecPart;
  /** JSON pointer in that file. */
  readonly pointer: string;
}

/** How an edition keeps what is referred to; a reference to any other kind of node is replaced by what it leads to. */
export interface Shelf {
  readonly rootKind: NodeKind;
  /** Where the sections lie: below `components`, or at the top. */
  readonly at: '#' | '#/components';
  /** Kind of node to section. */
  readonly sections: Readonly<Record<string, string>>;
}

/** The shelf of OpenAPI 3. */
export function componentsShelf(rootKind: NodeKind): Shelf {
  const sections = {
    Schema: 'schemas',
    Parameter: 'parameters',
    Response: 'responses',
    Example: 'examples',
    RequestBody: 'requestBodies',
    Header: 'headers',
    SecurityScheme: 'securitySchemes',
    Link: 'links',
    Callback: 'callbacks',
  };
  return { rootKind, at: '#/components', sections };
}

/** A node that is yet to be searched for references. */
interface Task {
  readonly node: unknown;
  readonly kind: NodeKind;
  readonly part: SpecPart;
  readonly pointer: string;
  readonly replace: (by: unknown) => void;
}

/** Makes one document of several: fills `root`, which is changed in place, and tells where its nodes come from. */
export async function bundle(
  main: SpecPart,
  root: JsonObject,
  { rootKind, at: base, sections }: Shelf,
  faultIn: (what: string, origin: Origin) => SpecError,
): Promise<ReadonlyMap<object, Origin>> {
  const folder = openSpecFolder(main);
  const origins = new Map<object, Origin>([[root, { part: main, pointer: '#' }]]);
  const nameOfTarget = new Map<string, string>();
  const searched = new Set<unknown>();
  const tasks: Task[] = [];

  const targetOf = async (reference: string, at: Origin): Promise<Origin> => {
    const [file = '', fragment = ''] = reference.split('#', 2);
    const refuse = (why: string): SpecError => faultIn(`unresolved $ref ${reference}: ${why}`, at);
    if (fragment !== '' && !fragment.startsWith('/')) throw refuse('names of anchors cannot be followed');
    const part =
      file === ''
        ? at.part
        : await folder.open(file, at.part).catch((error: unknown) => {
            throw error instanceof SpecError ? error : refuse(error instanceof Error ? error.message : String(error));
          });
    return { part, pointer: decodePointer(`#${fragment}`) };
  };

  /** Follows references from file to file to the node that is meant. */
  const nodeAt = async (target: Origin, reference: string, at: Origin): Promise<{ node: unknown; origin: Origin }> => {
    const seen = new Set<string>();
    for (let origin = target; ; ) {
      const node = valueAt(origin.part.root, origin.pointer);
      if (node === undefined) throw faultIn(`unresolved $ref ${reference}`, at);
      if (!isObject(node) || typeof node.$ref !== 'string') return { node, origin };
      const key = keyOf('', origin);
      if (seen.has(key)) throw faultIn(`$ref ${reference} leads back to itself`, at);
      seen.add(key);
      origin = await targetOf(node.$ref, origin);
    }
  };

  const componentFor = async (section: string, target: Origin, reference: string, at: Origin): Promise<string> => {
    const known = nameOfTarget.get(keyOf(section, target));
    if (known !== undefined) return known;
    const node = valueAt(target.part.root, target.pointer);
    if (node === undefined) throw faultIn(`unresolved $ref ${reference}`, at);
    return place(section, target, node, freeName(sectionOf(root, base, section), target));
  };

  const place = (section: string, target: Origin, node: unknown, name: string): string => {
    const components = sectionOf(root, base, section);
    const pointer = pointerTo(base, section, name);
    nameOfTarget.set(keyOf(section, target), pointer);
    setOwn(components, name, node);
    if (isObject(node)) origins.set(node, target);
    const kind = kindOfSection(rootKind, base, section);
    tasks.push({ node, kind, ...target, replace: (by) => setOwn(components, name, by) });
    return pointer;
  };

  const follow = async ({ node, kind, part, pointer, replace }: Task): Promise<void> => {
    if (!isObject(node) || typeof node.$ref !== 'string') return;
    const at = { part, pointer };
    const reference = node.$ref;
    const target = await targetOf(reference, at);
    if (target.part === main) {
      if (part !== main || !reference.startsWith('#')) node.$ref = encodePointer(target.pointer);
      return;
    }
    const section = sections[kind.name];
    if (section !== undefined) {
      node.$ref = encodePointer(await componentFor(section, target, reference, at));
      return;
    }
    const { node: found, origin } = await nodeAt(target, reference, at);
    if (!isObject(found)) throw faultIn(`unresolved $ref ${reference}: there is no object`, at);
    const { $ref: _followed, ...beside } = node;
    const whole = { ...found, ...beside };
    origins.set(whole, origin);
    replace(whole);
    tasks.push({ node: whole, kind, ...origin, replace });
  };

  /** What the main file itself calls a component keeps that name. */
  const claimNames = async (): Promise<void> => {
    for (const section of Object.values(sections)) {
      const components = valueAt(root, pointerTo(base, section));
      for (const [name, entry] of isObject(components) ? Object.entries(components) : []) {
        if (!isObject(entry) || typeof entry.$ref !== 'string' || entry.$ref.startsWith('#')) continue;
        if (Object.keys(entry).length > 1) continue;
        const at = { part: main, pointer: pointerTo(base, section, name) };
        const { node, origin } = await nodeAt(await targetOf(entry.$ref, at), entry.$ref, at);
        if (origin.part !== main && !nameOfTarget.has(keyOf(section, origin))) place(section, origin, node, name);
      }
    }
  };

  await claimNames();
  tasks.push({ node: root, kind: rootKind, part: main, pointer: '#', replace: () => undefined });
  for (let task = tasks.pop(); task !== undefined; task = tasks.pop()) {
    const { node, kind, part, pointer } = task;
    if (typeof node !== 'object' || node === null || searched.has(node)) continue;
    searched.add(node);
    await follow(task);
    if (kind.name === 'Discriminator') await followMapping(node, { part, pointer });
    for (const [key, child, childKind] of childrenOf(node, kind)) {
      const origin = isObject(child) ? origins.get(child) : undefined;
      const place = origin ?? { part, pointer: pointerTo(pointer, key) };
      tasks.push({ node: child, kind: childKind, ...place, replace: (by) => setOwn(node, key, by) });
    }
  }
  return origins;

  async function followMapping(node: object, at: Origin): Promise<void> {
    const mapping = isObject(node) && isObject(node.mapping) ? node.mapping : {};
    for (const [value, reference] of Object.entries(mapping)) {
      if (typeof reference !== 'string' || !/[#/]|\.(?:ya?ml|json)$/i.test(reference)) continue;
      const place = { part: at.part, pointer: pointerTo(at.pointer, 'mapping', value) };
      const target = await targetOf(reference, place);
      const pointer =
        target.part === main ? target.pointer : await componentFor(sections.Schema ?? '', target, reference, place);
      setOwn(mapping, value, encodePointer(pointer));
    }
  }
}

function keyOf(section: string, { part, pointer }: Origin): string {
  return `${section} ${part.path}${pointer}`;
}

function sectionOf(root: JsonObject, base: Shelf['at'], section: string): JsonObject {
  return base === '#' ? childOf(root, section) : childOf(childOf(root, 'components'), section);
}

function kindOfSection(root: NodeKind, base: Shelf['at'], section: string): NodeKind {
  const parent = base === '#' ? root : root.properties.components;
  const list = isNode(parent) ? parent.properties[section] : undefined;
  const entry = isNode(list) ? list.additionalProperties : undefined;
  const kind = typeof entry === 'function' ? entry({}, '') : entry;
  if (!isNode(kind)) throw new Error(`latchkey: no kind of node for ${section}`);
  return kind;
}

function isNode(slot: unknown): slot is NodeKind {
  return typeof slot === 'object' && slot !== null && 'properties' in slot;
}

/** The last key of the pointer, or the file's name where a whole file is meant. */
function freeName(components: JsonObject, { part, pointer }: Origin): string {
  const last = pointerKeys(pointer).at(-1) ?? part.path.replace(/^.*[\\/]/, '').replace(/\.\w+$/, '');
  const clean = componentKey(last);
  let name = clean;
  for (let count = 2; Object.hasOwn(components, name); count += 1) name = `${clean}_${count}`;
  return name;
}
