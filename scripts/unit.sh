# The unit of systemd that keeps an instance's supervisor, where systemd runs the host.

UNITS=/etc/systemd/system

unit_name() { printf 'rempart-%s.service' "$ID"; }

# Only the supervisor is systemd's: services have their own order, restarts and bounds, and machines must live on when it is started again.
# systemd runs ExecStop also when the supervisor ended by itself, then without its pid: whoever ended it has said what becomes of the machines.
print_unit() {
  local current=$HOME_OF_INSTANCE/current
  cat <<UNIT
[Unit]
Description=Rempart, instance $ID
After=network-online.target local-fs.target time-sync.target
Wants=network-online.target
RequiresMountsFor=$HOME_OF_INSTANCE

[Service]
Type=exec
Environment=DOTNET_ROOT=$DOTNET_ROOT DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0
ExecStart=$current/init/rempart-init run --data $HOME_OF_INSTANCE
ExecStop=-/bin/sh -c 'test -n "\$\$MAINPID" || exit 0; $current/init/rempart-init stop node --data $HOME_OF_INSTANCE; \
  $current/node/rempart-node machines stop --data $HOME_OF_INSTANCE/node --instance $ID --first-uid $FIRST_UID --at-most 600; \
  $current/init/rempart-init stop --data $HOME_OF_INSTANCE'
StandardOutput=append:$HOME_OF_INSTANCE/logs/init.log
StandardError=inherit
KillMode=process
Delegate=yes
Restart=on-failure
RestartSec=2
TimeoutStopSec=15min
LimitNOFILE=65536

[Install]
WantedBy=multi-user.target
UNIT
}

unit_exists() { [ -e "$UNITS/$(unit_name)" ]; }

unit_runs() { [ -d /run/systemd/system ] && systemctl --quiet is-active "$(unit_name)"; }

write_unit() {
  print_unit >"$UNITS/$(unit_name).new"
  mv "$UNITS/$(unit_name).new" "$UNITS/$(unit_name)"
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
}

# Also for `./dev down --purge`: a unit without its programs would fail at each boot.
remove_unit() {
  unit_exists || return 0
  if [ -d /run/systemd/system ]; then systemctl disable "$(unit_name)"; fi
  rm -f "$UNITS/$(unit_name)" "$UNITS/multi-user.target.wants/$(unit_name)"
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
