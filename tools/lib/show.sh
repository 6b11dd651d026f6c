# Commands, shown as they are typed before they run; sourced by the tools that show the work.

# Bold only where a person looks on.
if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  bold=$'\e[1m' plain=$'\e[0m'
else
  bold='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$bold" "$1" "$plain"; }

# show COMMAND: prints the line as it is, and runs it.
show() {
  printf '\n$ %s\n' "$1"
  eval "$1"
}
