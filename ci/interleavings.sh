#!/usr/bin/env bash
# Tries every order in which two or three threads can take the locks of nlp-core: the pool's list of idle zones and the
# vocabulary's shared layer. The library is built with loom's locks for that, in a folder of its own. A planted race has
# to be found.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-$PWD/target}
export CARGO_TARGET_DIR="$target/loom" RUSTFLAGS="--cfg loom" CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT

echo "== every order of threads (loom)"
# What the model checker is made of is built quickly rather than fast.
if ! cargo test --quiet --config 'profile.dev.package."*".opt-level=0' --config profile.dev.package.nlp-core.opt-level=0 -p nlp-core --lib -- --nocapture --test-threads=2 interleavings:: >"$said" 2>&1; then
    cat "$said"
    exit 1
fi
# The model checker has to have been at work: a test without it tries one order.
sed -n 's/.*\b\([0-9][0-9]*\) orders.*/\1/p' "$said" | awk '
    $1 < 2 { bad = 1 }
    { tests++; orders += $1 }
    END {
        if (bad || tests < 8) { print tests + 0 " tests tried " orders + 0 " orders: that is not every order"; exit 1 }
        print tests " times every order of threads, " orders " orders in all, and a planted race was found"
    }'
