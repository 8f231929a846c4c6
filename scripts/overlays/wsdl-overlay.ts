import { SaxesParser } from 'saxes';
import { reasonOf, SpecError } from '../generate/spec-error.ts';
import { findElements, longestFound, parseElementPath, pathTo } from './element-path.ts';
import { type OverlayAction, type OverlayGrammar, type OverlayText, readActions } from './overlay-file.ts';
import { applyEdit, type TextEdit } from './text-edits.ts';
import { findAttribute, readPlaces, type WrittenElement } from './xml-places.ts';

/** Our own form: there is no standard one. docs/regenerate.md describes it. */
const grammar: OverlayGrammar = {
  versionKey: 'wsdlOverlay',
  version: /^1(\.0(\.\d+)?)?$/,
  expected: 'a WSDL overlay of version 1',
  rootKeys: ['wsdlOverlay', 'info', 'actions'],
  actionKeys: ['remove', 'set', 'append', 'before', 'after'],
};

const MOST_SHOWN = 5;

/**
 * Applies overlays to a WSDL, in order, as edits of its text: what no action is about stays byte for byte.
 * @param skip Takes the actions that find nothing, in place of the error.
 * @throws SpecError that names the overlay, its line and the WSDL
 */
export function patchWsdl(
  file: string,
  original: string,
  overlays: readonly OverlayText[],
  skip?: (action: OverlayAction) => void,
): { readonly text: string; readonly edits: readonly TextEdit[] } {
  let text = original;
  let root = readOriginal(file, text);
  const edits: TextEdit[] = [];
  for (const overlay of overlays) {
    for (const action of readActions(overlay, grammar)) {
      const element = find(action, root, file, skip);
      if (element === undefined) continue;
      for (const edit of editsOf(action, text, element)) {
        edits.push(edit);
        text = applyEdit(text, edit);
        root = readEdited(action, text, file);
      }
    }
  }
  return { text, edits };
}

function readOriginal(file: string, text: string): WrittenElement {
  try {
    return readPlaces(text);
  } catch (error) {
    const { line, column } = Object(error) as { line?: number; column?: number };
    throw new SpecError(`not well-formed XML: ${reasonOf(error)}`, { file, line, column }, { cause: error });
  }
}

function readEdited(action: OverlayAction, text: string, file: string): WrittenElement {
  try {
    return readPlaces(text);
  } catch (error) {
    throw action.fault(`with this, ${file} is not well-formed XML any more: ${reasonOf(error)}`, undefined, error);
  }
}

function find(
  action: OverlayAction,
  root: WrittenElement,
  file: string,
  skip: ((action: OverlayAction) => void) | undefined,
): WrittenElement | undefined {
  const { target } = action;
  let steps: ReturnType<typeof parseElementPath>;
  try {
    steps = parseElementPath(target);
  } catch (error) {
    throw action.fault(`the target ${target} is no element path: ${reasonOf(error)}`, 'target', error);
  }
  const found = findElements(root, steps);
  const [element] = found;
  if (element === undefined) {
    if (action.isOptional) return undefined;
    if (skip !== undefined) {
      skip(action);
      return undefined;
    }
    const longest = longestFound(root, target, steps);
    const hint = longest === undefined ? `its root is ${root.local}` : `there is ${longest}`;
    throw action.fault(`the target ${target} finds nothing in ${file}; ${hint}`, 'target');
  }
  if (found.length === 1) return element;
  const shown = found.slice(0, MOST_SHOWN).map(pathTo).join(', ');
  const more = found.length > MOST_SHOWN ? ', …' : '';
  throw action.fault(`the target ${target} finds ${found.length} elements in ${file}: ${shown}${more}`, 'target');
}

function editsOf(action: OverlayAction, text: string, element: WrittenElement): readonly TextEdit[] {
  const { remove, set, append, before, after } = action.fields;
  const asked = Object.entries({ remove, set, append, before, after }).filter(([, value]) => value !== undefined);
  const [key, value] = asked[0] ?? [];
  if (key === undefined || asked.length > 1) {
    throw action.fault('an action needs one of remove, set, append, before and after');
  }
  if (element.parent === undefined && (key === 'remove' || key === 'before' || key === 'after')) {
    throw action.fault(`${key} cannot be done to the root`, key);
  }
  if (key === 'remove') {
    if (value !== true) throw action.fault('remove must be true, or not be there', key);
    return [removal(text, element)];
  }
  if (key === 'set') return settings(action, text, element, value);
  return [insertion(key, text, element, fragmentOf(action, key, value))];
}

