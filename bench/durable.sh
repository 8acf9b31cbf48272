#!/bin/bash
# Measures what SkyTree keeps on the disk: publishing to it, reading from it, starting with it. See README.md.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

runs=5 seconds=5 warmup=2 only='' save='' disk=${TMPDIR:-/tmp}
offline=10000 published=100000 stored=1000000 sessions=100000 returning=20
command="bench/durable.sh${*:+ $*}"
usage() {
  cat <<'TEXT'
usage: bench/durable.sh [--runs N] [--seconds S] [--only PART] [--disk DIR] [--quick] [--save]
  --runs N      runs of each part; the median counts (5)
  --seconds S   measured per run where the time is given (5)
  --only PART   flush, fanout, drain or restart
  --disk DIR    a folder on the disk to measure; what is made there is removed (TMPDIR or /tmp)
  --quick       one run and few messages: to see that all works, not to measure
  --save        write docs/benchmarks-durable.md as well
TEXT
}
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --disk) disk=$2; shift 2 ;;
    --quick) runs=1 seconds=1 warmup=1 offline=500 published=20000 stored=100000 sessions=5000; shift ;;
    --save) save=1; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
case $only in '' | flush | fanout | drain | restart) ;; *) usage >&2; exit 2 ;; esac

limit=$((${seconds%.*} + 600))
use_disk "$disk"

wanted() { [[ -z $only || $1 == "$only" ]]; }

start_skytree() {
  launch_skytree "$tmp/data" --mqtt-port "${1:-0}"
  skytree_port=$(listening mqtt)
  at_skytree=(--port "$skytree_port" --pid "$skytree" --qos 1 --size 256)
}

# end_skytree SIGNAL
end_skytree() {
  kill "-$1" "$skytree"
  wait "$skytree" 2>/dev/null
  brokers=()
}

# ── a flush before each PUBACK ───────────────────────────────────────────────────────────────────────────────────────
# RabbitMQ of its own, wholly in its folder. Sets rabbitmq, the pid of what does the work, or nothing when there is none.
start_rabbitmq() {
  local home=$tmp/rabbitmq epmd_port i program=/usr/lib/rabbitmq/bin/rabbitmq-server
  rabbitmq=
  if [ ! -x $program ]; then
    say 'RabbitMQ is left out; to compare with it: apt-get install rabbitmq-server'
    return
  fi
  rabbitmq_port=$(free_port) epmd_port=$(free_port)
  mkdir "$home"
  # Its default of 10 unacknowledged messages to a subscriber would throttle it; SkyTree's is 1024.
  cat >"$home/rabbitmq.conf" <<CONF
listeners.tcp = none
mqtt.listeners.tcp.1 = 127.0.0.1:$rabbitmq_port
mqtt.allow_anonymous = true
mqtt.prefetch = 1024
log.file.level = error
CONF
  echo '[rabbitmq_mqtt].' >"$home/enabled_plugins" # as rabbitmq-plugins enable --offline writes it
  : >"$home/environment"
  export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT=$epmd_port
  epmd >"$home/epmd.out" 2>&1 &
  brokers+=("$!")
  await "$epmd_port" "$!" 10 epmd
  HOME=$home RABBITMQ_NODENAME="bench$$@localhost" RABBITMQ_DIST_PORT=$(free_port) RABBITMQ_CONF_ENV_FILE=$home/environment \
    RABBITMQ_CONFIG_FILE=$home/rabbitmq RABBITMQ_ENABLED_PLUGINS_FILE=$home/enabled_plugins RABBITMQ_PID_FILE=$home/pid \
    RABBITMQ_MNESIA_BASE=$home/mnesia RABBITMQ_LOG_BASE=$home/log \
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-kernel inet_dist_use_interface {127,0,0,1}' \
    $program >"$tmp/rabbitmq.out" 2>&1 &
  brokers+=("$!")
  await "$rabbitmq_port" "$!" 90 RabbitMQ
  for ((i = 0; i < 100; i++)); do
    rabbitmq=$(cat "$home/pid" 2>/dev/null) && [ -n "$rabbitmq" ] && break
    sleep 0.1
  done
  [ -n "$rabbitmq" ] || die 'RabbitMQ did not tell its process id'
  # Its starting script passes no signal on in time; the process that it started ends both.
  brokers=("$rabbitmq" "${brokers[@]}")
}

# The same clients against each; 3.1.1 because that is what Debian's RabbitMQ speaks.
fan_in=(fan-in 64 --qos 1 --size 256 --window 64 --mqtt 3.1.1)

