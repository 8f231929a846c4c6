import { sharedTables, type Vocabulary } from './tables.ts';

/** The script for bash; it needs nothing but bash. */
export function bashScript(vocabulary: Vocabulary): string {
  return `# Completion of latchkey for bash: eval "$(latchkey completion bash)"

${sharedTables(vocabulary)}
_latchkey() {
  local lk_at lk_kind lk_many lk_number lk_system lk_rest lk_word lk_glue=
  local -a lk_list lk_choices lk_passed
  local lk_current=\${COMP_WORDS[COMP_CWORD]}
  COMPREPLY=()
  # bash parts words at = and : as well.
  for lk_word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $lk_word == '=' ]] && continue
    if [[ ($lk_glue == 1 || $lk_word == :*) && \${#lk_passed[@]} -gt 0 ]]; then
      lk_passed[\${#lk_passed[@]}-1]+=$lk_word
    else
      lk_passed+=("$lk_word")
    fi
    [[ $lk_word == *: ]] && lk_glue=1 || lk_glue=
  done
  [[ $lk_current == '=' ]] && lk_current=
  __latchkey_walk \${lk_passed[@]+"\${lk_passed[@]}"}
  if [[ -n $lk_rest ]]; then
    [[ \${COMP_WORDS[COMP_CWORD-1]} == -- ]] && lk_kind=command || lk_kind=file
  elif [[ $lk_current == -* && (-z $lk_kind || -n $lk_many) ]]; then
    lk_kind=
    __latchkey_options "$lk_at"
  elif [[ -z $lk_kind ]]; then
    __latchkey_verbs "$lk_at"
    [[ \${#lk_list[@]} -gt 0 ]] || __latchkey_argument "$lk_at" "$lk_number"
  fi
  case $lk_kind in
    choices) lk_list=("\${lk_choices[@]}") ;;
    system) lk_list=(${[...vocabulary.operations.keys()].join(' ')}) ;;
    operation) __latchkey_operations "$lk_system" ;;
    profile) while IFS= read -r lk_word; do lk_list+=(\${lk_word:+"$lk_word"}); done < <("$1" completion --profiles 2>/dev/null) ;;
    store) lk_list=(file memory) ;;
  esac
  local IFS=$'\\n'
  case $lk_kind in
    command) COMPREPLY=($(compgen -c -- "$lk_current")) ;;
    file) COMPREPLY=($(compgen -f -- "$lk_current")) ;;
    store) COMPREPLY=($(compgen -d -- "$lk_current")) ;;
  esac
  case $lk_kind in file|store) compopt -o filenames 2>/dev/null ;; esac
  for lk_word in \${lk_list[@]+"\${lk_list[@]}"}; do
    lk_word=\${lk_word%%:*}
    [[ $lk_word == "$lk_current"* ]] && COMPREPLY+=("$lk_word")
  done
}

complete -F _latchkey latchkey
`;
}
