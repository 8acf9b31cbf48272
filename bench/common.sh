# What the scripts that measure brokers share: starting and ending them, driving them, medians. Sourced, not run.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$here")
script=$(basename "$0")
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 LC_ALL=C.UTF-8

tmp=
brokers=()
failed=0
finish() {
  local pid
  for pid in "${brokers[@]}"; do
    kill "$pid" 2>/dev/null
  done
  for pid in "${brokers[@]}"; do
    for _ in {1..100}; do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
  done
  [ -z "$tmp" ] || rm -rf "$tmp"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '%s\n' "$*" >&2; }
die() { say "$script: $*"; exit 1; }

build() {
  local project
  for project in SkyTree.Web bench/SkyTree.Bench; do
    dotnet build -c Release -v q --nologo "$root/$project" >"$tmp/build.log" 2>&1 || die "$project does not build: $(tail -5 "$tmp/build.log")"
  done
}

# ── brokers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
# launch_skytree DATA ARGUMENTS: sets skytree, its pid; skytree.out has its output, each line after the time it came.
launch_skytree() {
  local data=$1
  shift
  : >"$tmp/skytree.out"
  dotnet "$root/SkyTree.Web/bin/Release/net10.0/SkyTree.Web.dll" --http-port 0 --data "$data" --allow-anonymous "$@" \
    > >(while IFS= read -r line; do printf '%s %s\n' "$EPOCHREALTIME" "$line"; done >"$tmp/skytree.out") 2>"$tmp/skytree.err" &
  skytree=$!
  brokers+=("$skytree")
  for _ in {1..600}; do
    grep -q ' ready$' "$tmp/skytree.out" && return
    kill -0 "$skytree" 2>/dev/null || die "SkyTree did not start: $(tail -3 "$tmp/skytree.err")"
    sleep 0.1
  done
  die 'SkyTree was not ready within 60 s'
}

# The port that SkyTree says it listens on for a scheme.
listening() { sed -nE "s#^[0-9.]+ listening $1://[^/]*:([0-9]+)(/.*)?\$#\1#p" "$tmp/skytree.out" | head -1; }

in_use() { (: <"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the ports that the kernel gives to outgoing connections, so that no client of a run takes it.
free_port() {
  local port
  for _ in {1..100}; do
    port=$((20000 + RANDOM % 10000))
    in_use "$port" || { echo "$port"; return; }
  done
  die 'no free port'
}

# await PORT PID SECONDS NAME: until something listens there.
await() {
  local i
  for ((i = 0; i < 10 * $3; i++)); do
    in_use "$1" && return
    kill -0 "$2" 2>/dev/null || die "$4 did not start: $(tail -5 "$tmp/${4,,}.out")"
    sleep 0.1
  done
  die "$4 did not listen within $3 s"
}

stop_brokers() {
  local pid
  for pid in "${brokers[@]}"; do
    kill "$pid" 2>/dev/null
    wait "$pid" 2>/dev/null
  done
  brokers=()
}

# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────────────────
# The generator, for no longer than $limit seconds.
bench() { timeout "$limit" dotnet "$here/SkyTree.Bench/bin/Release/net10.0/SkyTree.Bench.dll" "$@"; }

# drive ARGUMENTS: one run of the generator; its JSON, or nothing after saying what went wrong.
drive() {
  local json
  if json=$(bench "$@" --json 2>"$tmp/bench.err"); then
    echo "$json"
  else
    say "  failed: $*: $(cat "$tmp/bench.err") $json"
    return 1
  fi
}

# use_disk FOLDER: everything goes into a folder below it, tmp, that is removed at the end.
use_disk() {
  tmp=$(mktemp -d -p "$1") || die "cannot write to $1"
  case $(stat -f -c %T "$tmp") in tmpfs | ramfs) die "$1 is in memory: name a folder on a disk with --disk" ;; esac
}

# number KEY JSON
number() { sed -nE "s/.*\"$1\":(-?[0-9.eE+-]+|null).*/\1/p" <<<"$2"; }

# For awk: reads a table of runs and offers medians of its columns, and of ratios within each run.
functions='
function median(values, n,   i, j, t) {
  for (i = 2; i <= n; i++) for (j = i; j > 1 && values[j-1] > values[j]; j--) { t = values[j]; values[j] = values[j-1]; values[j-1] = t }
  return n == 0 ? 0 : n % 2 ? values[(n+1)/2] : (values[n/2] + values[n/2+1]) / 2
}
function column(k,   i, v) { for (i = 1; i <= n; i++) v[i] = cell[i, k]; return median(v, n) }
function ratio(a, b,   i, v) { for (i = 1; i <= n; i++) v[i] = cell[i, b] > 0 ? cell[i, a] / cell[i, b] : 0; return median(v, n) }
function short(x) { return x >= 100 ? sprintf("%.0f", x) : x >= 10 ? sprintf("%.1f", x) : x >= 1 ? sprintf("%.2f", x) : sprintf("%.3f", x) }
function total(k,   i, sum) { for (i = 1; i <= n; i++) sum += cell[i, k]; return sum }
function losses(who, k) { return total(k) > 0 ? sprintf(" (%s lost %d)", who, total(k)) : "" }
function thousands(x,   s, out) {
  s = sprintf("%.0f", x)
  while (length(s) > 3) { out = "," substr(s, length(s) - 2) out; s = substr(s, 1, length(s) - 3) }
  return s out
}
{ n++; for (k = 1; k <= NF; k++) cell[n, k] = $k }'

# ── reporting ────────────────────────────────────────────────────────────────────────────────────────────────────────
# From here on standard output goes into a file of docs as well.
save_to() {
  mkdir -p "$root/docs"
  exec > >(tee "$root/docs/$1")
  saving=$!
}

end_saving() {
  if [ -n "${saving-}" ]; then
    exec >&-
    wait "$saving"
  fi
}

describe_machine() {
  echo "- $(nproc) cores, $(lscpu | sed -nE 's/^Model name: *//p' | head -1), $(free -g | awk '/^Mem/ { print $2 }') GiB, Linux $(uname -r)"
  echo "- .NET $(dotnet --list-runtimes | awk '$1 == "Microsoft.NETCore.App" { v = $2 } END { print v }')${1:+, $1}"
}
