#!/usr/bin/env bash
# Fuzzes every reader: the structure-aware targets (pipeline, texts, reports) for twenty seconds each, the others for five,
# two at a time. Fails on any crash, hang, or use of more than a gigabyte, and where a target ran too few inputs
# or saw no coverage. A planted fault has to be found first.
#
#   ci/fuzz.sh                     as in CI
#   ci/fuzz.sh --build             only builds the targets
#   ci/fuzz.sh --hour [TARGET ...] an hour each, or of the named ones; what is found stays in fuzz/corpus and
#                                  fuzz/artifacts
#   ci/fuzz.sh --seconds N [TARGET ...]
#
# It needs no nightly Rust and no cargo-fuzz: the stable compiler is told to accept their flags.
set -euo pipefail
cd "$(dirname "$0")/.."

thorough=(pipeline texts reports)
quick=(archive captures config conllu dhat docbin document files gate kb lemmas matchers model msgpack over_time patterns recording requests samples smaps tokenizer valgrind vectors)
seconds_thorough=20 seconds_quick=5 keep= build_only=
case ${1:-} in
    --hour) seconds_thorough=3600 seconds_quick=3600 keep=yes; shift ;;
    --build) build_only=yes; shift ;;
    --seconds) seconds_thorough=$2 seconds_quick=$2; shift 2 ;;
esac
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=("${thorough[@]}" "${quick[@]}")

# In memory where there is such a place: the targets `pipeline` and `archive` write files for every input.
scratch=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")")
trap 'rm -rf "$scratch"' EXIT
could_not() {
    echo "-- could not run the fuzzer: $1"
    exit 1
}

command -v "${CXX:-c++}" >/dev/null || could_not "there is no C++ compiler, of which libFuzzer needs one"
host=$(rustc -vV | sed -n 's/^host: //p')
# As cargo-fuzz does, but without a call for every comparison: that takes two thirds of the time where networks run, and
# says little where the input is a list of edits.
coverage=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-simplifycfg-branch-fold-threshold=0 --cfg fuzzing)
sanitizer=(-Zsanitizer=address)
export RUSTC_BOOTSTRAP=1
echo 'fn main() {}' > "$scratch/empty.rs"
if ! rustc --target "$host" "${sanitizer[@]}" -o "$scratch/empty" "$scratch/empty.rs" 2> "$scratch/why"; then
    echo "-- without AddressSanitizer, which the compiler cannot build for: $(head -n 1 "$scratch/why")"
    sanitizer=()
fi

echo "== building the fuzz targets"
target=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
bins=()
for name in planted "${targets[@]}"; do bins+=(--bin "$name"); done
RUSTFLAGS="${coverage[*]} ${sanitizer[*]}" CARGO_TARGET_DIR=$target \
    cargo build --quiet --locked --manifest-path fuzz/Cargo.toml --profile fuzz --target "$host" "${bins[@]}"
built=$target/$host/fuzz
[ -z "$build_only" ] || exit 0

# libFuzzer keeps a gigabyte as the limit by itself; the sanitizer's store of freed blocks would count against it.
export ASAN_OPTIONS="quarantine_size_mb=32:detect_leaks=0:${ASAN_OPTIONS:-}"
limits=(-timeout=25 -rss_limit_mb=1024 -malloc_limit_mb=1024 -print_final_stats=1)

mkdir "$scratch/planted"
if "$built/planted" -max_total_time=60 -seed=1 -artifact_prefix="$scratch/planted/" > "$scratch/planted.log" 2>&1 \
    || ! grep -q "the planted fault" "$scratch/planted.log"; then
    tail -n 5 "$scratch/planted.log"
    echo "the planted fault was not found: this fuzzer sees no coverage"
    exit 1
fi
echo "ok    the planted fault was found after $(sed -n 's/^#\([0-9]*\).*/\1/p' "$scratch/planted.log" | tail -n 1) inputs"

sh fuzz/seeds.sh "$scratch/seeds"

# Runs one target; writes its log, and one line of what came of it.
fuzz() {
    local name=$1 seconds=$seconds_quick fewest=5 corpus=$scratch/corpus/$1 found=$scratch/found/$1 length=()
    if [[ " ${thorough[*]} " == *" $name "* ]]; then
        # The input is a list of edits: a long one changes everything and reaches nothing.
        seconds=$seconds_thorough fewest=$((seconds / 2)) length=(-max_len=512 -len_control=0)
    fi
    [ -z "$keep" ] || { corpus=fuzz/corpus/$name found=fuzz/artifacts/$name; }
    mkdir -p "$corpus" "$found" "$scratch/tmp/$name"
    local log=$scratch/$name.log status=0
    TMPDIR=$scratch/tmp/$name "$built/$name" "${limits[@]}" "${length[@]}" -max_total_time="$seconds" -artifact_prefix="$found/" \
        "$corpus" "$scratch/seeds/$name" > "$log" 2>&1 || status=$?
    local ran covered
    ran=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log" | tail -n 1)
    covered=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -n 1)
    if [ "$status" -ne 0 ]; then
        echo "FAIL  $name: exit code $status after ${ran:-0} inputs" > "$scratch/$name.said"
        return
    fi
    if [ "${ran:-0}" -lt "$fewest" ] || [ "${covered:-0}" -lt 50 ]; then
        echo "FAIL  $name: ${ran:-0} inputs in $seconds s and ${covered:-0} branches are no fuzzing" > "$scratch/$name.said"
        return
    fi
    echo "ok    $name: $ran inputs, $covered branches" > "$scratch/$name.said"
}

echo "== fuzzing, two at a time"
running=0
for name in "${targets[@]}"; do
    if [ "$running" -ge 2 ]; then
        wait -n
        running=$((running - 1))
    fi
    fuzz "$name" &
    running=$((running + 1))
done
wait

failed=0
for name in "${targets[@]}"; do
    cat "$scratch/$name.said"
    grep -q '^ok' "$scratch/$name.said" && continue
    failed=1
    # What a person needs: the message, and the input to run it again with.
    grep -aE 'panicked at|ERROR: |SUMMARY: |says something else' -A 3 "$scratch/$name.log" | cut -c 1-2000 | head -n 20 || true
    for input in "$scratch/found/$name"/* "fuzz/artifacts/$name"/*; do
        [ -s "$input" ] || continue
        echo "the input ($(basename "$input")), in base64: $(head -c 4096 "$input" | base64 -w 0)"
    done
done
exit $failed
