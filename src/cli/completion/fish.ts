import type { Values } from './definitions.ts';
import { grouped, kindOf, type Vocabulary, valuedOptions } from './tables.ts';

/** The script for fish, from 3.4 on. */
export function fishScript({ places, operations }: Vocabulary): string {
  const cases = (rows: readonly (readonly [string, string])[]): string =>
    [...grouped(rows)].map(([body, patterns]) => `    case ${patterns.map(quote).join(' ')}\n${body}`).join('\n');
  const print = (words: readonly { readonly name: string; readonly summary?: string }[]): string =>
    words.map(({ name, summary }) => `      echo ${quote(name + (summary ? `\t${oneLine(summary)}` : ''))}`).join('\n');
  const plain = (names: readonly string[]): string => print(names.map((name) => ({ name })));
  const values = (of: Values | undefined): string =>
    of?.kind === 'choices' ? `      echo choices\n${plain(of.choices)}` : `      echo ${kindOf(of)}`;
  const verbs = places.filter((place) => place.verbs.length > 0);
  const options = [...valuedOptions(places)];
  const many = options.filter(([, { isMany }]) => isMany).map(([key]) => quote(key));
  const systems = [...operations.keys()];
  return `# Completion of latchkey for fish: latchkey completion fish | source

function __latchkey_verbs
  switch $argv[1]
${cases(verbs.map(({ path, verbs: names }) => [path, print(names)]))}
  end
end

function __latchkey_options
  switch $argv[1]
${cases(places.map(({ path, options: all }) => [path, print(all)]))}
  end
end

# What the option $argv[2] of the verb $argv[1] takes: the kind, and its choices.
function __latchkey_value
  switch "$argv[1]/$argv[2]"
${cases(options.map(([key, { values: of }]) => [key, values(of)]))}
  end
end

# What the verb $argv[1] takes as its argument number $argv[2], from 0.
function __latchkey_argument
  switch "$argv[1]/$argv[2]"
${argumentCases(places, values)}
  end
end

function __latchkey_operations
  switch "$argv[1]"
${cases([...operations].map(([system, names]) => [system, plain(names)]))}
  end
end

function __latchkey_complete
  set -l passed (commandline -opc)
  set -l current (commandline -ct)
  set -l command $passed[1]
  set -e passed[1]
  set -l at ''
  set -l takes
  set -l isMany
  set -l number 0
  set -l system ''
  for index in (seq (count $passed))
    set -l word $passed[$index]
    switch $word
      case --
        complete -C (string join ' ' -- (string escape -- $passed[(math $index + 1)..-1]) (string escape -n -- $current))
        return
      case '--*=*'
        set takes
      case '-*'
        set takes (__latchkey_value $at $word)
        contains -- "$at/$word" ${many.join(' ')}; and set isMany 1; or set isMany
      case '*'
        if set -q takes[1]
          test -n "$isMany"; or set takes
          continue
        end
        if contains -- "$at/$word" ${verbs.flatMap(({ path, verbs: names }) => names.map(({ name }) => quote(`${path}/${name}`))).join(' ')}
          set at (string trim -- "$at $word")
        else
          set number (math $number + 1)
          contains -- $word ${systems.join(' ')}; and set system $word
        end
    end
  end
  set -l before ''
  if string match -q -- '--*=*' $current
    set before (string replace -r '=.*' '=' -- $current)
    set takes (__latchkey_value $at (string replace -r '=.*' '' -- $current))
  else if string match -q -- '-*' $current; and begin; not set -q takes[1]; or test -n "$isMany"; end
    __latchkey_options $at
    return
  else if not set -q takes[1]
    set -l names (__latchkey_verbs $at)
    if set -q names[1]
      printf '%s\\n' $names
      return
    end
    set takes (__latchkey_argument $at $number)
  end
  switch "$takes[1]"
    case choices
      printf "$before%s\\n" $takes[2..-1]
    case system
      printf "$before%s\\n" ${systems.join(' ')}
    case operation
      __latchkey_operations $system
    case profile
      for name in ($command completion --profiles 2>/dev/null)
        printf "$before%s\\n" $name
      end
    case store
      printf "$before%s\\n" file memory
      __fish_complete_directories (string replace -- "$before" '' $current)
    case file
      __fish_complete_path $current
  end
end

complete -c latchkey -f -a '(__latchkey_complete)'
`;
}

function argumentCases(places: Vocabulary['places'], values: (of: Values) => string): string {
  return places
    .flatMap(({ path, args, isLastMany }) =>
      args.map((of, index) => {
        const isOpen = isLastMany && index === args.length - 1;
        return `    case ${quote(`${path}/${isOpen ? '*' : index}`)}\n${values(of)}`;
      }),
    )
    .join('\n');
}

function quote(text: string): string {
  return `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
