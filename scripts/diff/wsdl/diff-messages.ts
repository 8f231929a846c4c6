import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction, RuleName } from '../rules.ts';
import { capital, who } from '../sentences.ts';
import { compareDocumentation, keyNow, type Nodes, quoted, tell, type Walk } from './compared.ts';
import { compareElements } from './diff-elements.ts';
import { isRequiredExtension } from './foreign-attributes.ts';
import type { Header, Message } from './ports.ts';
import { elementOf, keyOf, typeOf, wireName } from './read-wsdl.ts';

/** Which message it is. */
export interface About {
  readonly direction: Direction;
  /** "the request of the operation `login`" */
  readonly subject: string;
  readonly nodes: Required<Nodes>;
  readonly style: string;
}

/** Compares what goes one way. */
export function compareMessages(walk: Walk, old: Message | undefined, next: Message | undefined, about: About): void {
  const { direction, subject, nodes } = about;
  const say = (rule: RuleName, at: Nodes, sentence: string) => tell(walk, rule, direction, at, capital(sentence));
  if (old === undefined && next === undefined) return;
  if (old === undefined || next === undefined) {
    const [added, removed] =
      direction === 'requests'
        ? (['body-added-required', 'body-removed'] as const)
        : (['answer-added', 'answer-removed'] as const);
    if (old === undefined) say(added, { new: next?.node }, `${subject} is new.`);
    else say(removed, { old: old.node }, `${subject} is gone.`);
    return;
  }
  const both = { old: old.node, new: next.node };
  walk.reporter.reach.leadTo(next.message);
  for (const key of ['use', 'encodingStyle'] as const) {
    if (old[key] === next[key]) continue;
    say('encoding-changed', nodes, `the ${key} of ${subject} is now ${quoted(next[key])}; it was ${quoted(old[key])}.`);
  }
  if (about.style === 'rpc' && walk.namespaceNow(old.namespace) !== next.namespace) {
    say(
      'namespace-changed',
      nodes,
      `the namespace of ${subject} is now ${quoted(next.namespace)}; it was ${quoted(old.namespace)}.`,
    );
  }
  const [was, is] = [old.message, next.message].map((node) => node.attributes.get('name'));
  if (was !== is)
    tell(
      walk,
      'name-changed',
      'requests',
      both,
      `The message of ${subject} is now called ${quoted(is)}; it was ${quoted(was)}.`,
    );
  compareDocumentation(walk, { old: old.message, new: next.message }, `the message of ${subject}`);
  compareHeaders(walk, old.headers, next.headers, about);
  if (about.style === 'rpc') compareParts(walk, old, next, about);
  else compareBodies(walk, old, next, about);
}

/** In style document the parts are elements; their names are not on the wire. */
function compareBodies(walk: Walk, old: Message, next: Message, { direction, subject }: About): void {
  const name = (part: XmlNode, wsdl: Walk['old']) =>
    part.attributes.has('element') ? wireName(elementOf(wsdl, part)) : undefined;
  const rest = [...next.parts];
  const gone: XmlNode[] = [];
  for (const part of old.parts) {
    const was = name(part, walk.old);
    const index = rest.findIndex((other) => {
      const is = name(other, walk.new);
      return was === undefined ? is === undefined : is !== undefined && keyNow(walk, was) === keyOf(is);
    });
    const [same] = index === -1 ? [] : rest.splice(index, 1);
    if (same === undefined) {
      gone.push(part);
      continue;
    }
    const [wasCalled, isCalled] = [part, same].map((one) => one.attributes.get('name'));
    if (wasCalled !== isCalled) {
      tell(
        walk,
        'name-changed',
        'requests',
        { old: part, new: same },
        `The part \`${wasCalled}\` of ${subject} is now called \`${isCalled}\`.`,
      );
    }
    comparePart(walk, part, same, direction);
  }
  for (const [index, part] of gone.entries()) {
    const other = rest[index];
    const word = (one: XmlNode | undefined, wsdl: Walk['old']) =>
      quoted(one && (name(one, wsdl)?.local ?? one.attributes.get('type')));
    tell(
      walk,
      'body-changed',
      direction,
      { old: part, new: other },
      `${capital(subject)} now holds ${word(other, walk.new)}; it was ${word(part, walk.old)}.`,
    );
  }
  for (const part of rest.slice(gone.length)) {
    tell(
      walk,
      'body-changed',
      direction,
      { new: part },
      `${capital(subject)} now holds ${quoted(name(part, walk.new)?.local)} too.`,
    );
  }
}

