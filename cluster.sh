#!/bin/bash
# A cluster of SkyTree nodes on this machine, for a try and for tests. --help shows the commands.
set -uo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=${SKYTREE_PROGRAM:-$root/SkyTree.Web/bin/Release/net10.0/SkyTree.Web.dll}

usage() {
  cat <<'TEXT'
usage: ./cluster.sh COMMAND [--data DIR]
  up 1|3 [--base-port N] [--allow-anonymous] [--adopt FOLDER]
             starts one or three nodes; what they keep stays from the last time. Returns when they are ready.
             --base-port N        node 1 uses the ports N to N+3, node 2 those from N+10 on, and so on (21000)
             --allow-anonymous    clients of other machines need not show who they are
             --adopt FOLDER       with 1: the node goes on with the data folder of a broker that ran alone
  join       starts one more node, empty, and adds it
  leave N    removes node N, running or not, from the cluster
  status     shows the nodes
  kill N     ends node N at once (kill -9)
  stop N     ends node N gracefully
  start N    starts node N again
  down       ends all nodes gracefully
All state is in DIR (default: data/cluster): node N has its data in DIR/nodeN and its log in DIR/nodeN.log.
SKYTREE_PROGRAM: the SkyTree.Web.dll to start instead of this folder's, as that of another release.
TEXT
}

fail() { printf 'cluster.sh: %s\n' "$*" >&2; exit 1; }

data=$root/data/cluster base=21000 anonymous='' adopt='' command='' number=''
while [ $# -gt 0 ]; do
  case $1 in
    --data) data=${2-}; shift 2 || fail '--data needs a folder' ;;
    --base-port) base=${2-}; shift 2 || fail '--base-port needs a number' ;;
    --adopt) adopt=${2-}; shift 2 || fail '--adopt needs a folder' ;;
    --allow-anonymous) anonymous=1; shift ;;
    --help|-h) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
    *)
      if [ -z "$command" ]; then command=$1; elif [ -z "$number" ]; then number=$1; else usage >&2; exit 2; fi
      shift
      ;;
  esac
done
[[ $base =~ ^[0-9]+$ ]] && [ "$base" -ge 1 ] && [ "$base" -le 65400 ] || fail "--base-port: '$base' is not a port from 1 to 65400"
[[ -n $data ]] || fail '--data needs a folder'
[ -z "$number" ] || [[ $number =~ ^[1-9][0-9]?$ ]] || fail "'$number' is not the number of a node"

# The ports of a node: MQTT, HTTP, its log, its links.
mqtt_port() { printf '%s' $((base + 10 * ($1 - 1))); }
http_port() { printf '%s' $((base + 10 * ($1 - 1) + 1)); }
log_port() { printf '%s' $((base + 10 * ($1 - 1) + 2)); }
peer_port() { printf '%s' $((base + 10 * ($1 - 1) + 3)); }

nodes() { # the numbers of the nodes that there are
  local file
  for file in "$data"/node*.start; do
    [ -e "$file" ] && basename "$file" .start | sed 's/^node//'
  done | sort -n
}

node_folder() { if [ "$1" = 1 ] && [ -n "$adopt" ]; then printf '%s' "$adopt"; else printf '%s/node%s' "$data" "$1"; fi; }

# When a process was started, in ticks since the machine's: a number that is used again by another process has another one.
# Where there is no /proc, ps tells it.
born() {
  if [ -r "/proc/$1/stat" ]; then
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
  else
    ps -o lstart= -p "$1" 2>/dev/null
  fi
}

pid_of() { # the process of a node, if it runs and was started by this script
  local pid birth
  { read -r pid && read -r birth; } 2>/dev/null <"$data/node$1.pid" || return 1
  [ -n "$birth" ] && [ "$(born "$pid")" = "$birth" ] && printf '%s' "$pid"
}

