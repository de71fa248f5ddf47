#!/usr/bin/env bash
# Builds `harness` for release, so that it runs on other machines of this kind of processor.
#
# It is linked against glibc 2.17, of 2012, by cargo-zigbuild. Not musl: the library that is preloaded into other
# programs is inside the program, and has to load into programs of glibc, which is what there is to look into. A library
# of musl would bring a second libc into them. An old glibc is enough for both, and zig has every one of them without a
# container.
#
# Needs cargo-zigbuild and zig (pip install cargo-zigbuild ziglang).
#
# usage: packaging/build.sh FILE           the program goes there
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 2; }
mkdir -p "$(dirname "$1")"
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
cd "$(dirname "$0")/.."

glibc=2.17
target=$(uname -m)-unknown-linux-gnu
built=${CARGO_TARGET_DIR:-target}/$target/release
cargo zigbuild --quiet --release --locked -p harness --bin harness --target "$target.$glibc"

# The newest version of glibc that a file asks for.
asks_for() {
    objdump -T "$1" | grep -o 'GLIBC_[0-9.]*' | sort -Vu | tail -n 1 | cut -d _ -f 2
}
# Of several builds, the last.
library=$(find "$built/build" -path '*/out/libharness_preload.so' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d ' ' -f 2-)
for file in "$built/harness" "$library"; do
    [ -s "$file" ] || continue # Where other programs cannot be looked into, the library is empty.
    newest=$(asks_for "$file")
    if [ "$(printf '%s\n' "$glibc" "${newest:-0}" | sort -V | tail -n 1)" != "$glibc" ]; then
        echo "$file asks for glibc $newest, and is to run with $glibc" >&2
        exit 1
    fi
    echo "$(basename "$file") asks for glibc $newest"
done
# What a debugger would want of it is most of its size. The library inside it stays as it is.
install -m 755 "$built/harness" "$program"
strip "$program"
echo "$program: $(du -h "$program" | cut -f 1)"
