#!/bin/bash
# Builds the project and runs its tests against a real Kafka: see usage.
set -euo pipefail

usage () {
  cat <<'EOF'
Usage: tests/run.sh [--full]

Installs what is missing (tests/setup.sh), builds in build-tests, starts an
Apache Kafka of its own (tests/kafka/kafka.sh) unless KAFKA_BOOTSTRAP_SERVERS
names one, and runs the tests. --full adds the long ones, the quick ones once
more with the sanitizers and under valgrind (tests/sanitize.sh), and an hour of
everything at once (tests/soak.sh; SOAK_MINUTES for another time). What reads a
topic is fuzzed for a minute, with --full for two hours, or for FUZZ_SECONDS
(tests/fuzz.sh; it keeps what it finds in build-fuzz). The last
line is "N passed, N failed, N skipped"; the exit status is 0 when none failed.
EOF
}

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gst-kafka

passed=0 failed=0 skipped=0
broker_dir=

say () { echo "== $*"; }

# Counts as a failure and goes on, so that one run shows all there is to show.
fail () {
  echo "FAILED: $*" >&2
  failed=$((failed + 1))
}

finish () {
  local status=$?
  if [ -n "$broker_dir" ]; then
    tests/kafka/kafka.sh wipe --dir "$broker_dir" || true
  fi
  # Interrupted, or a step that all others need did not succeed.
  [ "$status" -eq 0 ] || [ "$failed" -ne 0 ] || failed=1
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" -eq 0 ] || exit 1
}

# Runs a command whose output only matters when it fails.
quietly () { # LOG COMMAND...
  local log=$1
  shift
  if ! "$@" >"$log" 2>&1; then
    tail -n 60 "$log" >&2
    fail "$* (all of it in $log)"
    return 1
  fi
}

start_broker () {
  [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ] || return 0
  local line
  mkdir -p "$cache"
  broker_dir=$(mktemp -d "$cache/tests.XXXXXX")
  # Should this script be killed, the broker and its data go all the same.
  line=$(tests/kafka/kafka.sh start --port 0 --dir "$broker_dir" \
    --with-parent $$ --wipe-at-end)
  export "${line?}"
}

# Other versions of clang-format see the same rules differently.
check_format () {
  local wanted=14 sources
  if ! clang-format --version 2>/dev/null | grep -q "version $wanted\."; then
    say "formatting is not checked: there is no clang-format $wanted here"
    return
  fi
  mapfile -t sources < <(find gst tests examples -name '*.cpp' -o -name '*.h')
  if clang-format --dry-run -Werror "${sources[@]}"; then
    say "formatting is right"
  else
    fail "clang-format -i would change the files above"
  fi
}

build () { # DIRECTORY OPTION...
  local dir=$1
  shift
  say "building in $dir"
  if [ -e "$dir/build.ninja" ]; then
    quietly "$dir/setup.log" meson setup --reconfigure "$dir" "$@"
  else
    mkdir -p "$dir"
    quietly "$dir/setup.log" meson setup "$dir" "$@"
  fi && quietly "$dir/compile.log" meson compile -C "$dir" &&
    # GStreamer's own plugins are looked at once, in peace, not by every test.
    GST_REGISTRY=$dir/tests/check/registry.bin gst-inspect-1.0 >/dev/null
}

count_results () { # LOG of one JSON object a line
  python3 - "$1" <<'EOF'
import collections, json, sys
counts = collections.Counter()
for line in open(sys.argv[1], encoding="utf-8"):
    result = json.loads(line)["result"]
    counts[{"OK": "passed", "EXPECTEDFAIL": "passed",
            "SKIP": "skipped"}.get(result, "failed")] += 1
print(counts["passed"], counts["failed"], counts["skipped"])
EOF
}

# Counts what COMMAND, a run of meson's tests, has written to LOG*.json.
count_run () { # NAME LOG COMMAND...
  local name=$1 base=$2 status=0 log p f s
  shift 2
  rm -f "$base"*.json
  say "$name tests"
  "$@" || status=$?
  log=$(echo "$base"*.json)  # a wrapper's name may be in it
  if [ ! -e "$log" ]; then
    fail "no $name tests have run"
    return
  fi
  read -r p f s < <(count_results "$log")
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || fail "meson test, with status $status"
}

run_tests () { # NAME MESON-TEST-OPTION...
  local name=$1
  shift
  count_run "$name" "build-tests/meson-logs/$name" \
    meson test -C build-tests --no-rebuild --print-errorlogs \
    --logbase "$name" "$@"
}

# With a broker of its own, as retention is to work within seconds.
run_soak () {
  say "soak, ${SOAK_MINUTES:-60} minutes"
  if env -u KAFKA_BOOTSTRAP_SERVERS SOAK_BUILD=build-tests tests/soak.sh; then
    passed=$((passed + 1))
  else
    fail "tests/soak.sh"
  fi
}

run_sanitized () { # KIND
  count_run "$1" "build-$1/meson-logs/sanitize" tests/sanitize.sh "$1"
}

# A target counts as a test. SECONDS are for all of them, two at a time.
run_fuzzing () { # SECONDS
  local targets=(tests/fuzz/fuzz_*.cpp) log=build-tests/fuzz.log status=0 f
  say "fuzzing"
  tests/fuzz.sh "$(($1 * 2 / ${#targets[@]} + 1))" | tee "$log" || status=$?
  passed=$((passed + $(grep -c ' ok$' "$log" || true)))
  f=$(grep -c ' FAILED: ' "$log" || true)
  failed=$((failed + f))
  [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || fail "tests/fuzz.sh"
}

main () {
  local full=no
  case ${1:-} in
    '') ;;
    --full) full=yes ;;
    --help | -h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac

  cd "$root"
  trap finish EXIT
  tests/setup.sh test
  tests/setup.sh fuzz
  check_format
  build build-tests -Dwerror=true -Dtests=enabled || exit 1
  start_broker
  run_tests quick --suite unit --suite generic --suite elements \
    --suite pipelines --suite chaos
  if [ "$full" = no ]; then
    run_fuzzing "${FUZZ_SECONDS:-60}"
  else
    run_fuzzing "${FUZZ_SECONDS:-7200}"
    run_tests full --suite full
    run_sanitized address
    run_sanitized thread
    run_sanitized valgrind
    run_soak
  fi
}

main "$@"
