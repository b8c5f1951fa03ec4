#!/usr/bin/env bash
# SPIN on the configurations of the explore benchmarks: states, states a second, peak memory for each state.
set -euo pipefail
models=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../Tests/DaxModelTests/Fixtures/promela" && pwd)
command -v spin >/dev/null || { echo "spin.sh: SPIN is not installed (apt-get install spin)" >&2; exit 69; }

# measure NAME MODEL [DEFINITION…]
measure() {
  local name=$1 model=$2 folder
  shift 2
  folder=$(mktemp -d)
  cp "$models"/* "$folder"
  (
    cd "$folder"
    spin -a -o1 -o2 -o3 "$@" "$model.pml"
    cc -O2 -w -DNOREDUCE -DSAFETY -o pan pan.c
    python3 - "$name" <<'PYTHON'
import re, resource, subprocess, sys, time
best = 1e9
for _ in range(3):
    start = time.perf_counter()
    text = subprocess.run(["./pan", "-E", "-m100000", "-w21"], capture_output=True, text=True).stdout
    best = min(best, time.perf_counter() - start)
states = int(re.search(r"(\d+) states, stored", text).group(1))
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
print(f"{sys.argv[1]}: {states} states, {states / best / 1e6:.2f} million a second, {peak / states:.0f} bytes a state")
PYTHON
  )
  rm -rf "$folder"
}

measure explore-readers readers -DREADERS=3 -DROUNDS=3
measure explore-pins pins -DPINS=7
measure explore-unbind unbind -DREADERS=2 -DPINS=3