read_settings() {
  [ -r "$data/settings" ] || fail "there is no cluster in $data; ./cluster.sh up 3 starts one"
  { read -r base; read -r anonymous; read -r adopt; } <"$data/settings"
}

require_node() {
  [ -n "$number" ] || fail "$command: the number of a node is needed"
  [ -e "$data/node$number.start" ] || fail "there is no node $number; there are: $(nodes | tr '\n' ' ')"
}

# The program is built when there is none, or when a source is newer.
build() {
  if [ -n "${SKYTREE_PROGRAM-}" ]; then
    [ -r "$program" ] || fail "SKYTREE_PROGRAM: there is no $program"
    return
  fi
  if [ -e "$program" ] && [ -z "$(find "$root"/SkyTree.* "$root"/*.props "$root/appsettings.json" \
    \( -name bin -o -name obj \) -prune -o -type f -newer "$program" \( -name '*.cs' -o -name '*.csproj' -o -name '*.props' -o -name '*.json' -o -name '*.proto' \) -print -quit 2>/dev/null)" ]; then
    return
  fi
  printf 'building\n' >&2
  local output
  if ! output=$(DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 dotnet build "$root/SkyTree.Web" -c Release -v quiet 2>&1); then
    printf '%s\n' "$output" >&2
    fail 'the program could not be built'
  fi
  touch "$program"
}

start_node() { # number
  local n=$1 pid how seed seeds=() folder
  pid_of "$n" >/dev/null && return
  how=$(cat "$data/node$n.start")
  folder=$(node_folder "$n")
  if [ "$how" = Seed ]; then
    for seed in 1 2 3; do seeds+=("--SkyTree:Cluster:Seeds:$((seed - 1))=127.0.0.1:$(log_port "$seed")"); done
  fi
  # In a session of its own, so that Ctrl+C for a script does not end the nodes it has started.
  setsid dotnet "$program" --data "$folder" --mqtt-port "$(mqtt_port "$n")" --http-port "$(http_port "$n")" \
    ${anonymous:+--allow-anonymous} --SkyTree:Cluster:Enabled=true --SkyTree:Cluster:Start="$how" \
    --SkyTree:Cluster:LogPort="$(log_port "$n")" --SkyTree:Cluster:PeerPort="$(peer_port "$n")" \
    --SkyTree:Cluster:SecretPath="$data/secret" "${seeds[@]}" </dev/null >"$data/node$n.out" 2>>"$data/node$n.log" &
  pid=$!
  printf '%s\n%s\n' "$pid" "$(born "$pid")" >"$data/node$n.pid"
}

http_status() { # number, path: the code that a node answers
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$(http_port "$1")" || return 1
  printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$2" >&3
  read -r -t 5 _ line _ <&3
  exec 3>&-
  printf '%s' "$line"
} 2>/dev/null

await() { # number, path: until a node answers 200
  local n=$1 path=$2 deadline=$((SECONDS + 120))
  until [ "$(http_status "$n" "$path")" = 200 ]; do
    if ! pid_of "$n" >/dev/null; then
      tail -n 5 "$data/node$n.log" >&2
      fail "node $n has ended; its log is $data/node$n.log"
    fi
    [ $SECONDS -lt $deadline ] || fail "node $n is not ready after two minutes; its log is $data/node$n.log"
    sleep 0.2
  done
}

ask() { # number, arguments: a command to a node
  local n=$1
  shift
  dotnet "$program" cluster "$@" --data "$(node_folder "$n")"
}

running() { # the first node that runs, but not the one given
  local n
  for n in $(nodes); do
    [ "$n" != "${1-}" ] && pid_of "$n" >/dev/null && printf '%s' "$n" && return
  done
  return 1
}

