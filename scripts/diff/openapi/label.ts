import type { At } from './document.ts';
import { pointerKeys } from './json.ts';

/** What a sentence calls something: a path of fields, and what it is in. Either may be empty. */
export interface Label {
  readonly path: string;
  readonly of: string;
}

/** The label of something that a sentence can name: "the request body of POST /pets". */
export function labelOf(of: string): Label {
  return { path: '', of };
}

/** The name that a place has by itself, if it is in a named schema; else the name it was reached by. */
export function labelAt(at: At, reached: Label): Label {
  const keys = pointerKeys(at.pointer);
  if (keys[0] !== 'components' || keys[1] !== 'schemas') return reached;
  const [, , name = '', ...rest] = keys;
  let path = name;
  for (let index = 0; index < rest.length; index++) {
    const key = rest[index];
    if (key === 'properties') path = field(path, rest[++index] ?? '');
    else if (key === 'items') path += '[]';
    else if (key === 'additionalProperties') path += '.*';
    else if (key === 'patternProperties') path = field(path, `/${rest[++index] ?? ''}/`);
    else if (key === 'prefixItems') path += `[${rest[++index] ?? ''}]`;
    else if (key === 'allOf' || key === 'oneOf' || key === 'anyOf') index++;
    else break;
  }
  return { path, of: '' };
}

/** The label of a field. */
export function fieldLabel({ path, of }: Label, name: string): Label {
  return { path: field(path, name), of };
}

/** The label of the elements of a list, or of one of them. */
export function itemLabel({ path, of }: Label, index: number | '' = ''): Label {
  return { path: `${path}[${index}]`, of };
}

/** As it stands in a sentence. */
export function shown({ path, of }: Label): string {
  if (path === '') return of;
  return of === '' ? `\`${path}\`` : `\`${path}\` in ${of}`;
}

function field(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
