import {
  attributesOf,
  type ElementFacts,
  elementsOf,
  isKindOf,
  namespaceOf,
  type PartRow,
  type ServiceTable,
  takesAnyAttributes,
  typeOf,
  WILDCARD,
} from './soap-table.ts';

/** Turns the text of an element into its value; `undefined` when the text does not fit. */
type ReadScalar = (text: string) => unknown;

/** What to do with an element of one name inside a type. */
export interface MemberPlan {
  /** Key in the result. */
  readonly key: string;
  readonly local: string;
  readonly uri: string;
  readonly isArray: boolean;
  readonly isNillable: boolean;
  readonly isRequired: boolean;
  /** `xs:` and a simple type, or a key of the table's types. */
  readonly type: string;
  /** For simple types. */
  readonly scalar: ReadScalar | undefined;
  /** For complex types, compiled when first met: types may contain themselves. */
  plan: TypePlan | undefined;
  /** For elements that repeat together with others. */
  readonly round: RoundPlan | undefined;
}

/** Where an element that repeats together with others goes. */
export interface RoundPlan {
  /** Key of the list of rounds. */
  readonly list: MemberPlan;
  /** Place of the element in a round. */
  readonly index: number;
  readonly isChoice: boolean;
  /** What every round holds. */
  readonly required: readonly string[];
}

interface AttributePlan extends MemberPlan {
  readonly scalar: ReadScalar;
}

interface TextPlan {
  readonly type: string;
  readonly scalar: ReadScalar;
}

export interface TypePlan {
  readonly type: string;
  readonly isTagged: boolean;
  readonly byLocal: ReadonlyMap<string, MemberPlan>;
  readonly required: readonly MemberPlan[];
  /** By local name, or `{namespace}name` where there is a namespace. */
  readonly attributes: ReadonlyMap<string, AttributePlan>;
  /** For simple content. */
  readonly text: TextPlan | undefined;
  readonly wildcard: MemberPlan | undefined;
  /** Lists of elements that repeat together. */
  readonly rounds: readonly RoundPlan[];
  readonly takesAnyAttributes: boolean;
  /** What `xsi:type` names have meant so far; `undefined` for a type that may not stand here. */
  readonly kinds: Map<string, TypePlan | undefined>;
}

export interface ReadPlans {
  /** The plan of a complex type. */
  typePlan(type: string): TypePlan;
  /** The plan of the complex type of a member. */
  memberPlan(member: MemberPlan): TypePlan;
  /** The plan that `xsi:type` asks for where another type is declared, or `undefined` if that may not stand there. */
  kindPlan(declared: TypePlan, uri: string, local: string): TypePlan | undefined;
  partMember(part: PartRow): MemberPlan;
  /** The detail of a fault that some operation of the service declares. */
  fault(uri: string, local: string): MemberPlan | undefined;
}

const plansOfServices = new WeakMap<ServiceTable, ReadPlans>();

/** The reading plans of a service, made once and compiled as they are needed. */
export function readPlansOf(service: ServiceTable): ReadPlans {
  let plans = plansOfServices.get(service);
  if (plans === undefined) {
    plans = createReadPlans(service);
    plansOfServices.set(service, plans);
  }
  return plans;
}

function createReadPlans(service: ServiceTable): ReadPlans {
  const types = new Map<string, TypePlan>();
  let faults: ReadonlyMap<string, MemberPlan> | undefined;
  let typeKeys: ReadonlyMap<string, string> | undefined;
  const plans: ReadPlans = {
    typePlan(type) {
      let plan = types.get(type);
      if (plan === undefined) {
        plan = compileType(service, type);
        types.set(type, plan);
      }
      return plan;
    },
    memberPlan(member) {
      member.plan ??= plans.typePlan(member.type);
      return member.plan;
    },
    kindPlan(declared, uri, local) {
      const name = `${uri} ${local}`;
      let plan = declared.kinds.get(name);
      if (plan !== undefined || declared.kinds.has(name)) return plan;
      typeKeys ??= keysByTypeName(service);
      const key = typeKeys.get(name);
      if (key !== undefined && isKindOf(service, key, declared.type)) plan = plans.typePlan(key);
      // Names come from the wire: a service that makes them up must not fill the memory.
      if (declared.kinds.size < 1000) declared.kinds.set(name, plan);
      return plan;
    },
    partMember,
    fault(uri, local) {
      faults ??= new Map(
        Object.values<{ readonly faults?: readonly PartRow[] }>(service.operations)
          .flatMap((operation) => operation.faults ?? [])
          .map((part) => partMember(part))
          .map((member) => [`${member.uri} ${member.local}`, member]),
      );
      return faults.get(`${uri} ${local}`);
    },
  };
  return plans;

  function partMember([name, namespace, type, marks]: PartRow): MemberPlan {
    const [, uri] = namespaceOf(service, namespace);
    return memberOf({ name, uri, type, isOptional: false, isArray: false, isNillable: marks === '~' });
  }
}

