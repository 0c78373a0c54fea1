# ./dev test: build once, run every test program, count. The last line is `N passed, N failed[, N skipped]`.

source scripts/publish.sh

TEST_PACKAGES=(
  # the jail and machines
  qemu-system-x86 qemu-utils ovmf runc conmon busybox-static cpio
  # the network
  openvswitch-switch ovn-central ovn-host nftables iproute2 dnsmasq-base bind9-dnsutils socat
  # the store of several servers
  etcd-server
  # images
  mmdebstrap e2fsprogs genisoimage curl ca-certificates
  # registries
  docker-registry skopeo umoci
  # metrics
  prometheus
  # clients of others
  ansible python3-kubernetes
  # scripts
  shellcheck
)
# Of what the tests run from npm; another Node.js than Debian's may be there already.
NODE_PACKAGES=(nodejs npm)

# What is installed of npm's packages, and where.
NPM_LOCKED=$ROOT/tests/Rempart.Clients.Tests/Node
NPM=$ROOT/artifacts/npm

# Seconds that only a hang exceeds: of an ordinary program, and of one in a run with long tests or of a story.
TEST_LIMIT=${REMPART_TEST_LIMIT:-1800}
LONG_LIMIT=${REMPART_TEST_LONG_LIMIT:-10800}
# Seconds after which a program or story that still runs says so.
TELL_AFTER=60

run_tests() {
  local long='' names=() projects=() stories=() argument started
  for argument in "$@"; do
    case $argument in
      --long) long=1 ;;
      -*) die "unknown option \`$argument\`" "usage: ./dev test [--long] [NAME...]" ;;
      *) names+=("$argument") ;;
    esac
  done
  if [ ${#names[@]} -eq 0 ]; then
    projects=(tests/*.Tests)
    projects=("${projects[@]#tests/}")
    [ -z "$long" ] || stories=(scripts/test-*.sh)
  fi
  for argument in ${names[@]+"${names[@]}"}; do choose_test "$argument"; done
  require_host
  require_buildable_path
  started=$(clock)
  rm -rf "$STATE/test"
  mkdir -p "$STATE/test"
  STEPS=1
  know_packages
  if command -v node >/dev/null && command -v npm >/dev/null; then NODE_PACKAGES=(); fi
  install_packages "${TEST_PACKAGES[@]}" ${NODE_PACKAGES[@]+"${NODE_PACKAGES[@]}"}
  # A story builds what it needs in a clone of its own.
  if [ ${#projects[@]} -gt 0 ]; then
    case " ${projects[*]} " in *" Rempart.Clients.Tests "*) install_from_npm ;; esac
    step "Build the solution" "the compiler's messages above say where; \`dotnet build rempart.slnx\` repeats it" build_solution
    run_programs "$long" "${projects[@]}"
  fi
  # Stories of a whole machine; each has it to itself.
  for argument in ${stories[@]+"${stories[@]}"}; do run_story "$argument"; done
  summarize "$started"
}

# Adds what a name means to the caller's `projects` or `stories`: `Store`, `Rempart.Store.Tests`, `test-reboot`.
choose_test() {
  local name=${1%/}
  name=${name##*/}
  name=${name%.sh}
  if [ -f "tests/$name/$name.csproj" ]; then projects+=("$name")
  elif [ -f "tests/Rempart.$name.Tests/Rempart.$name.Tests.csproj" ]; then projects+=("Rempart.$name.Tests")
  elif [[ $name == test-* && -f scripts/$name.sh ]]; then
    [ -n "$long" ] || die "\`$name\` takes minutes" "\`./dev test --long $name\` runs it"
    stories+=("scripts/$name.sh")
  else
    die "there is no test \`$1\`" "these exist: $(cd tests && printf '%s ' *.Tests)and, with --long, $(cd scripts && printf '%s\n' test-*.sh | sed 's/\.sh$//' | paste -sd' ')"
  fi
}

# What package-lock.json names, each file by its digest; no script of a package is run.
install_from_npm() {
  local digest
  digest=$(sha256sum "$NPM_LOCKED/package.json" "$NPM_LOCKED/package-lock.json" | sha256sum)
  if [ -d "$NPM/node_modules" ] && stamped npm "$digest"; then return 0; fi
  STEPS=$((STEPS + 1))
  step "Install clients from npm" "\`npm ci\` in $NPM says what is wrong" npm_ci
  stamp npm "$digest"
}

npm_ci() {
  mkdir -p "$NPM"
  cp "$NPM_LOCKED/package.json" "$NPM_LOCKED/package-lock.json" "$NPM/"
  (cd "$NPM" && npm ci --omit=dev --ignore-scripts --no-audit --no-fund)
}

build_solution() {
  local locked=()
  # In CI a package that is not in a lock file is a change nobody reviewed.
  [ -z "${CI:-}" ] || locked=(-p:RestoreLockedMode=true)
  dotnet build rempart.slnx -c Debug -nologo -v minimal -nodeReuse:false "${locked[@]}"
}

# Each test project is a program of its own. Two run at once; each has its own log and time limit.
run_programs() {
  local long=$1 name running=0
  shift
  # shellcheck disable=SC2046
  trap 'kill -TERM $(jobs -p) 2>/dev/null; wait; die "interrupted"' INT TERM
  for name in "$@"; do
    if [ "$running" -ge "${REMPART_TEST_JOBS:-2}" ]; then wait -n || true; else running=$((running + 1)); fi
    run_program "$name" "$long" &
  done
  wait
  trap - INT TERM
}

run_program() {
  local name=$1 long=$2 rc=0 started limit=$TEST_LIMIT filters=() log=$STATE/test/$1.log program=artifacts/bin/$1/debug/$1
  started=$(clock)
  if [ -n "$long" ]; then limit=$LONG_LIMIT; else filters=(-trait- length=long); fi
  run_limited "$name" "$limit" "$log" "$program" -noColor -noLogo -noAutoReporters -reporter verbose "${filters[@]}" || rc=$?
  count "$name" "$rc" "$log" >"$STATE/test/$name.counts"
  tell_counts "$name" "$started"
}

# A story is one test: what it prints is its log, and it ends with 0 when it passed.
run_story() {
  local name rc=0 started
  name=$(basename "$1" .sh)
  started=$(clock)
  run_limited "$name" "$LONG_LIMIT" "$STATE/test/$name.log" "$1" || rc=$?
  # `timeout` ends with these when it had to end what it ran.
  case $rc in 124 | 137) printf 'ended by its limit of %d s (REMPART_TEST_LONG_LIMIT)\n' "$LONG_LIMIT" >>"$STATE/test/$name.log" ;; esac
  printf '%d %d 0\n' $((rc == 0)) $((rc != 0)) >"$STATE/test/$name.counts"
  tell_counts "$name" "$started"
}

