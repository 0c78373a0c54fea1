#!/usr/bin/env bash
# A long test: `./dev up` on a Debian 12 of nothing but its base system, git, the .NET SDK and what that needs.
#
#   scripts/test-fresh-host.sh [--port N]
#
# The host is a file system made by mmdebstrap, entered with namespaces of its own for mounts, processes, host name and IPC. It shares
# this machine's network and cgroups, and has no /dev/kvm. In it, a clone of this checkout's HEAD is brought up, used and purged.
# What must hold: a machine runs and its guest says so; nothing of the packages is started, or enabled for the next boot;
# what the host had enabled stays; a second `up` changes nothing; after `down --purge` nothing is left.
set -euo pipefail
umask 022

checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
folder=$checkout/artifacts/fresh-host
root=$folder/root
port=6531
[ "${1:-}" != --port ] || port=${2:?--port needs a number}
packages=git,ca-certificates,libicu72,libssl3,zlib1g,libstdc++6,tzdata

fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
says() { printf '== %s\n' "$*"; }

# Everything of an earlier or interrupted run: processes end with their namespace, the rest has the instance's id in its name.
clean() {
  local id
  id=$(basename "$(readlink "$root/root/rempart/.rempart" 2>/dev/null || true)")
  if [[ $id =~ ^i[0-9a-f]{6}$ ]]; then
    nft delete table inet "rempart-$id" 2>/dev/null || true
    ip -o link 2>/dev/null | sed -n "s/^[0-9]*: \([^:@]*${id}[^:@]*\).*/\1/p" | while read -r link; do ip link del "$link" 2>/dev/null || true; done
    find /sys/fs/cgroup -depth -type d -path "*/rempart-$id*" -exec rmdir {} + 2>/dev/null || true
  fi
  rm -rf --one-file-system "$root"
}

make_root() {
  local mirror=${REMPART_DEBIAN_MIRROR:-http://deb.debian.org}
  if [ ! -f "$folder/base.tar" ]; then
    mmdebstrap --quiet --format=tar --variant=minbase --include="$packages" bookworm "$folder/base.tar.new" "deb $mirror/debian bookworm main" \
      "deb $mirror/debian bookworm-updates main" "deb $mirror/debian-security bookworm-security main"
    mv "$folder/base.tar.new" "$folder/base.tar"
  fi
  mkdir -p "$root"
  tar -C "$root" -xf "$folder/base.tar" --exclude='./dev/*'
  # As this machine reaches Debian's mirror and NuGet.
  cp -L /etc/resolv.conf "$root/etc/resolv.conf"
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
  mkdir -p "$root/usr/share/dotnet" "$root/mnt/checkout" "$root/old"
  ln -sf /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
  # The host's own: a service that is enabled, and a policy that is not ours.
  mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
  printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >"$root/etc/systemd/system/own.service"
  ln -s /etc/systemd/system/own.service "$root/etc/systemd/system/multi-user.target.wants/own.service"
  printf '#!/bin/sh\n# the host'\''s own\nexit 0\n' >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
}

# First process of the new namespaces: makes the root its own (pivot_root: runc's user namespaces refuse a chroot) and runs the story.
enter() {
  local node
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -t proc proc "$root/proc"
  mount --rbind /sys "$root/sys"
  mount -t tmpfs -o mode=0755 tmpfs "$root/run"
  mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
  mkdir -p "$root"/dev/{pts,shm,net}
  for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 net/tun:10:200; do
    IFS=: read -r name major minor <<<"$node"
    mknod -m 0666 "$root/dev/$name" c "$major" "$minor"
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=0620,gid=5 devpts "$root/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  ln -s pts/ptmx "$root/dev/ptmx"
  ln -s /proc/self/fd "$root/dev/fd"
  ln -s /proc/self/fd/0 "$root/dev/stdin"; ln -s /proc/self/fd/1 "$root/dev/stdout"; ln -s /proc/self/fd/2 "$root/dev/stderr"
  mount --bind -o ro "$(dirname "$(readlink -f "$(command -v dotnet)")")" "$root/usr/share/dotnet"
  mount --bind -o ro "$checkout" "$root/mnt/checkout"
  cd "$root"
  pivot_root . old
  umount -l /old
  hostname fresh
  cd /
  exec env -i HOME=/root TERM=dumb PATH=/usr/sbin:/usr/bin:/sbin:/bin DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 \
    ${NUGET_CERT_REVOCATION_MODE:+NUGET_CERT_REVOCATION_MODE="$NUGET_CERT_REVOCATION_MODE"} \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} ${RunAnalyzers:+RunAnalyzers="$RunAnalyzers"} \
    bash /mnt/checkout/scripts/test-fresh-host.sh --story "$port"
}

