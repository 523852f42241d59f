#!/bin/bash
# Runs three Apache Kafkas that are one cluster (KRaft, each a broker and a
# controller), for tests of what replicas are for.
set -euo pipefail

usage () {
  cat <<'END'
Usage: cluster.sh start --dir DIR [--with-parent PID]
                                start those that do not run, and wait for them
       cluster.sh wipe --dir DIR   stop them all and delete their data

start prints KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:PORT,... on its standard output.
Topics have three replicas, of which two must have what is acknowledged. Each
node is one of kafka.sh, in DIR/1 to DIR/3. With --with-parent they end, and
their data goes, when that process does.
END
}

here=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
nodes=(1 2 3)

die () { echo "cluster.sh: $*" >&2; exit 1; }

# Ports that nobody uses, below those that the kernel gives to clients; the same
# for as long as there is data.
choose_ports () {
  local port
  while [ "$(wc -w <"$dir/ports")" -lt 6 ]; do
    port=$((10000 + RANDOM % 22000))
    if ! grep -qw "$port" "$dir/ports" &&
      ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port" >>"$dir/ports"
    fi
  done
}

start_node () { # NODE
  local node=$1 voters='' peer
  for peer in "${nodes[@]}"; do
    voters+=${voters:+,}$peer@127.0.0.1:${ports[peer + 2]}
  done
  local settings=(
    "node.id=$node"
    "controller.quorum.voters=$voters"
    "listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]},CONTROLLER://127.0.0.1:${ports[node + 2]}"
    "advertised.listeners=PLAINTEXT://127.0.0.1:${ports[node - 1]}"
    default.replication.factor=3
    min.insync.replicas=2
    offsets.topic.replication.factor=3
    transaction.state.log.replication.factor=3
    transaction.state.log.min.isr=2
    auto.create.topics.enable=false
    group.min.session.timeout.ms=500
    replica.lag.time.max.ms=5000
  )
  local options=() setting
  for setting in "${settings[@]}"; do
    options+=(--set "$setting")
  done
  KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx256m} "$here/kafka.sh" start \
    --dir "$dir/$node" --port "${ports[node - 1]}" --cluster-id "$cluster" \
    "${parent[@]}" "${options[@]}" >/dev/null
}

start () {
  local pids=() pid failed='' node
  mkdir -p "$dir"
  touch "$dir/ports"
  choose_ports
  mapfile -t ports <"$dir/ports"
  [ -e "$dir/id" ] ||
    head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d = >"$dir/id"
  cluster=$(<"$dir/id")
  # Together: none of the first two answers alone.
  for node in "${nodes[@]}"; do
    start_node "$node" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || failed=yes
  done
  [ -z "$failed" ] || die "not all nodes have started"
  printf 'KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:%s,127.0.0.1:%s,127.0.0.1:%s\n' \
    "${ports[@]:0:3}"
}

wipe () {
  local node
  for node in "${nodes[@]}"; do
    "$here/kafka.sh" wipe --dir "$dir/$node"
  done
  rm -f "$dir"/{ports,id}
  rmdir "$dir" 2>/dev/null || true
}

command=${1:---help}
[ $# -eq 0 ] || shift
dir='' parent=()
while [ $# -gt 0 ]; do
  case $1 in
    --dir) dir=$(realpath -m "$2") ;;
    --with-parent) parent=(--with-parent "$2" --wipe-at-end) ;;
    *) die "unknown option $1; --help lists them" ;;
  esac
  shift 2
done
case $command in
  start | wipe)
    [ -n "$dir" ] || die "$command needs --dir DIR"
    "$command"
    ;;
  *) usage ;;
esac
