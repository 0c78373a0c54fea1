#!/usr/bin/env bash
# An SPDX 2.3 document of what is in the image, from dpkg's own database. Called as: sbom.sh CHROOT DEB... where the
# .debs are what was taken from packages without installing them (kernel, busybox).
set -euo pipefail
chroot=$1
shift
format='${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
rows=$( (dpkg-query --admindir="$chroot/var/lib/dpkg" -W -f "$format"; for deb in "$@"; do dpkg-deb -W --showformat="$format" "$deb"; done) | LC_ALL=C sort -u)
name=rempart-debian-12
digest=$(sha256sum <<<"$rows" | cut -c1-32)

printf '%s\n' "$rows" | awk -F '\t' -v name="$name" -v digest="$digest" -v created="$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '
  function escaped(text) { gsub(/%/, "%25", text); gsub(/\+/, "%2B", text); gsub(/~/, "%7E", text); gsub(/:/, "%3A", text); return text }
  BEGIN {
    printf "{\n \"spdxVersion\": \"SPDX-2.3\", \"dataLicense\": \"CC0-1.0\", \"SPDXID\": \"SPDXRef-DOCUMENT\",\n \"name\": \"%s\",\n", name
    printf " \"documentNamespace\": \"https://rempart.dev/spdx/%s-%s\",\n", name, digest
    printf " \"creationInfo\": { \"created\": \"%s\", \"creators\": [\"Tool: rempart-images\"] },\n", created
    printf " \"documentDescribes\": [\"SPDXRef-image\"],\n \"packages\": [\n"
    printf "  { \"SPDXID\": \"SPDXRef-image\", \"name\": \"%s\", \"versionInfo\": \"%s\", \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false }", name, digest
  }
  {
    printf ",\n  { \"SPDXID\": \"SPDXRef-%d\", \"name\": \"%s\", \"versionInfo\": \"%s\", \"supplier\": \"Organization: Debian\", \"downloadLocation\": \"NOASSERTION\", \"filesAnalyzed\": false, \"licenseDeclared\": \"NOASSERTION\", \"sourceInfo\": \"%s %s\",\n", NR, $1, $2, $4, $5
    printf "    \"externalRefs\": [{ \"referenceCategory\": \"PACKAGE-MANAGER\", \"referenceType\": \"purl\", \"referenceLocator\": \"pkg:deb/debian/%s@%s?arch=%s&distro=bookworm\" }] }", escaped($1), escaped($2), $3
  }
  END {
    printf "\n ],\n \"relationships\": [\n"
    for (i = 1; i <= NR; i++) printf "%s  { \"spdxElementId\": \"SPDXRef-image\", \"relationshipType\": \"CONTAINS\", \"relatedSpdxElement\": \"SPDXRef-%d\" }", (i > 1 ? ",\n" : ""), i
    printf "\n ]\n}\n"
  }'
