#!/bin/bash
# Measures what hooks cost: nothing where there are none, compared with a commit before them, and what each kind costs. See README.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

runs=5 before='' warmup=40 iterations=15 save=''
command="bench/hooks.sh${*:+ $*}"
usage() {
  cat <<'TEXT'
usage: bench/hooks.sh [--before COMMIT] [--runs N] [--quick] [--save]
  --before COMMIT  measures the path of messages at this commit, too, in turn with what is here
  --runs N         runs of each; counted are the median of their medians, and the fastest iteration of all (5)
  --quick          one short run: to see that all works, not to measure
  --save           writes docs/benchmarks-hooks.md as well
TEXT
}
while [ $# -gt 0 ]; do
  case $1 in
    --before) before=$2; shift 2 ;;
    --runs) runs=$2; shift 2 ;;
    --quick) runs=1 warmup=8 iterations=5; shift ;;
    --save) save=1; shift ;;
    --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

tmp=$(mktemp -d)
clean() {
  [ -d "$tmp/before" ] && git worktree remove --force "$tmp/before"
  rm -rf "$tmp"
}
trap clean EXIT

program=bench/SkyTree.Bench.Micro/bin/Release/net10.0/SkyTree.Bench.Micro
dotnet build bench/SkyTree.Bench.Micro -c Release -v quiet --nologo >&2
if [ -n "$before" ]; then
  git worktree add --detach --quiet "$tmp/before" "$before"
  dotnet build "$tmp/before/bench/SkyTree.Bench.Micro" -c Release -v quiet --nologo >&2
fi

# measure FOLDER FILTER FILE: appends "name|median ns|bytes|fastest ns" for each benchmark that fits.
measure() {
  # In this process, since the code before is measured by its own build; so the first benchmarks need a long warm-up.
  "$1/$program" --quick --warmupCount $warmup --iterationCount $iterations --filter "$2" 2>&1 | sed 's/\r//' | awk -F'|' '
    function trim(text) { gsub(/^[ \x27]+|[ \x27]+$/, "", text); return text }
    function ns(text) { text = trim(text); gsub(/,/, "", text); split(text, part, " "); return part[1] * (part[2] == "us" || part[2] == "μs" ? 1000 : 1) }
    /^\| *Method/ { for (i = 2; i < NF; i++) at[trim($i)] = i }
    /^\| *\x27/ { print ("Hooks" in at ? trim($at["Hooks"]) : trim($2)) "|" ns($at["Median"]) "|" trim($at["Allocated"]) "|" ns($at["Min"]) }' >>"$3"
}

# median FILE NAME
median() { awk -F'|' -v name="$2" '$1 == name { print $2 }' "$1" | sort -g | awk '{ v[NR] = $1 } END { printf "%.0f", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

fastest() { awk -F'|' -v name="$2" '$1 == name { print $4 }' "$1" | sort -g | head -1 | xargs printf '%.0f'; }

allocated() { awk -F'|' -v name="$2" '$1 == name { print $3; exit }' "$1"; }

for ((i = 1; i <= runs; i++)); do
  echo "run $i of $runs" >&2
  if [ -n "$before" ]; then
    measure "$tmp/before" '*TransientPath*' "$tmp/paths-before"
    measure . '*TransientPath*' "$tmp/paths"
  fi

  measure . '*HookBenchmarks*' "$tmp/hooks"
done

ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", a / b }'; }

tables() {
  if [ -n "$before" ]; then
    printf '| without hooks, per delivery | before (%s): median | fastest | now: median | fastest | now ÷ before: median | fastest |\n|---|--:|--:|--:|--:|--:|--:|\n' "$(git rev-parse --short "$before")"
    cut -d'|' -f1 "$tmp/paths" | awk '!seen[$0]++' | while read -r name; do
      old=$(median "$tmp/paths-before" "$name") new=$(median "$tmp/paths" "$name")
      oldest=$(fastest "$tmp/paths-before" "$name") newest=$(fastest "$tmp/paths" "$name")
      printf '| %s | %s ns | %s ns | %s ns | %s ns | %s | %s |\n' "$name" "$old" "$oldest" "$new" "$newest" "$(ratio "$new" "$old")" "$(ratio "$newest" "$oldest")"
    done
    echo
  fi

  printf '| hooks, 1 to 1, QoS 0, 64 B | per message: median | fastest | allocated |\n|---|--:|--:|--:|\n'
  for name in none others authorize publish deliver; do
    printf '| %s | %s ns | %s ns | %s |\n' "$name" "$(median "$tmp/hooks" "$name")" "$(fastest "$tmp/hooks" "$name")" "$(allocated "$tmp/hooks" "$name")"
  done
}

page() {
  cat <<TEXT
# What hooks cost

\`$command\` at $(git rev-parse --short HEAD), medians of $runs runs, $(nproc) cores. [bench/README.md](../bench/README.md) says how it is measured.
On a machine that has other work, too, the fastest iteration says more than the median.

$(tables)
TEXT
}

if [ -n "$save" ]; then
  page | tee docs/benchmarks-hooks.md
else
  tables
fi
