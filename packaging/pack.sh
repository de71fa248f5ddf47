#!/usr/bin/env bash
# Packs a program `harness` that is built: an archive with manual pages and completions, a Debian package, and a wheel.
#
# usage: packaging/pack.sh PROGRAM FOLDER      PROGRAM runs on this machine; the packages go to FOLDER
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 PROGRAM FOLDER" >&2; exit 2; }
program=$(realpath "$1")
mkdir -p "$2"
packages=$(cd "$2" && pwd)
cd "$(dirname "$0")/.."

name=nlp-memory-harness
machine=$(uname -m)
version=$("$program" --version | cut -d ' ' -f 2)
summary=$(sed -n 's/^description = "\(.*\)"$/\1/p' harness/Cargo.toml)
# The same commit gives the same packages, whenever they are made.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The archive.
folder=harness-$version-$machine-linux-gnu
archive=$work/$folder
mkdir -p "$archive/completions"
install -m 755 "$program" "$archive/harness"
"$program" man "$archive/man1" > "$work/man.txt"
for shell in bash zsh fish; do
    "$program" completions "$shell" > "$archive/completions/harness.$shell"
done
packaging/licences.sh "$archive/licences"
tar --create --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --directory "$work" "$folder" |
    gzip --no-name --best > "$packages/$folder.tar.gz"

# The Debian package.
case $machine in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) echo "Debian's name of $machine is not known here" >&2; exit 1 ;;
esac
root=$work/root
install -D -m 755 "$program" "$root/usr/bin/harness"
install -d "$root/usr/share/man/man1" "$root/usr/share/doc/$name" "$root/DEBIAN"
for page in "$archive"/man1/*.1; do
    gzip --no-name --best --stdout "$page" > "$root/usr/share/man/man1/$(basename "$page").gz"
done
install -D -m 644 "$archive/completions/harness.bash" "$root/usr/share/bash-completion/completions/harness"
install -D -m 644 "$archive/completions/harness.zsh" "$root/usr/share/zsh/vendor-completions/_harness"
install -D -m 644 "$archive/completions/harness.fish" "$root/usr/share/fish/vendor_completions.d/harness.fish"
cp "$archive"/licences/* "$root/usr/share/doc/$name/"
cat > "$root/usr/share/doc/$name/copyright" <<'EOF'
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: nlp-memory
Comment: The texts of the licences, and what the program has inside it with
 whose names and under which terms, are in the files beside this one.

Files: *
Copyright: the authors of nlp-memory
License: MIT or Apache-2.0

License: MIT or Apache-2.0
 See LICENSE-MIT and LICENSE-APACHE.
EOF
cat > "$root/DEBIAN/control" <<EOF
Package: $name
Version: $version
Architecture: $architecture
Maintainer: $(git log -1 --format='%an <%ae>')
Section: devel
Priority: optional
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f 1)
Depends: libc6 (>= 2.17), libgcc-s1 | libgcc1
Suggests: valgrind
Description: $summary
 It runs a command again and again with more and more iterations, and names
 what grows, by how many bytes an iteration, and at which line.
EOF
dpkg-deb --root-owner-group --build "$root" "$packages/${name}_${version}_$architecture.deb" > "$work/deb.txt"

# The wheel.
python3 packaging/wheel.py --name "$name" --version "$version" --summary "$summary" --machine "$machine" \
    --program "$program" --licences "$archive/licences" --readme packaging/wheel.md "$packages"

(cd "$packages" && du -h -- *"$version"*)