show() { # one line for each node
  local n pid id leader='' state status one
  one=$(running) && status=$(ask "$one" status --json 2>/dev/null)
  leader=$(printf '%s\n' "${status-}" | sed -n 's/^  "leader": "\(.*\)",\?$/\1/p' | tr -d '-')
  for n in $(nodes); do
    id=$(cat "$(node_folder "$n")/node-id" 2>/dev/null || printf '%s' '-')
    if pid=$(pid_of "$n"); then
      if [ "$(http_status "$n" /health/ready)" = 200 ]; then state=ready; else state='not ready'; fi
      [ "$id" = "$leader" ] && state="$state, leader"
    else
      pid=- state='does not run'
    fi
    printf 'node %s  id %s  pid %s  mqtt 127.0.0.1:%s  http 127.0.0.1:%s  %s\n' "$n" "$id" "$pid" "$(mqtt_port "$n")" "$(http_port "$n")" "$state"
  done
}

end_node() { # number, signal: returns when the process is gone
  local pid deadline=$((SECONDS + 30))
  pid=$(pid_of "$1") || return
  kill "-$2" "$pid"
  while pid_of "$1" >/dev/null; do
    [ $SECONDS -lt $deadline ] || kill -KILL "$pid" 2>/dev/null
    sleep 0.05
  done
  rm -f "$data/node$1.pid"
}

up() {
  local n how=Seed
  [ "$number" = 1 ] || [ "$number" = 3 ] || fail 'up: a cluster begins with 1 or 3 nodes: with two, either one'"'"'s loss stops both, and more cannot vote'
  [ -z "$adopt" ] || { [ "$number" = 1 ] && [ -d "$adopt" ]; } || fail '--adopt goes with up 1 and a folder that is there'
  [ "$number" = 1 ] && how=Found
  build
  mkdir -p "$data" && data=$(cd "$data" && pwd) || fail "$data cannot be made"
  if [ -e "$data/settings" ]; then
    [ "$(nodes | wc -l)" -ge "$number" ] || fail "$data has a cluster of $(nodes | wc -l) node; ./cluster.sh join adds one"
    read_settings
  else
    [ -z "$adopt" ] || adopt=$(cd "$adopt" && pwd)
    (umask 077 && head -c 32 /dev/urandom | base64 >"$data/secret")
    printf '%s\n%s\n%s\n' "$base" "$anonymous" "$adopt" >"$data/settings"
    for n in $(seq "$number"); do printf '%s\n' "$how" >"$data/node$n.start"; done
  fi
  for n in $(nodes); do start_node "$n"; done
  for n in $(nodes); do await "$n" /health/ready; done
  show
}

join() {
  local n=1 one
  one=$(running) || fail 'no node runs that could add one'
  while [ -e "$data/node$n.start" ]; do n=$((n + 1)); done
  rm -rf "$data/node$n"
  printf 'Join\n' >"$data/node$n.start"
  start_node "$n"
  await "$n" /health/live
  if ! ask "$one" add "127.0.0.1:$(log_port "$n")" >/dev/null; then
    end_node "$n" TERM
    rm -rf "$data/node$n" "$data/node$n.start"
    exit 1
  fi
  await "$n" /health/ready
  show
}

leave() {
  local one
  if pid_of "$number" >/dev/null; then one=$number; else one=$(running "$number") || fail 'no other node runs'; fi
  ask "$one" remove "127.0.0.1:$(log_port "$number")" || exit 1
  end_node "$number" TERM
  # Its number is free; what it kept is of no more use, unless it is the user's own folder.
  rm -rf "$data/node$number.start" "$data/node$number"
}

case $command in
  up) up ;;
  join|leave|status|kill|stop|start|down)
    read_settings
    data=$(cd "$data" && pwd)
    build
    case $command in leave|kill|stop|start) require_node ;; esac
    case $command in
      join) join ;;
      leave) leave ;;
      status) show ;;
      kill) end_node "$number" KILL ;;
      stop) end_node "$number" TERM ;;
      start) start_node "$number"; await "$number" /health/live ;;
      down) for n in $(nodes); do end_node "$n" TERM & done; wait ;;
    esac
    ;;
  *) usage >&2; exit 2 ;;
esac
