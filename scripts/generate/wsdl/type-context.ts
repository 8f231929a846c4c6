import type { ComplexModel, MemberModel, TypeModel } from './model.ts';
import type { Component, SchemaIndex } from './schema-index.ts';
import type { XmlNode } from './xml-tree.ts';

/** What the readers of parts of types need of each other. */
export interface TypeContext {
  readonly index: SchemaIndex;
  /** The type that an element or attribute is declared with, or has inside. */
  memberType(node: XmlNode, component: Component, owner: readonly string[]): TypeModel;
  addType(wanted: string, uri: string, elements: readonly MemberModel[], isChoice: boolean): ComplexModel;
}

/** A type that a restriction or an extension stands on. */
export interface Derivation {
  readonly node: XmlNode;
  readonly model: ComplexModel;
}
