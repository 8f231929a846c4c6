import { EnvelopeError } from './soap-envelope-error.ts';
import { attributeName, type MemberPlan, type RoundPlan, type TypePlan } from './soap-read-plans.ts';
import { type AnyElement, XMLNS } from './soap-table.ts';

/** A start tag with its names resolved; what saxes gives fits. */
export interface StartTag {
  readonly local: string;
  readonly uri: string;
  readonly attributes: Readonly<Record<string, TagAttribute>>;
}

interface TagAttribute {
  readonly local: string;
  readonly uri: string;
  readonly value: string;
}

type FrameKind = 'document' | 'envelope' | 'header' | 'body' | 'complex' | 'simple' | 'any' | 'nil' | 'skip';

/** An open element. Frames are used again, so that reading a record leaves no garbage but the record. */
export interface Frame {
  kind: FrameKind;
  local: string;
  /** Place in a list, or -1. */
  index: number;
  member: MemberPlan | undefined;
  plan: TypePlan | undefined;
  value: Record<string, unknown>;
  element: AnyElement | undefined;
  text: string;
  /** How many required members were seen. */
  required: number;
  /** The list whose last round is going on, and the place in the round of its last element. */
  roundList: MemberPlan | undefined;
  roundAt: number;
  /** Whether it is, or is inside, what the WSDL does not have. */
  isUnknown: boolean;
}

/** The open elements, outermost first; the first stands for the document. */
export interface FrameStack {
  readonly top: Frame;
  readonly below: Frame;
  push(local: string): Frame;
  pop(): void;
  /** Path of the innermost element, from the child of Body on. */
  path(withPlaces: boolean): string;
  /** The error for an innermost element that does not fit the WSDL. */
  contract(expected: string, found: string, suffix?: string): EnvelopeError;
}

export function createFrameStack(): FrameStack {
  const frames: Frame[] = [];
  let depth = 0;

  const stack: FrameStack = {
    get top() {
      return frameAt(depth);
    },
    get below() {
      return frameAt(depth - 1);
    },
    push(local) {
      depth++;
      const frame = frameAt(depth);
      frame.local = local;
      frame.index = -1;
      frame.member = undefined;
      frame.text = '';
      frame.isUnknown = false;
      return frame;
    },
    pop() {
      depth--;
    },
    path(withPlaces) {
      const open = frames.slice(1, depth + 1);
      const steps = open[1]?.kind === 'body' && open.length > 2 ? open.slice(2) : open;
      return steps.map(({ local, index }) => (withPlaces && index >= 0 ? `${local}[${index}]` : local)).join('.');
    },
    contract: (expected, found, suffix = '') =>
      new EnvelopeError({ reason: 'contract', path: (stack.path(true) + suffix).slice(0, 500), expected, found }),
  };
  return stack;

  function frameAt(at: number): Frame {
    let frame = frames[at];
    if (frame === undefined) {
      frame = {
        kind: 'document',
        local: '',
        index: -1,
        member: undefined,
        plan: undefined,
        value: {},
        element: undefined,
        text: '',
        required: 0,
        roundList: undefined,
        roundAt: -1,
        isUnknown: false,
      };
      frames[at] = frame;
    }
    return frame;
  }
}

/** Puts a member's value into the object of a complex element. */
export function putMember(frame: Frame, member: MemberPlan, read: unknown): void {
  const into = member.round === undefined ? frame.value : (roundsOf(frame, member.round).at(-1) ?? {});
  const { key } = member;
  if (member.isArray) {
    const list = Object.hasOwn(into, key) ? into[key] : undefined;
    if (Array.isArray(list)) {
      list.push(read);
      return;
    }
  }
  if (member.isRequired) frame.required++;
  const made = member.isArray ? [read] : read;
  // Assigned, this one name would change the object's prototype.
  if (key === '__proto__')
    Object.defineProperty(into, key, { value: made, enumerable: true, configurable: true, writable: true });
  else into[key] = made;
}

/** The rounds so far of elements that repeat together. */
export function roundsOf({ value }: Frame, { list }: Pick<RoundPlan, 'list'>): Record<string, unknown>[] {
  const rounds = Object.hasOwn(value, list.key) ? value[list.key] : undefined;
  // Nothing but rounds is ever put there.
  return Array.isArray(rounds) ? (rounds as Record<string, unknown>[]) : [];
}

/** An element as it came, without its children and text. */
export function anyElement(tag: StartTag): AnyElement {
  const attributes = Object.values(tag.attributes)
    .filter(({ uri }) => uri !== XMLNS)
    .map(({ uri, local, value }): [string, string] => [attributeName(uri, local), value]);
  // fromEntries defines keys, so that not even `__proto__` is more than a key.
  return { name: tag.local, namespace: tag.uri, attributes: Object.fromEntries(attributes), children: [], text: '' };
}

/** The name of an element for messages. It comes from the wire, so a long one is cut. */
export function nameOf({ uri, local }: StartTag): string {
  return attributeName(uri, local).slice(0, 200);
}

/** The namespace bound to a prefix at the tag that is being read. */
export type ResolvePrefix = (prefix: string) => string | undefined;

export interface ResolvedName {
  readonly namespace: string;
  readonly name: string;
}

/** What a qualified name in a text means, or `undefined` when its prefix is bound to nothing. */
export function resolveName(written: string, resolve: ResolvePrefix): ResolvedName | undefined {
  const colon = written.indexOf(':');
  const namespace = resolve(colon === -1 ? '' : written.slice(0, colon));
  if (namespace === undefined && colon !== -1) return undefined;
  return { namespace: namespace ?? '', name: written.slice(colon + 1) };
}
