#!/usr/bin/env bash
# Runs the tests of the modules with unsafe code under a tool that sees misuse of memory: Miri where a toolchain has it,
# else AddressSanitizer where it works, else valgrind's memcheck. Says what ran and what could not, and why; fails on any
# report, and where nothing could run. AddressSanitizer and valgrind have to find a planted fault before they are
# believed.
#
# ThreadSanitizer is not among them: with the standard library as it comes, which is not built for it, it reports races
# in libtest, in the last drop of an Arc and around locks that are right.
set -euo pipefail
cd "$(dirname "$0")/.."

# The modules with unsafe code (`nn::dense` for what `nn/isa.rs` makes), as filters of test names.
modules=(vocab:: nn::gemm nn::dense zone)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
target=${CARGO_TARGET_DIR:-$PWD/target}
host=$(rustc -vV | sed -n 's/^host: //p')
ran=()

# A fault that each tool has to see: a read of what was freed.
cat > "$scratch/planted.rs" <<'RUST'
fn main() {
    let freed = Box::into_raw(Box::new(7_u8));
    unsafe { drop(Box::from_raw(freed)) };
    std::process::exit((unsafe { freed.read_volatile() } == 9) as i32);
}
RUST

could_not() { echo "-- could not run $1: $2"; }

# Every unsafe block has to be in a module that is tested here.
if stray=$(grep -rlE 'unsafe (\{|fn|impl)' nlp-core/src --include='*.rs' | grep -vE 'src/(vocab|zone|nn/gemm)/|src/nn/isa\.rs'); then
    echo "unsafe code outside of the modules that this script tests: $stray"
    exit 1
fi

# The toolchain that has Miri, as cargo takes it; nothing where none has.
toolchain_with_miri() {
    for toolchain in "+$(rustup show active-toolchain 2>/dev/null | cut -d' ' -f1)" +nightly; do
        if cargo "$toolchain" miri --version >/dev/null 2>&1; then
            echo "$toolchain"
            return
        fi
    done
}

# Without isolation, so that the tests may read their files and the environment.
miri() {
    local toolchain
    toolchain=$(toolchain_with_miri)
    if [ -z "$toolchain" ]; then
        could_not Miri "no toolchain here has it (rustup component add --toolchain nightly miri rust-src)"
        return
    fi
    echo "== Miri ($toolchain)"
    MIRIFLAGS=-Zmiri-disable-isolation NLP_CORE_ISA=portable CARGO_TARGET_DIR="$target/miri" \
        cargo "$toolchain" miri test --quiet -p nlp-core --lib -- "${modules[@]}"
    ran+=("Miri")
}

# The stable compiler is told to accept the flag all the same: the runtime of the sanitizer comes with it. With a target
# named, build scripts and macros are built without it.
address_sanitizer() {
    local flags=-Zsanitizer=address
    if ! RUSTC_BOOTSTRAP=1 rustc -g --target "$host" $flags -o "$scratch/planted" "$scratch/planted.rs" 2> "$scratch/why"; then
        could_not AddressSanitizer "the compiler cannot build for it: $(head -n 1 "$scratch/why")"
        return
    fi
    if "$scratch/planted" > "$scratch/why" 2>&1 || ! grep -q "AddressSanitizer: heap-use-after-free" "$scratch/why"; then
        could_not AddressSanitizer "it did not see a planted fault"
        return
    fi
    echo "== AddressSanitizer"
    # Little optimisation: quick to build, quick enough to run, and little is optimised away that could be wrong.
    export RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" CARGO_PROFILE_DEV_OPT_LEVEL=1 CARGO_TARGET_DIR="$target/sanitizers"
    cargo test --quiet --target "$host" -p nlp-core --lib -- "${modules[@]}"
    cargo test --quiet --target "$host" -p nlp-core --test zones
    ran+=("AddressSanitizer")
}

memcheck() {
    if ! command -v valgrind >/dev/null; then
        could_not valgrind "it is not installed (apt-get install valgrind)"
        return
    fi
    rustc -g -o "$scratch/planted" "$scratch/planted.rs"
    if valgrind --quiet --error-exitcode=99 "$scratch/planted" > "$scratch/why" 2>&1; then
        could_not valgrind "it did not see a planted fault"
        return
    fi
    echo "== valgrind memcheck"
    # Built without running: valgrind runs the test binary itself.
    CARGO_TARGET_DIR="$target" cargo test --quiet -p nlp-core --lib --no-run --message-format=json \
        | sed -n 's/.*"executable":"\([^"]*nlp_core-[^"]*\)".*/\1/p' > "$scratch/binary"
    # valgrind makes a function call of every fused multiplication.
    NLP_CORE_ISA=portable valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite \
        "$(head -n 1 "$scratch/binary")" --quiet --test-threads=1 "${modules[@]}"
    ran+=("valgrind memcheck")
}

miri
[ ${#ran[@]} -gt 0 ] || address_sanitizer
[ ${#ran[@]} -gt 0 ] || memcheck
[ ${#ran[@]} -gt 0 ] || { echo "no tool could run"; exit 1; }
echo "== clean under: $(IFS=,; echo "${ran[*]}")"
