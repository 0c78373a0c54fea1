# ./dev boot: a unit of systemd that starts this instance with the host and powers its machines off before the host goes down.

source scripts/instance.sh
source scripts/unit.sh

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

enable_unit() {
  [ -d /run/systemd/system ] || die "systemd does not run this host" "\`./dev boot show\` prints the unit; start \`rempart-init run\` from what starts your services"
  write_unit
  systemctl enable "$(unit_name)"
  # What a login started ends with it, or with the host before anybody powers machines off: the unit's own processes don't.
  if init_runs && ! unit_runs; then init stop; fi
  systemctl start "$(unit_name)"
  say "Instance $ID is the unit $(unit_name) and starts with the host. Machines ran on; what is around them was started again."
}
