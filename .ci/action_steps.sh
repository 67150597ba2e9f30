# What the steps of action.yml share.

options=()

# Add an option for each line of a value: `option NAME VALUE`.
option() {
  local line
  while IFS= read -r line; do
    if [ -n "$line" ]; then options+=("--$1=$line"); fi
  done <<< "$2"
}

# Add an option that takes no value, if its input is true: `flag NAME VALUE`.
flag() {
  if [ "$2" = true ]; then options+=("--$1"); fi
}

# From here to the end of the step, nothing that is printed is a command to the runner, which would
# otherwise take some from names and texts of the data.
print_no_commands() {
  local token
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  # shellcheck disable=SC2064  # the token of now
  trap "printf '::%s::\n' '$token'" EXIT
}

# Print the first line of a comment, by which later runs find it: `comment_mark NAME`.
comment_mark() {
  printf '<!-- evenhand%s -->\n' "${1:+ $(printf '%s' "$1" | tr -cd '[:alnum:] _.-')}"
}
