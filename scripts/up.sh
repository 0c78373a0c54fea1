# ./dev up: from a fresh clone to a running machine, in steps that are skipped when nothing changed.

source scripts/instance.sh
source scripts/formats.sh
source scripts/kubeconfig.sh
source scripts/publish.sh
source scripts/services.sh
source scripts/unit.sh

UP_PACKAGES=(
  qemu-system-x86 qemu-utils runc conmon
  openvswitch-switch ovn-central ovn-host nftables iproute2 dnsmasq-base
  curl ca-certificates
  mmdebstrap debian-archive-keyring e2fsprogs cpio kmod busybox-static
)
IMAGE=$ROOT/artifacts/images/debian-12
# Seconds; Debian with cloud-init takes 40 without KVM on an idle host.
READY_LIMIT=${REMPART_READY_LIMIT:-180}

up() {
  local port='' started traces='' ratio=''
  while [ $# -gt 0 ]; do
    case $1 in
      --port) port=${2:-}; shift 2 || die "\`--port\` needs a number" ;;
      --traces) traces=${2:-}; shift 2 || die "\`--traces\` needs the address of a collector, or \`off\`" ;;
      --traces-ratio) ratio=${2:-}; shift 2 || die "\`--traces-ratio\` needs a number from 0 to 1" ;;
      *) die "unknown option \`$1\`" "usage: ./dev up [--port N] [--traces URL|off [--traces-ratio N]]" ;;
    esac
  done
  started=$(clock)
  require_host
  require_buildable_path
  claim_checkout
  if has_instance; then
    load_instance
    refuse_unreadable_formats
    port=${port:-$PORT}
  fi
  port=${port:-6443}
  [[ $port =~ ^[0-9]+$ ]] && [ "$port" -ge 1 ] && [ "$port" -le 65535 ] || die "\`$port\` is no port" "usage: ./dev up [--port N]"
  require_room
  STEPS=9
  know_packages
  install_packages "${UP_PACKAGES[@]}"
  step "Make the instance's folders and accounts" "see \`useradd\` above" create_instance "$port"
  load_instance
  [ -z "$traces" ] || choose_traces "$traces" "$ratio"
  refuse_taken_port
  find_runtime
  step "Build and publish the programs" "the compiler's messages above say where" publish_programs "$(sources_digest)"
  step "Build the Debian 12 image and the micro guest" "is a Debian mirror reachable? REMPART_DEBIAN_MIRROR=http://… names another" build_images
  step "Create keys and certificates" "look at $HOME_OF_INSTANCE/server" create_keys
  step "Start the services" "their logs are in $HOME_OF_INSTANCE/logs; \`./dev status\` shows them" start_services
  step "Upload the image" "\`./dev status\`; the node's log is $HOME_OF_INSTANCE/logs/node.log" upload_image
  step "Make and approve the template" "\`eval \"\$(./dev env)\"\` and then \`rempart describe machinetemplate debian-12\`" approve_template
  step "Boot the first machine" "\`eval \"\$(./dev env)\"\` and then \`rempart describe vm first\`" boot_machine
  step "Wait until its guest is ready" "\`eval \"\$(./dev env)\"\` and then \`rempart console first\`" await_guest
  what_next "$started"
}

# Half-way through it would be found out too, but by a compiler or a database. The first time takes about 2 GiB, half of them for a while.
require_room() {
  local folder room need=512
  has_instance && [ -e "$IMAGE/manifest.json" ] || need=3072
  for folder in "$ROOT" /var/lib; do
    room=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "$room" -ge "$need" ] || die "the file system of $folder has $room MiB left, and this needs $need" "\`df -h $folder\`; make room and run this again"
  done
}

# Kept for the next `./dev up`; the programs check it.
choose_traces() {
  if [ "$1" = off ]; then rm -f "$HOME_OF_INSTANCE/traces"; return; fi
  printf '%s\n' --traces "$1" ${2:+--traces-ratio "$2"} >"$HOME_OF_INSTANCE/traces"
}

