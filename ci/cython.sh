#!/usr/bin/env bash
# The old leak in Cython: five arrays that are never freed, each found at its line of the .pyx, with its bytes an
# iteration, by one command and without valgrind; and the repaired parser passes. Skipped where there is no compiler, no
# header of Python, or where PyPI cannot be reached.
#
# usage: HARNESS=target/debug/harness ci/cython.sh
set -euo pipefail
cd "$(dirname "$0")/.."

harness=$(realpath "${HARNESS:-target/debug/harness}")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if ! examples/cython-resize/build.sh "$scratch/example" > "$scratch/build.txt" 2>&1; then
    echo "not run: the example cannot be built: $(tail -n 1 "$scratch/build.txt")"
    exit 0
fi
cd "$scratch/example"

# Runs what is left of the arguments, and has to end with the exit code that comes first.
expect() {
    local wanted=$1 code=0
    shift
    "$@" > "$scratch/said.txt" 2>&1 || code=$?
    [ "$code" = "$wanted" ] || { cat "$scratch/said.txt"; echo "FAIL  exit code $code and not $wanted: $*"; exit 1; }
}
expect 1 "$harness" run --out leak --json leak.json -- venv/bin/python run.py '{iters}'
expect 0 "$harness" run --out repaired -- venv/bin/python run.py '{iters}' --repaired
python3 - leak.json parsing.pyx <<'END'
import json, os, sys

document, source = sys.argv[1:]
with open(document) as file:
    summary = json.load(file)
with open(source) as file:
    lines = {at for at, line in enumerate(file, 1) if "calloc(" in line}
states = len("the parser takes room for each text".split())
expected = 4 * states * (13 + 64 * 2 + 64 + 40 + 40)

growth, *others = summary["verdict"]["growth"]
# A few small numbers that Python kept by chance are told as what they are.
for other in others:
    print("also told:", json.dumps(other)[:1000])
assert sum(other["bytes_per_iteration"] for other in others) < 1, others
sites = growth["sites"]
places = {(os.path.basename(site["file"]), site["line"]) for site in sites}
gained = sum(site["bytes_per_iteration"] for site in sites)
assert growth["cause"] == "unreachable", growth["cause"]
assert places == {("parsing.pyx", line) for line in lines}, (sorted(places), sorted(lines))
assert len(lines) == 5 and all(site["blocks_per_iteration"] == 1 for site in sites), sites
assert gained == growth["bytes_per_iteration"] == expected, (gained, expected)
print(f"five arrays, {gained:,.0f} bytes an iteration, at lines {sorted(lines)} of {source}, in {summary['seconds']:.1f} s")
END
