#!/bin/bash
# Builds the micro guest: Debian's cloud kernel and an initramfs of busybox that boots in seconds.
#
#   images/micro/build.sh OUT [CACHE]
#
# Writes OUT/vmlinuz, OUT/initramfs.cpio.gz (both 0444) and OUT/versions. The kernel package is downloaded once into CACHE
# (default: OUT/cache) and never installed. Needs busybox-static, cpio, dpkg-deb, apt-get and the network the first time.
# The same package and busybox give the same bytes.
set -euo pipefail

out=$(mkdir -p "${1:?usage: images/micro/build.sh OUT [CACHE]}" && cd "$1" && pwd)
cache=$(mkdir -p "${2:-$out/cache}" && cd "${2:-$out/cache}" && pwd)
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
fail() { echo "images/micro/build.sh: $1" >&2; exit 1; }

exec 9> "$cache/lock"
flock 9

busybox=$(command -v busybox) || fail "\`busybox\` is not installed; install busybox-static"
file_needs=$(ldd "$busybox" 2>&1 || true)
[[ $file_needs == *"not a dynamic executable"* ]] || fail "\`$busybox\` is not static; install busybox-static"
command -v cpio > /dev/null || fail "\`cpio\` is not installed; install cpio"

shopt -s nullglob
packages=("$cache"/linux-image-*-cloud-*.deb)
if [ ${#packages[@]} -eq 0 ]; then
  arch=$(dpkg --print-architecture)
  name=$(apt-cache depends "linux-image-cloud-$arch" | awk '/Depends: linux-image-/ { print $2; exit }')
  [ -n "$name" ] || fail "apt knows no \`linux-image-cloud-$arch\`; run apt-get update"
  partial=$(mktemp -d "$cache/partial.XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  (cd "$partial" && apt-get download -q "$name" > download.log 2>&1) || { cat "$partial/download.log" >&2; fail "can't download \`$name\`; check the network and run again"; }
  mv "$partial"/linux-image-*.deb "$cache/"
  packages=("$cache"/linux-image-*-cloud-*.deb)
fi
package=${packages[-1]}

versions="kernel $(sha256sum < "$package" | cut -d' ' -f1)
busybox $(sha256sum < "$busybox" | cut -d' ' -f1)
recipe $(cat "$here/build.sh" "$here/init" "$here/udhcpc.sh" "$here"/programs/* | sha256sum | cut -d' ' -f1)"
if [ -f "$out/versions" ] && [ "$(cat "$out/versions")" = "$versions" ] && [ -s "$out/vmlinuz" ] && [ -s "$out/initramfs.cpio.gz" ]; then exit 0; fi

work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work" "${partial:-$work}"' EXIT
dpkg-deb -x "$package" "$work/kernel"
root=$work/root
mkdir -p "$root"/{bin,dev,proc,sys,run,etc/acpi/PWRF,modules}
install -m 0755 "$busybox" "$root/bin/busybox"
install -m 0755 "$here/init" "$root/init"
install -m 0755 "$here/udhcpc.sh" "$root/etc/udhcpc.sh"
install -m 0755 "$here"/programs/* "$root/bin/"
printf '#!/bin/sh\nsync\npoweroff -f\n' > "$root/etc/acpi/PWRF/00000080"
chmod 0755 "$root/etc/acpi/PWRF/00000080"

# In load order: each after what it depends on.
modules=(virtio_ring virtio virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_console virtio_blk failover net_failover virtio_net evdev button pvpanic pvpanic-pci)
for module in "${modules[@]}"; do
  path=$(find "$work/kernel/lib/modules" -name "$module.ko" -print -quit)
  [ -n "$path" ] || fail "the kernel package has no module \`$module\`"
  install -m 0644 "$path" "$root/modules/$module.ko"
  echo "$module"
done > "$root/modules/order"

find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null --create --format=newc --owner=0:0 --reproducible --quiet | gzip -n -6) > "$work/initramfs.cpio.gz"
install -m 0444 "$work"/kernel/boot/vmlinuz-* "$out/vmlinuz.new"
install -m 0444 "$work/initramfs.cpio.gz" "$out/initramfs.cpio.gz.new"
mv -f "$out/vmlinuz.new" "$out/vmlinuz"
mv -f "$out/initramfs.cpio.gz.new" "$out/initramfs.cpio.gz"
echo "$versions" > "$out/versions"
