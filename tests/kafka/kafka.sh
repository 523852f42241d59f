#!/bin/bash
# Runs a single-node Apache Kafka (KRaft) for the tests and the examples.
set -euo pipefail

usage () {
  cat <<'EOF'
Usage: kafka.sh start [OPTION...]   start a broker and wait until it answers
       kafka.sh stop [--dir DIR]    stop it, keep its data
       kafka.sh status [--dir DIR]  is it running? (exit status 3: no)
       kafka.sh wipe [--dir DIR]    stop it and delete its data
       kafka.sh run [OPTION...] -- COMMAND...
                                    run COMMAND with a broker of its own

start and status print one line, KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:PORT, on
their standard output and all else on standard error, so that
  export "$(tests/kafka/kafka.sh start)"
sets what the tests and the examples look for. start does nothing when the
broker of DIR is running already. run sets the variable for COMMAND, takes a
free port and a new directory unless told otherwise, and returns what COMMAND
returned.

  --dir DIR          where data, configuration and log live, one broker each
                     (default: ~/.cache/gst-kafka/broker)
  --port PORT        for the clients (default: 9092, run: 0); 0 is any free one
  --set NAME=VALUE   a server property, may be given several times
  --config FILE      server properties, such as keystores, mechanisms and an
                     authorizer
  --listener NAME:PROTOCOL[:PORT]
                     another address for clients, as in LOGIN:SASL_SSL, on a
                     free port unless told; may be given several times.
                     advertised.listeners in DIR/server.properties tells
                     which. The clients' own port stays without TLS and login
  --scram NAME:PASSWORD
                     a user for SCRAM-SHA-512, for a new directory only
  --cluster-id ID    of the cluster that it is made a part of (default: a new
                     one)
  --with-parent PID  stop the broker when that process ends, however it ends
  --wipe-at-end      with that, delete the data too

Needs Java 17 or newer and, for the first start, Maven. KAFKA_HEAP_OPTS sets
the size of the heap (default: -Xmx512m).
EOF
}

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
cache=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/gst-kafka
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

address=127.0.0.1  # a bare machine may not know the name localhost
start_timeout=90   # seconds; a start takes 2
stop_timeout=15    # seconds; a stop takes less than one

say () { echo "kafka.sh: $*" >&2; }
die () { say "$*"; exit 1; }

need () {
  command -v "$1" >/dev/null || die "$1 is missing; tests/setup.sh build installs it"
}

# The jars of pom.xml, fetched once for all brokers of this user. The directory
# is named after the pom, so a new version never mixes with an old one, and it
# appears by a rename, so it is never seen half full.
fetch_jars () {
  jars=$cache/jars-$(sha256sum <"$here/pom.xml" | cut -c 1-12)
  [ ! -d "$jars" ] || return 0
  need mvn
  mkdir -p "$cache"
  (
    flock 9
    [ ! -d "$jars" ] || exit 0
    say "fetching Apache Kafka with Maven into $jars (43 MB, once)"
    rm -rf "$jars.part"
    if ! mvn --batch-mode --quiet --file "$here/pom.xml" \
      dependency:copy-dependencies -DincludeScope=runtime \
      -DoutputDirectory="$jars.part" >"$cache/maven.log" 2>&1 9>&-; then
      tail -n 20 "$cache/maven.log" >&2
      die "Maven could not fetch Apache Kafka; it needs to reach the central" \
        "repository, or a settings.xml that names another"
    fi
    mv "$jars.part" "$jars"
  ) 9>"$cache/jars.lock"
}

# Processes ------------------------------------------------------------------

# Reads the file that start leaves. The broker holds a lock on it for as long as
# it lives, so neither a stale file nor an id that another program has by now is
# ever taken for a running broker.
is_running () {
  { read -r pid port owner <"$dir/pid"; } 2>/dev/null &&
    ! flock --shared --nonblock "$dir/pid" true
}

# One caller at a time for each directory. The lock is on the directory itself,
# so there is no file to leave behind; but wipe may have deleted it meanwhile.
lock_dir () {
  unlock_dir
  while
    mkdir -p "$dir" || die "cannot make the directory $dir"
    exec {lock}<"$dir"
    flock "$lock"
    [ ! "$dir" -ef "/proc/self/fd/$lock" ]
  do exec {lock}<&-; done
}

