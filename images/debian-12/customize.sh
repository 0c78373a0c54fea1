#!/usr/bin/env bash
# Runs inside mmdebstrap, before it cleans up: lays the files of root/ over the new system, adds the kernel's modules
# (the kernel itself stays outside the image, beside it) and makes initrd and SBOM. Called as: customize.sh CHROOT.
set -euo pipefail
recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
chroot=$1
out=$REMPART_IMAGE_OUT
fetched=$(mktemp -d "$out/fetched.XXXXXX")

fetch() { (cd "$fetched" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -o APT::Sandbox::User=root download "$1" >&2 && ls "$fetched/${1}_"*.deb); }
list() { sed 's/#.*//; /^[[:space:]]*$/d' "$recipe/$1"; }

# The kernel, by the package that the meta package depends on.
kernel_package=$(APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-cache depends --important linux-image-cloud-amd64 | sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | tail -n 1)
release=${kernel_package#linux-image-}
kernel_deb=$(fetch "$kernel_package")
busybox_deb=$(fetch busybox-static)
dpkg-deb -x "$kernel_deb" "$fetched/kernel"
dpkg-deb -x "$busybox_deb" "$fetched/busybox"
cp "$fetched/kernel/boot/vmlinuz-$release" "$out/vmlinuz"

modules=$fetched/kernel/lib/modules/$release
list drivers-left-out.txt | while read -r path; do rm -rf "${modules:?}/kernel/$path"; done
mkdir -p "$chroot/usr/lib/modules"
cp -a "$modules" "$chroot/usr/lib/modules/"
depmod -b "$chroot" "$release" 2>/dev/null || chroot "$chroot" depmod "$release"

# initrd: busybox and the few modules between the PCI bus and an ext4 disk, in the order to load them.
initrd=$fetched/initrd
mkdir -p "$initrd"/{bin,dev,proc,sys,root,modules}
cp "$fetched/busybox/bin/busybox" "$initrd/bin/busybox"
install -m 0755 "$recipe/initramfs/init" "$initrd/init"
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev virtio/virtio_pci block/virtio_blk; do
  cp "$modules/kernel/drivers/$module.ko" "$initrd/modules/"
  printf '%s.ko\n' "${module##*/}" >>"$initrd/modules/order"
done
find "$initrd" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
(cd "$initrd" && find . | LC_ALL=C sort | cpio --quiet --reproducible -o -H newc -R 0:0) | gzip -9n >"$out/initrd"

# Files of ours, all root's; then what starts and what does not.
cp -R --no-preserve=ownership "$recipe/root/." "$chroot/"
chown -R 0:0 "$chroot/etc/cloud" "$chroot/etc/ssh" "$chroot/usr/lib/rempart"
# The image's own systemctl: the host may have none.
chroot "$chroot" systemctl enable systemd-networkd.service systemd-resolved.service systemd-networkd-wait-online.service ssh.service rempart-ready.service
chroot "$chroot" systemctl disable getty@tty1.service
chroot "$chroot" systemctl mask apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap.service dpkg-db-backup.timer fstrim.timer \
  systemd-pstore.service networking.service cloud-init-hotplugd.socket systemd-binfmt.service proc-sys-fs-binfmt_misc.automount \
  dev-hugepages.mount sys-kernel-debug.mount sys-kernel-tracing.mount
rm -f "$chroot/etc/cloud/cloud.cfg.d/"*dpkg* "$chroot/etc/network/interfaces"

# Nobody can log in by a password: root has none, and there is no other account.
chroot "$chroot" passwd --lock root
if awk -F: '$2 !~ /^[!*]/ { exit 1 }' "$chroot/etc/shadow"; then :; else echo "an account without a locked password" >&2; exit 1; fi

bash "$recipe/sbom.sh" "$chroot" "$kernel_deb" "$busybox_deb" >"$out/sbom.spdx.json"
dpkg-query --admindir="$chroot/var/lib/dpkg" -W -f '${Package}=${Version}\n' | LC_ALL=C sort >"$out/packages.txt"
# One at a time: dpkg-deb looks at its first argument only.
for deb in "$kernel_deb" "$busybox_deb"; do dpkg-deb -W --showformat='${Package}=${Version} (outside the image)\n' "$deb"; done >>"$out/packages.txt"
printf '%s' "$release" >"$out/kernel-release"

# What a first boot makes anew, and what only a build needs. Not /tmp: mmdebstrap keeps its apt configuration there, and
# without it the apt of the end would clean the host's own lists and cache. It empties /tmp itself.
rm -f "$chroot"/etc/ssh/ssh_host_* "$chroot/etc/hostname" "$chroot/var/lib/dbus/machine-id"
: >"$chroot/etc/machine-id"
rm -rf "$chroot"/var/cache/{apt,debconf,ldconfig,man}/* "$chroot"/var/log/* "$chroot"/var/lib/apt/lists/* "$chroot"/var/lib/systemd/{random-seed,catalog} \
  "$chroot"/var/tmp/* "$chroot"/var/lib/dpkg/*-old "$chroot"/etc/*-
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$chroot/etc/resolv.conf"
rm -rf "$fetched"
