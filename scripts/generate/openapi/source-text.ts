/** A string as a single-quoted literal of TypeScript. */
export function literal(text: string): string {
  const escaped = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${escaped}'`;
}

/** A property name of an object literal, quoted only where it must be. */
export function propertyKey(name: string): string {
  if (name === '__proto__') return "['__proto__']"; // written plainly, it would set the prototype
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : literal(name);
}

/** A name, numbered if it is taken; `counts` remembers how far the numbers of each have come. */
export function uniqueName(wanted: string, isTaken: (name: string) => boolean, counts: Map<string, number>): string {
  let name = wanted;
  for (let count = counts.get(wanted) ?? 2; isTaken(name); count++) {
    name = `${wanted}_${count}`;
    counts.set(wanted, count + 1);
  }
  return name;
}

/** A name as components may have it. */
export function componentKey(name: string): string {
  return name.replaceAll(/[^\w.-]+/g, '_').replace(/^__proto__$/, 'proto') || '_';
}
