#!/usr/bin/env bash
# Whether the judgement can be trusted: every planted fault is told from every other and from its twin that frees what it
# takes, and no healthy program is called growing.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo "== the victims"
cargo run --quiet -p harness -- victims --out "$out/victims"

echo "== the calibration, a part of it"
cargo run --quiet -p harness -- calibrate --quick --out "$out/calibrate"
