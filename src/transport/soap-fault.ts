import type { FaultElement } from './soap-answer.ts';
import { startComplex } from './soap-complex.ts';
import { createFrameStack, type Frame, putMember } from './soap-frames.ts';
import { attributeName, isTrue, type MemberPlan, type ReadPlans, type TypePlan } from './soap-read-plans.ts';
import { openRound } from './soap-rounds.ts';
import { type AnyElement, namespaceOf, type OperationRow, type ServiceTable, XSI } from './soap-table.ts';

const XSI_NIL = attributeName(XSI, 'nil');

/** A SOAP fault, 1.1 or 1.2. */
export interface RawFault {
  /** `faultcode`; in SOAP 1.2 the innermost Subcode, else the Code. An unknown prefix leaves the namespace empty. */
  readonly code: { readonly namespace: string; readonly name: string };
  readonly message: string;
  readonly detail?: {
    /** Whether the WSDL declares this fault for the operation. */
    readonly declared: boolean;
    readonly namespace: string;
    readonly name: string;
    /** Typed where any operation of the service declares the fault, else an {@link AnyElement}. */
    readonly value: unknown;
  };
}

/**
 * Reads a fault. Nothing in it is required, children go by their names alone, and what does not fit is left out: a fault that is
 * spelled a little wrong must still say what happened.
 */
export function readFault(
  fault: FaultElement,
  service: ServiceTable,
  operation: OperationRow,
  plans: ReadPlans,
): RawFault {
  const { element } = fault;
  const stack = createFrameStack();
  const holder = child(element, 'detail') ?? child(element, 'Detail');
  const details = holder?.children ?? [];
  const known = details.find(({ namespace, name }) => plans.fault(namespace, name) !== undefined);
  const detail = known ?? details[0];
  return {
    code: codeOf(fault),
    message: (child(element, 'faultstring') ?? child(child(element, 'Reason'), 'Text'))?.text ?? '',
    ...(detail && { detail: detailOf(detail) }),
  };

  function detailOf(found: AnyElement): NonNullable<RawFault['detail']> {
    const { namespace, name } = found;
    const member = plans.fault(namespace, name);
    const declared =
      operation.faults?.some(([local, number]) => local === name && namespaceOf(service, number)[1] === namespace) ===
      true;
    return { declared, namespace, name, value: member === undefined ? found : typed(found, member) };
  }

  function typed(found: AnyElement, member: MemberPlan): unknown {
    if (member.scalar !== undefined) return member.scalar(found.text);
    if (member.type === 'xs:anyType') return found;
    const declared = plans.memberPlan(member);
    const kind = fault.kinds.get(found);
    const plan = (kind && plans.kindPlan(declared, kind.namespace, kind.name)) ?? declared;
    const frame = stack.push(found.name);
    startComplex(frame, plan);
    readAttributes(frame, found, plan);
    const text = plan.text?.scalar(found.text);
    if (text !== undefined) frame.value.$value = text;
    for (const item of found.children) readChild(frame, item, plan);
    stack.pop();
    return frame.value;
  }

  function readChild(frame: Frame, item: AnyElement, plan: TypePlan): void {
    const member = plan.byLocal.get(item.name) ?? plan.wildcard;
    if (member === undefined) return;
    const isNil = member !== plan.wildcard && isTrue(item.attributes[XSI_NIL]);
    const read = isNil ? null : typed(item, member);
    if (read === undefined) return;
    if (member.round !== undefined) openRound(frame, member, member.round);
    putMember(frame, member, read);
  }
}

function readAttributes(frame: Frame, { attributes }: AnyElement, plan: TypePlan): void {
  const open: [string, string][] = [];
  for (const [name, text] of Object.entries(attributes)) {
    const member = plan.attributes.get(name);
    const read = member?.scalar(text);
    if (member !== undefined && read !== undefined) putMember(frame, member, read);
    if (member === undefined && plan.takesAnyAttributes && !name.startsWith(`{${XSI}}`)) open.push([name, text]);
  }
  if (open.length > 0) frame.value.$attributes = Object.fromEntries(open);
}

function codeOf({ element, codes }: FaultElement): RawFault['code'] {
  let holder = child(element, 'Code');
  let code = child(element, 'faultcode') ?? child(holder, 'Value');
  for (holder = child(holder, 'Subcode'); holder !== undefined; holder = child(holder, 'Subcode')) {
    code = child(holder, 'Value') ?? code;
  }
  if (code === undefined) return { namespace: '', name: '' };
  const text = code.text.trim();
  return codes.get(code) ?? { namespace: '', name: text.slice(text.indexOf(':') + 1) };
}

/** Some servers put the children of a SOAP 1.1 fault into the envelope's namespace, so only the name counts. */
function child(element: AnyElement | undefined, name: string): AnyElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}
