#!/bin/bash
# Runs the tests and ends with the line "N passed, N failed".
#   ./test.sh        everything, after installing through apt and npm what is missing
#   ./test.sh core   the broker's own unit tests only, installing nothing
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en

say() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs the named Debian packages that are missing. The tests start their own instances of each server, so a package's
# service is neither started by its installation nor left to start with the machine.
install_missing() {
  local package missing=() policy=/usr/sbin/policy-rc.d made_policy= status=0
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} = 0 ] && return

  say "installing ${missing[*]}"
  as_root apt-get update -qq
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
    as_root chmod 755 $policy
    made_policy=1
  fi
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null || status=$?
  [ -z "$made_policy" ] || as_root rm -f $policy
  if [ $status != 0 ]; then
    say "apt-get could not install ${missing[*]}"
    exit 1
  fi

  command -v systemctl >/dev/null || return 0
  for package in "${missing[@]}"; do
    case $package in
      mosquitto) as_root systemctl disable --quiet mosquitto.service 2>/dev/null || true ;;
      mariadb-server) as_root systemctl disable --quiet mariadb.service 2>/dev/null || true ;;
      redis-server) as_root systemctl disable --quiet redis-server.service 2>/dev/null || true ;;
      postgresql) as_root systemctl disable --quiet postgresql.service 2>/dev/null || true ;;
    esac
  done
}

install() {
  if ! command -v apt-get >/dev/null; then
    say 'Without apt, these must be there already: mosquitto and its clients, paho-mqtt for /usr/bin/python3, openssl, MariaDB, Redis, PostgreSQL, a C compiler, curl, jq, iproute2, procps, systemd-analyze, PyYAML and prometheus_client for /usr/bin/python3, docker-compose, /usr/bin/chromium, node, npm.'
  else
    install_missing mosquitto mosquitto-clients python3-paho-mqtt openssl mariadb-server redis-server postgresql gcc libc6-dev chromium curl jq iproute2 procps python3-yaml python3-prometheus-client systemd docker-compose
    command -v node >/dev/null || install_missing nodejs
    command -v npm >/dev/null || install_missing npm
  fi

  if [ ! tests/interop-js/node_modules/.package-lock.json -nt tests/interop-js/package-lock.json ]; then
    npm ci --prefix tests/interop-js --silent --no-audit --no-fund
  fi
}

# Runs `dotnet test` with the arguments and turns its summary into the last line. What ends without a summary, or without
# a test, has failed.
run() {
  local output status=0 passed failed skipped
  output=$(mktemp)
  # Expanded now: the variable is gone when the trap runs.
  # shellcheck disable=SC2064
  trap "rm -f '$output'" EXIT
  dotnet test "$@" --no-ansi --no-progress 2>&1 | tee "$output" || status=$?
  count() { sed -n "s/^  $1: \([0-9]*\).*/\1/p" "$output" | tail -n 1; }
  passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
  if [ "${passed:-0}" = 0 ] && [ "${failed:-0}" = 0 ]; then
    say 'no test ran'
    status=1
  elif [ "$status" != 0 ] && [ "${failed:-0}" = 0 ]; then
    say 'a test program ended before its tests did; counted as one that failed'
    failed=1
  fi
  # What failed once more, short, where one looks first.
  awk '/^failed / { lines = 12; print "" } lines-- > 0 { print substr($0, 1, 300) }' "$output" >&2
  printf '%s passed, %s failed' "${passed:-0}" "${failed:-0}"
  [ "${skipped:-0}" = 0 ] || printf ', %s skipped' "$skipped"
  printf '\n'
  [ "${failed:-0}" = 0 ] || status=1
  exit "$status"
}

case "${1-}" in
  core)
    run --project tests/SkyTree.Core.Tests -c Release
    ;;
  '')
    install
    dotnet build SkyTree.sln -c Release -v quiet
    SKYTREE_EARLIER_RELEASE=$(tests/earlier-release.sh) || say 'the history lacks the earlier release: tests with nodes of both hold nodes of this one back instead'
    export SKYTREE_EARLIER_RELEASE
    # One project at a time: those that start processes have deadlines, and a small machine has few cores.
    run --solution SkyTree.sln -c Release --no-build --max-parallel-test-modules 1
    ;;
  *)
    say 'usage: ./test.sh [core]'
    exit 2
    ;;
esac
