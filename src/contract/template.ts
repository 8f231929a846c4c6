import type { JsonTemplate, Template } from './scenario.ts';

/** A value of a target: a text, or a function that is asked each time, as for one-time codes. */
export type ContractValue = string | (() => string | Promise<string>);

/** Values by name. */
export type ContractValues = Readonly<Record<string, ContractValue>>;

/** Turns a value into what stands in the text. @throws UnsendableValue */
export type Encode = (text: string, name: string) => string;

/** A value that cannot be sent where it has to stand. The message has its name, and nothing of it. */
export class UnsendableValue extends TypeError {
  readonly code = 'ERR_CREDENTIALS';
  readonly valueName: string;

  constructor(name: string, why: string) {
    super(`the value ${name} cannot be sent: ${why}`);
    this.valueName = name;
  }
}

const MARK = /\{([\w.]+)\}/g;

/** Fills a text's `{name}`s in. @throws TypeError with code `ERR_CONTRACT_VALUE` for a name that has no value, and what `encode` throws */
export async function fill(
  template: Template,
  values: ContractValues,
  encode: Encode = (text) => text,
): Promise<string> {
  const parts: string[] = [];
  let last = 0;
  for (const { 0: mark, 1: name = '', index } of template.matchAll(MARK)) {
    const value = values[name];
    if (value === undefined) {
      throw Object.assign(new TypeError(`the scenario needs a value called ${name}`), { code: 'ERR_CONTRACT_VALUE' });
    }
    parts.push(template.slice(last, index), encode(typeof value === 'function' ? await value() : value, name));
    last = index + mark.length;
  }
  return parts.join('') + template.slice(last);
}

/** Fills in every text of a JSON value. @throws TypeError with code `ERR_CONTRACT_VALUE`, and what `encode` throws */
export async function fillJson(template: JsonTemplate, values: ContractValues, encode?: Encode): Promise<unknown> {
  if (typeof template === 'string') return fill(template, values, encode);
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template)) return Promise.all(template.map((part) => fillJson(part, values, encode)));
  const members = Object.entries(template).map(
    async ([name, part]) => [name, await fillJson(part, values, encode)] as const,
  );
  return Object.fromEntries(await Promise.all(members));
}

/** The names of the values that stand in templates. */
export function namesIn(templates: object): readonly string[] {
  return [...JSON.stringify(templates).matchAll(MARK)].map(([, name = '']) => name);
}

function isList(template: JsonTemplate): template is readonly JsonTemplate[] {
  return Array.isArray(template);
}