# The port must be free, or this instance's own server must have it, even when its supervisor died.
refuse_taken_port() {
  local pid=''
  read -r pid _ 2>/dev/null <"$HOME_OF_INSTANCE/init/server.pid" || true
  if [ -n "$pid" ] && grep -qs "$HOME_OF_INSTANCE/server" "/proc/$pid/cmdline"; then return 0; fi
  if (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; then
    die "port $PORT is taken by another program" "choose another with \`./dev up --port N\`"
  fi
}

# The node boots the micro guest to find out what this host's accelerator is worth.
build_images() {
  images/debian-12/build.sh "$IMAGE"
  images/micro/build.sh "$HOME_OF_INSTANCE/node/micro" "$ROOT/artifacts/images/micro"
}

create_keys() {
  local user
  umask 077
  as_server "$PROGRAMS/server/rempart-server" init --data "$HOME_OF_INSTANCE/server" --advertise "https://127.0.0.1:$PORT" --node "$NODE_NAME"
  for user in admin security-officer; do
    read_from_server "$user.kubeconfig" | rebuild_kubeconfig "https://127.0.0.1:$PORT" "$user" "rempart-$ID" >"$HOME_OF_INSTANCE/$user.kubeconfig.new"
    mv "$HOME_OF_INSTANCE/$user.kubeconfig.new" "$HOME_OF_INSTANCE/$user.kubeconfig"
  done
  copy_from_server pki/ca.crt 0644 ca.crt
  copy_from_server node.token 0600 node/bootstrap-token
  copy_from_server pki/ca.crt 0644 node/ca.crt
}

# Read as the server's user: in its folder a name may be its link to a file that only root may read, or to one without an end.
read_from_server() { as_server timeout 10 head -c 65536 "$HOME_OF_INSTANCE/server/$1"; }

# A copy of root's own.
copy_from_server() { read_from_server "$1" | install -m "$2" -o root -g root /dev/stdin "$HOME_OF_INSTANCE/$3"; }

manifest() { sed -n "s/.*\"$1\": {.*\"sha256\": \"\([0-9a-f]*\)\".*/\1/p" "$IMAGE/manifest.json"; }

# Images can't change, so their names say which they are.
image_name() { printf 'debian-12-%s-%s' "$1" "$(manifest "$1" | cut -c1-12)"; }

upload_image() {
  rempart wait node "$NODE_NAME" --for condition=Ready --timeout 60
  echo "::progress disk"
  rempart image upload "$(image_name disk)" --file "$IMAGE/disk.qcow2" --type Disk --format qcow2 --max-virtual-size 8Gi
  echo "::progress kernel"
  rempart image upload "$(image_name kernel)" --file "$IMAGE/vmlinuz" --type Kernel
  rempart image upload "$(image_name initrd)" --file "$IMAGE/initrd" --type Initrd
}

approve_template() {
  sed -e "s/@DISK@/$(image_name disk)/; s/@DISK_DIGEST@/sha256:$(manifest disk)/" \
    -e "s/@KERNEL@/$(image_name kernel)/; s/@KERNEL_DIGEST@/sha256:$(manifest kernel)/" \
    -e "s/@INITRD@/$(image_name initrd)/; s/@INITRD_DIGEST@/sha256:$(manifest initrd)/" images/debian-12/template.yaml >"$STATE/template.yaml"
  rempart apply -f "$STATE/template.yaml"
  # Its author can't approve it: the security officer is another identity, with a key of its own.
  KUBECONFIG=$HOME_OF_INSTANCE/security-officer.kubeconfig "$PROGRAMS/cli/rempart" approve debian-12 --yes --comment "built by ./dev up"
}

boot_machine() {
  rempart apply -f examples/first-machine.yaml
  rempart wait vm first -n default --for phase=Running --timeout 300
}

# A guest that boots slowly is no failure: the machine runs, and this says so.
await_guest() {
  echo "::progress it boots"
  rm -f "$STATE/guest-ready"
  if rempart wait vm first -n default --for condition=GuestReady --timeout "$READY_LIMIT"; then touch "$STATE/guest-ready"; fi
}

kubectl_line() {
  if command -v kubectl >/dev/null; then
    printf '  kubectl get vm -A -o wide           the same by kubectl'
  else
    printf '  rempart get vm -A -o wide           all machines; kubectl is not installed and not needed'
  fi
}

what_next() {
  say
  if [ ! -e "$STATE/guest-ready" ]; then
    say "The machine runs; its guest has not said within $READY_LIMIT s that it is ready, and goes on booting: \`rempart console first\` shows how far it is."
    say
  fi
  rempart get vm -n default -o wide || true
  cat <<TEXT

${BOLD}Rempart is up after $(took "$1").${PLAIN} Its API is https://127.0.0.1:$PORT; its data is in $HOME_OF_INSTANCE.

  eval "\$(./dev env)"                 rempart and KUBECONFIG in this shell
  rempart console first               its serial console; leave with Ctrl-]
  rempart status                      hosts, machines and health at a glance
$(kubectl_line)
  rempart delete vm first             delete the machine
  ./dev down                          stop everything, keep its data; --purge removes every trace
TEXT
}
