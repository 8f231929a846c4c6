import type { JsonTemplate, Template } from './scenario.ts';

/** A value of a target: a text, or a function that is asked each time, as for one-time codes. */
export type ContractValue = string | (() => string | Promise<string>);

/** Values by name. */
export type ContractValues = Readonly<Record<string, ContractValue>>;

const MARK = /\{([\w.]+)\}/g;

/** Fills a text's `{name}`s in. @throws TypeError with code `ERR_CONTRACT_VALUE` for a name that has no value */
export async function fill(
  template: Template,
  values: ContractValues,
  encode = (text: string) => text,
): Promise<string> {
  const parts: string[] = [];
  let last = 0;
  for (const { 0: mark, 1: name = '', index } of template.matchAll(MARK)) {
    const value = values[name];
    if (value === undefined) {
      throw Object.assign(new TypeError(`the scenario needs a value called ${name}`), { code: 'ERR_CONTRACT_VALUE' });
    }
    parts.push(template.slice(last, index), encode(typeof value === 'function' ? await value() : value));
    last = index + mark.length;
  }
  return parts.join('') + template.slice(last);
}

/** Fills in every text of a JSON value. @throws TypeError with code `ERR_CONTRACT_VALUE` */
export async function fillJson(template: JsonTemplate, values: ContractValues): Promise<unknown> {
  if (typeof template === 'string') return fill(template, values);
  if (typeof template !== 'object' || template === null) return template;
  if (isList(template)) return Promise.all(template.map((part) => fillJson(part, values)));
  const members = Object.entries(template).map(async ([name, part]) => [name, await fillJson(part, values)] as const);
  return Object.fromEntries(await Promise.all(members));
}

function isList(template: JsonTemplate): template is readonly JsonTemplate[] {
  return Array.isArray(template);
}
