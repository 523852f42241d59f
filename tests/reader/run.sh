#!/bin/bash
# run.sh SCRIPT [ARGUMENT...] runs test_records.py or test_foreign.py; status 77
# with a reason when it cannot.
set -euo pipefail

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")

skip () {
  echo "skipped: $*"
  exit 77
}

[ -n "${KAFKA_BOOTSTRAP_SERVERS:-}" ] ||
  skip "KAFKA_BOOTSTRAP_SERVERS names no broker"
for command in gst-launch-1.0 gst-inspect-1.0 kcat python3; do
  command -v "$command" >/dev/null || skip "there is no $command"
done
for element in checksumsink h264parse jpegenc theoraenc vorbisenc x264enc; do
  gst-inspect-1.0 --exists "$element" || skip "there is no element $element"
done
python=$("$here/setup.sh") || exit
exec "$python" "$here/$1" "${@:2}"
