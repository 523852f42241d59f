#!/bin/bash
# What kafka.sh refuses leaves nothing behind.
set -euo pipefail

script=$(dirname "$(realpath "${BASH_SOURCE[0]}")")/kafka.sh
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail () { echo "kafka_test.sh: $*" >&2; exit 1; }

check_refused () { # PART_OF_MESSAGE ARGUMENT...
  local part=$1 said
  shift
  if said=$("$script" "$@" 2>&1); then
    fail "$* succeeds"
  fi
  [[ $said == *"$part"* ]] || fail "$* says: $said"
  [ -z "$(ls -A "$scratch")" ] || fail "$* leaves: $(ls -A "$scratch")"
}

# Kafka would make another directory of them, which wipe does not know.
for name in 'a b,c' 'a\tb' $'a\nb'; do
  for command in start wipe; do
    check_refused 'in its name' "$command" --dir "$scratch/$name"
  done
done
XDG_CACHE_HOME=$scratch/a,b check_refused 'in its name' run -- true

# The port of a broker that runs is one that is in use.
if [[ ${KAFKA_BOOTSTRAP_SERVERS:-} =~ ^(localhost|127\.0\.0\.1):([0-9]+)$ ]] &&
  command -v "${JAVA_HOME:+$JAVA_HOME/bin/}java" >/dev/null; then
  check_refused 'in use by another program' start --dir "$scratch/new" \
    --port "${BASH_REMATCH[2]}"
fi
