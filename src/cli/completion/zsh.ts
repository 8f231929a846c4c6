import { sharedTables, type Vocabulary } from './tables.ts';

/** The script for zsh: to be sourced after `compinit`, or as a file `_latchkey` in a folder of `fpath`. */
export function zshScript(vocabulary: Vocabulary): string {
  return `#compdef latchkey
# Completion of latchkey for zsh: source <(latchkey completion zsh)

${sharedTables(vocabulary)}
_latchkey() {
  local lk_at lk_kind lk_many lk_number lk_system lk_rest lk_word
  local -a lk_list lk_choices
  local lk_current=$words[CURRENT]
  __latchkey_walk "\${(@)words[2,CURRENT-1]}"
  if [[ -n $lk_rest ]]; then
    local lk_dashes=\${words[(i)--]}
    shift $lk_dashes words
    (( CURRENT -= lk_dashes ))
    _normal
    return
  fi
  if [[ $lk_current == --*=* ]]; then
    __latchkey_value "$lk_at" "\${lk_current%%=*}"
    compset -P 1 '*='
  elif [[ $lk_current == -* && ( -z $lk_kind || -n $lk_many ) ]]; then
    __latchkey_options "$lk_at"
    _describe -o option lk_list
    return
  elif [[ -z $lk_kind ]]; then
    __latchkey_verbs "$lk_at"
    if (( $#lk_list )); then
      _describe verb lk_list
      return
    fi
    __latchkey_argument "$lk_at" "$lk_number"
  fi
  case $lk_kind in
    choices) lk_list=("\${lk_choices[@]}") ;;
    system) lk_list=(${[...vocabulary.operations.keys()].join(' ')}) ;;
    operation) __latchkey_operations "$lk_system" ;;
    profile) lk_list=(\${(f)"$($words[1] completion --profiles 2>/dev/null)"}) ;;
    store) lk_list=(file memory); _files -/ ;;
    file) _files ;;
  esac
  compadd -a lk_list
}

if [[ $funcstack[1] == _latchkey ]]; then
  _latchkey "$@"
else
  compdef _latchkey latchkey
fi
`;
}
