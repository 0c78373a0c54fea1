# ./dev boot: a unit of systemd that starts this instance with the host and powers its machines off before the host goes down.

source scripts/instance.sh

UNITS=/etc/systemd/system

boot() {
  load_instance
  find_runtime
  case ${1:-} in
    show) print_unit ;;
    enable) enable_unit ;;
    disable)
      remove_unit
      say "The host starts instance $ID no more by itself." ;;
    *) die "\`${1:-}\` is neither \`show\`, \`enable\` nor \`disable\`" "usage: ./dev boot show|enable|disable" ;;
  esac
}

unit_name() { printf 'rempart-%s.service' "$ID"; }

# Only the supervisor is systemd's: services have their own order, restarts and bounds, and machines must live on when it is started again.
print_unit() {
  cat <<UNIT
[Unit]
Description=Rempart, instance $ID
After=network-online.target local-fs.target time-sync.target
Wants=network-online.target
RequiresMountsFor=$HOME_OF_INSTANCE

[Service]
Type=exec
Environment=DOTNET_ROOT=$DOTNET_ROOT DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0
ExecStart=$HOME_OF_INSTANCE/current/init/rempart-init run --data $HOME_OF_INSTANCE
ExecStop=-$HOME_OF_INSTANCE/current/init/rempart-init stop node --data $HOME_OF_INSTANCE
ExecStop=-$HOME_OF_INSTANCE/current/node/rempart-node machines stop --data $HOME_OF_INSTANCE/node --instance $ID --first-uid $FIRST_UID --at-most 600
ExecStop=-$HOME_OF_INSTANCE/current/init/rempart-init stop --data $HOME_OF_INSTANCE
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

enable_unit() {
  [ -d /run/systemd/system ] || die "systemd does not run this host" "\`./dev boot show\` prints the unit; start \`rempart-init run\` from what starts your services"
  print_unit >"$UNITS/$(unit_name).new"
  mv "$UNITS/$(unit_name).new" "$UNITS/$(unit_name)"
  systemctl daemon-reload
  systemctl enable "$(unit_name)"
  say "The host starts instance $ID from its next boot on. What runs now goes on under \`./dev up\` until then."
}

# Also for \`./dev down --purge\`: a unit without its programs would fail at each boot.
remove_unit() {
  [ -e "$UNITS/$(unit_name)" ] || return 0
  if [ -d /run/systemd/system ]; then systemctl disable "$(unit_name)"; fi
  rm -f "$UNITS/$(unit_name)" "$UNITS/multi-user.target.wants/$(unit_name)"
  if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
}
