import type { FaultElement } from './soap-answer.ts';
import { attributeName, type MemberPlan, type ReadPlans } from './soap-read-plans.ts';
import { type AnyElement, namespaceOf, type OperationRow, type ServiceTable, XSI } from './soap-table.ts';

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
    const plan = plans.memberPlan(member);
    const value: [string, unknown][] = plan.isTagged ? [['$type', plan.type]] : [];
    for (const [name, text] of Object.entries(found.attributes)) {
      const attribute = plan.attributes.get(name);
      if (attribute !== undefined) value.push([attribute.key, attribute.scalar(text)]);
    }
    if (plan.text !== undefined) value.push(['$value', plan.text.scalar(found.text)]);
    const lists = new Map<string, unknown[]>();
    for (const item of found.children) {
      const part = plan.byLocal.get(item.name);
      if (part === undefined) continue;
      const read = isNil(item) ? null : typed(item, part);
      if (!part.isArray) value.push([part.key, read]);
      else lists.set(part.key, [...(lists.get(part.key) ?? []), read]);
    }
    return Object.fromEntries([...value, ...lists].filter(([, read]) => read !== undefined));
  }
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

function isNil({ attributes }: AnyElement): boolean {
  const value = attributes[attributeName(XSI, 'nil')];
  return value === 'true' || value === '1';
}

/** Some servers put the children of a SOAP 1.1 fault into the envelope's namespace, so only the name counts. */
function child(element: AnyElement | undefined, name: string): AnyElement | undefined {
  return element?.children.find((candidate) => candidate.name === name);
}
