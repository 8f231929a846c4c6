/**
 * Makes the methods of a class ones that can be taken from their object: `const { GET } = client`. Each is bound when it is first asked
 * for, and is the object's own from then on. Programs may have tens of thousands of clients, and use one method of each.
 */
export function bindOnUse(prototype: object): void {
  for (const [name, { value: method }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (name === 'constructor' || typeof method !== 'function') continue;
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: object) {
        return own(this, name, method.bind(this));
      },
      set(this: object, value: unknown) {
        own(this, name, value);
      },
    });
  }
}

function own<T>(object: object, name: string, value: T): T {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return value;
}
