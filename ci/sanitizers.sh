#!/usr/bin/env bash
# Runs the tests of the modules with unsafe code under a tool that sees misuse of memory: Miri where a toolchain has it,
# else AddressSanitizer with LeakSanitizer where they work, else valgrind's memcheck. Then zones, a pool and the vocabulary
# on several threads under memcheck, helgrind and drd. Says what ran and what could not, and why; fails on any report, and
# where nothing could run. Each tool has to find a planted fault before it is believed.
#
# helgrind and drd know the C library's locks and threads, and none of the futexes that Rust's locks are made of. So they
# are given a build whose locks are the C library's (`nlp-core/src/sync`), and a program that starts and joins its threads
# one by one (`nlp-core/tests/pool_threads.rs`). What is left are the standard library's own steps when a thread starts and
# ends, which `ci/threads.supp` hides by name, with the reason; every other report is a race of ours.
# What they see: whatever is read or written without the lock that should guard it, in nlp-core and through
# its handles. What they cannot see: a fault of Rust's own locks, and orders of threads that this run did not meet, which
# ci/interleavings.sh tries. ThreadSanitizer is not among them: with the standard library as it comes, which is not built
# for it, it reports races in libtest, in the last drop of an Arc and around locks that are right.
set -euo pipefail
cd "$(dirname "$0")/.."

# The modules with unsafe code (`nn::dense` for what `nn/isa.rs` makes), as filters of test names.
modules=(bytes:: vocab:: nn::gemm nn::dense zone)

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

# What LeakSanitizer has to see: a block that nothing can reach.
cat > "$scratch/leak.rs" <<'RUST'
fn main() {
    for _ in 0..8 {
        std::hint::black_box(Box::leak(Box::new([7_u8; 64])));
    }
    // What is left of the address on the stack is written over.
    std::hint::black_box([0_u8; 4096]);
}
RUST

# What helgrind and drd have to see: two threads that write without a lock; with `joined`, one after the other.
cat > "$scratch/race.rs" <<'RUST'
static mut COUNT: u64 = 0;
fn add() {
    unsafe { std::ptr::write_volatile(&raw mut COUNT, std::ptr::read_volatile(&raw const COUNT) + 1) }
}
fn main() {
    let joined = std::env::args().any(|argument| argument == "joined");
    let one = std::thread::spawn(add);
    if joined {
        one.join().unwrap();
        std::thread::spawn(add).join().unwrap();
    } else {
        std::thread::spawn(add).join().unwrap();
        one.join().unwrap();
    }
}
RUST

could_not() { echo "-- could not run $1: $2"; }

# Every unsafe block has to be in a module that is tested here.
if stray=$(grep -rlE 'unsafe (\{|fn|impl)' nlp-core/src --include='*.rs' | grep -vE 'src/(vocab|zone|sync|nn/gemm)/|src/nn/isa\.rs|src/bytes\.rs'); then
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
    RUSTC_BOOTSTRAP=1 rustc -g --target "$host" $flags -o "$scratch/leak" "$scratch/leak.rs"
    local leaks=1
    export ASAN_OPTIONS="detect_leaks=1:${ASAN_OPTIONS:-}"
    if "$scratch/leak" > "$scratch/why" 2>&1 || ! grep -q "LeakSanitizer: detected memory leaks" "$scratch/why"; then
        could_not LeakSanitizer "it did not see a planted leak: $(grep -m 1 LeakSanitizer "$scratch/why" || echo "it said nothing")"
        leaks=0 ASAN_OPTIONS="detect_leaks=0:${ASAN_OPTIONS}"
    fi
    echo "== AddressSanitizer$([ $leaks = 0 ] || echo " and LeakSanitizer")"
    # Little optimisation: quick to build, quick enough to run, and little is optimised away that could be wrong.
    RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/sanitizers" \
        cargo test --quiet --config profile.dev.package.nlp-core.opt-level=1 --target "$host" -p nlp-core --lib --test zones --no-run --message-format=json \
        | executables > "$scratch/binaries"
    local binary
    while read -r binary; do
        case $binary in
            */nlp_core-*) (cd nlp-core && "$binary" --quiet "${modules[@]}") ;;
            *) (cd nlp-core && "$binary" --quiet) ;;
        esac
    done < "$scratch/binaries"
    [ "$(wc -l < "$scratch/binaries")" -eq 2 ] || { echo "there are not two test programs"; exit 1; }
    ran+=("AddressSanitizer")
    [ $leaks = 0 ] || ran+=("LeakSanitizer")
}

# The programs that a build of tests made, out of cargo's messages.
executables() { sed -n 's/.*"executable":"\([^"]*\)".*/\1/p'; }

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
        | executables > "$scratch/binary"
    # valgrind makes a function call of every fused multiplication.
    NLP_CORE_ISA=portable valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite \
        --errors-for-leak-kinds=definite \
        "$(head -n 1 "$scratch/binary")" --quiet --test-threads=1 "${modules[@]}"
    ran+=("valgrind memcheck")
}

# valgrind with the tool, and an exit code of its own for reports. A planted race is looked for with the same suppressions.
under() {
    local tool=$1
    shift
    NLP_CORE_ISA=portable valgrind --quiet --tool="$tool" --error-exitcode=99 --num-callers=40 \
        --suppressions="$PWD/ci/threads.supp" "$@"
}

# Zones, a pool and the vocabulary on several threads, under the tools that know threads and memory.
threads() {
    if ! command -v valgrind >/dev/null; then
        could_not helgrind "valgrind is not installed (apt-get install valgrind)"
        return
    fi
    rustc -g -o "$scratch/race" "$scratch/race.rs"
    RUSTFLAGS="--cfg pthread_locks" CARGO_TARGET_DIR="$target/pthread" \
        cargo test --quiet --config 'profile.dev.package."*".opt-level=1' --config profile.dev.package.nlp-core.opt-level=1 -p nlp-core --test pool_threads --no-run \
        --message-format=json | executables > "$scratch/program"
    local program tool
    program=$(head -n 1 "$scratch/program")
    for tool in helgrind drd; do
        if under $tool "$scratch/race" > "$scratch/why" 2>&1; then
            could_not $tool "it did not see a planted race"
            continue
        fi
        if ! under $tool "$scratch/race" joined > "$scratch/why" 2>&1; then
            could_not $tool "it sees a race where there is none: $(grep -m 1 -iE 'race|conflict' "$scratch/why")"
            continue
        fi
        echo "== $tool"
        under $tool "$program"
        ran+=("$tool")
    done
    rustc -g -o "$scratch/planted" "$scratch/planted.rs"
    rustc -g -o "$scratch/leak" "$scratch/leak.rs"
    # A table is held by the address of its middle, which valgrind calls possibly lost: that is no leak here.
    local leaks=(--leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite)
    if under memcheck "$scratch/planted" > "$scratch/why" 2>&1 \
        || under memcheck "${leaks[@]}" "$scratch/leak" > "$scratch/why" 2>&1; then
        could_not memcheck "it did not see a planted fault"
        return
    fi
    echo "== memcheck, on threads"
    under memcheck "${leaks[@]}" "$program"
    ran+=("memcheck")
}

miri
[ ${#ran[@]} -gt 0 ] || address_sanitizer
[ ${#ran[@]} -gt 0 ] || memcheck
threads
[ ${#ran[@]} -gt 0 ] || { echo "no tool could run"; exit 1; }
echo "== clean under: $(IFS=,; echo "${ran[*]}")"
