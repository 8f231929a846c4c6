const TAKEN = [
  // Words of the language that cannot name a type.
  ...[
    'any',
    'bigint',
    'boolean',
    'infer',
    'keyof',
    'never',
    'null',
    'number',
    'object',
    'readonly',
    'string',
    'symbol',
    'undefined',
    'unique',
    'unknown',
    'void',
  ],
  ...['break', 'case', 'catch', 'class', 'const', 'continue', 'debugger', 'default', 'delete', 'do', 'else', 'enum'],
  ...[
    'export',
    'extends',
    'false',
    'finally',
    'for',
    'function',
    'if',
    'import',
    'in',
    'instanceof',
    'interface',
    'new',
  ],
  ...[
    'package',
    'private',
    'protected',
    'public',
    'return',
    'static',
    'super',
    'switch',
    'this',
    'throw',
    'true',
    'try',
  ],
  ...['type', 'typeof', 'var', 'while', 'with', 'yield', 'let', 'implements', 'await', 'async'],
  // Types the generated file itself uses or defines.
  ...['Date', 'Omit', 'Partial', 'Pick', 'Readonly', 'Record', 'AnyElement', 'Untagged', 'Operations', 'Service'],
  // Keys of the table's types that the compiler takes for those that every object has.
  ...['constructor', 'hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'toLocaleString', 'toString'],
  ...['valueOf', '__proto__'],
];

/** Hands out TypeScript names for schema names, each once. */
export function createNames(): { take(wanted: string, alternative?: string): string } {
  const taken = new Set<string>(TAKEN);
  const lastNumbers = new Map<string, number>();
  const claim = (name: string): string | undefined => {
    // Each name keeps the names that are made from it free.
    const family = [name, `${name}Base`, `${name}Itself`, `${name}Input`, `${name}BaseInput`, `${name}ItselfInput`];
    if (family.some((member) => taken.has(member))) return undefined;
    for (const member of family) taken.add(member);
    return name;
  };
  return {
    take(wanted, alternative = `${wanted}Type`) {
      const first = claim(identifier(wanted)) ?? claim(identifier(alternative));
      if (first !== undefined) return first;
      for (let number = lastNumbers.get(alternative) ?? 2; ; number++) {
        const next = claim(`${identifier(alternative)}${number}`);
        if (next === undefined) continue;
        // Many of one name must not be counted from the start each time.
        lastNumbers.set(alternative, number + 1);
        return next;
      }
    },
  };
}

/** `login-response` and `loginResponse` become `LoginResponse`. */
export function pascalCase(name: string): string {
  return name
    .split(/[^\p{ID_Continue}$]+/u)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function identifier(name: string): string {
  const joined = /^[\p{ID_Continue}$]+$/u.test(name) ? name : pascalCase(name);
  return /^[\p{ID_Start}_$]/u.test(joined) ? joined : `_${joined}`;
}

/** A property key, quoted where it must be. */
export function propertyKey(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quote(name);
}

/** A key of an object literal: there, one name would set the prototype unless it is computed. */
export function literalKey(name: string): string {
  return name === '__proto__' ? `[${quote(name)}]` : propertyKey(name);
}

/** A string literal in single quotes, as the rest of the generated code has it. */
export function quote(text: string): string {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
