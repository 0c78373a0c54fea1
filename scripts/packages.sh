# Debian packages: what is missing is listed, then installed without recommendations, and without starting any daemon now or at the next boot.

POLICY=/usr/sbin/policy-rc.d
KEPT_POLICY=$POLICY.kept-by-rempart
# Links of the host's boot before packages are installed; there until theirs are held back.
BOOT_LINKS=$STATE/boot-links

missing_packages() {
  local package
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || printf '%s\n' "$package"
  done
}

require_host() {
  [ "$(id -u)" = 0 ] || die "this needs root: it makes users, network namespaces and cgroups" "run it again as root, e.g. \`sudo ./dev …\`"
  [ -r /etc/debian_version ] && command -v apt-get >/dev/null ||
    die "this script knows Debian 12 and later only" "see docs/dependencies.md for what it installs"
  command -v dotnet >/dev/null ||
    die "the .NET 10 SDK is not on PATH" "install it as https://learn.microsoft.com/dotnet/core/install/linux-debian says"
  dotnet --list-sdks | grep -q '^10\.' ||
    die "no .NET 10 SDK among: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd' ')" "install it as https://learn.microsoft.com/dotnet/core/install/linux-debian says"
}

# install_packages PACKAGE...: a step of its own only when something is missing.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  if [ ${#missing[@]} -eq 0 ]; then
    [ -e "$BOOT_LINKS" ] || return 0
    STEPS=$((STEPS + 1))
    step "Finish an interrupted installation" "\`dpkg --configure -a\` says what is wrong" apt_install
    return 0
  fi
  say "These Debian packages are missing and will be installed, their services held back:"
  printf '%s\n' "${missing[@]}" | paste -sd' ' | fold -s -w 90 | sed 's/^/    /'
  STEPS=$((STEPS + 1))
  step "Install ${#missing[@]} packages" "run \`apt-get install ${missing[*]}\` by hand to see what apt says" apt_install "${missing[@]}"
}

# Guests' kernels are downloaded without being installed, for which apt must know them.
know_packages() {
  local known
  known=$(apt-cache madison linux-image-cloud-amd64 2>/dev/null) || true
  [ -z "$known" ] || return 0
  STEPS=$((STEPS + 1))
  step "Read Debian's package lists" "\`apt-get update\` says what is wrong" apt-get -q update
}

# Links by which something starts at boot, of systemd and of init scripts.
boot_links() { find /etc/systemd/system /etc/rc[0-6S].d -type l ! -name 'K*' 2>/dev/null | LC_ALL=C sort; }

# As a package's own scripts would: also where systemd is not there yet, and its upgrades remember it.
unit_disable() { DPKG_MAINTSCRIPT_PACKAGE=rempart deb-systemd-helper disable "$1"; }

# A package enables its daemons for the next boot even when they may not start now. What was enabled before stays.
hold_back_at_boot() {
  local link name
  while read -r link; do
    case $link in
      /etc/rc*) name=${link##*/S??}; update-rc.d "$name" disable ;;
      *.wants/* | *.requires/*) unit_disable "${link##*/}" ;;
      # Another name of a unit.
      *) name=$(readlink "$link") && unit_disable "${name##*/}" ;;
    esac
  done < <(LC_ALL=C comm -13 - <(boot_links) <<<"$1")
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

# The host's own policy steps aside, and what starts at its boot is written down, both where a run that was killed leaves them to the next.
apt_install() {
  local wait='-o DPkg::Lock::Timeout=600' rc=0
  export DEBIAN_FRONTEND=noninteractive
  # The policy is the host's: another checkout's installation waits. A folder that is everywhere and only root's; /run/lock is not everywhere.
  exec 8</var/lib/dpkg
  flock 8
  trap restore_policy EXIT
  if [ -e "$POLICY" ] && ! grep -q 'rempart: ./dev' "$POLICY"; then mv "$POLICY" "$KEPT_POLICY"; fi
  # A daemon that a package starts would take a port or a datapath of the host.
  printf '#!/bin/sh\n# rempart: ./dev installs packages; if it does not, remove this file\nexit 101\n' >"$POLICY"
  chmod 0755 "$POLICY"
  if [ -e "$BOOT_LINKS" ]; then
    dpkg --configure -a
  else
    boot_links >"$BOOT_LINKS.new"
    mv "$BOOT_LINKS.new" "$BOOT_LINKS"
  fi
  if [ $# -gt 0 ]; then
    # shellcheck disable=SC2086
    apt-get $wait install -y --no-install-recommends "$@" || {
      apt-get $wait update
      apt-get $wait install -y --no-install-recommends "$@"
    } || rc=$?
  fi
  # Of those too that were installed before it failed.
  hold_back_at_boot "$(cat "$BOOT_LINKS")"
  rm -f "$BOOT_LINKS"
  return "$rc"
}

restore_policy() {
  if grep -qs 'rempart: ./dev' "$POLICY"; then rm -f "$POLICY"; fi
  [ ! -e "$KEPT_POLICY" ] || mv "$KEPT_POLICY" "$POLICY"
}
