#!/bin/bash
# Builds the page-checking guest: the micro guest with a checker of memory and disk in the place of its shell.
#
#   images/pagecheck/build.sh OUT [CACHE]
#
# Writes OUT/vmlinuz, OUT/initramfs.cpio.gz (both 0444) and OUT/versions. It takes the micro guest that images/micro/build.sh
# makes in OUT/micro, and lays one more archive over its initramfs. The checker is compiled by tcc, whose package is downloaded
# once into CACHE (default: OUT/cache) and never installed.
set -euo pipefail

out=$(mkdir -p "${1:?usage: images/pagecheck/build.sh OUT [CACHE]}" && cd "$1" && pwd)
cache=$(mkdir -p "${2:-$out/cache}" && cd "${2:-$out/cache}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fail() { echo "images/pagecheck/build.sh: $1" >&2; exit 1; }

exec 8> "$cache/pagecheck.lock"
flock 8
"$here/../micro/build.sh" "$out/micro" "$cache"
versions="micro $(sha256sum < "$out/micro/initramfs.cpio.gz" | cut -d' ' -f1)
recipe $(cat "$here/build.sh" "$here/init" "$here/pagecheck.c" | sha256sum | cut -d' ' -f1)"
if [ -f "$out/versions" ] && [ "$(cat "$out/versions")" = "$versions" ] && [ -s "$out/vmlinuz" ] && [ -s "$out/initramfs.cpio.gz" ]; then exit 0; fi

shopt -s nullglob
packages=("$cache"/tcc_*.deb)
if [ ${#packages[@]} -eq 0 ]; then
  partial=$(mktemp -d "$cache/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  (cd "$partial" && apt-get download -q tcc > download.log 2>&1) || { cat "$partial/download.log" >&2; fail "can't download \`tcc\`; check the network, run apt-get update and try again"; }
  mv "$partial"/tcc_*.deb "$cache/"
  packages=("$cache"/tcc_*.deb)
fi

work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work" "${partial:-$work}"' EXIT
dpkg-deb -x "${packages[-1]}" "$work/tcc"
mkdir -p "$work/root/bin"
"$work/tcc/usr/bin/tcc" -B"$(echo "$work"/tcc/usr/lib/*/tcc)" -static -nostdlib -o "$work/root/bin/pagecheck" "$here/pagecheck.c"
install -m 0755 "$here/init" "$work/root/init"
find "$work/root" -exec touch -h -d @0 {} +
(cd "$work/root" && find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet | gzip -n -6) > "$work/over.cpio.gz"
# The kernel unpacks archives that follow each other into one tree; the later one wins.
cat "$out/micro/initramfs.cpio.gz" "$work/over.cpio.gz" > "$work/initramfs.cpio.gz"
install -m 0444 "$work/initramfs.cpio.gz" "$out/initramfs.cpio.gz.new"
install -m 0444 "$out/micro/vmlinuz" "$out/vmlinuz.new"
mv -f "$out/initramfs.cpio.gz.new" "$out/initramfs.cpio.gz"
mv -f "$out/vmlinuz.new" "$out/vmlinuz"
echo "$versions" > "$out/versions"
