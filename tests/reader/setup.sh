#!/bin/bash
# Makes the virtual environment that read_records.py runs in, unless it is there,
# and prints the path of its Python. Any number of these may run at once.
set -euo pipefail

usage () {
  cat <<'EOT'
Usage: PYTHON=$(tests/reader/setup.sh)

Needs python3 with venv (in Debian: python3-venv) and, the first time, Python's
package index. Exit status 77, with a reason: one of them is missing.
EOT
}

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gst-kafka

skip () {
  echo "no Python environment for the reader: $*" >&2
  exit 77
}

# Another Python or other packages make another environment.
environment_name () {
  local version
  version=$(python3 -c \
    'import sys, sysconfig; print(sys.version_info[:3], sys.base_prefix)') ||
    skip "there is no python3"
  echo "reader-$(cat <(echo "$version") "$here/requirements.txt" |
    sha256sum | cut -c 1-16)"
}

make_environment () { # DIRECTORY
  local log
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    skip "python3 has no venv (in Debian: apt-get install python3-venv)"
  log=$(mktemp)
  if ! {
    python3 -m venv --clear "$1" &&
      "$1/bin/pip" install --disable-pip-version-check --no-input \
        --no-deps --only-binary :all: --require-hashes \
        -r "$here/requirements.txt"
  } >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    skip "pip could not install the Kafka client (all of it in $log)"
  fi
  rm -f "$log"
  touch "$1/complete"
}

main () {
  case ${1:-} in
    '') ;;
    --help | -h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  local environment
  environment=$cache/$(environment_name)
  mkdir -p "$cache"
  exec 9>"$environment.lock"
  flock 9
  [ -e "$environment/complete" ] || make_environment "$environment" 9>&-
  echo "$environment/bin/python"
}

main "$@"
