#!/usr/bin/env bash
# Builds the Debian 12 golden image: build.sh OUT [--refresh | --locked | --update-lock]. In OUT afterwards: disk.qcow2, vmlinuz, initrd,
# sbom.spdx.json, packages.txt, manifest.json. A build whose recipe and results are unchanged is kept; --refresh
# builds again, with today's packages; --locked too, but only from the versions in packages.lock; --update-lock
# writes that file from what it built. docs/design/images.md says why it is made this way.
set -euo pipefail
umask 022
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
[ $# -ge 1 ] || { echo "usage: build.sh OUT [--refresh | --locked | --update-lock]" >&2; exit 64; }
mkdir -p "$1"
out=$(cd "$1" && pwd -P)
mode=${2:-}
case $mode in '' | --refresh | --locked | --update-lock) ;; *) echo "unknown option \`$mode\`" >&2; exit 64 ;; esac

export LC_ALL=C.UTF-8 TZ=UTC
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1767225600}
mirror=${REMPART_DEBIAN_MIRROR:-http://deb.debian.org}
# MiB of the disk as built; a machine's root volume is larger and the file system grows into it at boot.
size=1536
list() { sed 's/#.*//; /^[[:space:]]*$/d' "$recipe/$1"; }
progress() { printf '::progress %s\n' "$*"; }

digest=$( (cd "$recipe" && find . -type f ! -name template.yaml ! -name packages.lock -print0 | sort -z | xargs -0 sha256sum; echo "$size $SOURCE_DATE_EPOCH") | sha256sum | cut -d' ' -f1)
if [ -z "$mode" ] && grep -qs "\"recipe\": \"$digest\"" "$out/manifest.json" && (cd "$out" && sha256sum --quiet -c digests >/dev/null 2>&1); then
  echo "the image of this recipe is there already: $out"
  exit 0
fi

work=$(mktemp -d "$out/build.XXXXXX")
trap 'rm -rf "$work"' EXIT
export REMPART_IMAGE_OUT=$work

progress "bootstrap Debian 12"
touch "$work/started"
excludes=$(list dpkg-excludes.txt | sed "s/^/--dpkgopt=path-exclude=/")
# shellcheck disable=SC2086
mmdebstrap --mode=root --variant=minbase --format=directory --arch=amd64 --components=main \
  --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
  --include="$(list packages.txt | paste -sd,)" \
  $excludes --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-include=/usr/share/locale/locale.alias' \
  --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "5"' \
  --customize-hook="bash '$recipe/customize.sh' \"\$1\"" \
  bookworm "$work/root" \
  "deb $mirror/debian bookworm main" "deb $mirror/debian bookworm-updates main" "deb $mirror/debian-security bookworm-security main"

progress "make the file system"
# Fixed identifiers: two builds of the same packages give the same bytes.
uuid=$(sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-4\3-8\4-\5/' <<<"$digest")
# Only what this build wrote: compiled Python names its source's time, so files of packages keep theirs.
find "$work/root" -newer "$work/started" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mkfs.ext4 -q -F -d "$work/root" -L rempart-root -U "$uuid" -E "hash_seed=$uuid,root_owner=0:0" -m 1 "$work/disk.raw" "${size}M"
rm -rf "$work/root"
# What the files' own times say stays; when their inodes were made and last touched is this build's and nobody's business.
dumpe2fs "$work/disk.raw" 2>/dev/null | awk -v epoch="$SOURCE_DATE_EPOCH" -f "$recipe/inode-times.awk" >"$work/inode-times"
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH debugfs -w -f "$work/inode-times" "$work/disk.raw" >/dev/null 2>&1
e2fsck -fn "$work/disk.raw" >/dev/null 2>&1 || { echo "the file system is not clean" >&2; exit 1; }
rm -f "$work/inode-times"

progress "compress the disk"
qemu-img convert -m 1 -f raw -O qcow2 -c -o compression_type=zstd,compat=1.1 "$work/disk.raw" "$work/disk.qcow2"
rm -f "$work/disk.raw"

# The lock is the list that somebody has looked at: today's may hold newer packages, and says so.
if [ "$mode" = --update-lock ]; then cp "$work/packages.txt" "$recipe/packages.lock"; fi
if differences=$(diff "$recipe/packages.lock" "$work/packages.txt"); then
  locked=true
else
  locked=false
  printf 'The packages differ from packages.lock (< there, > here):\n%s\n' "$differences"
  [ "$mode" != --locked ] || { echo "this build is not what packages.lock names; --update-lock takes these packages over" >&2; exit 1; }
fi

release=$(cat "$work/kernel-release")
hash() { sha256sum "$work/$1" | cut -d' ' -f1; }
cat >"$work/manifest.json" <<JSON
{
  "name": "debian-12",
  "recipe": "$digest",
  "packages": "$(hash packages.txt)",
  "locked": $locked,
  "virtualSize": $((size * 1048576)),
  "disk": { "file": "disk.qcow2", "format": "qcow2", "sha256": "$(hash disk.qcow2)" },
  "kernel": { "file": "vmlinuz", "release": "$release", "sha256": "$(hash vmlinuz)" },
  "initrd": { "file": "initrd", "sha256": "$(hash initrd)" },
  "sbom": { "file": "sbom.spdx.json", "sha256": "$(hash sbom.spdx.json)" },
  "commandLine": "console=ttyS0 root=/dev/vda ro"
}
JSON
files=(disk.qcow2 vmlinuz initrd sbom.spdx.json packages.txt manifest.json)
(cd "$work" && sha256sum "${files[@]}" >digests)
# The manifest goes last: with it the build counts as done.
for file in "${files[@]/manifest.json/digests}" manifest.json; do mv "$work/$file" "$out/$file"; done
progress "done"
ls -l "$out"
