#!/bin/bash
# Runs the snippets of one page one after the other in one shell, as a reader would.
#   page.sh FOLDER
# FOLDER/.steps/steps.sh says what is run. This is the first process of namespaces of its own: every port is free, and what the
# page has started ends with it. What it writes to /etc, /opt and /var/lib is in FOLDER and nowhere else.
set -e -o pipefail
PAGE=$1
STEPS=$PAGE/.steps
cd "$PAGE"
# Whoever reads sees an error; here a command has to fail.
printf 'fail\nsilent\nshow-error\n' >.curlrc
exec >>"$STEPS/output" 2>&1
mark=0

REAL_DOTNET=$(command -v dotnet)
export REAL_DOTNET PATH="$(dirname "${BASH_SOURCE[0]}")/commands:$PATH"
ip link set lo up
for folder in etc opt var/lib; do
  mkdir -p "$STEPS/changed/$folder" "$STEPS/work/$folder"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$STEPS/changed/$folder,workdir=$STEPS/work/$folder" "/$folder"
done
# What a container lays over /etc is not there any more.
grep -qs localhost /etc/hosts || echo '127.0.0.1 localhost' >>/etc/hosts
mkdir -p /etc/skytree /var/lib/skytree

# Says which block is next; where the output of a block begins is what until and output look from.
begin() {
  mark=$(stat -c %s "$STEPS/output")
  echo "==> $1"
}

# Waits until the output since the last block began has a line that fits.
wait_for() { # PATTERN [PROCESS]
  local end=$((SECONDS + 120))
  until tail -c "+$((mark + 1))" "$STEPS/output" | tail -n +2 | grep -qP -- "$1"; do
    if [ -n "${2-}" ] && ! kill -0 "$2" 2>/dev/null; then
      # Its last words may have been written between the two looks.
      tail -c "+$((mark + 1))" "$STEPS/output" | tail -n +2 | grep -qP -- "$1" && return
      echo "==> it ended before its output had: $1"
      exit 1
    fi
    if [ $SECONDS -gt $end ]; then
      echo "==> the output has no: $1"
      exit 1
    fi
    /usr/bin/sleep 0.1
  done
}

step_run() { # BLOCK LABEL
  begin "$2"
  # shellcheck disable=SC1090
  . "$1" </dev/null
}

# A reader is shown what goes wrong.
step_fail() { # BLOCK LABEL
  begin "$2"
  # shellcheck disable=SC1090
  if (. "$1") </dev/null; then
    echo '==> it did not fail'
    exit 1
  fi
}

step_keep() { # BLOCK LABEL PATTERN
  begin "$2"
  # shellcheck disable=SC1090
  (. "$1") </dev/null &
  disown # %1 is the reader's first job
  wait_for "$3" $!
}

step_expect() { # FILE OF PATTERNS, LABEL
  local pattern
  echo "==> $2"
  while IFS= read -r pattern; do
    wait_for "$pattern"
  done <"$1"
}

step_file() { # BLOCK NAME
  mkdir -p "$(dirname "$2")"
  cp "$1" "$2"
}

# Who reads has ended the broker before.
step_stop() {
  local broker
  if broker=$(cat "$STEPS/broker.pid" 2>/dev/null) && kill "$broker" 2>/dev/null; then
    tail --pid="$broker" -f /dev/null
  fi
}

# The broker of pages that start none themselves.
step_serve() {
  begin 'the broker of the page'
  SkyTree.Web </dev/null &
  disown
  wait_for '^ready$' $!
}

step_sql() { # BLOCK LABEL SERVER
  begin "$2"
  case $3 in
    mysql) mysql_server && mariadb --no-defaults --socket="$STEPS/mysql.sock" --user=root "${SQL_DATABASE:-mysql}" <"$1" ;;
    sqlite) python3 -c 'import sqlite3, sys; sqlite3.connect("page.db").executescript(sys.stdin.read())' <"$1" ;;
    *) echo "there is no server '$3'" && exit 1 ;;
  esac
}

mysql_server() {
  [ ! -e "$STEPS/mysql.sock" ] || return 0
  mariadb-install-db --no-defaults --datadir="$STEPS/mysql" --auth-root-authentication-method=normal --skip-test-db --user=root >/dev/null
  mariadbd --no-defaults --datadir="$STEPS/mysql" --socket="$STEPS/mysql.sock" --port=3306 --bind-address=127.0.0.1 --user=root --pid-file="$STEPS/mysql.pid" &
  wait_for 'ready for connections' $!
}

# What hangs is looked at before the test ends it.
(
  /usr/bin/sleep 200
  echo '==> still busy after 200 s; these are running, and the sessions of the broker:'
  ps -eo pid,etimes,args
  curl -u "admin:$SKYTREE_ADMIN_PASSWORD" --max-time 10 http://127.0.0.1:8080/api/v1/sessions
) </dev/null &
disown

. "$STEPS/steps.sh"
echo '==> done'
