#!/bin/bash
# Fuzzes what reads a topic, a URI or a config-file: see usage.
set -euo pipefail

usage () {
  cat <<'END'
Usage: tests/fuzz.sh [--merge] [SECONDS [TARGET...]]

Builds libFuzzer's programs with clang, AddressSanitizer and
UndefinedBehaviorSanitizer in build-fuzz, and runs each of tests/fuzz/fuzz_*.cpp
(or the TARGETs) for SECONDS, 10 if not said otherwise, two at a time. They
begin with the corpus in tests/fuzz/corpus and what earlier runs have found,
which is kept in build-fuzz/corpus. One line a target says how many inputs were
tried and how many edges of the program they came by.

What breaks a promise is kept in build-fuzz/findings, and the exit status is 1.
tests/fuzz/replay.cpp runs such a file without clang; put it into the corpus
as found-SOMETHING once it is mended. --merge adds what covers more to the
corpus, and leaves out what covers nothing more, unless it was found-.
END
}

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
build=$root/build-fuzz

die () { echo "fuzz.sh: $*" >&2; exit 1; }

build_targets () {
  [ -e "$build/build.ninja" ] || CXX=clang++ meson setup "$build" "$root" \
    -Dfuzzing=enabled -Dtests=disabled -Dbenchmarks=disabled \
    -Dexamples=disabled -Db_sanitize=address,undefined -Db_lundef=false \
    -Doptimization=1
  ninja -C "$build" -j2 fuzz
}

run_target () { # TARGET SECONDS
  local target=$1 log=$build/fuzz-$1.log status=0 options=() tried edges
  mkdir -p "$build/corpus/$target" "$build/findings/$target"
  [ ! -e "$root/tests/fuzz/$target.dict" ] ||
    options+=("-dict=$root/tests/fuzz/$target.dict")
  # GLib keeps a name for good once it was seen, in tables that it leaves
  # behind when they grow: no leak that means anything. The replays look for
  # leaks, with the other tests.
  "$build/tests/fuzz/fuzz-$target" "$build/corpus/$target" \
    "$root/tests/fuzz/corpus/$target" "-max_total_time=$2" -timeout=10 \
    -rss_limit_mb=1024 -detect_leaks=0 -max_len=16384 -print_final_stats=1 \
    "-artifact_prefix=$build/findings/$target/" "${options[@]}" \
    >"$log" 2>&1 </dev/null || status=$?
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
  printf '%-10s %10s inputs %6s edges  %s\n' "$target" "${tried:-0}" \
    "${edges:-0}" "$([ "$status" -eq 0 ] && echo ok || echo "FAILED: $log")"
  [ "$status" -eq 0 ]
}

merge_target () { # TARGET
  local target=$1 merged=$build/merged/$1
  rm -rf "$merged"
  mkdir -p "$merged" "$build/corpus/$target"
  "$build/tests/fuzz/fuzz-$target" -set_cover_merge=1 -detect_leaks=0 -max_len=4096 \
    "$merged" "$root/tests/fuzz/corpus/$target" "$build/corpus/$target" \
    >"$build/merge-$target.log" 2>&1
  find "$root/tests/fuzz/corpus/$target" -type f ! -name 'found-*' -delete
  cp "$merged"/* "$root/tests/fuzz/corpus/$target"
}

main () {
  local merge=no seconds target targets=() failed=0 running=0
  case ${1:-} in
    --help | -h) usage; exit ;;
    --merge) merge=yes; shift ;;
  esac
  seconds=${1:-10}
  [[ $seconds =~ ^[0-9]+$ ]] || { usage >&2; exit 2; }
  shift || true
  command -v clang++ >/dev/null || die "there is no clang++ here"
  for target in "$root"/tests/fuzz/fuzz_*.cpp; do
    target=${target##*/fuzz_}
    targets+=("${target%.cpp}")
  done
  [ $# -eq 0 ] || targets=("$@")

  mkdir -p "$build"
  build_targets >"$build/build.log" 2>&1 ||
    { tail -n 40 "$build/build.log" >&2; die "the targets do not build"; }
  export G_SLICE=always-malloc GST_REGISTRY=$build/registry.bin
  export GST_REGISTRY_FORK=no ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1
  # GStreamer's plugins are looked at once; what they do there does not count.
  gst-inspect-1.0 >/dev/null 2>&1 || true

  for target in "${targets[@]}"; do
    if [ "$running" -eq 2 ]; then
      wait -n || failed=1
      running=1
    fi
    run_target "$target" "$seconds" &
    running=$((running + 1))
  done
  while [ "$running" -gt 0 ]; do
    wait -n || failed=1
    running=$((running - 1))
  done
  if [ "$merge" = yes ] && [ "$failed" -eq 0 ]; then
    for target in "${targets[@]}"; do merge_target "$target"; done
  fi
  return "$failed"
}

main "$@"