/** In style rpc the parts are what the wrapper holds, by name. */
function compareParts(walk: Walk, old: Message, next: Message, { direction, subject }: About): void {
  const named = (parts: readonly XmlNode[]) => new Map(parts.map((part) => [part.attributes.get('name') ?? '', part]));
  const [before, after] = [named(old.parts), named(next.parts)];
  for (const [name, part] of before) {
    const same = after.get(name);
    if (same !== undefined) comparePart(walk, part, same, direction);
    else
      tell(
        walk,
        'field-removed',
        direction,
        { old: part },
        `${capital(subject)} no longer holds the part \`${name}\`.`,
      );
  }
  for (const [name, part] of after) {
    if (!before.has(name))
      tell(
        walk,
        'field-added-required',
        direction,
        { new: part },
        `${capital(subject)} must now hold the part \`${name}\`, which is new.`,
      );
  }
  const order = (names: Iterable<string>, others: ReadonlyMap<string, XmlNode>) =>
    [...names].filter((name) => others.has(name)).join(', ');
  if (order(before.keys(), after) !== order(after.keys(), before)) {
    tell(
      walk,
      'order-changed',
      direction,
      { old: old.message, new: next.message },
      `The parts of ${subject} come in another order: ${order(after.keys(), before)}.`,
    );
  }
}

function comparePart(walk: Walk, old: XmlNode, next: XmlNode, direction: Direction): void {
  const isElement = old.attributes.has('element');
  if (isElement && next.attributes.has('element')) {
    const nodes = { old: elementOf(walk.old, old), new: elementOf(walk.new, next) };
    compareElements(walk, nodes, direction, wireName(nodes.new).local);
  } else if (isElement === next.attributes.has('element')) {
    walk.types.later(typeOf(walk.old, old), typeOf(walk.new, next), direction, next.attributes.get('name') ?? '', {
      old,
      new: next,
    });
  } else {
    tell(
      walk,
      'type-changed',
      direction,
      { old, new: next },
      `${who(direction)} describe the part \`${next.attributes.get('name') ?? ''}\` in another way: by an element or by a type.`,
    );
  }
}

/** Headers may be left out: WSDL 1.1 lets a message have others than it lists, and our clients ask for none. */
function compareHeaders(
  walk: Walk,
  old: readonly Header[],
  next: readonly Header[],
  { direction, subject }: About,
): void {
  const name = ({ part }: Header, wsdl: Walk['old']) =>
    part.attributes.has('element')
      ? wireName(elementOf(wsdl, part))
      : { uri: '', local: part.attributes.get('name') ?? '' };
  const before = new Map(old.map((header) => [keyNow(walk, name(header, walk.old)), header]));
  const after = new Map(next.map((header) => [keyOf(name(header, walk.new)), header]));
  for (const [key, header] of before) {
    const same = after.get(key);
    if (same !== undefined) compareHeader(walk, header, same, { direction, subject });
    else
      tell(
        walk,
        'header-removed',
        direction,
        { old: header.node },
        `${capital(subject)} no longer has the header \`${name(header, walk.old).local}\`.`,
      );
  }
  for (const [key, header] of after) {
    if (before.has(key)) continue;
    const [rule, what] = isRequiredExtension(header.node)
      ? (['header-added-required', 'must now have'] as const)
      : (['header-added', 'may now have'] as const);
    const sentence = `${capital(subject)} ${what} the header \`${name(header, walk.new).local}\`.`;
    tell(walk, rule, direction, { new: header.node }, sentence);
  }
}

function compareHeader(
  walk: Walk,
  old: Header,
  next: Header,
  { direction, subject }: Pick<About, 'direction' | 'subject'>,
): void {
  const nodes = { old: old.node, new: next.node };
  const nameNow = next.part.attributes.get('name') ?? '';
  const word = `the header \`${nameNow}\` of ${subject}`;
  const [was, is] = [old, next].map(({ node }) => isRequiredExtension(node));
  if (was !== is) {
    const rule = is === true ? 'header-required' : 'header-optional';
    tell(
      walk,
      rule,
      direction,
      nodes,
      `${capital(word)} ${is === true ? 'must now be there' : 'may now be left out'}.`,
    );
  }
  for (const key of ['use', 'encodingStyle', 'namespace']) {
    const [before, now] = [old, next].map(
      ({ node }) => node.attributes.get(key) ?? (key === 'use' ? 'literal' : undefined),
    );
    if (before === now) continue;
    const sentence = `The ${key} of ${word} is now ${quoted(now)}; it was ${quoted(before)}.`;
    tell(walk, 'encoding-changed', direction, nodes, sentence);
  }
  const called = ({ part }: Header) =>
    `${part.parent?.attributes.get('name') ?? ''}/${part.attributes.get('name') ?? ''}`;
  if (called(old) !== called(next))
    tell(
      walk,
      'name-changed',
      'requests',
      nodes,
      `The message part of ${word} is now called ${quoted(called(next))}; it was ${quoted(called(old))}.`,
    );
  comparePart(walk, old.part, next.part, direction);
}
