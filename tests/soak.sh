#!/bin/bash
# Eight streams through a real Kafka for a long time: see usage.
set -euo pipefail

usage () {
  cat <<'END'
Usage: tests/soak.sh [MINUTES]

Publishes and plays eight streams at once, with seeks, pauses, stops in the
middle and restarts at random, and checks that every buffer comes out as it went
in and that the process does not grow: memory, open files, threads.

MINUTES   how long (default: SOAK_MINUTES, or else 60)

The samples go into BUILD/soak.csv; docs/draw-soak.py draws them. BUILD is
build-tests, or what SOAK_BUILD names, and is built if need be. SOAK_SEED repeats
the choices of another run, as far as chance is the same. The broker is one of its
own, which keeps some 200 MB, or that of KAFKA_BOOTSTRAP_SERVERS.
END
}

case ${1:-} in
  --help | -h) usage; exit ;;
  *[!0-9]*) usage >&2; exit 2 ;;
esac
minutes=${1:-${SOAK_MINUTES:-60}}

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
if [ -z "${KAFKA_BOOTSTRAP_SERVERS:-}" ]; then
  disk=$(mktemp -d "${TMPDIR:-/tmp}/gst-kafka-soak.XXXXXX")
  # Of itself a broker looks every five minutes for what is to be deleted.
  trap 'rm -rf "$disk"' EXIT
  SOAK_DISK=$disk "$root/tests/kafka/kafka.sh" run --dir "$disk" \
    --set log.retention.check.interval.ms=5000 -- "$0" "$minutes"
  exit
fi

cd "$root"
build=${SOAK_BUILD:-build-tests}
[ -e "$build/build.ninja" ] ||
  meson setup "$build" -Dtests=enabled >/dev/null
ninja -C "$build" >/dev/null

export SOAK_SECONDS=$((minutes * 60)) SOAK_CSV=$build/soak.csv
export GST_PLUGIN_PATH_1_0=$PWD/$build/gst GST_REGISTRY=$PWD/$build/soak-registry.bin
# GLib's own allocator of before 2.76 would hide what is in use.
export G_SLICE=always-malloc
# One arena for each of the many threads that come and go is memory with holes.
export MALLOC_ARENA_MAX=2
export G_DEBUG=fatal-criticals CK_DEFAULT_TIMEOUT=0
status=0
"$build/tests/soak/soak" || status=$?
[ "$status" -eq 77 ] || tests/soak/judge.py <"$SOAK_CSV" || status=1
exit "$status"
