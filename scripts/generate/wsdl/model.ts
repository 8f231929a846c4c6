/** How a simple value looks on the wire and in TypeScript. The codec knows each of these by name. */
export type Primitive =
  | 'string'
  | 'boolean'
  | 'int'
  | 'short'
  | 'byte'
  | 'unsignedInt'
  | 'unsignedShort'
  | 'unsignedByte'
  | 'long'
  | 'decimal'
  | 'double'
  | 'date'
  | 'dateTime'
  | 'base64Binary'
  | 'anyType';

/** A simple type: a primitive, perhaps with the values a schema lists, or a list of such. */
export interface SimpleModel {
  readonly kind: 'simple';
  /** TypeScript name of a type the schema names; absent for built-in and anonymous ones. */
  readonly name?: string | undefined;
  readonly primitive: Primitive;
  /** Whether the text holds many values, with spaces between them. */
  readonly isList?: boolean | undefined;
  readonly values?: readonly string[] | undefined;
  /** What the schema says of single values. */
  readonly valueDocs?: ReadonlyMap<string, string> | undefined;
  /** What the text must be besides, in words. */
  readonly limits?: readonly string[] | undefined;
  readonly doc?: string | undefined;
}

export interface MemberModel {
  readonly name: string;
  /** Namespace on the wire; empty for none. */
  readonly uri: string;
  readonly type: TypeModel;
  readonly isOptional: boolean;
  readonly isArray: boolean;
  readonly isNillable: boolean;
  /**
   * For several elements that repeat together, round after round: no element has the name, and the type says what a round holds.
   * A round of a choice is one element; any other ends where the order of its elements begins anew.
   */
  readonly rounds?: 'choice' | 'sequence' | undefined;
  readonly doc?: string | undefined;
}

/** A complex type. Filled while types that refer to each other are read, so its lists are open until reading ends. */
export interface ComplexModel {
  readonly kind: 'complex';
  /** TypeScript name, unique in the file. */
  readonly name: string;
  readonly uri: string;
  /** Schema name, which `xsi:type` uses; absent for an anonymous type. */
  readonly local?: string | undefined;
  readonly isAbstract: boolean;
  /** Whether it holds exactly one of its elements. */
  readonly isChoice?: boolean | undefined;
  readonly doc?: string | undefined;
  base?: ComplexModel | undefined;
  /** A restriction repeats what it keeps of its base, so nothing is inherited. */
  inherits: boolean;
  readonly elements: MemberModel[];
  readonly attributes: MemberModel[];
  /** The text of a type with simple content. */
  text?: SimpleModel | undefined;
  /** Before which own element the wildcard stands. */
  anyAt?: number | undefined;
  /** Whether it may have attributes of any name. */
  anyAttributes?: boolean | undefined;
  /** Named types that extend or restrict it. */
  readonly derived: ComplexModel[];
  /** Whether types without a name extend it: they can stand in no other place than theirs. */
  hasNamelessHeirs: boolean;
}

export type TypeModel = SimpleModel | ComplexModel;

/** An element that stands in an envelope: a body, a header or the detail of a fault. */
export interface PartModel {
  /** Empty for a body that holds what the type holds: no element, or several. */
  readonly name: string;
  readonly uri: string;
  readonly type: TypeModel;
  readonly isNillable?: boolean | undefined;
  /** What is said of the element; what is said of its type stands with the type. */
  readonly doc?: string | undefined;
}

export interface OperationModel {
  readonly name: string;
  readonly action: string;
  readonly doc?: string | undefined;
  readonly input: PartModel;
  readonly output: PartModel;
  readonly headers: readonly PartModel[];
  readonly outputHeaders: readonly PartModel[];
  readonly faults: readonly PartModel[];
}

export interface ServiceModel {
  readonly name: string;
  readonly port: string;
  readonly location: string;
  readonly soap: '1.1' | '1.2';
  readonly doc?: string | undefined;
  readonly operations: readonly OperationModel[];
  readonly complexTypes: readonly ComplexModel[];
  readonly simpleTypes: readonly SimpleModel[];
  /** Every fault element that some operation declares, once. */
  readonly faults: readonly PartModel[];
  /** Namespaces that elements or types stand in, with the prefix to write them with. */
  readonly namespaces: readonly { readonly prefix: string; readonly uri: string }[];
}

/** A type that other types extend, or that extends one: its values carry `$type`. */
export function isTagged(type: ComplexModel): boolean {
  return type.local !== undefined && (type.base !== undefined || type.derived.length > 0);
}
