# ./dev lab: several hosts on this machine, each in namespaces of its own. What it does is in tests/Rempart.Lab, which tests use too.

source scripts/publish.sh

LAB_LINK=$ROOT/.rempart-lab
LAB_BUILT=$ROOT/artifacts/lab
LAB_PROGRAM=$ROOT/artifacts/bin/Rempart.Lab/release/rempart-lab
LAB_PACKAGES=(
  qemu-system-x86 qemu-utils runc conmon
  openvswitch-switch ovn-central ovn-host nftables iproute2 dnsmasq-base etcd-server
  curl ca-certificates cpio kmod busybox-static
)
INSTANCES=/var/lib/rempart

lab() {
  local verb=${1:-help}
  case $verb in
    [1-9]) [ $# -eq 1 ] || die "\`./dev lab $verb\` takes no more words"; lab_up "$verb" ;;
    help) explain_lab ;;
    down) lab_down ;;
    *) lab_program "$@" ;;
  esac
}

explain_lab() {
  cat <<'TEXT'
Several hosts on this machine, for people and tests: docs/operations/lab.md.

  ./dev lab N                     start N hosts, 1 to 9; again, to start those that are down
  ./dev lab status                hosts, planes and services
  ./dev lab cut HOST PLANE        drop what a host sends and gets in a plane: management, migration, storage, tenant
  ./dev lab heal [HOST [PLANE]]   end cuts
  ./dev lab freeze|thaw HOST      stop every process of a host where it is; let them go on
  ./dev lab kill HOST [SERVICE]   pull the plug of a host; or kill -9 of a service, which is started again
  ./dev lab stop HOST SERVICE     stop a service until ...
  ./dev lab start HOST            ... this starts what is stopped
  ./dev lab reboot HOST           pull the plug and boot
  ./dev lab shell HOST [COMMAND]  a shell on a host
  ./dev lab env                   PATH and KUBECONFIG for a shell here: eval "$(./dev lab env)"
  ./dev lab down                  end everything and leave nothing
TEXT
}

lab_runtime() {
  DOTNET_ROOT=$(dotnet --list-runtimes | sed -n 's|^Microsoft.AspNetCore.App 10\..* \[\(.*\)/shared/.*|\1|p' | tail -n 1)
  [ -n "$DOTNET_ROOT" ] || die "no ASP.NET Core 10 runtime" "the .NET 10 SDK has it; see \`dotnet --list-runtimes\`"
  export DOTNET_ROOT
}

lab_program() {
  [ -L "$LAB_LINK" ] && [ -x "$LAB_PROGRAM" ] || die "this checkout has no lab" "make one with \`./dev lab 3\`"
  lab_runtime
  "$LAB_PROGRAM" "$@" --folder "$(readlink "$LAB_LINK")"
}

lab_up() {
  local hosts=$1 started
  started=$(clock)
  require_host
  require_buildable_path
  claim_checkout
  STEPS=1
  if [ -L "$LAB_LINK" ] && [ -d "$LAB_LINK/" ]; then
    [ -d "$LAB_LINK/host$hosts" ] && [ ! -d "$LAB_LINK/host$((hosts + 1))" ] || die "this checkout has a lab of another size" "\`./dev lab down\` ends it"
    step "Start what is down" "\`./dev lab status\`" lab_program resume
  else
    rm -f "$LAB_LINK"
    STEPS=3
    know_packages
    install_packages "${LAB_PACKAGES[@]}"
    lab_runtime
    step "Build and publish the programs" "the compiler's messages above say where" build_lab
    step "Build the micro guest" "is a Debian mirror reachable?" images/micro/build.sh "$LAB_BUILT/micro" "$ROOT/artifacts/images/micro"
    step "Start $hosts hosts" "the messages above name the host and service; nothing was left" \
      "$LAB_PROGRAM" up "$hosts" --link "$LAB_LINK" --programs "$(readlink -f "$LAB_BUILT/current")" --runtime "$DOTNET_ROOT" --micro "$LAB_BUILT/micro"
  fi
  say
  lab_program status || true
  cat <<TEXT

${BOLD}The lab is up after $(took "$started").${PLAIN}

  eval "\$(./dev lab env)"             rempart and KUBECONFIG in this shell
  rempart apply -f examples/lab-machine.yaml
  ./dev lab                           what can be done to it
  ./dev lab down                      end it and leave nothing
TEXT
}

build_lab() {
  local digest
  digest=$(sources_digest)
  mkdir -p "$LAB_BUILT/versions" "$LAB_BUILT/bin"
  HOME_OF_INSTANCE=$LAB_BUILT publish_programs "$digest"
  digest=$digest-$(find tests/Rempart.Lab -name '*.cs*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)
  if [ -x "$LAB_PROGRAM" ] && stamped lab "$digest"; then return 0; fi
  dotnet build tests/Rempart.Lab -c Release -nologo -v quiet -nodeReuse:false -p:RunAnalyzers=false
  stamp lab "$digest"
}

lab_down() {
  claim_checkout
  if [ -L "$LAB_LINK" ] && [ -d "$LAB_LINK/" ]; then
    STEPS=1
    step "End the lab" "run it again; \`find /sys/fs/cgroup -path '*/rempart-l*' -name cgroup.procs -exec cat {} +\` names what still runs" lab_program down
    say "Nothing is left of it but what was built in artifacts/."
  else
    say "There is no lab of this checkout."
  fi
  rm -f "$LAB_LINK"
}