# What starts at boot, and who may start what now.
boot() {
  find /etc/systemd/system /etc/rc?.d -type l ! -name 'K*' -printf '%p -> %l\n' 2>/dev/null | sort
  sha256sum /usr/sbin/policy-rc.d
  find /usr/sbin -name 'policy-rc.d?*'
}

# Command lines of whatever is in no network of the instance's; there is no ps in such a system.
daemons() {
  local process network
  network=$(stat -Lc %i "/run/netns/rempart-$1")
  for process in /proc/[0-9]*; do
    [ "$(stat -Lc %i "$process/ns/net" 2>/dev/null)" = "$network" ] || { tr '\0' ' ' <"$process/cmdline" 2>/dev/null && echo; }
  done | grep -E '^[^ ]*(ovs|ovn|dnsmasq|uuidd)' || true
}

# Debian's own is 1.20, far from the API's version.
say_kubectl() {
  if command -v kubectl >/dev/null; then fail "kubectl is there already"; fi
  DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends kubernetes-client >/dev/null 2>&1
  kubectl version --client --short 2>/dev/null || true
  kubectl get vm -A -o wide || fail "Debian's kubectl does not get machines"
  kubectl describe vm first | head -n 12
}

story() {
  local before id
  says "Debian $(cat /etc/debian_version), $(dpkg-query -W | wc -l) packages, host $(hostname), no /dev/kvm: $([ -e /dev/kvm ] && echo there || echo right)"
  boot >/before
  before=$(dpkg-query -W -f '${Package}\n' | sort)
  git -c safe.directory='*' clone -q /mnt/checkout /root/rempart
  cd /root/rempart
  chmod 0700 /root
  ./dev up --port "$port"
  says "installed: $(comm -13 <(echo "$before") <(dpkg-query -W -f '${Package}\n' | sort) | wc -l) packages"
  boot >/after
  diff /before /after || fail "what starts at boot has changed (see above)"
  # As their next upgrade does, on a host where nothing may start meanwhile.
  cp /usr/sbin/policy-rc.d /policy
  printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
  DEBIAN_FRONTEND=noninteractive dpkg-reconfigure openvswitch-switch ovn-central ovn-host >/dev/null 2>&1
  cp /policy /usr/sbin/policy-rc.d
  boot >/after
  diff /before /after || fail "an upgrade of the packages would enable their daemons (see above)"
  says "nothing of the packages starts now, at boot or after their upgrade"
  eval "$(./dev env)"
  id=$(basename "$(readlink .rempart)")
  # A daemon outside of the instance's folder would be one that a package has started.
  if daemons "$id" | grep -v "/var/lib/rempart/$id/"; then fail "a package's daemon runs (see above)"; fi
  says "a second up"
  ./dev up --port "$port"
  rempart wait vm first -n default --for condition=GuestReady --timeout 1200
  rempart status
  says "down, and up again: what ran runs"
  ./dev down
  ./dev up --port "$port"
  rempart get events -n default | grep -E 'Stopped|Started' || true
  say_kubectl
  says "down, and everything is gone"
  ./dev down --purge
  [ ! -e /var/lib/rempart ] || fail "/var/lib/rempart is left"
  ! grep -q rempart /etc/passwd /etc/group || fail "an account is left"
  [ ! -e "/run/netns/rempart-$id" ] || fail "a network namespace is left"
  if nft list tables | grep "$id"; then fail "an nft table is left"; fi
  if ip -o link | grep "$id"; then fail "an interface is left"; fi
  if find /sys/fs/cgroup -name "rempart-$id*" | grep .; then fail "a cgroup is left"; fi
  boot >/after
  diff /before /after || fail "what starts at boot has changed (see above)"
  says "passed"
}

case ${1:-} in
  --enter) port=$2; enter ;;
  --story) port=$2; cd /; story ;;
  *)
    [ "$(id -u)" = 0 ] || fail "this needs root"
    command -v mmdebstrap >/dev/null || fail "\`mmdebstrap\` is not installed"
    mkdir -p "$folder"
    clean
    trap clean EXIT
    says "make the host"
    make_root
    unshare --mount --pid --uts --ipc --fork --kill-child bash "${BASH_SOURCE[0]}" --enter "$port"
    ;;
esac