function compileType(service: ServiceTable, type: string): TypePlan {
  const row = typeOf(service, type);
  const facts = elementsOf(service, type);
  const members = facts.map((one) => memberOf(one));
  const attributes = attributesOf(service, type).map((facts) => ({
    ...memberOf(facts, '@'),
    scalar: scalarReader(facts.type),
  }));
  const rounds = facts.flatMap((one, index) => {
    const list = members[index];
    return one.rounds === undefined || list === undefined ? [] : roundsOf(service, list, one.rounds === 'choice');
  });
  const byLocal = new Map([...members, ...rounds].map((member) => [member.local, member]));
  return {
    type,
    isTagged: row.tagged === true,
    byLocal,
    required: [...attributes, ...members].filter(({ isRequired }) => isRequired),
    attributes: new Map(attributes.map((member) => [attributeName(member.uri, member.local), member])),
    text: row.text === undefined ? undefined : { type: row.text, scalar: scalarReader(row.text) },
    // No element from the wire can have this name.
    wildcard: byLocal.get(WILDCARD.name),
    rounds: rounds.flatMap(({ round }) => (round?.index === 0 ? [round] : [])),
    takesAnyAttributes: takesAnyAttributes(service, type),
    kinds: new Map(),
  };
}

/** The plans of elements that repeat together. */
function roundsOf(service: ServiceTable, list: MemberPlan, isChoice: boolean): MemberPlan[] {
  const facts = elementsOf(service, list.type);
  const required = isChoice ? [] : facts.filter(({ isOptional }) => !isOptional).map(({ name }) => name);
  return facts.map((one, index) => memberOf(one, '', { list, index, isChoice, required }));
}

function memberOf(facts: Omit<ElementFacts, 'prefix'>, keyPrefix = '', round?: RoundPlan): MemberPlan {
  return {
    key: keyPrefix + facts.name,
    local: facts.name,
    uri: facts.uri,
    isArray: facts.isArray,
    isNillable: facts.isNillable,
    // What a round must have is looked at when its list is whole.
    isRequired: !facts.isOptional && round === undefined,
    type: facts.type,
    scalar: facts.type.endsWith('[]') ? scalarReader(facts.type) : SCALARS.get(facts.type),
    plan: undefined,
    round,
  };
}

/** The name of an attribute as a key. */
export function attributeName(uri: string, local: string): string {
  return uri === '' ? local : `{${uri}}${local}`;
}

function keysByTypeName(service: ServiceTable): ReadonlyMap<string, string> {
  const named = Object.entries(service.types).filter(([, row]) => row.name !== '');
  return new Map(named.map(([key, row]) => [`${namespaceOf(service, row.namespace)[1]} ${row.name ?? key}`, key]));
}

function trimmed(pattern: RegExp): ReadScalar {
  return (text) => {
    const bare = text.trim();
    return pattern.test(bare) ? bare : undefined;
  };
}

function wholeNumber(text: string): unknown {
  const bare = text.trim();
  return /^[+-]?\d{1,15}$/.test(bare) ? Number(bare) : undefined;
}

function double(text: string): unknown {
  const bare = text.trim();
  if (bare === 'INF') return Number.POSITIVE_INFINITY;
  if (bare === '-INF') return Number.NEGATIVE_INFINITY;
  if (bare === 'NaN') return Number.NaN;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(bare) ? Number(bare) : undefined;
}

function boolean(text: string): unknown {
  const bare = text.trim();
  if (bare === 'true' || bare === '1') return true;
  return bare === 'false' || bare === '0' ? false : undefined;
}

/** Whether an attribute of XML Schema's boolean type is set. */
export function isTrue(text: string | undefined): boolean {
  return text !== undefined && boolean(text) === true;
}

const asIs: ReadScalar = (text) => text;

/** Formats of days and times are not checked: a service that writes them its own way is still understood. */
const SCALARS: ReadonlyMap<string, ReadScalar> = new Map<string, ReadScalar>([
  ['xs:string', asIs],
  ['xs:boolean', boolean],
  ['xs:int', wholeNumber],
  ['xs:short', wholeNumber],
  ['xs:byte', wholeNumber],
  ['xs:unsignedInt', wholeNumber],
  ['xs:unsignedShort', wholeNumber],
  ['xs:unsignedByte', wholeNumber],
  ['xs:long', trimmed(/^[+-]?\d+$/)],
  // Java writes large decimals with an exponent, which XML Schema forbids.
  ['xs:decimal', trimmed(/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/)],
  ['xs:double', double],
  ['xs:date', (text) => text.trim()],
  ['xs:dateTime', (text) => text.trim()],
  ['xs:base64Binary', (text) => text.trim()],
]);

/** Reads a list in one text. */
function listReader(item: ReadScalar): ReadScalar {
  return (text) => {
    // Other spaces, such as those that do not break, belong to the items.
    const items = text
      .split(/[ \t\r\n]+/)
      .filter((one) => one !== '')
      .map(item);
    return items.includes(undefined) ? undefined : items;
  };
}

function scalarReader(type: string): ReadScalar {
  if (type.endsWith('[]')) return listReader(scalarReader(type.slice(0, -2)));
  const read = SCALARS.get(type);
  if (read === undefined) throw new TypeError(`the codec cannot read the type "${type}"`);
  return read;
}
