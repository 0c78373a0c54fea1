# What the stories of a whole host (scripts/test-*.sh) have in common: clones that are purged at the end, and an inventory of the host.

set -euo pipefail
umask 022

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
# Their machines need not have booted to the end, which takes minutes on a host that does other things too.
export REMPART_READY_LIMIT=${REMPART_READY_LIMIT:-10}
STORY=$(basename "$0" .sh)
STORY_FOLDER=$(mktemp -d "/var/tmp/rempart-$STORY-XXXXXX")
CLONES=()

says() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$1" >&2; exit 1; }
# expect WHAT IS SHOULD-BE
expect() { [ "$2" = "$3" ] || fail "$1: \`$2\` and not \`$3\`"; }

# This checkout's HEAD in another folder, with its golden image if it has one: that is the other story's.
make_clone() {
  git -c safe.directory='*' clone -q "$CHECKOUT" "$1"
  CLONES+=("$1")
  if [ -d "$CHECKOUT/artifacts/images" ]; then
    mkdir -p "$1/artifacts"
    cp -al "$CHECKOUT/artifacts/images" "$1/artifacts/" 2>/dev/null || cp -a "$CHECKOUT/artifacts/images" "$1/artifacts/"
  fi
}

# The folder of a clone's instance; empty when it has none.
home_of() { readlink "$1/.rempart" 2>/dev/null || true; }

kubectl_of() { local clone=$1; shift; kubectl --kubeconfig "$(home_of "$clone")/admin.kubeconfig" "$@"; }

# machine CLONE NAME JSONPATH
machine() { kubectl_of "$1" get vm -n default "$2" -o "jsonpath={$3}"; }

# Pids of a machine's QEMU, by its uid.
hypervisors() { pgrep -f -- "-uuid $1" || true; }

# The pid of a service of the supervisor.
service_pid() { sed 's/ .*//' "$(home_of "$1")/init/$2.pid"; }

# Without its checkout nobody could take an instance away any more.
end_story() {
  local rc=$? clone left=''
  trap - EXIT
  for clone in ${CLONES[@]+"${CLONES[@]}"}; do
    if [ -L "$clone/.rempart" ] && ! (cd "$clone" && ./dev down --purge) >"$STORY_FOLDER/purge.log" 2>&1; then
      tail -n 5 "$STORY_FOLDER/purge.log" >&2
      printf 'FAILED: the instance of %s is still there: end it with `./dev down --purge` in that folder\n' "$clone" >&2
      left=1
    fi
  done
  [ -z "$left" ] || exit 1
  rm -rf "$STORY_FOLDER"
  exit "$rc"
}
trap end_story EXIT

# What an instance could leave on its host, a line each, apart from installed packages.
host_inventory() {
  local path
  for path in /proc/[0-9]*; do
    # By user, cgroup or command line: the instance's folder is in most of them.
    if grep -qsE 'rempart-i[0-9a-f]{6}|/var/lib/rempart/' "$path/cgroup" "$path/cmdline" || [ "$(stat -c %u "$path" 2>/dev/null || echo 0)" -ge 1000000000 ]; then
      printf 'process %s\n' "$(tr '\0' ' ' <"$path/cmdline" 2>/dev/null | cut -c1-200)"
    fi
  done
  ip -o link | sed -E 's/^[0-9]+: ([^:@]*).*/link \1/'
  ip netns list | sed -E 's/^([^ ]*).*/netns \1/'
  ip rule | sed 's/^/rule /'
  ip route show table all | sed -E 's/ (expires|age) [0-9a-z]+//; s/^/route /'
  nft list tables | sed 's/^/nft /'
  awk '{ print "mount " $2 " " $3 }' /proc/mounts
  find /sys/fs/cgroup -type d -name 'rempart*' | sed 's/^/cgroup /'
  sed 's/:.*//; s/^/user /' /etc/passwd
  sed 's/:.*//; s/^/group /' /etc/group
  sed 's/:.*//; s/^/shadow /' /etc/shadow /etc/gshadow
  # Their lines of other instances, and those that are listed above, left out.
  for path in passwd group shadow gshadow; do printf 'accounts %s %s\n' "$path" "$(grep -v '^rempart-i' "/etc/$path" | sha256sum)"; done
  # Numbers that move by themselves are none of the settings.
  sysctl -a 2>/dev/null | grep -vE 'random|_count|dentry|inode|file-nr|ns_last_pid|\.(conf|neigh)\.|\.nr |aio-nr|domain|statistics|sched_|cad_pid' | sed 's/^/sysctl /'
  # userdel and groupdel keep the file of before them as `passwd-`.
  find /etc \( -type f ! -name '*-' ! -regex '/etc/g?\(passwd\|group\|shadow\)' ! -name ld.so.cache ! -name '.pwd.lock' -exec sha256sum {} + \) | sed 's/^/etc /'
  find /etc -type l -printf 'etc %p -> %l\n'
  find /run /var/lib /var/log /var/cache /opt /srv "$HOME/.kube" -maxdepth 2 -path '*rempart*' 2>/dev/null | sed 's/^/path /'
  find /tmp /var/tmp /dev/shm -maxdepth 1 -name '*rempart*' ! -path "$STORY_FOLDER" 2>/dev/null | sed 's/^/path /'
  find /run/systemd -name '*rempart*' 2>/dev/null | sed 's/^/unit /'
  losetup -a 2>/dev/null | sed 's/^/loop /'
}

# Other instances and tests of this host come and go meanwhile: what bears one of these ids is ours, the rest counts only where nobody else is.
# expect_unchanged BEFORE ID...
expect_unchanged() {
  local before=$1 ids changed
  shift
  ids=$(printf '%s\n' "$@" | paste -sd'|')
  host_inventory | LC_ALL=C sort >"$STORY_FOLDER/inventory.now"
  changed=$(LC_ALL=C diff <(LC_ALL=C sort "$before") "$STORY_FOLDER/inventory.now" | grep '^[<>]' || true)
  [ -n "$changed" ] || return 0
  if grep -E "$ids" <<<"$changed" >&2; then fail "this is left of the instance, or taken with it, after its purge"; fi
  if compgen -G '/var/lib/rempart/*' >/dev/null || ip netns list | grep -q rempart || grep -qE '^[<>].*(rempart-|/var/lib/rempart/)(i|t)' <<<"$changed"; then
    says "others use this host; what has changed on it besides:"
    head -n 20 <<<"$changed"
  else
    printf '%s\n' "$changed" >&2
    fail "the host is not as it was before (see above; < before, > now)"
  fi
}
