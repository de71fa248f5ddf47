#!/usr/bin/env bash
# Whether the judgement can be trusted: every planted fault is told from every other and from its twin that frees what it
# takes, and no healthy program is called growing.
set -euo pipefail
cd "$(dirname "$0")/.."

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo "== the victims"
bash ci/harness.sh victims --out "$out/victims"

echo "== the calibration, a part of it"
bash ci/harness.sh calibrate --quick --out "$out/calibrate"