# one_fan_in WHO PORT PID ARGUMENTS: adds "rate cpu load-cpu p50 p99" to WHO's runs.
one_fan_in() {
  local who=$1 port=$2 pid=$3 json
  shift 3
  say "  $who"
  if json=$(drive "${fan_in[@]}" "$@" --port "$port" --pid "$pid" --seconds "$seconds" --warmup "$warmup"); then
    echo "$(number deliveries_per_s "$json") $(number broker_cpu_us_per_delivery "$json") $(number load_cpu_us_per_delivery "$json")" \
      "$(number p50_us "$json") $(number p99_us "$json")" >>"$tmp/flush-$who"
  else
    echo '0 0 0 0 0' >>"$tmp/flush-$who"
    failed=1
  fi
}

report_fan_in() {
  [ -s "$tmp/flush-$1" ] || { echo "| $2 | not installed | | | |"; return; }
  awk -v title="$2" "$functions"'
    function cost(k) { return column(k) > 0 ? short(column(k)) : "" }
    END { printf "| %s | %s | %s | %s | %s / %s |\n", title, thousands(column(1)), cost(2), cost(3), thousands(column(4)), thousands(column(5)) }' "$tmp/flush-$1"
}

report_flush() {
  local i json
  start_skytree
  start_rabbitmq
  say 'flush: warming up'
  bench "${fan_in[@]}" --durable --port "$skytree_port" --seconds 3 >/dev/null 2>&1
  bench "${fan_in[@]}" --port "$skytree_port" --seconds 3 >/dev/null 2>&1
  [ -z "$rabbitmq" ] || bench "${fan_in[@]}" --durable --port "$rabbitmq_port" --seconds 3 >/dev/null 2>&1
  : >"$tmp/flush-rabbitmq"
  for ((i = 1; i <= runs; i++)); do
    say "flush, run $i of $runs"
    if json=$(drive disk --folder "$tmp" --size 256 --seconds "$seconds" --warmup 1); then
      echo "$(number messages_per_s "$json") 0 0 $(number p50_us "$json") $(number p99_us "$json")" >>"$tmp/flush-disk"
    else
      die 'the disk cannot be measured'
    fi
    one_fan_in durable "$skytree_port" "$skytree" --durable
    one_fan_in memory "$skytree_port" "$skytree"
    [ -z "$rabbitmq" ] || one_fan_in rabbitmq "$rabbitmq_port" "$rabbitmq" --durable
  done
  stop_brokers
  rm -rf "$tmp/data" "$tmp/rabbitmq"

  cat <<'TEXT'
64 publishers, 64 messages of 256 bytes in flight each, QoS 1, one subscriber; MQTT 3.1.1.

| | messages/s | broker CPU µs per message | generator CPU µs | p50 / p99 µs |
|---|--:|--:|--:|--:|
TEXT
  report_fan_in disk 'no broker: write and fdatasync for each message'
  report_fan_in durable 'SkyTree, durable subscriber: flushed before PUBACK'
  report_fan_in memory 'SkyTree, transient subscriber: memory'
  report_fan_in rabbitmq 'RabbitMQ, durable queue'
  printf '\n| ratio | measured | target |\n|---|--:|--:|\n'
  # Columns: 1 the disk, 6 durable, 11 memory, 16 RabbitMQ.
  paste -d ' ' "$tmp"/flush-{disk,durable,memory,rabbitmq} | awk "$functions"'
    function bound(i) { return 25 * cell[i, 1] < 0.4 * cell[i, 11] ? 25 * cell[i, 1] : 0.4 * cell[i, 11] }
    END {
      for (i = 1; i <= n; i++) reached[i] = bound(i) > 0 ? cell[i, 6] / bound(i) : 0
      printf "| durable ÷ one flush per message | **%s** | (25) |\n", short(ratio(6, 1))
      printf "| durable ÷ memory | **%s** | (0.4) |\n", short(ratio(6, 11))
      printf "| durable ÷ the smaller of 25 × flush and 0.4 × memory | **%s** | 1.0 |\n", short(median(reached, n))
      if (cell[1, 16] != "") printf "| durable ÷ RabbitMQ | **%s** | 1.0 |\n", short(ratio(6, 16))
    }'
}

# ── many offline readers of the same messages ────────────────────────────────────────────────────────────────────────
# What the broker has written, once it has stopped.
bytes_kept() { du -sb "$tmp/data/state" | cut -f1; }

# one_fanout SESSIONS: adds "seconds rate cpu bytes" to row, the bytes per message.
one_fanout() {
  local count=$1 warm=$((published / 5)) json before
  local clients=(--name fanout --publishers 64)
  rm -rf "$tmp/data"
  start_skytree
  drive sessions "$count" "${clients[@]}" "${at_skytree[@]}" --threads 32 >/dev/null || return 1
  end_skytree TERM
  before=$(bytes_kept)
  start_skytree
  json=$(drive publish "$published" "${clients[@]}" "${at_skytree[@]}" --warmup-messages $warm) || return 1
  end_skytree TERM
  row+=("$(number seconds "$json")" "$(number messages_per_s "$json")" "$(number broker_cpu_us_per_message "$json")"
    "$(bc -l <<<"($(bytes_kept) - $before) / ($published + $warm)")")
  start_skytree
  drive drain $((count < 5 ? count : 5)) --of "$count" "${clients[@]}" "${at_skytree[@]}" --messages $((published + warm)) >/dev/null || return 1
  end_skytree KILL
}

