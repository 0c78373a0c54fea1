#!/usr/bin/env bash
# A long test: the host goes down without a word, as by a power cut, and comes back; then `./dev up`.
#
#   scripts/test-reboot.sh [--port N]
#
# What a reboot takes away is taken away: every process of the instance by SIGKILL, its network namespace, links and rules, its mounts,
# its cgroups, its part of /run. What the agent wrote down is made to be of an earlier boot: another boot id by a mount over the kernel's
# would forbid each jail its own /proc.
# What must hold: what ran runs again, the same machine on the same disk; what was stopped stays stopped; nothing is there twice.
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
port=6541
[ "${1:-}" != --port ] || port=${2:?--port needs a number}
clone=$STORY_FOLDER/rempart

field() { machine "$clone" "$@"; }
processes() { cat /sys/fs/cgroup/{,*/}rempart-"$id"*/{,*/}cgroup.procs 2>/dev/null | sort -un || true; }

# Every process of the instance: those in its cgroups, those that its supervisor started and itself.
instance_pids() {
  processes
  sed 's/ .*//' "$home"/init/*.pid 2>/dev/null || true
  pgrep -f "^$home/(versions/[0-9a-f]+|current)/init/rempart-init run --data $home\$" || true
  ip netns pids "rempart-$id" 2>/dev/null || true
}

power_cut() {
  local tries path
  for tries in 1 2 3 4 5; do
    instance_pids | sort -un | while read -r pid; do [ ! -e "/proc/$pid" ] || kill -KILL "$pid" 2>/dev/null || true; done
    sleep 0.3
  done
  awk -v home="$home/" 'index($2, home) == 1 { print $2 }' /proc/mounts | sort -r | while read -r path; do umount -l "$path"; done
  ip netns del "rempart-$id" 2>/dev/null || fail "the network's namespace was not there"
  nft delete table inet "rempart-$id" 2>/dev/null || true
  find /sys/fs/cgroup -depth -type d -path "*/rempart-$id*" -exec rmdir {} + 2>/dev/null || true
  rm -f "$home"/init/control.sock
  find "$home/network" -name '*.sock' -delete
  sed -i 's/"bootId": *"[^"]*"/"bootId": "an-earlier-boot"/' "$home"/node/workloads/*/workload.json
  sed -i "s/$(cat /proc/sys/kernel/random/boot_id)/an-earlier-boot/" "$home"/init/*.pid
  [ -z "$(processes)" ] || fail "processes outlived the power cut"
}

make_clone "$clone"
cd "$clone"
says "up"
./dev up --port "$port"
home=$(home_of "$clone")
id=${home##*/}
export KUBECONFIG=$home/admin.kubeconfig
sed -e 's/name: first/name: resting/' examples/first-machine.yaml | kubectl apply -f -
kubectl wait vm/resting --for jsonpath='{.status.phase}'=Running --timeout 120s
"$home/bin/rempart" vm stop resting --force
kubectl wait vm/resting --for jsonpath='{.status.phase}'=Stopped --timeout 60s
uid=$(field first .metadata.uid)
address=$(field first '.status.addresses[0]')

for round in 1 2; do
  says "power cut $round"
  power_cut
  ./dev up
  expect "the machine's phase" "$(field first .status.phase)" Running
  expect "the machine" "$(field first .metadata.uid)" "$uid"
  expect "its address" "$(field first '.status.addresses[0]')" "$address"
  expect "the stopped machine's phase" "$(field resting .status.phase)" Stopped
  expect "hypervisors" "$(pgrep -fc -- "-uuid $uid" || true)" 1
  expect "hypervisors of the stopped machine" "$(pgrep -fc -- "-uuid $(field resting .metadata.uid)" || true)" 0
  "$home/bin/rempart" audit verify
done
says "passed"
