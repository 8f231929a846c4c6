import { docOf } from '../../generate/wsdl/schema-index.ts';
import type { QName, XmlNode } from '../../generate/wsdl/xml-tree.ts';
import type { Reporter } from '../change.ts';
import type { Direction, RuleName } from '../rules.ts';
import { at, globalName, keyOf, type TypeRef, type Wsdl } from './read-wsdl.ts';

/** The two services and where changes go. */
export interface Wsdls {
  readonly old: Wsdl;
  readonly new: Wsdl;
  readonly reporter: Reporter;
  /** What a namespace of the old service is called in the new one. */
  readonly namespaceNow: (uri: string) => string;
  /** Nodes of the new service whose documentation was compared. */
  readonly documented: Set<XmlNode>;
  /** Types that were compared with each other, whatever they are called: those of the old service by those of the new one. */
  readonly paired: Map<XmlNode, XmlNode>;
}

/** Compares types, each pair once for each direction: that ends recursion. */
export interface TypeComparison {
  /** Compares when `finish` is called. `used` is where the types are, and `label` what is of them. */
  later(old: TypeRef, next: TypeRef, direction: Direction, label: string, used: Required<Nodes>): void;
  finish(): void;
}

/** What is handed around while two services are compared. */
export interface Walk extends Wsdls {
  readonly types: TypeComparison;
}

/** Nodes of both services, as far as each has one. */
export interface Nodes {
  readonly old?: XmlNode | undefined;
  readonly new?: XmlNode | undefined;
}

/** Reports a change at nodes. */
export function tell(walk: Wsdls, rule: RuleName, direction: Direction, nodes: Nodes, sentence: string): void {
  const places = { old: nodes.old && at(nodes.old), new: nodes.new && at(nodes.new) };
  walk.reporter.report(rule, direction, places, sentence);
}

/** A name of the old service as a key of the new one. */
export function keyNow({ namespaceNow }: Wsdls, { uri, local }: QName): string {
  return keyOf({ uri: namespaceNow(uri), local });
}

/** Compares documentation; where it stands does not matter, and neither does blank space. */
export function compareDocumentation(walk: Wsdls, nodes: { old: XmlNode; new: XmlNode }, subject: string): void {
  walk.documented.add(nodes.new);
  const [was, is] = [docOf(nodes.old), docOf(nodes.new)];
  if (was === is) return;
  const verb = was === undefined ? 'is new' : is === undefined ? 'is gone' : 'changed';
  tell(walk, 'documentation-changed', 'requests', nodes, `The documentation of ${subject} ${verb}.`);
}

/** What a type is called in sentences. */
export function typeName(type: TypeRef): string | undefined {
  return type.kind === 'builtin' ? type.name : globalName(type.node)?.local;
}

/** A value as it stands in a sentence. */
export function quoted(text: string | undefined): string {
  return text === undefined ? 'nothing' : `\`${text.length > 80 ? `${text.slice(0, 79)}…` : text}\``;
}
