import { fieldSentences as told } from '../sentences.ts';
import { type Compared, firstWith, quoted, tell } from './compared.ts';
import { type At, child, entriesUnder, listUnder, type OpenApiDocument } from './document.ts';
import { isObject } from './json.ts';
import { fieldLabel, itemLabel, type Label, labelAt, shown } from './label.ts';
import { type Field, fieldsOf, type SchemaView, viewOf } from './schema-view.ts';

/** Compares what objects and lists hold. */
export function compareContents(compared: Compared): void {
  compareFields(compared);
  comparePatternFields(compared);
  compareOpenness(compared);
  compareElements(compared);
}

function compareFields(compared: Compared): void {
  const { direction, views } = compared;
  const old = visibleFields(compared.old, views.old, direction);
  const next = visibleFields(compared.new, views.new, direction);
  for (const field of old.values()) {
    const same = next.get(field.name);
    const say = sayer(compared, field, same);
    if (same === undefined) {
      say('field-removed', { old: field.at }, (name) => told.gone(direction, name));
      continue;
    }
    compared.later(field.schemas, same.schemas, fieldLabel(compared.label, field.name));
    if ((field.filledAt === undefined) !== (same.filledAt === undefined)) {
      const what = same.filledAt === undefined ? 'no longer marked' : 'now marked';
      say(
        'documentation-changed',
        { old: field.filledAt ?? field.at, new: same.filledAt ?? same.at },
        (name) => `What the client fills in ${name} is ${what} as required.`,
      );
    }
    if (field.requiredAt === undefined && same.requiredAt !== undefined) {
      say('field-required', { old: field.at, new: same.requiredAt }, (name) => told.required(direction, name));
    } else if (field.requiredAt !== undefined && same.requiredAt === undefined) {
      say('field-optional', { old: field.requiredAt, new: same.at }, (name) => told.optional(direction, name));
    }
  }
  for (const field of next.values()) {
    if (old.has(field.name)) continue;
    const say = sayer(compared, undefined, field);
    if (field.requiredAt === undefined) say('field-added', { new: field.at }, (name) => told.added(direction, name));
    else say('field-added-required', { new: field.at }, (name) => told.addedRequired(direction, name));
  }
}

function sayer(compared: Compared, old: Field | undefined, next: Field | undefined) {
  const field = next ?? old;
  return (rule: Parameters<typeof tell>[1], at: { old?: At; new?: At }, sentence: (name: string) => string) => {
    if (field === undefined) return;
    tell(compared, rule, at, () => sentence(shown(fieldName(compared.label, field))));
  };
}

function fieldName(holder: Label, { at, name }: Field): Label {
  const reached = fieldLabel(holder, name);
  return at.pointer.includes('/properties/') ? labelAt(at, reached) : reached;
}

interface VisibleField extends Field {
  /** Where it is required of the client, not of callers. */
  readonly filledAt: At | undefined;
}

/** What callers send has no read-only fields, and what readers get no write-only ones; the client fills what is marked for it. */
function visibleFields(
  document: OpenApiDocument,
  view: SchemaView,
  direction: Compared['direction'],
): ReadonlyMap<string, VisibleField> {
  const hidden = direction === 'requests' ? 'readOnly' : 'writeOnly';
  const visible = new Map<string, VisibleField>();
  for (const field of fieldsOf(view).values()) {
    const own = viewOf(document, field.schemas);
    if (firstWith(own, hidden)?.value === true) continue;
    const isFilled = direction === 'requests' && firstWith(own, 'x-latchkey-session') !== undefined;
    visible.set(
      field.name,
      isFilled ? { ...field, requiredAt: undefined, filledAt: field.requiredAt } : { ...field, filledAt: undefined },
    );
  }
  return visible;
}

/** Fields that are not named: any, none, or such as all of some schemas say. */
type Openness = 'open' | 'closed' | readonly At[];

