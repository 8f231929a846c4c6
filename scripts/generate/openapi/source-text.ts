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
