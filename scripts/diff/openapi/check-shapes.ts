import { isObject, pointerTo } from './json.ts';
import { visitAll } from './references.ts';

const LISTS = ['allOf', 'oneOf', 'anyOf', 'prefixItems', 'enum', 'servers', 'security', 'tags'];
const MAPS = [
  ...[
    'properties',
    'patternProperties',
    'schemas',
    'responses',
    'headers',
    'requestBodies',
    'securitySchemes',
    'callbacks',
  ],
  ...['content', 'paths', 'webhooks', 'components', 'info', 'get', 'put', 'post', 'delete', 'patch', 'requestBody'],
];
/** Maps whose values may be no objects. */
const ANYTHING = ['parameters', 'scopes', 'dependentRequired', 'links'];
/** A path item, or an operation. */
const OPERATION = /^#\/(?:paths|webhooks)\/[^/]+(?:\/[a-z]+)?$/;
const TYPES = [
  ...['boolean', 'object', 'array', 'number', 'integer', 'string', 'null'],
  ...['apiKey', 'http', 'mutualTLS', 'oauth2', 'openIdConnect'],
];

/**
 * Checks what the comparison relies on, in all of a document: what is new or gone is never looked into otherwise.
 * @throws SpecError for a list or an object that is none, and for a type that does not exist
 */
export function checkShapes(root: unknown, faultAt: (pointer: string, what: string) => Error): void {
  visitAll(root, ({ value, isMap, key: name, pointer }) => {
    const fault = (key: string, what: string) => faultAt(pointerTo(pointer(), key), what);
    if (isMap) {
      for (const [key, inner] of ANYTHING.includes(name) ? [] : Object.entries(value)) {
        if (!key.startsWith('x-') && !isObject(inner) && typeof inner !== 'boolean')
          throw fault(key, 'expected an object');
      }
      return;
    }
    if (!isObject(value)) return;
    for (const key of LISTS) {
      if (Object.hasOwn(value, key) && !Array.isArray(value[key])) throw fault(key, 'expected a list');
    }
    for (const key of MAPS) {
      if (Object.hasOwn(value, key) && !isObject(value[key])) throw fault(key, 'expected an object');
    }
    const { parameters, required, type } = value;
    if (parameters !== undefined && !Array.isArray(parameters) && OPERATION.test(pointer())) {
      throw fault('parameters', 'expected a list');
    }
    if (required !== undefined && !Array.isArray(required) && typeof required !== 'boolean') {
      throw fault('required', 'expected a list, or true or false');
    }
    for (const name of type === undefined ? [] : [type].flat()) {
      if (typeof name !== 'string' || !TYPES.includes(name))
        throw fault('type', `no such type: ${JSON.stringify(name)}`);
    }
  });
}
