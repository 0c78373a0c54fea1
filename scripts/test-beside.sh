#!/usr/bin/env bash
# A long test: the tests of a checkout while its own instance runs, and another `./dev up` while they build.
#
#   scripts/test-beside.sh [--port N]
#
# What must hold: the tests pass; the instance's machine never notices, nor do its services; `./dev up` neither waits for
# the tests nor ends their build; nothing is left of either.
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
port=6541
[ "${1:-}" != --port ] || port=${2:?--port needs a number}
clone=$STORY_FOLDER/rempart
tests=

# Ended before the clone is purged: its children are in a group of their own.
end_tests() {
  local rc=$?
  [ -z "$tests" ] || kill -TERM "$tests" 2>/dev/null || true
  [ -z "$tests" ] || wait "$tests" || true
  set +e
  (exit "$rc")
  end_story
}

services() { for service in server node; do service_pid "$clone" "$service"; done; }

host_inventory >"$STORY_FOLDER/inventory.before"
make_clone "$clone"
cd "$clone"
says "up"
./dev up --port "$port"
home=$(home_of "$clone")
uid=$(machine "$clone" first .metadata.uid)
pid=$(hypervisors "$uid")
before=$(services)
expect "hypervisors" "$(wc -w <<<"$pid")" 1

says "the tests, and another up while they build"
trap end_tests EXIT
./dev test >"$STORY_FOLDER/tests.log" 2>&1 </dev/null &
tests=$!
sleep 20
./dev up
rc=0
wait "$tests" || rc=$?
tests=
tail -n 30 "$STORY_FOLDER/tests.log"
expect "the tests' exit code" "$rc" 0
expect "the hypervisor" "$(hypervisors "$uid")" "$pid"
expect "the services" "$(services)" "$before"
expect "the machine" "$(machine "$clone" first .status.phase)" Running
"$home/bin/rempart" --kubeconfig "$home/admin.kubeconfig" audit verify

says "the host as it was before"
./dev down --purge
expect_unchanged "$STORY_FOLDER/inventory.before" "${home##*/}"
says passed
