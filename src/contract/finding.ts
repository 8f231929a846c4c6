/** One way in which an exchange and its spec disagree. Holds names and types, never a value. */
export interface Finding {
  /** `violation`: the spec says otherwise. `undocumented`: the spec says nothing about it. */
  readonly kind: 'violation' | 'undocumented';
  /** Where in the exchange: `/request/body/apiKey`, `/request/query/ust`, `/response/headers/set-cookie`, `/response/status`. */
  readonly place: string;
  readonly expected: string;
  /** What kind of thing was there, such as `string` or `nothing`. */
  readonly found: string;
}

/** What a generated validator says of one disagreement. */
interface SchemaViolation {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Record<string, unknown>;
  readonly message?: string;
}

/** A generated validator. */
export type Validate = ((data: unknown) => boolean) & { errors?: readonly SchemaViolation[] | null };

/** Holds a value against a schema; `place` is where the value stands in the exchange. */
export function checkValue(place: string, value: unknown, validate: Validate): Finding[] {
  if (validate(value)) return [];
  const first = validate.errors?.[0];
  const below = first?.instancePath ?? '';
  const shown = below.split('/').map((step, index) => (index === 0 ? step : nameStep(unescaped(step))));
  const at = (name?: unknown): string =>
    [place + shown.join('/'), ...(typeof name === 'string' ? [nameStep(name)] : [])].join('/');
  if (first?.keyword === 'required') {
    return [{ kind: 'violation', place: at(first.params.missingProperty), expected: 'a value', found: 'nothing' }];
  }
  if (first?.keyword === 'additionalProperties') {
    const extra = first.params.additionalProperty;
    return [{ kind: 'violation', place: at(extra), expected: 'nothing', found: 'a value' }];
  }
  return [
    {
      kind: 'violation',
      place: at(),
      expected: first?.message ?? 'what the schema says',
      found: kindOf(valueAt(value, below)),
    },
  ];
}

/** A body full of made-up names must not fill a report. */
export const MOST_NAMES = 100;

/** A name from the wire, as a step of a place. One that looks like no name could be a value, so it is not shown. */
export function nameStep(name: string): string {
  return /^[\w.[\]-]{1,64}$/.test(name) && !isMadeUp(name) ? escaped(name) : '?';
}

/** Whether a word looks drawn at random, as sessions are: long, and with digits in it. */
function isMadeUp(word: string): boolean {
  return (word.match(/[A-Za-z0-9]{16,}/g) ?? []).some((run) => (run.match(/\d/g) ?? []).length > 1);
}

/** A media type from the wire, as it may be shown. One that looks like none could be anything. */
export function shownMediaType(mediaType: string): string {
  if (mediaType === '') return 'no media type';
  const isOne = /^(application|audio|font|image|message|model|multipart|text|video)\/[\w.+-]{1,64}$/.test(mediaType);
  return isOne && !isMadeUp(mediaType) ? mediaType : 'another media type';
}

function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What stands at a JSON pointer; `undefined` for nothing. */
export function valueAt(value: unknown, pointer: string): unknown {
  let at = value;
  for (const step of pointer.split('/').slice(1)) {
    const key = unescaped(step);
    at = typeof at === 'object' && at !== null ? Object.getOwnPropertyDescriptor(at, key)?.value : undefined;
  }
  return at;
}

/** What kind of thing a value is; `nothing` for none. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
