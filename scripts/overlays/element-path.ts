import type { WrittenElement } from './xml-places.ts';

/** One step of an element path: `element[Id]`, `schema[http://…]`, `import[namespace=http://…]`, `sequence[#2]`. */
interface Step {
  readonly local: string;
  readonly fits: (element: WrittenElement) => boolean;
  /** Which of those that fit, counted from 1. */
  readonly position: number | undefined;
}

/**
 * Reads an element path, as messages about a WSDL show it: names of elements from the root on, without prefixes, in brackets what tells
 * one from its siblings. That is the `name`, for a schema also its `targetNamespace`, or an attribute with its value, or `#` and a number.
 * @throws Error that says what is wrong with it
 */
export function parseElementPath(path: string): readonly Step[] {
  const step = /([^/[\]]+)(?:\[([^[\]]*)\])?(?:\/|$)/gy;
  const steps: Step[] = [];
  let end = 0;
  for (let match = step.exec(path); match !== null && match[0] !== ''; match = step.exec(path)) {
    steps.push(createStep(match[1] ?? '', match[2]));
    end = step.lastIndex;
  }
  if (end !== path.length || path.endsWith('/')) throw new Error(`it cannot be read from "${path.slice(end)}" on`);
  return steps;
}

function createStep(local: string, told: string | undefined): Step {
  const [, attribute, value] = /^([\w.-]+)=(.*)$/s.exec(told ?? '') ?? [];
  const number = /^#(\d+)$/.exec(told ?? '')?.[1];
  if (told === undefined) return { local, fits: () => true, position: undefined };
  if (number !== undefined) return { local, fits: () => true, position: Number(number) };
  if (attribute !== undefined && value !== undefined) {
    return { local, fits: ({ attributes }) => attributes.get(attribute) === value, position: undefined };
  }
  const isNamed = ({ attributes }: WrittenElement): boolean =>
    attributes.get('name') === told || (local === 'schema' && attributes.get('targetNamespace') === told);
  return { local, fits: isNamed, position: undefined };
}

/** The elements that a path leads to. */
export function findElements(root: WrittenElement, steps: readonly Step[]): readonly WrittenElement[] {
  const [first, ...further] = steps;
  if (first === undefined) return [];
  let found = take([root], first);
  for (const step of further) found = found.flatMap(({ children }) => take(children, step));
  return found;
}

function take(elements: readonly WrittenElement[], { local, fits, position }: Step): readonly WrittenElement[] {
  const fitting = elements.filter((element) => element.local === local && fits(element));
  return position === undefined ? fitting : fitting.slice(position - 1, position);
}

/** How far a path leads: the longest beginning of it that finds something. */
export function longestFound(root: WrittenElement, path: string, steps: readonly Step[]): string | undefined {
  for (let count = steps.length - 1; count > 0; count--) {
    if (findElements(root, steps.slice(0, count)).length > 0) return textOf(path, count);
  }
  return undefined;
}

function textOf(path: string, count: number): string {
  return [...path.matchAll(/[^/[\]]+(?:\[[^[\]]*\])?/g)]
    .slice(0, count)
    .map(([step]) => step)
    .join('/');
}

/** What leads to an element and to no other: names where they tell it from its siblings, else numbers. */
export function pathTo(element: WrittenElement): string {
  const above = element.parent === undefined ? '' : `${pathTo(element.parent)}/`;
  const siblings = (element.parent?.children ?? [element]).filter(({ local }) => local === element.local);
  if (siblings.length === 1) return above + element.local;
  const name =
    element.attributes.get('name') ??
    (element.local === 'schema' ? element.attributes.get('targetNamespace') : undefined);
  const isTold = name !== undefined && siblings.filter(createStep(element.local, name).fits).length === 1;
  return `${above}${element.local}[${isTold ? name : `#${siblings.indexOf(element) + 1}`}]`;
}
