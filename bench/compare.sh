#!/bin/bash
# Measures SkyTree and mosquitto in turn, with the same load, and prints the ratios as Markdown tables. See README.md.
set -uo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

runs=5 seconds=3 warmup=1.5 only='' idle=10000 save=''
command="bench/compare.sh${*:+ $*}"
usage() {
  cat <<'TEXT'
usage: bench/compare.sh [--runs N] [--seconds S] [--only NAME] [--idle N] [--quick] [--save]
  --runs N      paired runs of each workload; the median counts (5)
  --seconds S   measured per run, after a warm-up of 1.5 s (3)
  --only NAME   only workloads whose name contains NAME, e.g. qos0-64, tls, idle
  --idle N      connections of the idle workload (10000)
  --quick       one run of one second each: to see that all works, not to measure
  --save        write docs/benchmarks.md as well
TEXT
}
while [ $# -gt 0 ]; do
  case $1 in
    --runs) runs=$2; shift 2 ;;
    --seconds) seconds=$2; shift 2 ;;
    --only) only=$2; shift 2 ;;
    --idle) idle=$2; shift 2 ;;
    --quick) runs=1 seconds=1 warmup=1; shift ;;
    --save) save=1; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

# name | what it is | the generator's arguments | target CPU ratio | target throughput ratio, or p99 where the rate is fixed
workloads='
qos0-64|QoS 0, 64 B|pairs 50|20|15
qos0-1k|QoS 0, 1 KiB|pairs 50 --size 1024|8|6
qos1-64|QoS 1, 64 B|pairs 50 --qos 1|20|12
qos2-64|QoS 2, 64 B|pairs 50 --qos 2|8|5
fanin|fan-in 100 → 1, QoS 0, 64 B|fan-in 100|12|10
fanout-qos0|fan-out 1 → 200, QoS 0, 64 B|fan-out 200|18|18
fanout-qos1|fan-out 1 → 200, QoS 1, 64 B|fan-out 200 --qos 1|18|14
window1-qos0|QoS 0, window 1|pairs 50 --window 1|1.0|1.0
window1-qos1|QoS 1, window 1|pairs 50 --window 1 --qos 1|1.0|1.0
paced-qos0|paced 10,000/s, QoS 0|pairs 50 --rate 10000|0.8|p99
paced-qos1|paced 5,000/s, QoS 1|pairs 50 --rate 5000 --qos 1|0.6|p99'

# The same over other transports, reported without a target.
tls_workloads='
tls-qos0-64|QoS 0, 64 B|pairs 50|–|–
tls-qos0-1k|QoS 0, 1 KiB|pairs 50 --size 1024|–|–
tls-qos1-64|QoS 1, 64 B|pairs 50 --qos 1|–|–
tls-fanout-qos0|fan-out 1 → 200, QoS 0, 64 B|fan-out 200|–|–
tls-window1-qos0|QoS 0, window 1|pairs 50 --window 1|–|–'
ws_workloads='
ws-qos0-64|QoS 0, 64 B|pairs 50
ws-qos0-1k|QoS 0, 1 KiB|pairs 50 --size 1024
ws-qos1-64|QoS 1, 64 B|pairs 50 --qos 1
ws-fanout-qos0|fan-out 1 → 200, QoS 0, 64 B|fan-out 200
ws-window1-qos0|QoS 0, window 1|pairs 50 --window 1'

tmp=$(mktemp -d)
limit=$((${seconds%.*} + 90))

# ── the brokers ──────────────────────────────────────────────────────────────────────────────────────────────────────
make_certificate() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
    -keyout "$tmp/key.pem" -out "$tmp/certificate.pem" 2>"$tmp/openssl.log" || die "openssl: $(cat "$tmp/openssl.log")"
}

# What turns on SkyTree's listeners over TLS.
skytree_tls_arguments() {
  local name
  for name in tls wss; do
    printf '%s\n' \
      "--SkyTree:Listeners:$name:Enabled=true" \
      "--SkyTree:Listeners:$name:Address=127.0.0.1" \
      "--SkyTree:Listeners:$name:Port=0" \
      "--SkyTree:Listeners:$name:Certificate:Path=$tmp/certificate.pem" \
      "--SkyTree:Listeners:$name:Certificate:KeyPath=$tmp/key.pem"
  done
  printf '%s\n' --SkyTree:Listeners:tls:Kind=Tls --SkyTree:Listeners:wss:Kind=SecureWebSocket
}