report_fanout() {
  local i row
  for ((i = 1; i <= runs; i++)); do
    say "fanout, run $i of $runs"
    row=()
    if one_fanout 1 && one_fanout "$offline"; then
      echo "${row[*]}" >>"$tmp/fanout"
    else
      failed=1
      stop_brokers
    fi
  done
  cat <<TEXT
$published messages of 256 bytes to one topic from 64 publishers with 64 in flight each, QoS 1, every subscriber offline.

| offline sessions | messages/s | seconds | broker CPU µs per message | bytes on the disk per message |
|---|--:|--:|--:|--:|
TEXT
  [ -s "$tmp/fanout" ] || { echo '| failed | | | | |'; return; }
  awk -v offline="$offline" "$functions"'
    function row(who, at) { printf "| %s | %s | %s | %s | %s |\n", who, thousands(column(at + 1)), short(column(at)), short(column(at + 2)), short(column(at + 3)) }
    END {
      row("1", 1); row(thousands(offline), 5)
      printf "\n| %s ÷ 1 | measured | target |\n|---|--:|--:|\n| time to publish | **%s** | ≤ 1.2 |\n| broker CPU | **%s** | – |\n| bytes on the disk | **%s** | ≤ 1.2 |\n",
        thousands(offline), short(ratio(5, 1)), short(ratio(7, 3)), short(ratio(8, 4))
    }' "$tmp/fanout"
}

# ── one session that comes back to very much ─────────────────────────────────────────────────────────────────────────
# one_drain SIGNAL: adds "rate cpu rss-before rss-growth anon-growth" to row; with a signal, of a broker that was ended
# with it once the messages were stored and started again.
one_drain() {
  local clients=(--name drain --publishers 64 --topics 64 --wildcard) json
  rm -rf "$tmp/data"
  start_skytree
  drive sessions 1 "${clients[@]}" "${at_skytree[@]}" >/dev/null || return 1
  drive publish "$stored" "${clients[@]}" "${at_skytree[@]}" >/dev/null || return 1
  if [ -n "$1" ]; then
    end_skytree "$1"
    start_skytree
  fi
  json=$(drive drain 1 "${clients[@]}" "${at_skytree[@]}" --messages "$stored") || return 1
  row+=("$(number messages_per_s "$json")" "$(number broker_cpu_us_per_message "$json")" "$(number rss_before_mb "$json")"
    "$(number rss_growth_mb "$json")" "$(number anon_growth_mb "$json")")
  end_skytree KILL
}

report_drain() {
  local i row
  for ((i = 1; i <= runs; i++)); do
    say "drain, run $i of $runs"
    row=()
    if one_drain '' && one_drain TERM; then
      echo "${row[*]}" >>"$tmp/drain"
    else
      failed=1
      stop_brokers
    fi
  done
  cat <<TEXT
One durable session, subscribed with a wildcard to 64 topics, comes back to $stored messages of 256 bytes at QoS 1 and
acknowledges them all. Memory is sampled every 10 ms from before it connects.

| broker | messages/s | target | broker CPU µs per message | resident MiB before | growth | target | of it anonymous |
|---|--:|--:|--:|--:|--:|--:|--:|
TEXT
  [ -s "$tmp/drain" ] || { echo '| failed | | | | | | | |'; return; }
  awk "$functions"'
    function row(who, at) { printf "| %s | **%s** | ≥ 100,000 | %s | %s | **%s** | ≤ 64 | %s |\n", who, thousands(column(at)), short(column(at + 1)), short(column(at + 2)), short(column(at + 3)), short(column(at + 4)) }
    END { row("the one that stored them", 1); row("just started", 6) }' "$tmp/drain"
}

# ── starting with very much ──────────────────────────────────────────────────────────────────────────────────────────
# start_timed SESSION: starts the broker while that session tries to connect; sets starts to "ready connack", in seconds
# from exec.
start_timed() {
  local port began ready connack
  port=$(free_port)
  : >"$tmp/connack"
  bench connect "$1" "${restart_set[@]}" --port "$port" --qos 1 --size 256 --seconds 120 --json >"$tmp/connack" 2>"$tmp/bench.err" &
  local client=$!
  sleep 1 # for the client to be up: it shares the cores
  began=$EPOCHREALTIME
  start_skytree "$port"
  wait "$client" || { say "  failed: no CONNACK: $(cat "$tmp/bench.err")"; return 1; }
  ready=$(sed -n 's/ ready$//p' "$tmp/skytree.out")
  connack=$(number connack_at_s "$(cat "$tmp/connack")")
  starts="$(bc -l <<<"$ready - $began") $(bc -l <<<"$connack - $began")"
}