unlock_dir () {
  [ -z "${lock:-}" ] || exec {lock}<&-
  lock=''
}

# Replaces this subshell by a command in a session of its own that holds nothing
# of ours open (no terminal, no pipe that somebody reads to its end), except for
# file descriptor $1.
exec_detached () {
  local keep=$1 fd
  shift
  for fd in /proc/self/fd/*; do
    fd=${fd##*/}
    [ "$fd" -le 2 ] || [ "$fd" = "$keep" ] || eval "exec $fd>&-"
  done
  exec setsid "$@" </dev/null
}

# Ports ----------------------------------------------------------------------

is_port_free () {
  ! (exec 3<>"/dev/tcp/$address/$1") 2>/dev/null &&
    ! (exec 3<>"/dev/tcp/::1/$1") 2>/dev/null
}

# Below the range that the kernel takes for outgoing connections, which could
# otherwise come between the choice and the use.
free_port () {
  local candidate
  while
    candidate=$((10000 + RANDOM % 22000))
    ! is_port_free "$candidate"
  do :; done
  echo "$candidate"
}

# Those of --listener; Kafka opens one after the other, and ends when it cannot.
are_listeners_open () {
  local listener
  for listener in $(sed -n 's/^advertised\.listeners=//p' \
    "$dir/server.properties" | tr , ' '); do
    case $listener in
      PLAINTEXT*) ;;
      *) ! is_port_free "${listener##*:}" || return 1 ;;
    esac
  done
}

# True when the broker is fit for work: it answers a Metadata request (version
# 2) on the clients' port, counts itself among the living and is of our cluster,
# not a stranger on the same port. An open port alone comes too early.
answers () {
  are_listeners_open || return 1
  local request='\0\0\0\x0e\0\x03\0\x02\0\0\0\x01\xff\xff\0\0\0\0' size
  (
    exec 3<>"/dev/tcp/$address/$port"
    # shellcheck disable=SC2059 # the request is the format
    printf "$request" >&3
    size=$(timeout 5 head -c 4 <&3 | od -An -tu4 --endian=big)
    timeout 5 head -c $((size)) <&3 | tr -d '\0' |
      LC_ALL=C grep -aq "$address.*$(cluster_id)"
  ) 2>/dev/null
}

# The broker -----------------------------------------------------------------

cluster_id () { sed -n 's/^cluster\.id=//p' "$dir/data/meta.properties"; }

print_bootstrap_servers () { echo "KAFKA_BOOTSTRAP_SERVERS=$address:$port"; }

has_ipv6_loopback () { grep -qs '^0\{31\}1 ' /proc/net/if_inet6; }

