# What rempart-init keeps running, in services.json.

quoted() { local text=${1//\\/\\\\}; printf '"%s"' "${text//\"/\\\"}"; }

json_list() {
  local first=1 word
  printf '['
  for word in "$@"; do
    [ -n "$first" ] || printf ', '
    first=
    quoted "$word"
  done
  printf ']'
}

# What the agent, and whatever it starts, may do as root: runc's jails (user and mount namespaces, ids, devices, limits), taps and
# addresses, processes of other users, and ports below 1024 (a move comes from one: only root of the source has them). Neither modules, raw hardware, the clock, a reboot, kernel logs, raw packets nor security policies.
NODE_CAPABILITIES=(chown dac_override dac_read_search fowner fsetid kill setgid setuid setpcap setfcap
  net_admin net_bind_service sys_chroot sys_admin sys_ptrace sys_resource mknod)

# The network's entries are the node's own knowledge: it prints them.
network_entries() {
  local options
  mapfile -t options < <(network_options)
  "$VERSION/node/rempart-node" network services "${options[@]}" | sed -e '1s/^\[//' -e '$s/\]$//'
}

write_services() {
  local url=https://127.0.0.1:$PORT file=$HOME_OF_INSTANCE/services.json network environment tracing=()
  [ ! -e "$HOME_OF_INSTANCE/traces" ] || mapfile -t tracing <"$HOME_OF_INSTANCE/traces"
  VERSION=$(readlink -f "$PROGRAMS")
  network=$(network_entries)
  # A young generation as large as a processor's cache would let daemons that idle grow to hundreds of MiB.
  environment="{ \"DOTNET_ROOT\": $(quoted "$DOTNET_ROOT"), \"DOTNET_gcServer\": \"0\", \"DOTNET_gcConcurrent\": \"0\", \"DOTNET_GCgen0size\": \"0x400000\", \"DOTNET_EnableDiagnostics\": \"0\" }"
  cat >"$file.new" <<JSON
{ "services": [
  $network,
  { "name": "server", "user": $(quoted "$SERVER_USER"), "env": $environment, "after": ["ovsdb-northbound"],
    "command": $(json_list "$VERSION/server/rempart-server" run --data "$HOME_OF_INSTANCE/server" --port "$PORT" --network "$HOME_OF_INSTANCE/network/network.json" "${tracing[@]}"),
    "ready": { "https": $(quoted "$url/readyz"), "ca": $(quoted "$HOME_OF_INSTANCE/ca.crt") } },
  { "name": "node", "env": $environment, "capabilities": $(json_list "${NODE_CAPABILITIES[@]}"), "after": ["server", "ovn-controller"],
    "command": $(json_list "$VERSION/node/rempart-node" run --data "$HOME_OF_INSTANCE/node" --server "$url" --name "$NODE_NAME" \
      --instance "$ID" --instance-folder "$HOME_OF_INSTANCE" --first-uid "$FIRST_UID" --datapath "$DATAPATH" "${tracing[@]}") }
] }
JSON
  chmod 0600 "$file.new"
  mv "$file.new" "$file"
  # What takes the network away must speak to the programs that made it, whatever this checkout is by then.
  network_options >"$HOME_OF_INSTANCE/network.options"
}

start_services() {
  note_formats
  write_services
  replace_supervisor
  if init_runs; then
    init reload
  elif unit_exists && [ -d /run/systemd/system ]; then
    # Also when it has just left and systemd starts the new one by itself.
    write_unit
    systemctl start "$(unit_name)"
  else
    # A session of its own: it must not end with this terminal.
    setsid --fork env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DOTNET_ROOT="$DOTNET_ROOT" DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0 \
      "$(readlink -f "$PROGRAMS")/init/rempart-init" run --data "$HOME_OF_INSTANCE" </dev/null >>"$HOME_OF_INSTANCE/logs/init.log" 2>&1
  fi
  await_services
}

# A supervisor of an older version hands over: its programs go with the versions that are forgotten, and it may not know what services.json says now.
replace_supervisor() {
  init_runs || return 0
  [ "$(cat "$HOME_OF_INSTANCE/init/lock")" != "$(readlink -f "$PROGRAMS")/init/rempart-init" ] || return 0
  if unit_exists; then write_unit; fi
  # One from before it could leave stays until it is stopped.
  init leave || true
}

# All services ready, or done, within three minutes; a service that fails again and again is named with the end of its log.
await_services() {
  local deadline=$((SECONDS + 180)) status rc name
  while :; do
    rc=0
    status=$(init status 2>/dev/null) || rc=$?
    if [ "$rc" -eq 0 ] && ! grep -qE ' (Waiting|Starting) ' <<<"$status"; then return 0; fi
    echo "::progress $(grep -cE ' (Ready|Done) ' <<<"$status" || true) of $(grep -c . <<<"$status" || true) services are ready"
    if [ $SECONDS -ge $deadline ]; then
      printf '%s\n' "$status"
      for name in $(grep -E ' (Failed|Starting) ' <<<"$status" | cut -d' ' -f1); do
        printf '%s\n' "--- $name:"
        tail -n 8 "$HOME_OF_INSTANCE/logs/$name.log" 2>/dev/null || true
      done
      return 1
    fi
    sleep 0.5
  done
}
