import { readAttributes } from './soap-attributes.ts';
import { closeComplex, startComplex } from './soap-complex.ts';
import { EnvelopeError } from './soap-envelope-error.ts';
import {
  anyElement,
  createFrameStack,
  type Frame,
  nameOf,
  putMember,
  type ResolvedName,
  type ResolvePrefix,
  resolveName,
  type StartTag,
} from './soap-frames.ts';
import { attributeName, isTrue, type MemberPlan, type ReadPlans, type TypePlan } from './soap-read-plans.ts';
import { openRound } from './soap-rounds.ts';
import { type AnyElement, type OperationRow, SOAP_11, SOAP_12, type UnknownElement, XSI } from './soap-table.ts';

/** A SOAP fault as it came. */
export interface FaultElement {
  readonly element: AnyElement;
  /** What the qualified names in its texts mean, where they could be resolved. */
  readonly codes: ReadonlyMap<AnyElement, ResolvedName | undefined>;
  /** What the `xsi:type` of its elements means, likewise. */
  readonly kinds: ReadonlyMap<AnyElement, ResolvedName | undefined>;
}

/** What an envelope held. */
interface EnvelopeContent {
  readonly version: '1.1' | '1.2';
  /** Absent when there is a fault. */
  readonly value: unknown;
  readonly headers: Record<string, unknown> | undefined;
  readonly fault: FaultElement | undefined;
  /** Paths without places in lists, each once. */
  readonly unknown: string[];
  readonly unknownElements: UnknownElement[];
}

/** Builds the content of an envelope while its tags go by. @throws EnvelopeError */
export interface ContentBuilder {
  open(tag: StartTag, resolve: ResolvePrefix): void;
  text(text: string): void;
  close(resolve: ResolvePrefix): void;
  finish(): EnvelopeContent;
}

/** An answer full of made-up names must not fill the memory. */
const MOST_UNKNOWN_PATHS = 1_000;
const MOST_UNKNOWN_ELEMENTS = 10_000;
const XSI_TYPE = attributeName(XSI, 'type');