fill() {
  local json
  start_skytree
  say "restart: $sessions sessions"
  json=$(drive sessions "$sessions" "${restart_set[@]}" "${at_skytree[@]}" --threads 32) || return 1
  sessions_rate=$(number sessions_per_s "$json")
  say "restart: $stored messages"
  drive publish "$stored" "${restart_set[@]}" "${at_skytree[@]}" >/dev/null || return 1
  end_skytree KILL
  mv "$tmp/data" "$tmp/crashed"
}

# One start after kill -9, with all that it had not written to table files yet, and one after a graceful stop.
one_restart() {
  local crashed began stopped rss
  rm -rf "$tmp/data"
  cp -a "$tmp/crashed" "$tmp/data"
  sync -f "$tmp"
  start_timed $((RANDOM % sessions)) || return 1
  crashed=$starts
  began=$EPOCHREALTIME
  end_skytree TERM
  stopped=$(bc -l <<<"$EPOCHREALTIME - $began")
  start_timed $((RANDOM % sessions)) || return 1
  rss=$(awk '$1 == "VmRSS:" { print $2 / 1024 }' "/proc/$skytree/status")
  echo "$crashed $starts $stopped $rss" >>"$tmp/restart"
}

report_restart() {
  local i json seconds_each=0
  restart_set=(--name restart --publishers 50 --topics "$sessions")
  rm -rf "$tmp/data"
  if fill; then
    for ((i = 1; i <= runs; i++)); do
      say "restart, run $i of $runs"
      one_restart || { failed=1; break; }
      [ "$i" = "$runs" ] || end_skytree KILL
    done
    say "restart: $returning sessions take what is stored for them"
    if json=$(drive drain "$returning" --of "$sessions" "${restart_set[@]}" "${at_skytree[@]}" --messages "$stored"); then
      seconds_each=$(bc -l <<<"$(number seconds "$json") / $returning")
    else
      failed=1
    fi
  else
    failed=1
  fi
  stop_brokers
  cat <<TEXT
$stored messages of 256 bytes for $sessions durable sessions, each with a subscription to a topic of its own. Files are in
the kernel's cache.

| start after | ready, s | first CONNACK, s | target |
|---|--:|--:|--:|
TEXT
  [ -s "$tmp/restart" ] || { echo '| failed | | | ≤ 5 |'; return; }
  awk -v each="$seconds_each" -v returning="$returning" -v rate="${sessions_rate:-0}" -v size="$(du -sm "$tmp/crashed" | cut -f1)" "$functions"'
    function row(what, at) { printf "| %s | **%s** | **%s** | ≤ 5 |\n", what, short(column(at)), short(column(at + 1)) }
    END {
      row("kill -9", 1); row("a graceful stop", 3)
      printf "\nThe stop took %s s; %s MiB on the disk, %s MiB resident once started; the sessions were made at %s/s.\n",
        short(column(5)), thousands(size), short(column(6)), thousands(rate)
      printf "Then %s of the sessions came back one after the other, got all their messages, and took %s s each.\n", returning, short(each)
    }' "$tmp/restart"
}

introduce() {
  cat <<TEXT
# Benchmarks of what is stored

Made by \`$command\` ([how it measures](../bench/README.md)): RocksDB in the data folder, durability \`quorum+fsync\`,
SkyTree as it comes. A run in which a message is refused, lost, repeated or out of order counts as failed. Figures are
medians, ratios medians of those within each run.

TEXT
}

# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────
command -v bc >/dev/null || die 'bc is missing: apt-get install bc'
build
ulimit -n "$(ulimit -Hn)"
[ -z "$save" ] || save_to benchmarks-durable.md
introduce
if wanted flush; then
  printf '## Flushed before PUBACK\n\n'
  report_flush
  echo
fi
if wanted fanout; then
  printf '## Messages that many offline sessions wait for\n\n'
  report_fanout
  echo
fi
if wanted drain; then
  printf '## A session that comes back\n\n'
  report_drain
  echo
fi
if wanted restart; then
  printf '## Starting again\n\n'
  report_restart
  echo
fi
printf '## Machine\n\n'
describe_machine "${rabbitmq:+RabbitMQ $(dpkg-query -W -f '${Version}' rabbitmq-server 2>/dev/null)}"
echo "- $(df -T "$tmp" | awk 'NR == 2 { print $2 }') on $(df "$tmp" | awk 'NR == 2 { print $1 }')"
echo "- $(date -u +%F), median of $runs runs, SkyTree at $(git -C "$root" rev-parse --short HEAD)"
end_saving
exit $failed
