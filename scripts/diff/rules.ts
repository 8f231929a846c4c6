/** What a change means for the users of a spec. */
export type ChangeKind = 'breaking-callers' | 'breaking-readers' | 'additive' | 'documentation';

/** What the client writes, or what it reads. A webhook and a callback are the other way round. */
export type Direction = 'requests' | 'answers';

/** One kind of change, and what it means in each direction. */
interface Rule {
  readonly requests: ChangeKind;
  readonly answers: ChangeKind;
  /** When it applies. */
  readonly when: string;
}

const harmful = { requests: 'breaking-callers', answers: 'breaking-readers' } as const;
/** Narrower: what was sent may be refused now; what is read was right before. */
const narrower = { requests: 'breaking-callers', answers: 'additive' } as const;
/** Wider: what was sent is still right; what is read may be new to readers. */
const wider = { requests: 'additive', answers: 'breaking-readers' } as const;
const welcome = { requests: 'additive', answers: 'additive' } as const;
const told = { requests: 'documentation', answers: 'documentation' } as const;

/**
 * Every rule of the comparison, for OpenAPI and WSDL alike. The table of docs/diff.md says the same, and is tested to.
 */
export const rules = {
  'address-added': { ...welcome, when: 'a server, or a port of a service, is new' },
  'address-changed': { ...harmful, when: 'a port has another address, or the variables of a server changed' },
  'address-removed': { ...harmful, when: 'a server, or a port of a service, is gone' },
  'answer-added': { ...wider, when: 'a status that is no failure, or the output of an operation, is new' },
  'answer-removed': {
    ...narrower,
    answers: 'breaking-readers',
    when: 'a status that is no failure, or an output, is gone',
  },
  'body-added': { ...welcome, when: 'there is a body where there was none, and it may be left out' },
  'body-added-required': { ...narrower, when: 'there is a body where there was none, and it must be there' },
  'body-changed': { ...harmful, when: 'the element that a SOAP message carries is another' },
  'body-optional': { ...wider, when: 'a body may now be left out' },
  'body-removed': { ...harmful, when: 'there is no body any more' },
  'body-required': { ...narrower, when: 'a body must now be there' },
  'const-changed': { ...harmful, when: 'the only value there may be is another' },
  'constraint-changed': {
    ...harmful,
    when: 'a rule changed that cannot be weighed: `not`, `if`, `contains`, `xs:key`, `wsdl:required`, an extension, …',
  },
  'content-closed': {
    ...narrower,
    when: 'fields, elements or attributes that the spec does not name are no longer allowed',
  },
  'content-opened': { ...welcome, when: 'fields, elements or attributes that the spec does not name are now allowed' },
  'default-added': { ...welcome, when: 'what is left out now means a certain value' },
  'default-changed': { ...harmful, when: 'what is left out now means another value' },
  'default-removed': { ...harmful, when: 'what is left out no longer means a certain value' },
  deprecated: { ...told, when: 'something is now deprecated' },
  'discriminator-changed': { ...harmful, when: 'the kind of an object is told by another field or other words' },
  'documentation-changed': { ...told, when: 'descriptions, titles, examples, tags, contacts or versions changed' },
  'encoding-changed': {
    ...harmful,
    when: 'the same value is written another way: `style`, `explode`, `encoding`, SOAP style and use',
  },
  'enum-added': { ...narrower, when: 'only listed values are allowed now' },
  'enum-dropped': { ...welcome, when: 'values are no longer listed' },
  'enum-value-added': { ...welcome, when: 'one more value is listed; readers leave lists of values open' },
  'enum-value-removed': { ...narrower, when: 'a listed value is gone' },
  'extension-changed': { ...told, when: 'an extension (`x-…`) or a keyword that no specification knows changed' },
  'failure-added': { ...welcome, when: 'a status of a failure, or a fault, is new; readers expect failures' },
  'failure-removed': { ...narrower, answers: 'breaking-readers', when: 'a status of a failure, or a fault, is gone' },
  'field-added': { ...welcome, when: 'a field, element or attribute is new and may be left out' },
  'field-added-required': { ...narrower, when: 'a field, element or attribute is new and always there' },
  'field-optional': { ...wider, when: 'a field, element or attribute may now be left out' },
  'field-removed': { ...harmful, when: 'a field, element or attribute is gone, or the entries of a map' },
  'field-required': { ...narrower, when: 'a field, element or attribute must now be there' },
  'format-added': { ...narrower, when: 'text or a number now has a format' },
  'format-changed': { ...harmful, when: 'text or a number has another format' },
  'format-removed': { ...wider, when: 'text or a number no longer has a format' },
  'header-added': { ...welcome, when: 'a header is new and may be left out' },
  'header-added-required': { ...narrower, when: 'a header is new and always there' },
  'header-optional': { ...wider, when: 'a header may now be left out' },
  'header-removed': { ...harmful, when: 'a header is gone' },
  'header-required': { ...narrower, when: 'a header is now always there' },
  'limit-loosened': { ...wider, when: 'a smallest or largest value, length or count allows more' },
  'limit-tightened': { ...narrower, when: 'a smallest or largest value, length or count allows less' },
  'media-type-added': { ...welcome, when: 'a body may be in one more media type' },
  'media-type-removed': { ...harmful, when: 'a body is no longer in some media type' },
  'model-changed': { ...harmful, when: 'elements combine in another way: sequence, choice, all, mixed text' },
  'name-changed': {
    ...told,
    when: 'a name changed that is not on the wire: `operationId`, path parameter, schema, message, port, type, …',
  },
  'namespace-changed': { ...harmful, when: 'an XML namespace has another name' },
  'null-allowed': { ...wider, when: 'null, or `xsi:nil`, is now allowed' },
  'null-refused': { ...narrower, when: 'null, or `xsi:nil`, is no longer allowed' },
  'operation-added': { ...welcome, when: 'an operation, callback or webhook is new' },
  'operation-removed': { ...harmful, when: 'an operation, callback or webhook is gone' },
  'order-changed': { ...harmful, when: 'elements of a sequence come in another order' },
  'parameter-added': { ...welcome, when: 'a parameter is new and may be left out' },
  'parameter-added-required': { ...narrower, when: 'a parameter is new and must be given' },
  'parameter-optional': { ...wider, when: 'a parameter may now be left out' },
  'parameter-removed': { ...harmful, when: 'a parameter is gone' },
  'parameter-required': { ...narrower, when: 'a parameter must now be given' },
  'pattern-added': { ...narrower, when: 'text must now match a pattern' },
  'pattern-changed': { ...harmful, when: 'text must match another pattern' },
  'pattern-removed': { ...wider, when: 'text need no longer match a pattern' },
  'repeats-allowed': { ...wider, when: 'an element may now come more than once' },
  'repeats-refused': { ...narrower, when: 'an element may no longer come more than once' },
  'security-added': { ...welcome, when: 'there is one more way to authenticate' },
  'security-removed': { ...harmful, when: 'a way to authenticate is gone, or asks for more' },
  'session-mark-added': { ...welcome, when: '`x-latchkey-session`: the client fills something now' },
  'session-mark-changed': { ...harmful, when: '`x-latchkey-session`: the client fills something with something else' },
  'session-mark-removed': { ...harmful, when: '`x-latchkey-session`: callers must fill something themselves now' },
  'soap-action-changed': { ...harmful, when: 'the SOAPAction of an operation is another' },
  'type-changed': { ...harmful, when: 'values are of another type' },
  'type-kind-added': { ...welcome, when: 'one more type extends the declared one (`xsi:type`, substitution group)' },
  'type-kind-removed': { ...narrower, when: 'a type that extends the declared one is gone' },
  'type-narrowed': {
    ...narrower,
    when: 'values are of fewer types: integer instead of number, `xs:int` instead of `xs:long`, a stricter wildcard',
  },
  'type-widened': {
    ...wider,
    when: 'values are of more types: number instead of integer, `xs:long` instead of `xs:int`, a wider wildcard',
  },
  undeprecated: { ...told, when: 'something is no longer deprecated' },
  'unused-changed': { ...told, when: 'a definition that no operation uses is new, gone or changed' },
  'variant-added': { ...wider, when: '`oneOf`, `anyOf` or `xs:choice` has one more alternative' },
  'variant-removed': { ...narrower, when: '`oneOf`, `anyOf` or `xs:choice` lost an alternative' },
} as const satisfies Readonly<Record<string, Rule>>;

/** Name of a rule: a stable word for machines. */
export type RuleName = keyof typeof rules;
