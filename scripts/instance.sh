# The instance of this checkout: its id, folders, accounts and services. `.rempart` is a link to its folder.

INSTANCES=/var/lib/rempart
LINK=$ROOT/.rempart

has_instance() { [ -L "$LINK" ] && [ -d "$LINK/" ]; }

# Sets ID, HOME_OF_INSTANCE and what derives from them; dies without an instance.
load_instance() {
  has_instance || die "this checkout has no instance" "make one with \`./dev up\`"
  HOME_OF_INSTANCE=$(readlink -f "$LINK")
  ID=${HOME_OF_INSTANCE##*/}
  [[ $HOME_OF_INSTANCE == "$INSTANCES/$ID" && $ID =~ ^i[0-9a-f]{6}$ ]] ||
    die "\`.rempart\` leads to $HOME_OF_INSTANCE, which is no instance" "remove the link; \`./dev up\` makes a new instance"
  SERVER_USER=rempart-$ID
  NETWORK_USER=rempart-$ID-net
  NAMES_USER=rempart-$ID-names
  NODE_NAME=$(hostname | tr 'A-Z_' 'a-z-')
  PORT=$(cat "$HOME_OF_INSTANCE/port" 2>/dev/null || echo 6443)
  # A block of the shared address space (RFC 6598) for each instance, so that several fit one host.
  local block=$((16#${ID:1} % 4096))
  UPLINK=100.$((64 + block / 64)).$((block % 64 * 4)).0/22
  # User ids of this instance's jails: far above people's, a range for each instance.
  FIRST_UID=$((1000000000 + 16#${ID:1} % 16384 * 65536))
  # The switch of the kernel where it has one, else Open vSwitch in userspace.
  DATAPATH=userspace
  if [ -d /sys/module/openvswitch ]; then DATAPATH=kernel; fi
  PROGRAMS=$HOME_OF_INSTANCE/current
}

create_instance() {
  local id
  if ! has_instance; then
    rm -f "$LINK"
    id=i$(od -An -N3 -tx1 /dev/urandom | tr -d ' \n')
    install -d -m 0711 "$INSTANCES" "$INSTANCES/$id"
    ln -s "$INSTANCES/$id" "$LINK"
  fi
  load_instance
  printf '%s' "$1" >"$HOME_OF_INSTANCE/port"
  PORT=$1
  local user
  for user in "$SERVER_USER" "$NETWORK_USER" "$NAMES_USER"; do
    getent passwd "$user" >/dev/null ||
      useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$user"
  done
  install -d -m 0700 "$HOME_OF_INSTANCE/logs" "$HOME_OF_INSTANCE/init"
  install -d -m 0711 "$HOME_OF_INSTANCE/node" "$HOME_OF_INSTANCE/versions"
  install -d -m 0755 "$HOME_OF_INSTANCE/bin"
  install -d -m 0700 -o "$SERVER_USER" -g "$SERVER_USER" "$HOME_OF_INSTANCE/server"
}

# Runs a program as the server's user, with nothing of root left.
as_server() {
  setpriv --reuid "$SERVER_USER" --regid "$SERVER_USER" --init-groups --inh-caps=-all --bounding-set=-all --no-new-privs -- \
    env -i PATH=/usr/bin:/bin DOTNET_ROOT="$DOTNET_ROOT" DOTNET_CLI_TELEMETRY_OPTOUT=1 "$@"
}

init() { "$PROGRAMS/init/rempart-init" "$@" --data "$HOME_OF_INSTANCE"; }

# 1 says that it runs and a service failed.
init_runs() {
  local rc=0
  [ -x "$PROGRAMS/init/rempart-init" ] || return 1
  init status >/dev/null 2>&1 || rc=$?
  [ "$rc" -le 1 ]
}

rempart() { KUBECONFIG=$HOME_OF_INSTANCE/admin.kubeconfig "$PROGRAMS/cli/rempart" "$@"; }

network_options() {
  printf '%s\n' --instance "$ID" --instance-dir "$HOME_OF_INSTANCE" --node "$NODE_NAME" --uplink "$UPLINK" --datapath "$DATAPATH" \
    --daemon-user "$NETWORK_USER" --daemon-group "$NETWORK_USER" --names-user "$NAMES_USER" --names-group "$NAMES_USER" --server-group "$SERVER_USER"
}

print_environment() {
  load_instance
  printf 'export PATH=%q:"$PATH"\nexport KUBECONFIG=%q\n' "$LINK/bin" "$LINK/admin.kubeconfig"
  # Where programs look for the runtime by themselves.
  find_runtime
  [ "$DOTNET_ROOT" = /usr/share/dotnet ] || printf 'export DOTNET_ROOT=%q\n' "$DOTNET_ROOT"
}

print_status() {
  load_instance
  find_runtime
  heading "Instance $ID in $HOME_OF_INSTANCE, https://127.0.0.1:$PORT"
  local rc=0
  init status || rc=$?
  case $rc in
    0) say && rempart status ;;
    1) say "A service failed; its log is in $HOME_OF_INSTANCE/logs." && return 1 ;;
    *) say "Nothing runs. \`./dev up\` starts it." && return 1 ;;
  esac
}

# DOTNET_ROOT as the server's user can reach it: a runtime in somebody's home folder is copied to the instance.
find_runtime() {
  # Its own word: what is on PATH may be a link or a script.
  DOTNET_ROOT=$(dotnet --list-runtimes | sed -n 's|^Microsoft.AspNetCore.App 10\..* \[\(.*\)/shared/.*|\1|p' | tail -n 1)
  [ -n "$DOTNET_ROOT" ] || die "no ASP.NET Core 10 runtime" "the .NET 10 SDK has it; see \`dotnet --list-runtimes\`"
  if ! setpriv --reuid "$SERVER_USER" --regid "$SERVER_USER" --clear-groups test -x "$DOTNET_ROOT/dotnet" 2>/dev/null; then
    local copy=$HOME_OF_INSTANCE/runtime
    if [ ! -x "$copy/dotnet" ]; then
      rm -rf "$copy.new"
      install -d -m 0755 "$copy.new"
      cp -RL "$DOTNET_ROOT/dotnet" "$DOTNET_ROOT/host" "$DOTNET_ROOT/shared" "$copy.new/"
      chmod -R go+rX "$copy.new"
      mv "$copy.new" "$copy"
    fi
    DOTNET_ROOT=$copy
  fi
  export DOTNET_ROOT
}
