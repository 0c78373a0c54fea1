# ./dev test: build once, run every test program, count. The last line is `N passed, N failed[, N skipped]`.

TEST_PACKAGES=(
  # the jail and machines
  qemu-system-x86 qemu-utils ovmf runc conmon busybox-static cpio
  # the network
  openvswitch-switch ovn-central ovn-host nftables iproute2 dnsmasq-base bind9-dnsutils socat
  # images
  mmdebstrap e2fsprogs genisoimage
  # metrics
  prometheus
)

run_tests() {
  local long='' all='' projects=() argument started script
  for argument in "$@"; do
    case $argument in
      --long) long=1 ;;
      -*) die "unknown option \`$argument\`" "usage: ./dev test [--long] [PROJECT...]" ;;
      *) projects+=("${argument%/}") ;;
    esac
  done
  [ ${#projects[@]} -gt 0 ] || { projects=(tests/*.Tests); all=1; }
  require_host
  started=$(clock)
  rm -rf "$STATE/test"
  mkdir -p "$STATE/test"
  STEPS=1
  know_packages
  install_packages "${TEST_PACKAGES[@]}"
  step "Build the solution" "the compiler's messages above say where; \`dotnet build rempart.slnx\` repeats it" build_solution
  run_programs "$long" "${projects[@]}"
  # Stories of a whole machine; each has it to itself.
  if [ -n "$long" ] && [ -n "$all" ]; then
    for script in scripts/test-*.sh; do run_script "$script"; done
  fi
  summarize "$started"
}

build_solution() {
  local locked=()
  # In CI a package that is not in a lock file is a change nobody reviewed.
  [ -z "${CI:-}" ] || locked=(-p:RestoreLockedMode=true)
  dotnet build rempart.slnx -c Debug -nologo -v minimal -nodeReuse:false "${locked[@]}"
}

# Each test project is a program of its own. Two run at once; each has its own log, and a time limit that only a hang meets.
run_programs() {
  local long=$1 project name running=0
  shift
  for project in "$@"; do
    name=$(basename "$project")
    [ -d "tests/$name" ] || die "no test project \`tests/$name\`" "these exist: $(cd tests && echo *.Tests)"
  done
  # shellcheck disable=SC2046
  trap 'kill -TERM $(jobs -p) 2>/dev/null; wait; die "interrupted"' INT TERM
  for project in "$@"; do
    name=$(basename "$project")
    if [ "$running" -ge "${REMPART_TEST_JOBS:-2}" ]; then wait -n || true; else running=$((running + 1)); fi
    run_program "$name" "$long" &
  done
  wait
  trap - INT TERM
}

run_program() {
  local name=$1 long=$2 rc=0 started filters=() log=$STATE/test/$1.log program=artifacts/bin/$1/debug/$1
  started=$(clock)
  [ -n "$long" ] || filters=(-trait- length=long)
  timeout --kill-after=30 "${REMPART_TEST_LIMIT:-1200}" "$program" -noColor -noLogo -noAutoReporters "${filters[@]}" </dev/null >"$log" 2>&1 &
  # `timeout` passes the signal on to the program that it runs.
  trap "kill -TERM $! 2>/dev/null" TERM
  wait $! || rc=$?
  count "$name" "$rc" "$log" >"$STATE/test/$name.counts"
  local passed failed skipped
  read -r passed failed skipped <"$STATE/test/$name.counts"
  printf '  %-30s %s%5d passed%s %s %s  %s\n' "$name" "$GREEN" "$passed" "$PLAIN" \
    "$(if ((failed)); then printf '%s%4d failed%s' "$RED" "$failed" "$PLAIN"; else printf '%4d failed' 0; fi)" \
    "$(if ((skipped)); then printf '%3d skipped' "$skipped"; else printf '%11s' ''; fi)" "$(took "$started")"
}

# A script is one test: what it prints is its log, and it ends with 0 when it passed.
run_script() {
  local name rc=0 started
  name=$(basename "$1" .sh)
  started=$(clock)
  timeout --kill-after=60 "${REMPART_TEST_LIMIT:-3600}" "$1" </dev/null >"$STATE/test/$name.log" 2>&1 || rc=$?
  printf '%d %d 0\n' $((rc == 0)) $((rc != 0)) >"$STATE/test/$name.counts"
  printf '  %-30s %s%5d passed%s %4d failed %11s  %s\n' "$name" "$GREEN" $((rc == 0)) "$PLAIN" $((rc != 0)) '' "$(took "$started")"
}

# count NAME EXIT-CODE LOG: `passed failed skipped`, from the program's own summary.
count() {
  local name=$1 rc=$2 log=$3 line total=0 errors=0 failed=0 skipped=0 notrun=0
  line=$(grep -aE "^ +$name +Total: " "$log" | tail -n 1) || true
  if [ -n "$line" ]; then
    field() { local value; value=$(sed -nE "s/.*$1: ([0-9]+).*/\1/p" <<<"$line"); printf '%s' "${value:-0}"; }
    total=$(field Total) errors=$(field Errors) failed=$(field Failed) skipped=$(field Skipped) notrun=$(field 'Not Run')
    failed=$((failed + errors))
  fi
  # A program that died, hung or was not built has failed, whatever it counted before.
  if [ "$rc" -ne 0 ] && [ "$failed" -eq 0 ]; then
    failed=1
    total=$((total + 1))
    printf '\n    %s ended with exit code %d without a failing test (124 and 137 are the time limit)\n' "$name" "$rc" >>"$log"
  fi
  printf '%d %d %d\n' $((total - failed + errors - skipped - notrun)) "$failed" "$skipped"
}

summarize() {
  local started=$1 counts name passed=0 failed=0 skipped=0 p f s
  for counts in "$STATE"/test/*.counts; do
    name=$(basename "$counts" .counts)
    read -r p f s <"$counts"
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$f" -gt 0 ]; then
      printf '\n%s%s%s\n' "$BOLD" "$name" "$PLAIN"
      failures "$STATE/test/$name.log"
    fi
    if [ "$s" -gt 0 ]; then
      printf '\nskipped in %s\n' "$name"
      grep -aA1 '\[SKIP\]' "$STATE/test/$name.log" | grep -v '^--$' | head -n 100 || true
    fi
  done
  printf '\nthe tests took %s; their output is in %s\n' "$(took "$started")" "${STATE#"$ROOT"/}/test"
  printf '%d passed, %d failed%s\n' "$passed" "$failed" "$( ((skipped)) && printf ', %d skipped' "$skipped")"
  [ "$failed" -eq 0 ]
}

# The failing tests with their output: from a line with [FAIL] to the next line of the runner at its own indentation.
failures() {
  awk '/\[FAIL\]/ { shown = 1 } /^  (Discover|Start|Finish)|^    .*\[SKIP\]|^===/ { shown = 0 } shown { print; lines++ } lines > 400 { print "    …"; exit }' "$1"
  grep -q '\[FAIL\]' "$1" || tail -n 30 "$1"
}
