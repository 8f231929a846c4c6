import * as yaml from 'yaml';
import { pointerTo } from '../generate/openapi/json.ts';
import { sizeUp } from '../generate/openapi/tree-size.ts';
import { reasonOf, SpecError } from '../generate/spec-error.ts';
import { readWritten, type WrittenYaml } from '../generate/yaml-places.ts';

/** An overlay as text. */
export interface OverlayText {
  /** Name of the file in messages and in the headers of generated files. */
  readonly file: string;
  readonly text: string;
}

/** One action of an overlay. */
export interface OverlayAction {
  /** What it works on: JSONPath for OpenAPI, an element path for a WSDL. */
  readonly target: string;
  /** Whether it may find nothing to work on. */
  readonly isOptional: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  /** An error about this action, with its line; `key` names the field that is wrong. */
  fault(what: string, key?: string, cause?: unknown): SpecError;
}

/** What makes a file an overlay of one kind of spec. */
export interface OverlayGrammar {
  /** The field that tells the version. */
  readonly versionKey: string;
  readonly version: RegExp;
  /** What is expected, for messages. */
  readonly expected: string;
  readonly rootKeys: readonly string[];
  readonly actionKeys: readonly string[];
}

/** Extension of both formats, at an action or at the root: finding nothing to work on is no error. */
const OPTIONAL_KEY = 'x-latchkey-optional';

/** How many uses of YAML anchors are followed. */
const MOST_ALIASES = 1000;

/**
 * Reads the actions of an overlay, JSON or YAML.
 * @throws SpecError that names the overlay, with line and place
 */
export function readActions({ file, text }: OverlayText, grammar: OverlayGrammar): readonly OverlayAction[] {
  const written = read(file, text);
  const fault = (what: string, keys: readonly (string | number)[], cause?: unknown): SpecError =>
    new SpecError(what, { file, ...written.placeOf(keys), place: pointerTo('#', ...keys) }, { cause });
  const root = fieldsOf(valuesOf(file, written), [], grammar.rootKeys, fault);
  const version = root[grammar.versionKey];
  if (!grammar.version.test(String(version))) {
    const found = version === undefined ? `there is no "${grammar.versionKey}"` : `it says ${String(version)}`;
    throw fault(`not ${grammar.expected}: ${found}`, version === undefined ? [] : [grammar.versionKey]);
  }
  const { actions } = root;
  if (!Array.isArray(actions) || actions.length === 0)
    throw fault('actions must be a list that is not empty', ['actions']);
  const isAllOptional = flagOf(root, [], fault);
  return actions.map((action: unknown, index): OverlayAction => {
    const keys = ['actions', index] as const;
    const fields = fieldsOf(action, keys, ['target', 'description', ...grammar.actionKeys], fault);
    const { target } = fields;
    if (typeof target !== 'string' || target === '')
      throw fault('target must be a text that is not empty', [...keys, 'target']);
    return {
      target,
      isOptional: flagOf(fields, keys, fault) ?? isAllOptional ?? false,
      fields,
      fault: (what, key, cause) => fault(what, key === undefined ? keys : [...keys, key], cause),
    };
  });
}

function read(file: string, text: string): WrittenYaml {
  let written: WrittenYaml;
  try {
    written = readWritten(yaml, text);
  } catch (error) {
    throw new SpecError(`cannot be read: ${reasonOf(error)}`, { file, line: 1 }, { cause: error });
  }
  const [problem] = written.document.errors;
  if (problem === undefined) return written;
  throw new SpecError(`not well-formed YAML: ${problem.message}`, { file, ...written.at(problem.pos[0]) });
}

/** What the text stands for: what JSON can hold, and no more than was written. */
function valuesOf(file: string, { document }: WrittenYaml): unknown {
  let values: unknown;
  try {
    values = document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw new SpecError(`not well-formed YAML: ${reasonOf(error)}`, { file, line: 1 }, { cause: error });
  }
  const size = sizeUp(values);
  if ('problem' in size) throw new SpecError(size.problem, { file, line: 1 });
  return values;
}

type Fault = (what: string, keys: readonly (string | number)[]) => SpecError;

function fieldsOf(
  value: unknown,
  keys: readonly (string | number)[],
  known: readonly string[],
  fault: Fault,
): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fault('must be an object', keys);
  const unknown = Object.keys(value).find((key) => !known.includes(key) && !key.startsWith('x-'));
  if (unknown === undefined) return { ...value };
  throw fault(`there is no "${unknown}"; there may be ${known.join(', ')}`, [...keys, unknown]);
}

function flagOf(
  fields: Readonly<Record<string, unknown>>,
  keys: readonly (string | number)[],
  fault: Fault,
): boolean | undefined {
  const value = fields[OPTIONAL_KEY];
  if (value === undefined || typeof value === 'boolean') return value;
  throw fault(`${OPTIONAL_KEY} must be true or false`, [...keys, OPTIONAL_KEY]);
}
