import { isExtension, isKind, type NodeKind, type PlainRule, slotOf } from './grammar.ts';
import { decodePointer, isObject, type JsonObject, pointerTo, valueAt } from './json.ts';

/** Something about a place of a document. */
export interface Finding {
  readonly what: string;
  readonly pointer: string;
}

/** What a look at a document's structure brings. */
export interface Structure {
  /** What cannot be generated from, the first one met. */
  readonly fault: Finding | undefined;
  /** What is not as the specification wants it, and changes nothing here. */
  readonly remarks: readonly Finding[];
}

/** The way to a node, from the node up: pointers are written only for what is told. */
interface Way {
  readonly up: Way | undefined;
  readonly key: string;
}

/** Kinds without whose required fields nothing can be made of them. */
const strictKinds: readonly string[] = ['Root', 'Parameter', 'SecurityScheme'];
/** Kinds whose plain values decide what is generated. */
const decisiveKinds: readonly string[] = [...strictKinds, 'Schema', 'Header', 'Operation', 'RequestBody'];

/** How many references may follow one another before something else is reached. */
const MOST_STEPS = 100;

/** Checks that each node is of the kind that its place asks for, and that each reference leads to something. */
export function checkStructure(root: JsonObject, kind: NodeKind): Structure {
  const remarks: Finding[] = [];
  const leads = new Map<string, string | undefined>();

  const remark = (what: string, way: Way): void => void remarks.push({ what, pointer: pointerOf(way) });

  const visit = (node: unknown, kind: NodeKind, way: Way): void => {
    if (kind.items !== undefined) {
      if (!Array.isArray(node)) throw wrong(kind.name, 'array', node, way);
      for (const [index, child] of node.entries()) visit(child, kind.items, { up: way, key: String(index) });
      return;
    }
    if (kind.name === 'Schema' && typeof node === 'boolean') return;
    if (!isObject(node)) throw wrong(kind.name, 'object', node, way);
    if (kind.name !== 'SchemaProperties' && typeof node.$ref === 'string') {
      const reference = node.$ref;
      if (!leads.has(reference)) leads.set(reference, whereItFails(root, reference));
      const problem = leads.get(reference);
      if (problem !== undefined) throw new Wrong(problem, way);
    } else checkRequired(node, kind, way);
    if (kind.name === 'DiscriminatorMapping') checkMapping(node, way);
    for (const [key, value] of Object.entries(node)) {
      if (key === '$ref' && kind.name !== 'SchemaProperties') continue;
      const slot = slotOf(kind, key, value);
      if (isKind(slot)) visit(value, slot, { up: way, key });
      else if (slot === undefined) {
        if (!isExtension(key)) remark(`${key} is not expected here`, { up: way, key });
      } else if (slot !== null) checkValue(value, slot, kind, { up: way, key });
    }
  };

  const checkValue = (value: unknown, rule: PlainRule, kind: NodeKind, way: Way): void => {
    const problem = problemOf(value, rule, way);
    if (problem === undefined) return;
    if (decisiveKinds.includes(kind.name)) throw problem;
    remark(problem.message, problem.way);
  };

  /** Types do without the values that lead to nothing. */
  const checkMapping = (mapping: JsonObject, way: Way): void => {
    for (const [value, reference] of Object.entries(mapping)) {
      if (typeof reference !== 'string' || !reference.startsWith('#')) continue;
      const problem = whereItFails(root, reference);
      if (problem !== undefined) remark(problem, { up: way, key: value });
    }
  };

  const checkRequired = (node: JsonObject, kind: NodeKind, way: Way): void => {
    const names = typeof kind.required === 'function' ? kind.required(node) : (kind.required ?? []);
    for (const name of names) {
      if (Object.hasOwn(node, name)) continue;
      const what = `the field ${name} of ${kind.name} is missing`;
      if (strictKinds.includes(kind.name)) throw new Wrong(what, way);
      remark(what, way);
    }
  };

  try {
    visit(root, kind, { up: undefined, key: '#' });
    return { fault: undefined, remarks };
  } catch (error) {
    if (error instanceof Wrong) return { fault: { what: error.message, pointer: pointerOf(error.way) }, remarks };
    throw error;
  }
}

class Wrong extends Error {
  readonly way: Way;
  constructor(what: string, way: Way) {
    super(what);
    this.way = way;
  }
}

function wrong(name: string, expected: string, found: unknown, way: Way): Wrong {
  return new Wrong(`expected ${name} (${expected}), found ${typeOf(found)}`, way);
}

function problemOf(value: unknown, rule: PlainRule, way: Way): Wrong | undefined {
  if (rule.enum !== undefined && !rule.enum.includes(value)) {
    return new Wrong(`expected one of ${rule.enum.join(', ')}, found ${shown(value)}`, way);
  }
  const type = typeOf(value);
  if (rule.type !== undefined && rule.type !== type && !(rule.type === 'number' && type === 'integer')) {
    return new Wrong(`expected ${rule.type}, found ${type}`, way);
  }
  const { items } = rule;
  if (items === undefined || !Array.isArray(value)) return undefined;
  for (const [index, element] of value.entries()) {
    const problem = problemOf(element, items, { up: way, key: String(index) });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  return Number.isInteger(value) ? 'integer' : typeof value;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 80) : typeOf(value);
}

/** Why a reference leads nowhere, if it does. */
function whereItFails(root: JsonObject, reference: string): string | undefined {
  const seen = new Set<string>();
  for (let next: unknown = reference; typeof next === 'string'; ) {
    if (seen.has(next)) return `$ref ${reference} leads back to itself`;
    if (seen.size > MOST_STEPS) return `$ref ${reference} leads to nothing but references, ${MOST_STEPS} of them`;
    seen.add(next);
    if (!/^#(?:\/|$)/.test(next))
      return `unresolved $ref ${next}: only pointers such as #/components/schemas/… are followed`;
    const found = valueAt(root, decodePointer(next));
    if (found === undefined) return `unresolved $ref ${next}`;
    next = isObject(found) ? found.$ref : undefined;
  }
  return undefined;
}

function pointerOf(way: Way): string {
  const keys: string[] = [];
  for (let at: Way | undefined = way; at?.up !== undefined; at = at.up) keys.unshift(at.key);
  return pointerTo('#', ...keys);
}
