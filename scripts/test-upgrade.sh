#!/usr/bin/env bash
# A long test: a running instance is brought to a newer version and back, its machine running.
#
#   scripts/test-upgrade.sh [--port N]
#
# What must hold: QEMU's pid stays, the machine is not started again and nothing is there twice, while server, agent and supervisor are the
# new ones; an upgrade that is killed in any of its steps - `./dev` alone, so that the step goes on without it - is finished by the next
# `./dev up`; the way back works too; an instance with a format that the older version does not know is refused before anything changes.
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
port=6543
[ "${1:-}" != --port ] || port=${2:?--port needs a number}
clone=$STORY_FOLDER/rempart

# What must not change when an instance is upgraded: QEMU with its start, and the daemons below the network.
untouched() {
  printf 'qemu %s\nstarts %s\n' "$(hypervisors "$uid")" "$(sed -nE 's/.*"starts": *([0-9]+).*/\1/p' "$home/node/workloads/$uid/workload.json")"
  for name in ovs-vswitchd ovn-controller ovn-northd ovsdb-switch ovsdb-northbound ovsdb-southbound; do printf '%s %s\n' "$name" "$(service_pid "$clone" "$name")"; done
}

# Each program of the instance once, and of the version that is current.
expect_current() {
  local version name
  version=$(readlink -f "$home/current")
  for name in server node; do
    expect "the program of \`$name\`" "$(readlink "/proc/$(service_pid "$clone" "$name")/exe")" "$version/$name/rempart-$name"
    expect "processes of \`$name\`" "$(pgrep -fc "^$home/versions/[0-9a-f]+/$name/rempart-$name run " || true)" 1
  done
  expect "the supervisor" "$(pgrep -f "^$home/(versions/[0-9a-f]+|current)/init/rempart-init run " | xargs -I{} readlink /proc/{}/exe)" "$version/init/rempart-init"
}

expect_upgraded() {
  expect "what upgrades leave alone" "$(untouched)" "$before"
  expect "the machine's phase" "$(machine "$clone" first .status.phase)" Running
  expect_current
  "$home/bin/rempart" audit verify
}

# Runs `./dev up` until its step N has begun, and kills the script itself.
killed_in_step() {
  local pid
  : >"$STORY_FOLDER/up.log"
  ./dev up >"$STORY_FOLDER/up.log" 2>&1 &
  pid=$!
  until grep -q "^\[$1/" "$STORY_FOLDER/up.log"; do
    kill -0 "$pid" 2>/dev/null || { cat "$STORY_FOLDER/up.log"; fail "\`./dev up\` ended before its step $1"; }
    sleep 0.05
  done
  # Inside the step, not at its beginning only.
  sleep "0.$((RANDOM % 9))"
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
}

make_clone "$clone"
cd "$clone"
git config user.name story && git config user.email story@localhost
./dev up --port "$port"
home=$(home_of "$clone")
export KUBECONFIG=$home/admin.kubeconfig
uid=$(machine "$clone" first .metadata.uid)
before=$(untouched)
expect_upgraded

says "a newer version, killed in each step"
older=$(git rev-parse HEAD)
printf '// A newer version.\n' >>src/Rempart.Api/ApiJson.cs
git commit -qam "a newer version"
for step in 1 2 2 3 4 5 5 5 6 7 8 9; do
  says "killed in step $step"
  killed_in_step "$step"
done
./dev up
newer=$(readlink -f "$home/current")
expect_upgraded

says "and back"
git checkout -q "$older"
./dev up
[ "$(readlink -f "$home/current")" != "$newer" ] || fail "it is still the newer version"
expect_upgraded

says "a format that this version does not know"
services=$(cat "$home"/init/*.pid)
sed -i -E 's/^(store [0-9]+) ([0-9]+)$/\1 99/' "$home/formats"
if ./dev up >"$STORY_FOLDER/refused.log" 2>&1; then fail "an instance of a newer format was taken"; fi
cat "$STORY_FOLDER/refused.log"
grep -q "keeps \`store\` in format 99" "$STORY_FOLDER/refused.log" || fail "the refusal does not say why"
grep -q "docs/operations/backup.md" "$STORY_FOLDER/refused.log" || fail "the refusal does not say what to do"
expect "services" "$(cat "$home"/init/*.pid)" "$services"
sed -i -E 's/^(store [0-9]+) 99$/\1 1/' "$home/formats"

says "a second one at a time"
rm "$STORY_FOLDER/up.log"
./dev up >"$STORY_FOLDER/up.log" 2>&1 &
up=$!
until [ -s "$STORY_FOLDER/up.log" ]; do sleep 0.05; done
if ./dev up >"$STORY_FOLDER/second.log" 2>&1; then fail "two at once were let"; fi
grep -q "is at work" "$STORY_FOLDER/second.log" || fail "the second does not say that the first is at work: $(cat "$STORY_FOLDER/second.log")"
wait "$up"
expect_upgraded
says passed
