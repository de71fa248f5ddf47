#!/usr/bin/env bash
# The main job with the activation leak planted must fail, and name the function. That it passes at a small size without
# one, valgrind included, is what ci/leak-gate.sh checks (the workload "parse").
set -euo pipefail
cd "$(dirname "$0")/.."
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

echo "== the main job with the leak of spaCy #3618 planted: it has to be caught and named"
status=0
bash ci/harness.sh --iters 60 --out "$out/leak" --require valgrind --inject activation-leak \
    | tee "$out/leak.txt" || status=$?
[ "$status" -eq 1 ] || { echo "expected exit code 1 for a leak, got $status"; exit 1; }
grep -q "resize_activations" "$out/leak.txt" || { echo "the leaking function was not named"; exit 1; }
grep -q "activations.rs:[0-9]" "$out/leak.txt" || { echo "the leaking line was not named"; exit 1; }