# Localhost only, but both of its addresses, since clients may resolve the name
# to either; those that come by the first need no name service at all. What users
# see of a broker stays at Kafka's defaults, the rest is what one node and a quick
# start need. The session timeout is what a start waits for when the broker was
# killed before.
write_configuration () { # CONTROLLER_PORT
  local listening="PLAINTEXT://$address:$port"
  local advertised="PLAINTEXT://$address:$port"
  if has_ipv6_loopback; then
    listening+=",PLAINTEXT6://[::1]:$port"
    advertised+=",PLAINTEXT6://localhost:$port"
  fi
  local protocols="PLAINTEXT:PLAINTEXT,PLAINTEXT6:PLAINTEXT,\
CONTROLLER:PLAINTEXT"
  local entry name protocol at
  for entry in "${listeners[@]}"; do
    IFS=: read -r name protocol at <<<"$entry"
    at=$address:${at:-$(free_port)}
    listening+=",$name://$at"
    advertised+=",$name://$at"
    protocols+=",$name:$protocol"
  done
  {
    cat <<EOF
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$address:$1
listeners=$listening,CONTROLLER://$address:$1
advertised.listeners=$advertised
listener.security.protocol.map=$protocols
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs=$dir/data
num.partitions=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
EOF
    [ -z "$config" ] || cat "$config"
    [ ${#settings[@]} -eq 0 ] || printf '%s\n' "${settings[@]}"
  } >"$dir/server.properties"

  cat >"$dir/log4j2.properties" <<'EOF'
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n%throwable
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = out
# Hundreds of lines that say what every setting is, in the way when it fails.
logger.config.name = org.apache.kafka.common.config
logger.config.level = WARN
EOF
}

format_data () {
  [ ! -e "$dir/data/meta.properties" ] || return 0
  local id=$cluster user users=()
  for user in "${scram[@]}"; do
    users+=(--add-scram
      "SCRAM-SHA-512=[name=${user%%:*},password=${user#*:}]")
  done
  [ -n "$id" ] ||
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d =)
  "$java" "${jvm[@]}" kafka.tools.StorageTool format --cluster-id="$id" \
    --config "$dir/server.properties" "${users[@]}" \
    >>"$dir/kafka.log" 2>&1 </dev/null ||
    die_with_log "Kafka could not prepare its data directory"
}

launch () {
  local heap alive
  read -ra heap <<<"${KAFKA_HEAP_OPTS:--Xmx512m}"
  exec {alive}<>"$dir/pid"
  flock "$alive"
  (
    cd "$dir"
    exec_detached "$alive" "$java" "${heap[@]}" "${jvm[@]}" kafka.Kafka \
      "$dir/server.properties"
  ) >>"$dir/kafka.log" 2>&1 &
  pid=$!
  echo "$pid $port $parent" >&"$alive"
  exec {alive}<&-
}

# Sees to it that the broker does not outlive the process that wants it.
launch_watcher () {
  [ -n "$parent" ] || return 0
  (exec_detached none "$BASH" "$here/kafka.sh" watch --dir "$dir" \
    --with-parent "$parent" ${wipe_at_end:+"$wipe_at_end"}) >/dev/null 2>&1 &
}

wait_until_it_answers () {
  local deadline=$((SECONDS + start_timeout))
  until answers; do
    is_running || return 1
    if [ "$SECONDS" -ge "$deadline" ]; then
      stop_broker
      die_with_log "Kafka did not answer within $start_timeout s"
    fi
    sleep 0.1
  done
}

stop_broker () {
  local deadline=$((SECONDS + stop_timeout))
  if is_running; then
    kill -TERM "$pid" 2>/dev/null || true
    while is_running; do
      if [ "$SECONDS" -ge "$deadline" ]; then
        say "Kafka did not stop within $stop_timeout s and is killed"
        kill -KILL "$pid" 2>/dev/null || true
        deadline=$((SECONDS + stop_timeout))
      fi
      sleep 0.05
    done
  fi
  rm -f "$dir/pid"
}

# Deletes what start has made, and the directory if nothing else is in it.
delete_data () {
  rm -rf "$dir"/{data,pid,server.properties,log4j2.properties,kafka.log}
  rmdir "$dir" 2>/dev/null || say "$dir is kept, it holds other files"
}

die_with_log () {
  say "$1. The end of $dir/kafka.log:"
  tail -n 20 "$dir/kafka.log" >&2 || true
  exit 1
}

# Commands -------------------------------------------------------------------

start () {
  local wanted=$port began=${EPOCHREALTIME/[.,]/} attempt
  need "$java"
  fetch_jars
  lock_dir
  if is_running; then
    [ "$wanted" = 0 ] || [ "$wanted" = "$port" ] ||
      die "the broker in $dir runs already, but on port $port, not $wanted"
    answers || wait_until_it_answers ||
      die_with_log "Kafka has ended"
    say "already running on $address:$port, in $dir"
    print_bootstrap_servers
    unlock_dir
    return
  fi
  # The serial collector and the quick compiler alone take 0.5 s off a start of
  # 2.5 s and, measured on two cores, cost no throughput.
  jvm=(-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$jars/*"
    "-Dlog4j2.configurationFile=$dir/log4j2.properties")
  # A port that was free may be taken before Kafka has it: then take another.
  for attempt in 1 2 3; do
    port=$wanted
    [ "$wanted" != 0 ] || port=$(free_port)
    if ! is_port_free "$port"; then
      rmdir "$dir" 2>/dev/null || true # lock_dir may have made it
      die "port $port is in use by another program;" \
        "--port chooses another, --port 0 any free one"
    fi
    write_configuration "$(free_port)"
    format_data
    launch
    launch_watcher
    if wait_until_it_answers; then
      say "Apache Kafka answers on $address:$port after" \
        "$(((${EPOCHREALTIME/[.,]/} - began) / 1000)) ms; data and log are in $dir"
      print_bootstrap_servers
      unlock_dir
      return
    fi
    rm -f "$dir/pid"
    grep -q 'Address already in use' <(tail -n 40 "$dir/kafka.log") || break
    say "a port was taken meanwhile (attempt $attempt)"
  done
  die_with_log "Kafka has ended"
}

stop () {
  [ -d "$dir" ] || { say "not running"; return; }
  lock_dir
  if is_running; then
    stop_broker
    say "stopped, data is kept in $dir"
  else
    rm -f "$dir/pid"
    say "not running"
  fi
}

status () {
  if ! is_running; then
    say "not running"
    exit 3
  fi
  answers || die "process $pid runs but does not answer on $address:$port"
  say "process $pid, data and log in $dir"
  print_bootstrap_servers
}

wipe () {
  [ -d "$dir" ] || return 0
  lock_dir
  stop_broker
  delete_data
}

# In the background: waits for the parent's end, however it comes, and tidies up
# after it; but a broker that somebody else has started there since is theirs.
watch () {
  tail --pid="$parent" --sleep-interval=0.3 -f /dev/null
  [ -d "$dir" ] || return 0
  lock_dir
  if is_running && [ "$owner" != "$parent" ]; then
    return
  fi
  stop_broker
  [ -z "$wipe_at_end" ] || delete_data
}

run () {
  [ ${#run_command[@]} -gt 0 ] || die "run needs -- COMMAND"
  if [ -z "$dir" ]; then
    mkdir -p "$cache"
    dir=$(mktemp -d "$cache/broker.XXXXXX")
    wipe_at_end=--wipe-at-end
  fi
  parent=$$
  trap 'if [ -n "$wipe_at_end" ]; then wipe; else stop; fi' EXIT
  start >/dev/null
  KAFKA_BOOTSTRAP_SERVERS=$address:$port "${run_command[@]}"
}

main () {
  local command=${1:---help}
  [ $# -eq 0 ] || shift
  dir='' port='' parent='' settings=() wipe_at_end='' run_command=()
  config='' listeners=() scram=() cluster=''
  while [ $# -gt 0 ]; do
    case $1 in
      --dir | --port | --set | --config | --listener | --scram | --cluster-id | \
        --with-parent)
        [ $# -ge 2 ] || die "$1 needs a value"
        case $1 in
          --dir) dir=$(realpath -m "$2") ;;
          --port) port=$2 ;;
          --set) settings+=("$2") ;;
          --config) config=$2 ;;
          --listener) listeners+=("$2") ;;
          --scram) scram+=("$2") ;;
          --cluster-id) cluster=$2 ;;
          --with-parent) parent=$2 ;;
        esac
        shift 2 ;;
      --wipe-at-end) wipe_at_end=$1; shift ;;
      --) shift; run_command=("$@"); break ;;
      --help | -h) usage; exit ;;
      *) die "unknown option $1; --help lists them" ;;
    esac
  done
  case $command in
    run) : "${port:=0}" ;;
    *) : "${port:=9092}" "${dir:=$cache/broker}" ;;
  esac
  [[ $port =~ ^[0-9]+$ && $port -le 65535 ]] || die "--port $port is no port"
  # log.dirs is a list, in a file that has escapes.
  [[ ${dir:-$cache} != *[,\\$'\n']* ]] ||
    die "the directory ${dir:-$cache} has a comma, a backslash or a line break" \
      "in its name, of which Kafka would make another one"
  [ -z "$config" ] || [ -r "$config" ] || die "--config $config cannot be read"
  [[ $parent =~ ^[0-9]*$ ]] || die "--with-parent $parent is no process id"
  case $command in
    start) start ;;
    stop) stop ;;
    status) status ;;
    wipe) wipe ;;
    run) run ;;
    watch) watch ;;
    --help | -h | help) usage ;;
    *) die "unknown command $command; --help lists them" ;;
  esac
}

# Read to its end before it runs: the watcher may outlive the file.
{
  main "$@"
  exit
}
