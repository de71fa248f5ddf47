#!/usr/bin/env bash
# Tries the packages of packaging/pack.sh as who installs them has them: the archive, by itself and as the action downloads
# it, the Debian package in a root of its own, and the wheel in a fresh virtual environment. The program of each has to find
# a leak, and to clear its twin.
#
# usage: packaging/check.sh FOLDER             where the packages of this machine are
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
packages=$(cd "$1" && pwd)
cd "$(dirname "$0")/.."
source=$PWD/packaging/leak.c
install=$PWD/packaging/install.sh
machine=$(uname -m)
one() {
    local files
    mapfile -t files < <(find "$packages" -maxdepth 1 -name "$1")
    [ ${#files[@]} -eq 1 ] || { echo "${#files[@]} files are named $1 in $packages, and not one" >&2; exit 1; }
    echo "${files[0]}"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cc -g -O1 -fno-builtin -o leak "$source"

# A program does what it is for.
works() {
    local harness=$1 status
    "$harness" --version
    # Other programs are looked into on x86-64 alone.
    [ "$machine" = x86_64 ] || return 0
    for kind in keep free; do
        status=0
        "$harness" run --iters 10,100,1000 --out "out-$kind" -- ./leak "$kind" '{iters}' > "$kind.txt" 2>&1 || status=$?
        [ "$kind:$status" = keep:1 ] || [ "$kind:$status" = free:0 ] || { cat "$kind.txt"; echo "$kind: exit code $status"; exit 1; }
    done
    grep -m 1 'leak.c:' keep.txt
}

echo "== the archive"
archive=$(one "harness-*-$machine-linux-gnu.tar.gz")
tar -xf "$archive"
works "$work/$(basename "$archive" .tar.gz)/harness"
pages=(harness-*/man1/*.1)
for page in "${pages[@]}"; do
    # man's own formatter, with all that it has to say.
    groff -man -Tutf8 -ww -z "$page" 2> warnings.txt
    [ ! -s warnings.txt ] || { cat warnings.txt; echo "$page: groff warns"; exit 1; }
done
echo "${#pages[@]} manual pages without a warning"
bash -n harness-*/completions/harness.bash
if command -v zsh > none.txt; then zsh -n harness-*/completions/harness.zsh; fi
if command -v fish > none.txt; then fish --no-execute harness-*/completions/harness.fish; fi

echo "== the archive, downloaded"
version=$(basename "$archive" "-$machine-linux-gnu.tar.gz")
version=${version#harness-}
release=$work/releases/v$version
export RELEASES=file://$work/releases
mkdir -p "$release"
cp "$archive" "$release/"
(cd "$release" && sha256sum -- *.tar.gz > SHA256SUMS)
"$install" "v$version" "$work/downloaded"
# What was changed on the way, and what the list does not have, is not installed.
refused() {
    if "$install" "$version" "$work/refused" > refused.txt 2>&1 || [ -e "$work/refused/harness" ]; then
        cat refused.txt
        echo "$1 is installed"
        exit 1
    fi
}
SHA256=$(printf '%064d' 0) refused "an archive of another checksum"
echo changed >> "$release/$(basename "$archive")"
refused "an archive that was changed"
: > "$release/SHA256SUMS"
refused "an archive without a checksum"
echo "the checksum is checked"

echo "== the Debian package"
case $machine in x86_64) architecture=amd64 ;; *) architecture=arm64 ;; esac
deb=$(one "*_$architecture.deb")
mkdir -p root/var/lib/dpkg/info root/var/lib/dpkg/updates
: > root/var/lib/dpkg/status
# What it depends on is the machine's, and not in this root.
dpkg --root="$work/root" --force-depends --force-not-root --force-script-chrootless --log="$work/dpkg.txt" --install "$deb" \
    > installed.txt 2>&1 || { cat installed.txt; exit 1; }
works "$work/root/usr/bin/harness"
dpkg-query --root="$work/root" --list | tail -n 1

echo "== the wheel"
wheel=$(one "*manylinux2014_$machine.whl")
python3 -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index "$wheel"
works "$work/venv/bin/harness"
venv/bin/python -m pip uninstall --quiet --yes nlp-memory-harness
[ ! -e venv/bin/harness ] || { echo "pip leaves the program behind"; exit 1; }
