#!/bin/bash
# Builds the project for a checker of memory or threads and runs the tests in it.
set -euo pipefail

usage () {
  cat <<'END'
Usage: tests/sanitize.sh address|thread|valgrind [MESON-TEST-OPTION...]

  address   AddressSanitizer with its leak check, UndefinedBehaviorSanitizer
  thread    ThreadSanitizer
  valgrind  memcheck, leaks included

Each has a build directory of its own, build-address and so on. Any finding is a
failed test; its log names the place. All quick suites run, under 'valgrind'
without 'pipelines' and 'chaos', whose codecs are not ours to check and whose
clocks do not wait; options, such as "--suite elements" or the names of tests,
choose others.

The tests that need a broker use that of KAFKA_BOOTSTRAP_SERVERS, or one that is
started for them.
END
}

case ${1:-} in
  address)
    setup=("-Db_sanitize=address,undefined" -Db_lundef=false)
    patience=8
    ;;
  thread)
    setup=(-Db_sanitize=thread -Db_lundef=false)
    patience=4
    ;;
  valgrind)
    setup=()
    patience=10
    ;;
  --help | -h) usage; exit ;;
  *) usage >&2; exit 2 ;;
esac

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
if [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; then
  exec "$root/tests/kafka/kafka.sh" run -- "$0" "$@"
fi
kind=$1
shift
cd "$root"
build=build-$kind
if [ $# -eq 0 ]; then
  set -- --suite unit --suite generic --suite elements
  [ "$kind" = valgrind ] || set -- "$@" --suite pipelines --suite chaos
fi

reconfigure=()
[ ! -e "$build/build.ninja" ] || reconfigure=(--reconfigure)
meson setup "${reconfigure[@]}" "$build" -Dtests=enabled -Dbenchmarks=disabled \
  -Dexamples=disabled "${setup[@]}" >/dev/null
meson compile -C "$build"

# GLib's allocator of its own would hide what belongs to whom. A program that
# GStreamer starts to look at plugins has no sanitizer and cannot load this one.
export G_SLICE=always-malloc GST_REGISTRY_FORK=no
# How much longer than usual the tests wait before they give up.
export CK_TIMEOUT_MULTIPLIER=$patience

# Other plugins are looked at once, and here, where what they do does not count.
ASAN_OPTIONS=detect_leaks=0 TSAN_OPTIONS=report_bugs=0 GST_CHECKS=none \
  GST_PLUGIN_PATH_1_0=$build/gst GST_REGISTRY=$build/tests/check/registry.bin \
  "$build/tests/check/generic/generic-metadata" >/dev/null 2>&1 || true

options=(--timeout-multiplier "$patience" --print-errorlogs --no-rebuild
  --logbase sanitize)
case $kind in
  address)
    # Slow, but else the stack of an allocation ends in the first library that
    # has no frame pointers, and no suppression fits.
    export ASAN_OPTIONS=fast_unwind_on_malloc=0:detect_stack_use_after_return=1
    export LSAN_OPTIONS=suppressions=$root/tests/lsan.supp:print_suppressions=0
    export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
    ;;
  thread)
    # It does not know threads in a process that was forked off.
    export CK_FORK=no
    export TSAN_OPTIONS=suppressions=$root/tests/tsan.supp:print_suppressions=0
    ;;
  valgrind)
    # One process a program, and one search for leaks at its end.
    export CK_FORK=no
    # It runs one thread at a time: each is to have its turn.
    options+=(--wrapper "valgrind --quiet --error-exitcode=99 --num-callers=30
      --fair-sched=try
      --leak-check=full --show-leak-kinds=definite
      --errors-for-leak-kinds=definite
      --suppressions=$root/tests/valgrind.supp")
    ;;
esac
exec meson test -C "$build" "${options[@]}" "$@"
