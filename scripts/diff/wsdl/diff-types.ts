import type { XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Direction } from '../rules.ts';
import {
  compareDocumentation,
  keyNow,
  type Nodes,
  quoted,
  type TypeComparison,
  tell,
  typeName,
  type Walk,
  type Wsdls,
} from './compared.ts';
import { type ComplexView, complexView } from './content.ts';
import { compareAttributes } from './diff-attributes.ts';
import { compareContent } from './diff-content.ts';
import { compareKindsOfType } from './diff-kinds.ts';
import { compareSimple } from './diff-simple.ts';
import { globalName, keyOf, type TypeRef, type Wsdl } from './read-wsdl.ts';
import { simpleView } from './simple.ts';

/** Makes a comparison that works through a list, not with the stack. */
export function createTypeComparison(wsdls: Wsdls): TypeComparison {
  const done = new Set<string>();
  const todo: (() => void)[] = [];
  const numbers = new Map<XmlNode, number>();
  const { reach } = wsdls.reporter;
  const types: TypeComparison = {
    later(old, next, direction, label, used) {
      const key = `${numberOf(old)} ${numberOf(next)} ${direction}`;
      if (old.kind === 'builtin' && next.kind === 'builtin' && old.name === next.name) return;
      // Two simple values of the same types are still two places: each is told about.
      const isShared = old.kind === 'declared' && next.kind === 'declared';
      const what = isShared ? key : {};
      reach.leadTo(what);
      if (isShared && done.has(key)) return;
      if (isShared) done.add(key);
      todo.push(() => reach.within(what, () => compare({ ...wsdls, types }, old, next, direction, label, used)));
    },
    finish() {
      for (let task = todo.pop(); task !== undefined; task = todo.pop()) task();
    },
  };
  return types;

  function numberOf(type: TypeRef): string {
    if (type.kind === 'builtin') return type.name;
    const known = numbers.get(type.node) ?? numbers.size;
    numbers.set(type.node, known);
    return String(known);
  }
}

function compare(
  walk: Walk,
  old: TypeRef,
  next: TypeRef,
  direction: Direction,
  reached: string,
  used: Required<Nodes>,
): void {
  const own = ownName(walk, old, next);
  const label = own ?? reached;
  const nodes = {
    old: old.kind === 'declared' ? old.node : undefined,
    new: next.kind === 'declared' ? next.node : undefined,
  };
  // What XML Schema brings along stands nowhere: then the change is where it is used.
  const places = { old: nodes.old ?? used.old, new: nodes.new ?? used.new };
  const simple = { old: simpleView(walk.old, old), new: simpleView(walk.new, next) };
  const isBoth = nodes.old !== undefined && nodes.new !== undefined;
  if (isBoth && nodes.old !== undefined && nodes.new !== undefined) {
    walk.paired.set(nodes.new, nodes.old);
    walk.reporter.reach.leadTo(nodes.new);
    compareNames(walk, { old: nodes.old, new: nodes.new });
    compareDocumentation(
      walk,
      { old: nodes.old, new: nodes.new },
      own === undefined ? `the type of \`${label}\`` : `the type \`${own}\``,
    );
  }
  if (isComplex(old) && isComplex(next)) compareComplex(walk, old, next, direction, label);
  if (simple.old !== undefined && simple.new !== undefined) {
    if (isComplex(old) !== isComplex(next)) {
      const views = { old: attributesOf(walk.old, old), new: attributesOf(walk.new, next) };
      compareAttributes(walk, views, direction, reached);
    }
    compareSimple(
      walk,
      { old: simple.old, new: simple.new },
      places,
      direction,
      isComplex(old) === isComplex(next) ? label : reached,
    );
    return;
  }
  if (isComplex(old) && isComplex(next) && (simple.old === undefined) === (simple.new === undefined)) return;
  if (typeName(old) === typeName(next) && old.kind === 'builtin') return;
  const rule = isAny(next) ? 'type-widened' : isAny(old) ? 'type-narrowed' : 'type-changed';
  const hasName = typeName(old) !== typeName(next);
  const word = (type: TypeRef) => {
    const name = hasName ? typeName(type) : undefined;
    return name === undefined ? (isComplex(type) ? 'a complex type' : 'a simple type') : quoted(name);
  };
  tell(walk, rule, direction, used, `In ${direction}, \`${reached}\` is now ${word(next)}; it was ${word(old)}.`);
}

/** The name that both have. A type that took the place of another one is told about by where it is used. */
function ownName(walk: Walk, old: TypeRef, next: TypeRef): string | undefined {
  const was = old.kind === 'declared' ? globalName(old.node) : undefined;
  const is = next.kind === 'declared' ? globalName(next.node) : undefined;
  return was !== undefined && is !== undefined && keyNow(walk, was) === keyOf(is) ? is.local : undefined;
}

function isComplex(type: TypeRef): boolean {
  return type.kind === 'declared' && type.node.local === 'complexType';
}

function isAny(type: TypeRef): boolean {
  return type.kind === 'builtin' && type.name === 'xs:anyType';
}

/** A simple type has no attributes; with some it is a complex type that holds text. */
function attributesOf(wsdl: Wsdl, type: TypeRef): Pick<ComplexView, 'attributes' | 'anyAttribute'> {
  if (type.kind === 'declared' && isComplex(type)) return complexView(wsdl, type.node);
  return { attributes: new Map(), anyAttribute: undefined };
}

/** The name of a type is not on the wire, except in `xsi:type`, which is compared with the types that extend others. */
function compareNames(walk: Walk, nodes: { old: XmlNode; new: XmlNode }): void {
  const [was, is] = [globalName(nodes.old), globalName(nodes.new)];
  if (was === undefined || is === undefined || keyNow(walk, was) === keyOf(is)) return;
  tell(walk, 'name-changed', 'requests', nodes, `The type \`${was.local}\` is now called \`${is.local}\`.`);
}

function compareComplex(walk: Walk, old: TypeRef, next: TypeRef, direction: Direction, label: string): void {
  if (old.kind === 'builtin' || next.kind === 'builtin') return;
  const nodes = { old: old.node, new: next.node };
  const views = { old: complexView(walk.old, old.node), new: complexView(walk.new, next.node) };
  if ((views.old.text === undefined) !== (views.new.text === undefined)) return;
  if (views.old.isMixed !== views.new.isMixed) {
    const what = views.new.isMixed ? 'may now stand' : 'may no longer stand';
    tell(
      walk,
      'model-changed',
      direction,
      nodes,
      `In ${direction}, text ${what} between the elements of \`${label}\`.`,
    );
  }
  compareAttributes(walk, views, direction, label);
  compareContent({ walk, direction, label, owner: nodes }, views.old.content, views.new.content);
  compareKindsOfType(walk, nodes, direction, label);
}