export function createContentBuilder(plans: ReadPlans, operation: OperationRow): ContentBuilder {
  const output = plans.partMember(operation.output);
  /** Whether the body itself is of the output's type, with no element around it or several. */
  const isBare = output.local === '';
  const outputHeaders = operation.outputHeaders?.map((part) => plans.partMember(part));
  const stack = createFrameStack();
  const unknownPaths = new Set<string>();
  const unknownElements: UnknownElement[] = [];
  const codes = new Map<AnyElement, ResolvedName | undefined>();
  const kinds = new Map<AnyElement, ResolvedName | undefined>();
  let soap: string | undefined;
  let value: unknown;
  let headers: Record<string, unknown> | undefined;
  let fault: AnyElement | undefined;
  let elementsKept = 0;

  return { open, text, close, finish };

  function open(tag: StartTag, resolve: ResolvePrefix): void {
    const parent = stack.top;
    const frame = stack.push(tag.local);
    if (parent.kind === 'complex') openChild(parent, frame, tag, resolve);
    else if (parent.kind === 'any') openInside(parent, frame, tag);
    else if (parent.kind === 'body') openBody(parent, frame, tag, resolve);
    else if (parent.kind === 'envelope') openPart(frame, tag);
    else if (parent.kind === 'document') openEnvelope(frame, tag);
    else if (parent.kind === 'header') openHeader(frame, tag, resolve);
    else if (parent.kind === 'simple') openUnknown(frame, tag);
    else frame.kind = 'skip';
  }

  function openEnvelope(frame: Frame, tag: StartTag): void {
    if (tag.local !== 'Envelope' || (tag.uri !== SOAP_11 && tag.uri !== SOAP_12)) {
      throw new EnvelopeError({ reason: 'not-soap', expected: 'a SOAP Envelope', found: nameOf(tag) });
    }
    soap = tag.uri;
    frame.kind = 'envelope';
  }

  function openPart(frame: Frame, tag: StartTag): void {
    if (tag.uri === soap && tag.local === 'Body') {
      if (isBare) startComplex(frame, plans.memberPlan(output));
      frame.kind = 'body';
    } else if (tag.uri === soap && tag.local === 'Header') frame.kind = 'header';
    else openUnknown(frame, tag);
  }

  function openHeader(frame: Frame, tag: StartTag, resolve: ResolvePrefix): void {
    const member = outputHeaders?.find(({ local, uri }) => local === tag.local && uri === tag.uri);
    if (member !== undefined) {
      openMember(frame, member, tag, resolve);
      return;
    }
    const must = Object.values(tag.attributes).find((it) => it.uri === soap && it.local === 'mustUnderstand')?.value;
    if (isTrue(must)) {
      throw stack.contract('only headers of the WSDL to be marked mustUnderstand', nameOf(tag));
    }
    openUnknown(frame, tag);
  }

  function openBody(parent: Frame, frame: Frame, tag: StartTag, resolve: ResolvePrefix): void {
    if (value !== undefined || fault !== undefined) {
      openUnknown(frame, tag);
    } else if (tag.uri === soap && tag.local === 'Fault') {
      fault = openAny(frame, tag);
    } else if (isBare) {
      openChild(parent, frame, tag, resolve);
    } else if (tag.local === output.local && tag.uri === output.uri) {
      openMember(frame, output, tag, resolve);
    } else {
      stack.pop();
      throw stack.contract(`{${output.uri}}${output.local} or a SOAP Fault`, nameOf(tag));
    }
  }

  function openChild(parent: Frame, frame: Frame, tag: StartTag, resolve: ResolvePrefix): void {
    const member = parent.plan?.byLocal.get(tag.local);
    if (member === undefined || member.uri !== tag.uri) {
      frame.member = parent.plan?.wildcard;
      if (frame.member === undefined) openUnknown(frame, tag);
      else openAny(frame, tag);
      return;
    }
    if (member.round !== undefined) {
      frame.index = openRound(parent, member, member.round);
      openMember(frame, member, tag, resolve);
      return;
    }
    const isThere = Object.hasOwn(parent.value, member.key);
    if (member.isArray) {
      const list = isThere ? parent.value[member.key] : undefined;
      frame.index = Array.isArray(list) ? list.length : 0;
    } else if (isThere) {
      throw stack.contract('one element of this name', 'two');
    }
    openMember(frame, member, tag, resolve);
  }

  function openMember(frame: Frame, member: MemberPlan, tag: StartTag, resolve: ResolvePrefix): void {
    frame.member = member;
    let kind: string | undefined;
    for (const key in tag.attributes) {
      const attribute = tag.attributes[key];
      if (attribute?.uri !== XSI) continue;
      if (attribute.local === 'type') kind = attribute.value;
      else if (attribute.local === 'nil' && isTrue(attribute.value)) {
        openNil(frame, member);
        return;
      }
    }
    if (member.scalar !== undefined) {
      frame.kind = 'simple';
    } else if (member.type === 'xs:anyType') {
      openAny(frame, tag);
    } else {
      const declared = plans.memberPlan(member);
      openComplex(frame, tag, kind === undefined ? declared : kindOf(declared, kind, resolve));
    }
  }

  function openNil(frame: Frame, member: MemberPlan): void {
    if (!member.isNillable && (member.isRequired || member.isArray)) throw stack.contract(member.type, 'nil');
    frame.kind = 'nil';
  }

  function openComplex(frame: Frame, tag: StartTag, plan: TypePlan): void {
    startComplex(frame, plan);
    readAttributes(stack, frame, tag, plan);
  }

  function kindOf(declared: TypePlan, written: string, resolve: ResolvePrefix): TypePlan {
    const name = resolveName(written.trim(), resolve);
    const plan = name && plans.kindPlan(declared, name.namespace, name.name);
    if (plan !== undefined) return plan;
    noteUnknown('.@xsi:type');
    return declared;
  }

  function openUnknown(frame: Frame, tag: StartTag): void {
    noteUnknown('');
    keepUnknown(frame, tag);
  }

  function keepUnknown(frame: Frame, tag: StartTag): AnyElement | undefined {
    elementsKept++;
    if (elementsKept > MOST_UNKNOWN_ELEMENTS) {
      frame.kind = 'skip';
      return undefined;
    }
    frame.isUnknown = true;
    return openAny(frame, tag);
  }

  function openInside(parent: Frame, frame: Frame, tag: StartTag): void {
    const element = parent.isUnknown ? keepUnknown(frame, tag) : openAny(frame, tag);
    if (element !== undefined) parent.element?.children.push(element);
  }

  function openAny(frame: Frame, tag: StartTag): AnyElement {
    frame.kind = 'any';
    frame.element = anyElement(tag);
    return frame.element;
  }

  function text(chunk: string): void {
    const { top } = stack;
    const isKept = top.kind === 'simple' || top.kind === 'any';
    if (isKept || (top.kind === 'complex' && top.plan?.text !== undefined)) top.text += chunk;
    else if (top.kind === 'complex' && /\S/.test(chunk)) noteUnknown('.#text');
  }

  function close(resolve: ResolvePrefix): void {
    const frame = stack.top;
    if (frame.kind === 'simple') {
      const read = frame.member?.scalar?.(frame.text);
      if (read === undefined) {
        throw stack.contract(frame.member?.type ?? '', frame.text.trim() === '' ? 'nothing' : 'other text');
      }
      stack.pop();
      deliver(frame, read);
    } else if (frame.kind === 'complex') {
      closeComplex(stack, frame);
      stack.pop();
      deliver(frame, frame.value);
    } else if (frame.kind === 'nil') {
      stack.pop();
      // Nil where the schema only allows absence means absence.
      if (frame.member?.isNillable) deliver(frame, null);
    } else if (frame.kind === 'any') {
      closeAny(frame, resolve);
    } else {
      if (isBare && frame.kind === 'body' && fault === undefined) {
        closeComplex(stack, frame);
        value = frame.value;
      }
      stack.pop();
    }
  }

  function closeAny(frame: Frame, resolve: ResolvePrefix): void {
    const { element, member } = frame;
    if (element === undefined) return;
    element.text = frame.text;
    if (element.name === 'faultcode' || element.name === 'Value') {
      codes.set(element, resolveName(element.text.trim(), resolve));
    }
    const kind = fault === undefined ? undefined : element.attributes[XSI_TYPE];
    if (kind !== undefined) kinds.set(element, resolveName(kind.trim(), resolve));
    if (frame.isUnknown && !stack.below.isUnknown) {
      unknownElements.push({ path: stack.path(true), element });
    }
    stack.pop();
    if (member !== undefined) deliver(frame, element);
  }

  function deliver({ member, local }: Frame, read: unknown): void {
    const parent = stack.top;
    if (parent.kind === 'body' && !isBare) value = read;
    else if (parent.kind === 'header') headers = { ...headers, [local]: read };
    else if (member !== undefined) putMember(parent, member, read);
  }

  function finish(): EnvelopeContent {
    if (value === undefined && fault === undefined) {
      const expected = `{${output.uri}}${output.local} or a SOAP Fault`;
      throw new EnvelopeError({ reason: 'contract', path: 'Envelope.Body', expected, found: 'nothing' });
    }
    return {
      version: soap === SOAP_12 ? '1.2' : '1.1',
      value,
      headers,
      fault: fault && { element: fault, codes, kinds },
      unknown: [...unknownPaths],
      unknownElements,
    };
  }

  function noteUnknown(suffix: string): void {
    if (unknownPaths.size < MOST_UNKNOWN_PATHS) unknownPaths.add(stack.path(false) + suffix);
  }
}
