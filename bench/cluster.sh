#!/bin/bash
# Measures three nodes on this machine against one that runs alone. See README.md.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

runs=5 seconds=5 warmup=2 kills=10 only='' save='' disk=${TMPDIR:-/tmp}
command="bench/cluster.sh${*:+ $*}"
usage() {
  cat <<'TEXT'
usage: bench/cluster.sh [--runs N] [--seconds S] [--kills N] [--only PART] [--disk DIR] [--quick] [--save]
  --runs N      runs of each part; the median counts (5)
  --seconds S   measured per run (5)
  --kills N     how often a leader is killed (10)
  --only PART   durable, latency, memory or resume
  --disk DIR    a folder on the disk to measure; what is made there is removed (TMPDIR or /tmp)
  --quick       one run of a second: to see that all works, not to measure
  --save        write docs/benchmarks-cluster.md as well
TEXT
}
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --kills) kills=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --disk) disk=$2; shift 2 ;;
    --quick) runs=1 seconds=1 warmup=1 kills=1; shift ;;
    --save) save=1; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
case $only in '' | durable | latency | memory | resume) ;; *) usage >&2; exit 2 ;; esac

limit=$((${seconds%.*} + 120))
use_disk "$disk"

wanted() { [[ -z $only || $1 == "$only" ]]; }

# ── the nodes ────────────────────────────────────────────────────────────────────────────────────────────────────────
cluster() { "$root/cluster.sh" "$@" --data "$tmp/cluster"; }

end_all() {
  if [ -e "$tmp/cluster/settings" ]; then
    cluster down >/dev/null 2>&1
  fi
  finish
}
trap end_all EXIT

# A port of which none of the cluster's is in use.
free_base() {
  local base node port
  for _ in {1..100}; do
    base=$(free_port)
    for node in 0 10 20; do
      for port in 0 1 2 3; do in_use $((base + node + port)) && continue 3; done
    done
    echo "$base"
    return
  done
  die 'no free ports'
}

start_cluster() {
  cluster up 3 --base-port "$(free_base)" --allow-anonymous >"$tmp/up" 2>&1 || die "the cluster did not start: $(tail -5 "$tmp/up")"
}

