import type { ErrorCode } from '../../generated/zuora-soap/types.ts';
import type { ZuoraObjects, ZuoraObjectType } from './zuora-objects.ts';

/** A query of the little language that the sandbox understands: `select a, b from T where a = 'x' and b != 'y'`. */
export interface ZuoraQuery {
  readonly type: ZuoraObjectType;
  /** In the order in which they stand in XML. */
  readonly fields: readonly string[];
  matches(values: ReadonlyMap<string, string>): boolean;
}

export class MalformedQueryError extends Error {
  readonly code: ErrorCode;
  constructor(message: string, code: ErrorCode = 'MALFORMED_QUERY') {
    super(message);
    this.code = code;
  }
}

type Condition = (values: ReadonlyMap<string, string>) => boolean;

const maxLength = 10_000;
// One part after the other, because a pattern for the whole tries each blank in each of its places.
const listEnd = /\sfrom\s/i;
const source = /^(\w+)(?:\s+where\s+([\s\S]+))?$/i;
const comparison = /^\s*(\w+)\s*(=|!=|<>)\s*(?:'((?:[^'\\]|\\.)*)'|([\w.+-]+))\s*/;

/** @throws MalformedQueryError */
export function parseZuoraQuery(objects: ZuoraObjects, text: string): ZuoraQuery {
  if (text.length > maxLength) throw new MalformedQueryError(`The query is longer than ${maxLength} characters.`);
  const { list, typeName, where } = partsOf(text.trim());
  const type = objects.typeOf(typeName);
  if (type === undefined) throw new MalformedQueryError(`invalid type for query: ${typeName}`, 'INVALID_TYPE');
  const wanted = new Set(list.split(',').map((name) => fieldOf(type, name.trim())));
  return {
    type,
    fields: type.fields.filter((field) => wanted.has(field)),
    matches: where === undefined ? () => true : parseConditions(type, where),
  };
}

function partsOf(text: string): { list: string; typeName: string; where: string | undefined } {
  const selected = /^select\s/i.test(text) ? text.slice('select'.length).trimStart() : '';
  const end = selected.search(listEnd);
  const list = selected.slice(0, Math.max(end, 0)).trimEnd();
  const [, typeName = '', where] = source.exec(selected.slice(end + ' from '.length).trimStart()) ?? [];
  if (!/^[\w\s,.]+$/.test(list) || typeName === '')
    throw new MalformedQueryError('You have an error in your ZOQL syntax');
  return { list, typeName, where };
}

function fieldOf(type: ZuoraObjectType, name: string): string {
  const field = type.fields.find((candidate) => candidate.toLowerCase() === name.toLowerCase());
  if (field === undefined) throw new MalformedQueryError(`invalid field for query: ${name}`, 'INVALID_FIELD');
  return field;
}

/** Binds `and` tighter than `or`; there are no parentheses. */
function parseConditions(type: ZuoraObjectType, text: string): Condition {
  const alternatives: Condition[][] = [[]];
  let rest = text;
  for (;;) {
    const [whole, name = '', operator, quoted, bare = ''] = comparison.exec(rest) ?? [];
    if (whole === undefined) throw new MalformedQueryError('You have an error in your ZOQL syntax');
    const field = fieldOf(type, name);
    const isNull = quoted === undefined && bare.toLowerCase() === 'null';
    const value = isNull ? undefined : (quoted?.replace(/\\(.)/g, '$1') ?? bare);
    const isEqual = operator === '=';
    alternatives.at(-1)?.push((values) => (values.get(field) === value) === isEqual);
    rest = rest.slice(whole.length);
    if (rest === '') break;
    const [word = ''] = /^(and|or)\s+/i.exec(rest) ?? [];
    if (word === '') throw new MalformedQueryError('You have an error in your ZOQL syntax');
    if (/^or/i.test(word)) alternatives.push([]);
    rest = rest.slice(word.length);
  }
  return (values) => alternatives.some((all) => all.every((condition) => condition(values)));
}
