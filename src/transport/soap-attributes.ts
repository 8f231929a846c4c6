import { type Frame, type FrameStack, putMember, type StartTag } from './soap-frames.ts';
import { attributeName, type TypePlan } from './soap-read-plans.ts';
import { XMLNS, XSI } from './soap-table.ts';

/** Reads the attributes of an element that the schema has or leaves open. @throws EnvelopeError for one with a wrong value */
export function readAttributes(stack: FrameStack, frame: Frame, tag: StartTag, plan: TypePlan): void {
  if (plan.takesAnyAttributes) keepOpen(frame, tag, plan.attributes);
  if (plan.attributes.size === 0) return;
  for (const attribute of Object.values(tag.attributes)) {
    const member = plan.attributes.get(attributeName(attribute.uri, attribute.local));
    if (member === undefined) continue;
    const read = member.scalar(attribute.value);
    if (read === undefined) throw stack.contract(member.type, 'other text', `.@${member.local}`);
    putMember(frame, member, read);
  }
}

function keepOpen(frame: Frame, tag: StartTag, declared: TypePlan['attributes']): void {
  const open = Object.values(tag.attributes)
    .filter(({ uri }) => uri !== XMLNS && uri !== XSI)
    .map(({ uri, local, value }): [string, string] => [attributeName(uri, local), value])
    .filter(([name]) => !declared.has(name));
  if (open.length > 0) frame.value.$attributes = Object.fromEntries(open);
}
