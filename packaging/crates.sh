#!/usr/bin/env bash
# Tries to publish the crates that others can depend on, in the order in which they depend on each other: each is packed,
# and built from its package. Nothing is published.
#
# usage: packaging/crates.sh [OPTION ...]      further options of cargo publish, such as --allow-dirty
set -euo pipefail
cd "$(dirname "$0")/.."

# What is not here says in its Cargo.toml why it is not published.
crates=(harness-model harness-tally harness-marks harness-judge leak-test)
arguments=()
for crate in "${crates[@]}"; do
    arguments+=(--package "$crate")
done
exec cargo publish --dry-run --locked "${arguments[@]}" "$@"
