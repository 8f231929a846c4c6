import { MOST_NAMES, nameStep } from './finding.ts';

/** The names in a kind of value; each is followed by the shape of what it holds. */
interface Shape {
  readonly fields?: Readonly<Record<string, string | null>>;
  readonly items?: string | null;
  readonly others?: string | null;
}

/** Shapes by name. */
export type Shapes = Readonly<Record<string, Shape>>;

/** Where a value has names that its shape does not: each place once, as a JSON pointer, lists by their first such element. */
export function strayNames(value: unknown, shape: string | null, shapes: Shapes): readonly string[] {
  const stray = new Map<string, string>();
  const look = (at: unknown, name: string | null | undefined, path: string, general: string): void => {
    const known = typeof name === 'string' ? shapes[name] : undefined;
    if (known === undefined || typeof at !== 'object' || at === null || stray.size >= MOST_NAMES) return;
    if (Array.isArray(at)) {
      for (const [index, item] of at.entries()) look(item, known.items, `${path}/${index}`, `${general}/*`);
      return;
    }
    const { fields, others } = known;
    // Only lists are documented here: what an object would hold is the validators' to say.
    if (fields === undefined && others === undefined) return;
    for (const [key, child] of Object.entries(at)) {
      const [below, everywhere] = [`${path}/${nameStep(key)}`, `${general}/${nameStep(key)}`];
      if (fields !== undefined && Object.hasOwn(fields, key)) look(child, fields[key], below, everywhere);
      else if (others !== undefined) look(child, others, below, everywhere);
      else if (!stray.has(everywhere)) stray.set(everywhere, below);
    }
  };
  look(value, shape, '', '');
  return [...stray.values()];
}