# look_at_cluster: sets number, pid and port of leader, follower and other, and pids, for the generator.
look_at_cluster() {
  local line node pid port rest followers=()
  for _ in {1..100}; do
    cluster status >"$tmp/status"
    [ "$(grep -c ' ready' "$tmp/status")" = 3 ] && grep -q ', leader$' "$tmp/status" && break
    sleep 0.2
  done
  leader='' pids=()
  while read -r _ node _ _ _ pid _ port _ _ rest; do
    pids+=(--pid "$pid")
    if [[ $rest == *leader ]]; then leader=$node leader_port=${port##*:}; else followers+=("$node ${port##*:}"); fi
  done <"$tmp/status"
  [ -n "$leader" ] && [ ${#followers[@]} = 2 ] || die "the cluster is not whole: $(cat "$tmp/status")"
  read -r follower follower_port <<<"${followers[0]}"
  read -r other other_port <<<"${followers[1]}"
}

start_single() {
  launch_skytree "$tmp/single" --mqtt-port 0
  single_port=$(listening mqtt)
}

# one WHO ARGUMENTS: adds "rate busiest-cpu all-cpu load-cpu p50 p99 acknowledged-p50 acknowledged-p99" to WHO's runs.
one() {
  local who=$1 json
  shift
  say "  $who"
  if json=$(drive "$@" --seconds "$seconds" --warmup "$warmup"); then
    echo "$(number deliveries_per_s "$json") $(number broker_cpu_us_per_delivery "$json") $(number cluster_cpu_us_per_delivery "$json")" \
      "$(number load_cpu_us_per_delivery "$json") $(number p50_us "$json") $(number p99_us "$json")" \
      "$(number acknowledged_p50_us "$json") $(number acknowledged_p99_us "$json")" >>"$tmp/$who"
  else
    echo '0 0 0 0 0 0 0 0' >>"$tmp/$who"
    failed=1
  fi
}

# row FILE TITLE: rate, CPU of the busiest node, of all, of the generator.
row() {
  awk -v title="$2" "$functions"'END { printf "| %s | %s | %s | %s | %s |\n", title, thousands(column(1)), short(column(2)), short(column(3)), short(column(4)) }' "$tmp/$1"
}

# ── durable messages ─────────────────────────────────────────────────────────────────────────────────────────────────
fan_in=(fan-in 64 --qos 1 --size 256 --window 64 --durable)

report_durable() {
  local i
  say 'durable: warming up'
  for i in "$single_port" "$leader_port" "$follower_port"; do bench "${fan_in[@]}" --port "$i" --seconds 3 >/dev/null 2>&1; done
  for ((i = 1; i <= runs; i++)); do
    say "durable, run $i of $runs"
    one durable-single "${fan_in[@]}" --port "$single_port" --pid "$skytree"
    one durable-leader "${fan_in[@]}" --port "$leader_port" "${pids[@]}"
    one durable-follower "${fan_in[@]}" --port "$follower_port" "${pids[@]}"
  done
  cat <<'TEXT'
64 publishers, 64 messages of 256 bytes in flight each, QoS 1, one durable subscriber, all of them at one node.

| clients at | messages/s | CPU µs per message, busiest node | all nodes | generator |
|---|--:|--:|--:|--:|
TEXT
  row durable-single 'a broker that runs alone'
  row durable-leader 'the leader'
  row durable-follower 'a follower'
  printf '\n| ratio to the broker alone | messages per CPU second of the busiest node | target | messages/s |\n|---|--:|--:|--:|\n'
  # Columns: 1 alone, 9 the leader, 17 a follower.
  paste -d ' ' "$tmp"/durable-{single,leader,follower} | awk "$functions"'
    END {
      printf "| the leader | **%s** | ≥ 0.5 | %s |\n", short(ratio(2, 10)), short(ratio(9, 1))
      printf "| a follower | **%s** | ≥ 0.5 | %s |\n", short(ratio(2, 18)), short(ratio(17, 1))
    }'
}

# ── how long a message takes ─────────────────────────────────────────────────────────────────────────────────────────
paced=(pairs 10 --qos 1 --size 256 --rate 1000 --durable)

report_latency() {
  local i
  say 'latency: warming up'
  for i in "$single_port" "$leader_port" "$follower_port"; do bench "${paced[@]}" --port "$i" --seconds 2 >/dev/null 2>&1; done
  for ((i = 1; i <= runs; i++)); do
    say "latency, run $i of $runs"
    one latency-single "${paced[@]}" --port "$single_port" --pid "$skytree"
    one latency-leader "${paced[@]}" --port "$leader_port" "${pids[@]}"
    one latency-follower "${paced[@]}" --port "$follower_port" "${pids[@]}"
  done
  cat <<'TEXT'
1,000 messages of 256 bytes a second from 10 publishers to a durable subscriber each, QoS 1; milliseconds from when a message
was due.

| clients at | PUBACK p50 | p99 | target | delivery p50 | p99 |
|---|--:|--:|--:|--:|--:|
TEXT
  local who
  for who in single leader follower; do
    awk -v who=$who "$functions"'
      END {
        title["single"] = "a broker that runs alone"; title["leader"] = "the leader"; title["follower"] = "a follower"
        printf "| %s | %s | **%s** | %s | %s | %s |\n", title[who], short(column(7) / 1000), short(column(8) / 1000),
          who == "single" ? "–" : "≤ 25", short(column(5) / 1000), short(column(6) / 1000)
      }' "$tmp/latency-$who"
  done
}

# ── from memory, between clients of different nodes ──────────────────────────────────────────────────────────────────
pairs=(pairs 10 --qos 0 --size 256)

report_memory() {
  local i
  say 'memory: warming up'
  bench "${pairs[@]}" --port "$follower_port" --seconds 3 >/dev/null 2>&1
  bench "${pairs[@]}" --port "$follower_port" --subscriber-port "$other_port" --seconds 3 >/dev/null 2>&1
  for ((i = 1; i <= runs; i++)); do
    say "memory, run $i of $runs"
    one memory-same "${pairs[@]}" --port "$follower_port" "${pids[@]}"
    one memory-across "${pairs[@]}" --port "$follower_port" --subscriber-port "$other_port" "${pids[@]}"
  done
  cat <<'TEXT'
10 publishers to a subscriber each, 64 messages of 256 bytes in flight, QoS 0.

| clients at | messages/s | CPU µs per message, busiest node | all nodes | generator |
|---|--:|--:|--:|--:|
TEXT
  row memory-same 'the same node'
  row memory-across 'different nodes'
  printf '\n| different nodes ÷ the same | measured | target |\n|---|--:|--:|\n'
  paste -d ' ' "$tmp"/memory-{same,across} | awk "$functions"'
    END {
      printf "| messages per CPU second of the busiest node | **%s** | ≥ 0.33 |\n", short(ratio(2, 10))
      printf "| messages/s | **%s** | ≥ 0.33 |\n", short(ratio(9, 1))
    }'
}

# ── the leader is lost ───────────────────────────────────────────────────────────────────────────────────────────────
# One leader less: adds "gap-ms reconnects acknowledged" to the runs.
one_kill() {
  local json client
  look_at_cluster
  bench resume 200 --qos 1 --size 256 --name resume --port "$follower_port" --seconds 8 --json >"$tmp/resume.json" 2>"$tmp/bench.err" &
  client=$!
  sleep 2 # for the client to be up
  cluster kill "$leader" || return 1
  wait "$client" || { say "  failed: $(cat "$tmp/bench.err")"; return 1; }
  json=$(cat "$tmp/resume.json")
  cluster start "$leader" || return 1
  say "  $(number longest_gap_ms "$json") ms"
  echo "$(number longest_gap_ms "$json") $(number reconnects "$json") $(number acknowledged "$json")" >>"$tmp/resume"
}

report_resume() {
  local i
  # With nobody subscribed, nothing would be stored.
  drive sessions 1 --name resume --qos 1 --port "$follower_port" >/dev/null || { failed=1; return; }
  for ((i = 1; i <= kills; i++)); do
    say "resume, $i of $kills"
    one_kill || failed=1
  done
  cat <<'TEXT'
The leader is ended with `kill -9` while a client publishes through another node, at QoS 1 and for a durable session, each
message once the one before is acknowledged. Seconds between the last PUBACK before and the first one after.

| kills | median | target | shortest | longest | the client had to reconnect |
|--:|--:|--:|--:|--:|--:|
TEXT
  [ -s "$tmp/resume" ] || { echo '| failed | | ≤ 3 | | | |'; return; }
  sort -n "$tmp/resume" | awk "$functions"'
    END { printf "| %d | **%s** | ≤ 3 | %s | %s | %d times |\n", n, short(column(1) / 1000), short(cell[1, 1] / 1000), short(cell[n, 1] / 1000), total(2) }'
}

introduce() {
  cat <<TEXT
# Benchmarks of a cluster

Made by \`$command\` ([how it measures](../bench/README.md)): three nodes on one machine, and one broker alone, everything at
its default. A run in which a message is refused, lost, repeated or out of order counts as failed. Figures are medians,
ratios medians of those within each run.

The three nodes share the machine's cores with each other and the generator, and so messages/s say little: on machines of
their own each node has what is counted here as CPU time of the busiest.

TEXT
}

# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────
build
ulimit -n "$(ulimit -Hn)"
[ -z "$save" ] || save_to benchmarks-cluster.md
introduce
start_cluster
look_at_cluster
if wanted durable || wanted latency; then
  start_single
fi
if wanted durable; then
  printf '## Durable messages\n\n'
  report_durable
  echo
fi
if wanted latency; then
  printf '## Latency\n\n'
  report_latency
  echo
fi
stop_brokers
if wanted memory; then
  printf '## Between clients of different nodes\n\n'
  report_memory
  echo
fi
if wanted resume; then
  printf '## When the leader is lost\n\n'
  report_resume
  echo
fi
printf '## Machine\n\n'
describe_machine
echo "- $(df -T "$tmp" | awk 'NR == 2 { print $2 }') on $(df "$tmp" | awk 'NR == 2 { print $1 }')"
echo "- $(date -u +%F), median of $runs runs, SkyTree at $(git -C "$root" rev-parse --short HEAD)"
end_saving
exit $failed