start_skytree() {
  local tls
  mapfile -t tls < <(skytree_tls_arguments)
  launch_skytree "$tmp/data" --mqtt-port 0 "${tls[@]}"
  skytree_tcp=$(listening mqtt) skytree_tls=$(listening mqtts) skytree_ws=$(listening ws) skytree_wss=$(listening wss)
}

start_mosquitto() {
  mosquitto_tcp=$(free_port) mosquitto_tls=$(free_port)
  cat >"$tmp/mosquitto.conf" <<CONF
user $(id -un)
per_listener_settings false
allow_anonymous true
persistence false
log_type none
max_queued_messages 0
max_inflight_messages 1000
set_tcp_nodelay true
listener $mosquitto_tcp 127.0.0.1
listener $mosquitto_tls 127.0.0.1
certfile $tmp/certificate.pem
keyfile $tmp/key.pem
CONF
  "$mosquitto_program" -c "$tmp/mosquitto.conf" >"$tmp/mosquitto.out" 2>&1 &
  mosquitto=$!
  brokers+=("$mosquitto")
  await "$mosquitto_tls" "$mosquitto" 10 mosquitto
}

# ── one measurement ──────────────────────────────────────────────────────────────────────────────────────────────────
# run TRANSPORT PORT PID ARGUMENTS: prints "cpu throughput p50 p99 load-cpu lost", or nothing after saying what went wrong.
run() {
  local transport=$1 port=$2 pid=$3 json status
  shift 3
  json=$(bench "$@" --transport "$transport" --port "$port" --pid "$pid" --seconds "$seconds" --warmup "$warmup" --json 2>"$tmp/bench.err")
  status=$?
  if [ $status != 0 ]; then
    say "  failed: $* over $transport: $(cat "$tmp/bench.err") $json"
    return 1
  fi
  echo "$(number broker_cpu_us_per_delivery "$json") $(number deliveries_per_s "$json") $(number p50_us "$json")" \
    "$(number p99_us "$json") $(number load_cpu_us_per_delivery "$json") $(number lost "$json")"
}

wanted() { [[ -z $only || $1 == *"$only"* ]]; }

any_wanted() {
  local name
  while IFS='|' read -r name _; do
    [ -n "$name" ] && wanted "$name" && return 0
  done <<<"$1"
  return 1
}

# Both brokers in turn, $runs times each.
compare() {
  local transport=$1 list=$2 name title arguments cpu_target throughput_target sky mos i ours theirs
  echo '| workload | broker CPU µs per delivery: SkyTree | mosquitto | mosquitto ÷ SkyTree | target | deliveries/s: SkyTree | mosquitto | SkyTree ÷ mosquitto | target | p50 / p99 µs: SkyTree | mosquitto | generator CPU µs: against SkyTree | against mosquitto |'
  echo '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|'
  ours=skytree_$transport theirs=mosquitto_$transport
  while IFS='|' read -r name title arguments cpu_target throughput_target; do
    if [ -z "$name" ] || ! wanted "$name"; then continue; fi
    : >"$tmp/$name"
    for ((i = 1; i <= runs; i++)); do
      say "$name, run $i of $runs"
      # shellcheck disable=SC2086 # the arguments are words
      if sky=$(run "$transport" "${!ours}" "$skytree" $arguments) && mos=$(run "$transport" "${!theirs}" "$mosquitto" $arguments); then
        echo "$sky $mos" >>"$tmp/$name"
      else
        failed=1
      fi
    done
    if [ ! -s "$tmp/$name" ]; then
      echo "| $title | failed | | | $cpu_target | | | | $throughput_target | | | | |"
      continue
    fi
    # Columns 1 to 6 are SkyTree's, 7 to 12 mosquitto's.
    awk -v title="$title" -v ct="$cpu_target" -v tt="$throughput_target" "$functions"'
      END {
        gain = tt == "p99" ? "p99 " short(ratio(10, 4)) : short(ratio(2, 8))
        goal = tt == "p99" ? "p99 1.0" : tt
        printf "| %s | %s | %s | **%s** | %s | %s | %s | **%s** | %s | %s / %s | %s / %s | %s | %s |\n",
          title losses("SkyTree", 6) losses("mosquitto", 12), short(column(1)), short(column(7)), short(ratio(7, 1)), ct, thousands(column(2)), thousands(column(8)), gain, goal,
          thousands(column(3)), thousands(column(4)), thousands(column(9)), thousands(column(10)), short(column(5)), short(column(11))
      }' "$tmp/$name"
  done <<<"$list"
}

