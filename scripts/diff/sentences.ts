import type { Direction } from './rules.ts';

/** How sentences begin where the direction is the subject. */
export function who(direction: Direction): string {
  return direction === 'requests' ? 'Requests' : 'Answers';
}

/** A sentence begins with a capital, unless with a name. */
export function capital(text: string): string {
  return text.startsWith('`') ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** What became of a field, element or attribute, for OpenAPI and WSDL alike. */
export const fieldSentences = {
  gone: (direction: Direction, name: string) =>
    direction === 'requests' ? `Requests can no longer hold ${name}.` : `Answers no longer hold ${name}.`,
  added: (direction: Direction, name: string) => `${who(direction)} may now hold ${name}.`,
  addedRequired: (direction: Direction, name: string) => `${mustHold(direction)} ${name}, which is new.`,
  required: (direction: Direction, name: string) => `${mustHold(direction)} ${name}, which could be left out.`,
  optional: (direction: Direction, name: string) => `${who(direction)} may now leave out ${name}.`,
} as const;

function mustHold(direction: Direction): string {
  return direction === 'requests' ? 'Requests must now hold' : 'Answers now always hold';
}
