#!/bin/bash
# Sends a video with sound through Apache Kafka and back: see usage.
set -euo pipefail

usage () {
  cat <<'EOF'
Usage: examples/quickstart.sh [VIDEO]

Publishes picture and sound of VIDEO (or of a short clip made for it) to two
topics of Apache Kafka, plays them back from there and compares, picture by
picture, what came out with what went in. Plays in a window where there is a
display, else into a Matroska file, with a sheet of pictures from it.

Installs what is missing (tests/setup.sh), builds in build, and starts an Apache
Kafka of its own for as long as it runs, unless KAFKA_BOOTSTRAP_SERVERS names
one. What it makes is left in build/quickstart.
EOF
}

root=$(dirname "$(dirname "$(realpath "${BASH_SOURCE[0]}")")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gst-kafka
run_id=quickstart-$(date +%Y%m%d-%H%M%S)-$$
tiles=12  # of the sheet of pictures, in rows of four

broker_dir='' film='' sheet=''

say () { echo "== $*"; }
die () { echo "quickstart.sh: $*" >&2; exit 1; }

# Runs a command whose output only matters when it fails.
quietly () { # LOG COMMAND...
  local log=$1
  shift
  "$@" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    die "$* has failed; all it said is in $log"
  }
}

# Preparations ---------------------------------------------------------------

build () {
  say "building"
  mkdir -p build
  [ -e build/build.ninja ] || quietly build/setup.log meson setup build
  quietly build/compile.log meson compile -C build gstkafka frame-log
  export GST_PLUGIN_PATH=$root/build/gst/kafka:${GST_PLUGIN_PATH:-}
  quietly build/inspect.log gst-inspect-1.0 kafkasink
}

