import type { SystemName } from '../../sandbox/systems.ts';
import type { OptionDefinition, Place, Values } from './definitions.ts';

/** What a script is made from. */
export interface Vocabulary {
  readonly places: readonly Place[];
  /** The operations that can be called, by system. */
  readonly operations: ReadonlyMap<SystemName, readonly string[]>;
}

/** A text in single quotes, for bash and zsh. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** A word with what is said of it in one line; the first colon parts them. */
function described({ name, summary }: { readonly name: string; readonly summary: string }): string {
  return `${name}:${summary.replaceAll(/\s+/g, ' ')}`;
}

/** The kind of values as scripts know it; empty for a flag. */
export function kindOf(values: Values | undefined): string {
  return values?.kind ?? '';
}

/** The options that take a value, each with the places where it does so alike. */
export function valuedOptions(places: readonly Place[]): ReadonlyMap<string, OptionDefinition> {
  const found = new Map<string, OptionDefinition>();
  for (const { path, options } of places) {
    for (const option of options) if (option.values !== undefined) found.set(`${path}/${option.name}`, option);
  }
  return found;
}

/** Cases that come to the same, under one pattern. */
export function grouped(cases: readonly (readonly [pattern: string, body: string])[]): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [pattern, body] of cases) groups.set(body, [...(groups.get(body) ?? []), pattern]);
  return groups;
}

/** The tables, and the walk along the words before the cursor, in what bash and zsh both understand. */
export function sharedTables({ places, operations }: Vocabulary): string {
  const cases = (rows: readonly (readonly [string, string])[]): string =>
    [...grouped(rows)].map(([body, patterns]) => `    ${patterns.map(quoted).join('|')}) ${body} ;;`).join('\n');
  const list = (words: readonly string[]): string => `lk_list=(${words.map(quoted).join(' ')})`;
  const verbs = places.filter((place) => place.verbs.length > 0);
  return `__latchkey_verbs() {
  lk_list=()
  case $1 in
${cases(verbs.map(({ path, verbs: names }) => [path, list(names.map(described))]))}
  esac
}

__latchkey_options() {
  lk_list=()
  case $1 in
${cases(places.map(({ path, options }) => [path, list(options.map(described))]))}
  esac
}

# What the option $2 of the verb $1 takes.
__latchkey_value() {
  lk_kind= lk_many= lk_choices=()
  case $1/$2 in
${cases([...valuedOptions(places)].map(([key, { values, isMany }]) => [key, take(values) + (isMany ? ' lk_many=1' : '')]))}
  esac
}

# What the verb $1 takes as its argument number $2, from 0.
__latchkey_argument() {
  lk_kind= lk_choices=()
  case $1/$2 in
${argumentCases(places)}
  esac
}

__latchkey_operations() {
  lk_list=()
  case $1 in
${cases([...operations].map(([system, names]) => [system, list(names)]))}
  esac
}

# Goes along the words before the cursor: which verb, in which argument, as the value of what.
__latchkey_walk() {
  lk_at= lk_kind= lk_many= lk_number=0 lk_system= lk_rest= lk_choices=()
  local lk_word
  for lk_word in "$@"; do
    [ -z "$lk_rest" ] || continue
    case $lk_word in
      --) lk_rest=1 ;;
      --*=*) lk_kind= ;;
      -*) __latchkey_value "$lk_at" "$lk_word" ;;
      *)
        if [ -n "$lk_kind" ]; then
          [ -n "$lk_many" ] || lk_kind=
          continue
        fi
        case $lk_at/$lk_word in
          ${places.flatMap(({ path, verbs: names }) => names.map(({ name }) => quoted(`${path}/${name}`))).join('|')})
            lk_at="\${lk_at:+$lk_at }$lk_word" ;;
          *)
            lk_number=$((lk_number + 1))
            case $lk_word in ${[...operations.keys()].join('|')}) lk_system=$lk_word ;; esac ;;
        esac ;;
    esac
  done
}
`;
}

function take(values: Values | undefined): string {
  const choices = values?.kind === 'choices' ? ` lk_choices=(${values.choices.map(quoted).join(' ')})` : '';
  return `lk_kind=${kindOf(values)}${choices}`;
}

function argumentCases(places: readonly Place[]): string {
  return places
    .flatMap(({ path, args, isLastMany }) =>
      args.map((values, index) => {
        const isOpen = isLastMany && index === args.length - 1;
        return `    ${quoted(`${path}/`)}${isOpen ? '*' : index}) ${take(values)} ;;`;
      }),
    )
    .join('\n');
}