/** With its line, where nothing else stands on it. */
function removal(text: string, { start, end }: WrittenElement): TextEdit {
  const lineStart = startOfSpace(text, start);
  const lineEnd = /^[^\S\r\n]*(?:\r\n|\r|\n)/.exec(text.slice(end));
  const isAlone = lineEnd !== null && (lineStart === 0 || /[\r\n]/.test(text.charAt(lineStart - 1)));
  return isAlone ? { start: lineStart, end: end + lineEnd[0].length, text: '' } : { start, end, text: '' };
}

const ATTRIBUTE_NAME = /^[\p{L}_][\p{L}\p{N}\p{M}_.-]*(?::[\p{L}_][\p{L}\p{N}\p{M}_.-]*)?$/u;

/** From the last to the first, so that no edit moves the place of another. */
function settings(action: OverlayAction, text: string, element: WrittenElement, set: unknown): readonly TextEdit[] {
  if (typeof set !== 'object' || set === null || Array.isArray(set)) {
    throw action.fault('set must be an object: attributes with their values, null for those to take away', 'set');
  }
  const edits = Object.entries(set).flatMap(([name, value]: [string, unknown]): TextEdit[] => {
    if (!ATTRIBUTE_NAME.test(name)) throw action.fault(`${JSON.stringify(name)} is no name of an attribute`, 'set');
    if (value !== null && !['string', 'number', 'boolean'].includes(typeof value)) {
      throw action.fault(`the value of ${name} must be a text, a number, true, false or null`, 'set');
    }
    const written = findAttribute(text, element, name);
    if (value === null) return written === undefined ? [] : [{ start: written.start, end: written.end, text: '' }];
    const quote = written?.quote ?? '"';
    const escaped = escapeValue(String(value), quote);
    if (written !== undefined) return [{ start: written.valueStart, end: written.valueEnd, text: escaped }];
    const end = endOfAttributes(text, element);
    return [{ start: end, end, text: ` ${name}="${escaped}"` }];
  });
  return edits.toSorted((left, right) => right.start - left.start);
}

function endOfAttributes(text: string, { start, startTagEnd, isSelfClosing }: WrittenElement): number {
  const inner = text.slice(start, startTagEnd - (isSelfClosing ? 2 : 1));
  return start + inner.trimEnd().length;
}

function escapeValue(value: string, quote: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(quote, quote === '"' ? '&quot;' : '&apos;')
    .replaceAll(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
}

/** Elements that are whole by themselves: what opens in an overlay ends there. */
function fragmentOf(action: OverlayAction, key: string, value: unknown): string {
  if (typeof value !== 'string' || value.trim() === '') throw action.fault(`${key} must be XML, as a text`, key);
  const parser = new SaxesParser({ fragment: true });
  parser.on('error', (error) => {
    throw action.fault(`${key} is not well-formed XML: ${error.message.replace(/^\d+:\d+: /, '')}`, key);
  });
  parser.write(value).close();
  return value.trim();
}

/** On a line of its own, where what it stands beside has one. */
function insertion(key: string, text: string, element: WrittenElement, fragment: string): TextEdit {
  if (key === 'before') return insertAt(element.start, fragment + lineBefore(text, element.start));
  if (key === 'after') return insertAt(element.end, lineBefore(text, element.start) + fragment);
  const last = element.children.at(-1);
  if (last !== undefined) return insertAt(last.end, lineBefore(text, last.start) + fragment);
  if (!element.isSelfClosing) return insertAt(element.startTagEnd, fragment);
  const end = endOfAttributes(text, element);
  return { start: end, end: element.end, text: `>${fragment}</${element.name}>` };
}

function insertAt(start: number, text: string): TextEdit {
  return { start, end: start, text };
}

/** The line end and the white space that an element begins its line with; nothing where it does not begin one. */
function lineBefore(text: string, start: number): string {
  const space = startOfSpace(text, start);
  const lineEnd = /(?:\r\n|\r|\n)$/.exec(text.slice(Math.max(0, space - 2), space))?.[0];
  return lineEnd === undefined ? '' : lineEnd + text.slice(space, start);
}

/** Where the white space before a place begins on its line. Read from its end: a pattern would begin anew at each space of the document. */
function startOfSpace(text: string, end: number): number {
  let start = end;
  while (start > 0 && /[^\S\r\n]/.test(text.charAt(start - 1))) start -= 1;
  return start;
}