start_broker () {
  servers=${KAFKA_BOOTSTRAP_SERVERS:-}
  if [ -n "$servers" ]; then
    say "using the Kafka at $servers"
    return
  fi
  say "starting Apache Kafka"
  mkdir -p "$cache"
  broker_dir=$(mktemp -d "$cache/quickstart.XXXXXX")
  # Should this script be killed, the broker and its data go all the same.
  servers=$(tests/kafka/kafka.sh start --port 0 --dir "$broker_dir" \
    --with-parent $$ --wipe-at-end)
  servers=${servers#*=}
}

finish () {
  [ -z "$broker_dir" ] || tests/kafka/kafka.sh wipe --dir "$broker_dir"
}

make_clip () {
  video=$out/clip.mkv
  say "making a clip of ten seconds: a ball, a clock and a tick each second"
  quietly "$out/clip.log" gst-launch-1.0 \
    videotestsrc pattern=ball num-buffers=250 ! \
    video/x-raw,width=640,height=360,framerate=25/1 ! \
    timeoverlay font-desc="Sans 32" ! vp8enc deadline=1 ! queue ! clip. \
    audiotestsrc wave=ticks samplesperbuffer=480 num-buffers=1000 ! \
    audio/x-raw,rate=48000,channels=2 ! opusenc ! queue ! clip. \
    matroskamux name=clip ! filesink location="$video"
}

count_streams () { # KIND
  grep -cE "^ +$1( #[0-9]+)?:" "$out/streams.txt" || true
}

# Sets has_picture and has_sound, or says why VIDEO is of no use.
examine_video () {
  local sounds
  # It reports what it cannot read on standard output, with status 0.
  LC_ALL=C timeout 60 gst-discoverer-1.0 --timeout 30 "$video" \
    >"$out/streams.txt" 2>&1 || die "$video takes too long to examine"
  if grep -qi 'missing plugins' "$out/streams.txt"; then
    die "$video needs a decoder that is not installed:" \
      "$(sed -n '/[Mm]issing plugins/,$p' "$out/streams.txt" | tr -s ' \n' ' ')"
  fi
  if grep -q 'error was encountered' "$out/streams.txt"; then
    die "$video is no video that GStreamer can read:" \
      "$(sed '1,/error was encountered/d; s/^ *//' "$out/streams.txt" | head -1)"
  fi
  has_picture='' has_sound=''
  [ "$(count_streams video)" -eq 0 ] || has_picture=yes
  sounds=$(count_streams audio)
  [ "$sounds" -eq 0 ] || has_sound=yes

  [ -n "$has_picture$has_sound" ] ||
    die "$video has neither moving pictures nor sound"
  [ -n "$has_picture" ] || say "there is no picture in it, only sound"
  [ -n "$has_sound" ] || say "there is no sound in it, only picture"
  [ "$sounds" -le 1 ] || say "it has $sounds sound tracks, the first is taken"
}

# A display that is named but does not answer, or that no sink can use, is none.
has_window () {
  [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || return 1
  timeout 20 build/examples/frame-log "$out" probe \
    videotestsrc pattern=black num-buffers=1 ! identity name=probe ! \
    videoconvert ! autovideosink >"$out/display.txt" 2>&1 &&
    ! grep -qE 'sinks:.*(fake|caca|aa)sink' "$out/display.txt"
}

# There and back -------------------------------------------------------------

# gst-launch-1.0 with the same words does the same, but keeps no account.
frame_log () { # DIRECTORY PIPELINE...
  local dir=$out/$1 names=${has_picture:+picture,}${has_sound:+sound}
  shift
  mkdir -p "$dir"
  build/examples/frame-log "$dir" "${names%,}" "$@" >"$dir/sinks.txt"
}

publish () {
  local pipeline=(filesrc "location=$video" ! decodebin name=media)
  # JPEG of more than full HD is more than a record may hold by default.
  [ -z "$has_picture" ] || pipeline+=(
    media. ! queue ! videoconvert ! videoscale !
    'video/x-raw,width=[1,1920],height=[1,1080]' ! jpegenc !
    kafkasink name=picture "bootstrap-servers=$servers" topic="$run_id-picture"
    create-topic=true
  )
  [ -z "$has_sound" ] || pipeline+=(
    media. ! queue ! audioconvert ! audioresample ! opusenc !
    kafkasink name=sound "bootstrap-servers=$servers" topic="$run_id-sound"
    create-topic=true
  )
  say "publishing"
  frame_log in "${pipeline[@]}" ||
    die "publishing has failed, the reason is above"
}

# Fills source with the beginning of a pipeline that reads a topic.
read_topic () { # NAME
  source=(
    kafkasrc name="$1" "bootstrap-servers=$servers" topic="$run_id-$1" ! queue !
  )
}

play_in_window () {
  local pipeline=() source
  if [ -n "$has_picture" ]; then
    read_topic picture
    pipeline+=("${source[@]}" jpegdec ! videoconvert ! autovideosink)
  fi
  if [ -n "$has_sound" ]; then
    read_topic sound
    pipeline+=("${source[@]}" opusdec ! audioconvert ! audioresample !
      autoaudiosink)
  fi
  say "playing"
  frame_log out "${pipeline[@]}" || die "playing has failed, the reason is above"
}

play_into_file () {
  local pipeline=() source
  film=$out/played.mkv
  if [ -n "$has_picture" ]; then
    read_topic picture
    pipeline+=("${source[@]}" film.video_0)
  fi
  if [ -n "$has_sound" ]; then
    read_topic sound
    pipeline+=("${source[@]}" film.audio_0)
  fi
  say "playing into a file, since there is no display"
  frame_log out "${pipeline[@]}" matroskamux name=film ! \
    filesink location="$film" || die "playing has failed, the reason is above"
  [ -z "$has_picture" ] || make_sheet
}

# Pictures from all over the film, side by side in one.
make_sheet () {
  local milliseconds i=0 row tile branches=() places=()
  milliseconds=$(($(length in/picture) / 1000000 + 1))
  mkdir "$out/tiles"
  quietly "$out/tiles.log" gst-launch-1.0 filesrc location="$film" ! \
    matroskademux ! jpegdec ! videorate ! \
    "video/x-raw,framerate=$((tiles * 1000))/$milliseconds" ! videoconvert ! \
    videoscale ! video/x-raw,width=320,height=180,pixel-aspect-ratio=1/1 ! \
    pngenc ! multifilesink location="$out/tiles/%03d.png"
  for tile in "$out"/tiles/*.png; do
    [ "$i" -lt "$tiles" ] || break
    branches+=(multifilesrc "location=$tile" num-buffers=1
      "caps=image/png,framerate=1/1" ! pngdec ! videoconvert ! "sheet.sink_$i")
    row=$((i / 4))
    places+=("sink_$i::xpos=$((i % 4 * 320))" "sink_$i::ypos=$((row * 180))")
    i=$((i + 1))
  done
  sheet=$out/contact-sheet.png
  quietly "$out/sheet.log" gst-launch-1.0 compositor name=sheet "${places[@]}" \
    "${branches[@]}" sheet. ! videoconvert ! pngenc snapshot=true ! \
    filesink location="$sheet"
  rm -r "$out/tiles"
}

# The account ----------------------------------------------------------------

count () { wc -l <"$out/$1"; }

# In nanoseconds, from 0 to the end of the last buffer.
length () { awk '{ end = $1 + $3 } END { printf "%.0f", end }' "$out/$1"; }

kilobytes () { awk '{ n += $7 } END { printf "%.0f kB", n / 1e3 }' "$out/$1"; }

describe () { # DIRECTORY
  [ -z "$has_picture" ] ||
    echo "  $(count "$1/picture") pictures (JPEG, $(kilobytes "$1/picture"))"
  [ -z "$has_sound" ] ||
    echo "  $(count "$1/sound") packets of sound (Opus, $(kilobytes "$1/sound"))"
}

# Succeeds when every line is the same, or else shows the first that is not.
compare () { # NAME
  cmp -s "$out/in/$1" "$out/out/$1" && return
  echo "  The $1 differs; first in < and out >:"
  diff "$out/in/$1" "$out/out/$1" | sed -n '1,4p'
  return 1
}

report () {
  local same=yes
  echo
  echo "What went in:"
  describe in
  echo "  of $video"
  echo "  into the Kafka at $servers, topics" \
    "${has_picture:+$run_id-picture }${has_sound:+$run_id-sound}"
  echo "What came out:"
  describe out
  [ -z "$has_picture" ] || compare picture || same=no
  [ -z "$has_sound" ] || compare sound || same=no
  if [ "$same" = yes ]; then
    echo "  One by one the same: order, bytes (SHA-256), times, durations, flags"
  fi
  echo "Where to look, in $out:"
  [ -z "$film" ] || echo "  played.mkv         what came out, for any player"
  [ -z "$sheet" ] || echo "  contact-sheet.png  pictures from all over it"
  echo "  in/, out/          the lists, a line for each picture and packet"
  if [ -z "$film" ] && [ -n "$has_sound" ] &&
    grep -q fakesink "$out/out/sinks.txt"; then
    echo "  (Nothing was heard: GStreamer found no device for sound.)"
  fi
  if [ -n "$broker_dir" ]; then
    echo "The Kafka is gone again, with its topics. To keep one, and what is in"
    echo "it, start it yourself: export \"\$(tests/kafka/kafka.sh start)\""
  elif [ -n "$has_picture" ]; then
    echo "The topics are kept. To see the picture again:"
    echo "  GST_PLUGIN_PATH=$root/build/gst/kafka gst-launch-1.0" \
      "kafkasrc bootstrap-servers=$servers topic=$run_id-picture !" \
      "jpegdec ! videoconvert ! autovideosink"
  fi
  [ "$same" = yes ]
}

main () {
  case ${1:-} in
    --help | -h) usage; exit ;;
  esac
  [ $# -le 1 ] || { usage >&2; exit 2; }
  video=${1:-}
  if [ -n "$video" ]; then
    [ -f "$video" ] || die "there is no file $video"
    [ -r "$video" ] || die "$video may not be read"
    video=$(realpath "$video")
  fi

  cd "$root"
  out=$root/build/quickstart/${run_id#quickstart-}
  say "looking for what is missing on this machine"
  tests/setup.sh build
  build
  mkdir -p "$out"
  [ -n "$video" ] || make_clip
  examine_video
  trap finish EXIT
  start_broker
  publish
  # The sinks that are tried on a display that does not answer may crash.
  if has_window 2>/dev/null; then play_in_window; else play_into_file; fi
  report
}

main "$@"