# SkyTree alone, over two transports.
report() {
  local list=$1 name title arguments transport sky i port
  echo '| workload | transport | broker CPU µs per delivery | deliveries/s | p50 / p99 µs | generator CPU µs |'
  echo '|---|---|--:|--:|--:|--:|'
  while IFS='|' read -r name title arguments; do
    if [ -z "$name" ] || ! wanted "$name"; then continue; fi
    for transport in ws wss; do
      port=skytree_$transport
      : >"$tmp/$name"
      for ((i = 1; i <= runs; i++)); do
        say "$name over $transport, run $i of $runs"
        # shellcheck disable=SC2086
        if sky=$(run "$transport" "${!port}" "$skytree" $arguments); then echo "$sky" >>"$tmp/$name"; else failed=1; fi
      done
      awk -v title="$title" -v transport="$transport" "$functions"'
        END { printf "| %s | %s | %s | %s | %s / %s | %s |\n", title losses("SkyTree", 6), transport, short(column(1)),
          thousands(column(2)), thousands(column(3)), thousands(column(4)), short(column(5)) }' "$tmp/$name"
    done
  done <<<"$list"
}

# Brokers that have served nobody yet.
report_idle() {
  local broker json port pid target
  echo "| idle, subscribed connections | broker | resident KiB each | target | resident MiB before | after | CPU while idle |"
  echo '|---|---|--:|--:|--:|--:|--:|'
  for broker in skytree mosquitto; do
    start_"$broker"
    port=${broker}_tcp pid=${!broker}
    target=$([ $broker = skytree ] && echo '≤ 10' || echo –)
    say "idle, $broker"
    if json=$(bench idle "$idle" --port "${!port}" --pid "$pid" --warmup 5 --seconds 5 --json); then
      printf '| %s | %s | %.2f | %s | %.1f | %.1f | %.2f %% |\n' "$idle" $broker "$(number kib_per_connection "$json")" "$target" \
        "$(number rss_before_mb "$json")" "$(number rss_mb "$json")" "$(bc -l <<<"100 * $(number cpu_share "$json")")"
    else
      failed=1
    fi
    stop_brokers
  done
}

# A server is measured as it runs after its first seconds, when the runtime has compiled what is hot.
warm_up() {
  local i
  for i in 0 1 2; do
    say "warming up, QoS $i"
    bench pairs 50 --qos $i --port "$skytree_tcp" --pid "$skytree" --seconds 3 >/dev/null 2>&1
    bench pairs 50 --qos $i --port "$mosquitto_tcp" --pid "$mosquitto" --seconds 1 >/dev/null 2>&1
  done
}

introduce() {
  cat <<TEXT
# Benchmarks

Made by \`$command\` ([how it measures](../bench/README.md)). Broker CPU is user and system time of the broker's
process per message delivered; it decides, since the load generator shares the machine with the broker. The ratios are
medians of paired runs, larger is better for SkyTree; p50 and p99 are latencies from sending to receiving, which in a
closed loop with an open window say how long the queues were. mosquitto runs with \`persistence false\`, no log, no queue
limit, \`max_inflight_messages 1000\` and \`set_tcp_nodelay true\`; SkyTree as it comes.

TEXT
}

# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────
mosquitto_program=$(PATH=$PATH:/usr/sbin command -v mosquitto) || die 'mosquitto is missing: apt-get install mosquitto'
command -v openssl >/dev/null || die 'openssl is missing: apt-get install openssl'
build
ulimit -n "$(ulimit -Hn)"
make_certificate
if [ -n "$save" ]; then
  save_to benchmarks.md
fi
introduce

if any_wanted "$workloads$tls_workloads$ws_workloads"; then
  start_skytree
  start_mosquitto
  warm_up
  if any_wanted "$workloads"; then
    printf '## TCP (MQTT 5, 50 pairs and window 64 unless said)\n\n'
    compare tcp "$workloads"
  fi
  if any_wanted "$tls_workloads"; then
    printf '\n## TLS\n\n'
    compare tls "$tls_workloads"
  fi
  if any_wanted "$ws_workloads"; then
    printf '\n## WebSocket (SkyTree)\n\n'
    report "$ws_workloads"
  fi
  stop_brokers
fi
if wanted idle; then
  printf '\n## Idle connections\n\n'
  report_idle
fi
printf '\n## Machine\n\n'
describe_machine "$("$mosquitto_program" -h | head -1)"
echo "- $(date -u +%F), median of $runs paired runs of $seconds s, SkyTree at $(git -C "$root" rev-parse --short HEAD)"
end_saving
exit $failed
