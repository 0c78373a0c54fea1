# ./dev down: powers the machines off, stops the services and keeps their data; --purge leaves no trace of the instance.

source scripts/instance.sh
source scripts/unit.sh

down() {
  local purge='' patience=3600 usage='usage: ./dev down [--force | --timeout SECONDS] [--purge]'
  while [ $# -gt 0 ]; do
    case $1 in
      # Nobody reads these disks again.
      --purge) purge=1 patience=0; shift ;;
      --force) patience=0; shift ;;
      --timeout)
        [[ ${2:-} =~ ^[0-9]{1,4}$ ]] || die "\`--timeout\` needs a number of seconds" "$usage"
        patience=$((10#$2))
        shift 2 ;;
      *) die "unknown option \`$1\`" "$usage" ;;
    esac
  done
  require_host
  claim_checkout
  if ! has_instance; then
    rm -f "$LINK"
    say "There is no instance of this checkout."
    return 0
  fi
  load_instance
  find_runtime
  STEPS=5
  [ -z "$purge" ] || STEPS=6
  step "Stop the agent" "see $HOME_OF_INSTANCE/logs/init.log" stop_agent
  step "Power the machines off" "\`./dev down --force\` cuts them off" stop_machines "$patience"
  if [ "$patience" -gt 0 ]; then grep -hE '^[0-9a-f-]{36}: (cut|still)' "$STATE"/logs/02-Power-the-machines-off.log | sed 's/^/    /' || true; fi
  step "Stop the services" "see $HOME_OF_INSTANCE/logs/init.log" stop_services
  step "End what is left" "\`cat /sys/fs/cgroup/*/rempart-$ID/*/cgroup.procs\` names what still runs" stop_workloads
  step "Take away the network" "see above; processes in the namespace must end first" remove_network
  if [ -n "$purge" ]; then
    step "Remove data and accounts" "remove $HOME_OF_INSTANCE by hand" remove_instance
    say "Nothing is left of instance $ID but what was built in artifacts/."
  else
    say "Stopped. Its data is kept in $HOME_OF_INSTANCE; \`./dev up\` starts it again, \`./dev down --purge\` removes it."
  fi
}

# Before the machines, so that it starts none again; after a crash there may be none.
stop_agent() {
  [ -x "$PROGRAMS/init/rempart-init" ] || return 0
  init stop node || true
}

# While network, server and their consoles' logs still work: a guest's shutdown may need them.
stop_machines() {
  local rc=0
  [ -x "$PROGRAMS/node/rempart-node" ] || return 0
  "$PROGRAMS/node/rempart-node" machines stop --data "$HOME_OF_INSTANCE/node" --instance "$ID" --first-uid "$FIRST_UID" --at-most "$1" || rc=$?
  # 2: programs of a version that can't; the next steps end its machines.
  [ "$rc" -eq 0 ] || [ "$rc" -eq 2 ]
}

# Also what a supervisor that died has left running.
stop_services() {
  [ -x "$PROGRAMS/init/rempart-init" ] || return 0
  init stop
}

# Processes of the instance's cgroups, in each hierarchy.
workload_pids() { cat /sys/fs/cgroup/{,*/}rempart-"$ID"*/{,*/}cgroup.procs 2>/dev/null | sort -un || true; }

# Conversions of images, and machines that nobody could ask: QEMU ends on SIGTERM with its disks flushed.
stop_workloads() {
  local pids tries
  pids=$(workload_pids)
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill -TERM $pids 2>/dev/null || true
  for tries in $(seq 100); do
    pids=$(workload_pids)
    [ -n "$pids" ] || break
    echo "::progress $(wc -w <<<"$pids") processes still run"
    # shellcheck disable=SC2086
    [ "$tries" -ne 60 ] || kill -KILL $pids 2>/dev/null || true
    sleep 0.2
  done
  [ -z "$(workload_pids)" ]
  # A cgroup is removed by rmdir, the innermost first.
  find /sys/fs/cgroup -depth -type d -path "*/rempart-$ID*" -exec rmdir {} + 2>/dev/null || true
}

remove_network() {
  local options
  [ -x "$PROGRAMS/node/rempart-node" ] || return 0
  mapfile -t options < <(cat "$HOME_OF_INSTANCE/network.options" 2>/dev/null || network_options)
  "$PROGRAMS/node/rempart-node" network down "${options[@]}"
}

remove_instance() {
  local user
  remove_unit
  for user in "$SERVER_USER" "$NETWORK_USER" "$NAMES_USER"; do
    getent passwd "$user" >/dev/null && userdel "$user"
    if getent group "$user" >/dev/null; then groupdel "$user"; fi
  done
  rm -rf "$HOME_OF_INSTANCE"
  # What the instances of a host share goes with the last of them.
  if rmdir "$INSTANCES" 2>/dev/null; then
    rm -f /run/rempart/sysctl.lock
    rmdir /run/rempart/sysctl /run/rempart 2>/dev/null || true
  fi
  rm -f "$LINK"
}
