#!/usr/bin/env bash
# Renews fuzz/seeds from fuzz/corpus, which ci/fuzz.sh --hour fills: the inputs of each target that together reach what all of
# them reach, the small ones alone, no more than 64 KB a target. Wants the targets as ci/fuzz.sh builds them.
# usage: fuzz/minimise.sh [TARGET ...]
set -euo pipefail
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
built=${CARGO_TARGET_DIR:-$PWD/../target}/fuzz/$host/fuzz
export ASAN_OPTIONS=detect_leaks=0
targets=("$@")
[ ${#targets[@]} -gt 0 ] || mapfile -t targets < <(cd corpus && ls)
for target in "${targets[@]}"; do
    merged=$(mktemp -d)
    "$built/$target" -merge=1 -max_len=4096 "$merged" "corpus/$target" > "$merged.log" 2>&1 || { tail -n 5 "$merged.log"; exit 1; }
    mkdir -p "seeds/$target"
    rm -f "seeds/$target"/*
    # The smallest first, until there are enough bytes.
    find "$merged" -type f -size -3k -printf '%s %p\n' | sort -n | awk '{ sum += $1 } sum <= 65536 { print $2 }' | head -n 150 \
        | xargs -r cp -t "seeds/$target"
    echo "$target: $(find "seeds/$target" -type f | wc -l) of $(find "$merged" -type f | wc -l)"
    rm -rf "$merged" "$merged.log"
done
