#!/usr/bin/env bash
# How long daxrepl takes to start and leave, beside sqlite3, a shell known for being quick.
set -euo pipefail
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
"$root/dax" build
program=$root/.build/release/daxrepl

if ! command -v sqlite3 >/dev/null 2>&1; then
  echo "startup.sh: sqlite3 is missing; only daxrepl is measured" >&2
fi

if command -v hyperfine >/dev/null 2>&1; then
  commands=("$program -c quit")
  if command -v sqlite3 >/dev/null 2>&1; then commands+=("sqlite3 :memory: 'select 1'"); fi
  exec hyperfine --shell=none --warmup 20 --runs 300 "${commands[@]}"
fi

# average NAME COMMAND…: the mean of 300 starts, in milliseconds.
average() {
  local name=$1 runs=300 i begin end
  shift
  begin=$(date +%s%N)
  for ((i = 0; i < runs; i++)); do "$@" >/dev/null; done
  end=$(date +%s%N)
  awk -v name="$name" -v total=$((end - begin)) -v runs=$runs \
    'BEGIN { printf "%-28s %6.2f ms\n", name, total / runs / 1e6 }'
}

average "daxrepl -c quit" "$program" -c quit
if command -v sqlite3 >/dev/null 2>&1; then
  average "sqlite3 :memory: 'select 1'" sqlite3 :memory: 'select 1'
fi