# run_limited NAME SECONDS LOG COMMAND...: its exit code. After a minute, and each time as long again, a line says what it is at.
run_limited() {
  local name=$1 limit=$2 log=$3 teller rc=0
  shift 3
  timeout --kill-after=60 "$limit" "$@" </dev/null >"$log" 2>&1 &
  local runs=$!
  tell_progress "$name" "$runs" "$log" &
  teller=$!
  # `timeout` passes the signal on to what it runs, and a story cleans up after itself.
  trap 'kill -TERM "$runs" "$teller" 2>/dev/null || true; wait "$runs" || true; exit 130' INT TERM
  wait "$runs" || rc=$?
  kill "$teller" 2>/dev/null || true
  trap - INT TERM
  return "$rc"
}

tell_progress() {
  local name=$1 runs=$2 log=$3 waited=0 next=$TELL_AFTER
  while kill -0 "$runs" 2>/dev/null; do
    # In the shell itself: no child is left when this is ended.
    read -r -t 1 <> <(:) || true
    waited=$((waited + 1))
    [ "$waited" -ge "$next" ] || continue
    next=$((waited * 2))
    printf '  %-30s runs since %d s: %s\n' "$name" "$waited" "$(at_work "$log" | cut -c1-160)"
  done
}

# What a log says is under way: tests that began and have not ended, or a story's last line.
at_work() {
  local tests
  tests=$(sed -nE 's/^    (.*) \[(STARTING|FINISHED)\].*/\2 \1/p' "$1" 2>/dev/null |
    awk '{ what = $1; $1 = ""; if (what == "STARTING") runs[$0] = 1; else delete runs[$0] } END { for (test in runs) printf "%s%s", (n++ ? "," : ""), test }')
  if [ -n "$tests" ]; then
    printf '%s' "${tests# }"
  else
    { grep -av '^[[:space:]]*$' "$1" 2>/dev/null || true; } | tail -n 1
  fi
}

tell_counts() {
  local passed failed skipped
  read -r passed failed skipped <"$STATE/test/$1.counts"
  printf '  %-30s %s%5d passed%s %s %s  %s\n' "$1" "$GREEN" "$passed" "$PLAIN" \
    "$(if ((failed)); then printf '%s%4d failed%s' "$RED" "$failed" "$PLAIN"; else printf '%4d failed' 0; fi)" \
    "$(if ((skipped)); then printf '%3d skipped' "$skipped"; else printf '%11s' ''; fi)" "$(took "$2")"
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
  awk '/\[FAIL\]/ { shown = 1 } /^  (Discover|Start|Finish)|^    .*\[SKIP\]|^===/ { shown = 0 } /^    .* \[(STARTING|FINISHED)\]/ { shown = 0; next } shown { print; lines++ } lines > 400 { print "    …"; exit }' "$1"
  grep -q '\[FAIL\]' "$1" || tail -n 30 "$1"
}
