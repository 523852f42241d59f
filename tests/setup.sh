#!/bin/bash
# Installs what building, trying or testing this project needs and is missing.
set -euo pipefail

usage () {
  cat <<'EOF'
Usage: setup.sh build   what examples/quickstart.sh needs
       setup.sh test    that, and what tests/run.sh needs
       setup.sh fuzz    what tests/fuzz.sh needs

On Debian 12 and 13 (and kin) the missing packages are installed, as root or
with sudo. Elsewhere they are named, and nothing is changed. With
KAFKA_BOOTSTRAP_SERVERS set, what only a broker of our own needs is left out.
EOF
}

# What must be there, how that is seen, and the Debian package that brings it.
# Looked for is the thing, not the package: it may come from anywhere.
build_needs='
  command   g++                      g++
  command   meson                    meson
  command   ninja                    ninja-build
  command   pkg-config               pkgconf
  library   gstreamer-1.0            libgstreamer1.0-dev
  library   gstreamer-app-1.0        libgstreamer-plugins-base1.0-dev
  library   rdkafka                  librdkafka-dev
  library   json-glib-1.0            libjson-glib-dev
  command   gst-launch-1.0           gstreamer1.0-tools
  command   gst-discoverer-1.0       gstreamer1.0-plugins-base-apps
  element   opusenc                  gstreamer1.0-plugins-base
  element   jpegenc                  gstreamer1.0-plugins-good
  element   h264parse                gstreamer1.0-plugins-bad
  element   avdec_h264               gstreamer1.0-libav
  element   timeoverlay              gstreamer1.0-x
  element   alsasink                 gstreamer1.0-alsa
  element   pulsesink                gstreamer1.0-pulseaudio
'
broker_needs='
  java      17                       default-jre-headless
  command   mvn                      maven
'
# The Python package that tests/reader needs is not Debian's: see its setup.sh.
test_needs='
  command   python3                  python3
  module    ensurepip                python3-venv
  element   x264enc                  gstreamer1.0-plugins-ugly
  command   kcat                     kcat
  command   valgrind                 valgrind
  command   Xvfb                     xvfb
  command   xauth                    xauth
'
# libFuzzer and the sanitizers are in libclang-rt-N-dev, which clang only
# recommends.
fuzz_needs='
  command   clang++                  clang
  runtime   fuzzer                   libclang-rt-dev
'

die () { echo "setup.sh: $*" >&2; exit 1; }

has_java () { # MAJOR_VERSION
  local version
  version=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1) &&
    [[ $version =~ version\ \"([0-9]+) && ${BASH_REMATCH[1]} -ge $1 ]]
}

has_runtime () { # NAME
  local dir
  dir=$(clang++ --print-runtime-dir) &&
    [ -n "$(find "$dir" "${dir%/*}/linux" -name "libclang_rt.$1*.a")" ]
}

has () { # KIND NAME
  case $1 in
    command) command -v "$2" ;;
    library) pkg-config --exists "$2" ;;
    element) gst-inspect-1.0 --exists "$2" ;;
    java) has_java "$2" ;;
    runtime) has_runtime "$2" ;;
    module) python3 -c "import $2" ;;
  esac >/dev/null 2>&1
}

# Fills the lists missing (for people) and packages (for apt).
find_missing () {
  local kind name package
  missing='' packages=()
  while read -r kind name package; do
    if [ -n "$kind" ] && ! has "$kind" "$name"; then
      missing+="  $kind $name (in Debian: $package)"$'\n'
      packages+=("$package")
    fi
  done <<<"$needs"
}

install_packages () {
  local as_root=() log
  if [ "$EUID" -ne 0 ]; then
    command -v sudo >/dev/null ||
      die "these need root to install, and there is no sudo:"$'\n'"$missing"
    as_root=(sudo)
  fi
  log=$(mktemp)
  echo "Installing ${#packages[@]} missing packages and what they need ..." >&2
  # A machine that has just booted may be updating itself: wait for it.
  if ! {
    "${as_root[@]}" apt-get update -q &&
      "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qy --no-install-recommends \
        -o DPkg::Lock::Timeout=300 "${packages[@]}"
  } >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    die "apt-get failed, its whole output is in $log"
  fi
  rm -f "$log"
}

main () {
  case ${1:-} in
    build) needs=$build_needs ;;
    test) needs=$build_needs$test_needs ;;
    fuzz) needs=$build_needs$fuzz_needs broker_needs='' ;;
    --help | -h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  [ -n "${KAFKA_BOOTSTRAP_SERVERS:-}" ] || needs+=$broker_needs

  find_missing
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null ||
    die "please install what is missing here:"$'\n'"$missing"
  install_packages
  find_missing
  [ -z "$missing" ] || die "still missing after apt-get:"$'\n'"$missing"
}

main "$@"