function opennessOf({ parts }: SchemaView): { state: Openness; at: At | undefined } {
  const written = parts.flatMap(({ at }) => child(at, 'additionalProperties') ?? []);
  const closedAt = written.find(({ value }) => value === false);
  if (closedAt !== undefined) return { state: 'closed', at: closedAt };
  const schemas = written.filter(({ value }) => isObject(value) && Object.keys(value).length > 0);
  return { state: schemas.length > 0 ? schemas : 'open', at: schemas[0] ?? written[0] };
}

function compareOpenness(compared: Compared): void {
  const { direction } = compared;
  const old = opennessOf(compared.views.old);
  const next = opennessOf(compared.views.new);
  const at = { old: old.at ?? compared.at.old, new: next.at ?? compared.at.new };
  if (old.state === next.state) return;
  const start = `In ${direction},`;
  if (next.state === 'closed' && old.state !== 'open') {
    // Entries of a map are no surplus: readers knew their type and may have relied on them.
    tell(compared, 'field-removed', at, (subject) => `${start} ${subject} can no longer hold entries.`);
  } else if (next.state === 'closed') {
    tell(
      compared,
      'content-closed',
      at,
      (subject) => `${start} ${subject} can no longer hold fields that are not named.`,
    );
  } else if (old.state === 'closed') {
    tell(compared, 'content-opened', at, (subject) => `${start} ${subject} may now hold fields that are not named.`);
  } else {
    const schemas = (state: Openness) => (typeof state === 'string' ? [] : state);
    compared.later(schemas(old.state), schemas(next.state), fieldLabel(compared.label, '*'));
  }
}

/** Fields by a pattern of their name: those of the same pattern are compared, one more or less is harm, whatever else is open or closed. */
function comparePatternFields(compared: Compared): void {
  const old = patternsOf(compared.views.old);
  const next = patternsOf(compared.views.new);
  const say = (pattern: string, at: { old?: At | undefined; new?: At | undefined }, what: string) =>
    tell(
      compared,
      'constraint-changed',
      at,
      (subject) => `In ${compared.direction}, ${subject} ${what} for fields whose names match ${quoted(pattern)}.`,
    );
  for (const [pattern, schemas] of old) {
    const same = next.get(pattern);
    if (same === undefined) say(pattern, { old: schemas[0] }, 'no longer has a rule');
    else compared.later(schemas, same, fieldLabel(compared.label, `/${pattern}/`));
  }
  for (const [pattern, schemas] of next) if (!old.has(pattern)) say(pattern, { new: schemas[0] }, 'now has a rule');
}

function patternsOf({ parts }: SchemaView): ReadonlyMap<string, readonly At[]> {
  const found = new Map<string, At[]>();
  for (const [pattern, schema] of parts.flatMap(({ at }) => entriesUnder(at, 'patternProperties'))) {
    found.set(pattern, [...(found.get(pattern) ?? []), schema]);
  }
  return found;
}

function compareElements(compared: Compared): void {
  const old = elementsOf(compared.views.old);
  const next = elementsOf(compared.views.new);
  if (old.rest.length > 0 || next.rest.length > 0) compared.later(old.rest, next.rest, itemLabel(compared.label));
  for (let index = 0; index < Math.max(old.first.length, next.first.length); index++) {
    const pick = ({ first, rest }: Elements) => (index < first.length ? first.slice(index, index + 1) : rest);
    compared.later(pick(old), pick(next), itemLabel(compared.label, index));
  }
}

interface Elements {
  /** Those that have a schema of their own, by place. */
  readonly first: readonly At[];
  readonly rest: readonly At[];
}

function elementsOf(view: SchemaView): Elements {
  const rest = view.parts.flatMap(({ at }) => child(at, 'items') ?? []);
  const holder = view.parts.find(({ at }) => at.value.prefixItems !== undefined);
  return { first: holder === undefined ? [] : listUnder(holder.at, 'prefixItems'), rest };
}
