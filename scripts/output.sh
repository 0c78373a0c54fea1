# Steps, progress and failures. With a terminal each step has a moving line; without one, a line when it begins and ends.

STATE=$ROOT/artifacts/dev
mkdir -p "$STATE/logs" "$STATE/stamps"

STEP=0
STEPS=0
STEP_PID=

if [ -t 1 ] && [ "${TERM:-dumb}" != dumb ]; then
  TERMINAL=1 BOLD=$'\e[1m' DIM=$'\e[2m' RED=$'\e[31m' GREEN=$'\e[32m' PLAIN=$'\e[0m'
else
  TERMINAL='' BOLD='' DIM='' RED='' GREEN='' PLAIN=''
fi

say() { printf '%s\n' "$*"; }
heading() { printf '%s%s%s\n' "$BOLD" "$*" "$PLAIN"; }

# die WHAT WHAT-TO-DO
die() {
  printf '%serror:%s %s\n' "$RED" "$PLAIN" "$1" >&2
  [ -z "${2:-}" ] || printf '       %s\n' "$2" >&2
  exit 1
}

# Milliseconds of a clock, for durations only.
clock() { local now=$EPOCHREALTIME; printf '%s' $((${now/[.,]/} / 1000)); }

took() { local ms=$(($(clock) - $1)); printf '%d.%d s' $((ms / 1000)) $((ms % 1000 / 100)); }

bar() {
  local done=$((STEP - 1)) total=$((STEPS > 0 ? STEPS : 1)) width=12 filled i out=
  filled=$((done * width / total))
  for ((i = 0; i < width; i++)); do if ((i < filled)); then out+=━; else out+=╌; fi; done
  printf '%s' "$out"
}

# When a process began, in ticks since boot; a pid alone may be another's by now. The name in its parentheses may hold anything.
process_ticks() {
  local stat
  { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
  # shellcheck disable=SC2086
  set -- ${stat##*) }
  printf '%s' "${20}"
}

boot_id() { cat /proc/sys/kernel/random/boot_id; }

# One command at a time changes the instance of a checkout. The lock goes with this process; steps don't have it, for what they start outlives it.
claim_checkout() {
  exec 9>"$STATE/lock"
  CLAIMED=1
  # A moment's patience: what a run that was killed had started between its steps, a look at the sources for one, has the lock until it ends.
  flock --timeout 5 9 || die "another \`./dev up\` or \`./dev down\` of this checkout is at work" "wait until it ends, or end it"
  end_abandoned_step
}

# A step is a process group of its own: when \`./dev\` was killed, it goes on, and would go on beside the next run's.
end_abandoned_step() {
  local group ticks boot tries
  read -r group ticks boot 2>/dev/null <"$STATE/step" || return 0
  if [ "$boot" = "$(boot_id)" ] && [ "$(process_ticks "$group" || echo "$ticks")" = "$ticks" ] && kill -TERM -- "-$group" 2>/dev/null; then
    say "A step of an interrupted run still works; it is ended first."
    for tries in $(seq 100); do
      kill -0 -- "-$group" 2>/dev/null || break
      [ "$tries" -ne 80 ] || kill -KILL -- "-$group" 2>/dev/null || true
      sleep 0.1
    done
  fi
  rm -f "$STATE/step"
}

# step LABEL WHAT-TO-DO-WHEN-IT-FAILS COMMAND...: runs a command in a subshell with `set -e`, its output in a log.
# A long command may say how far it is by lines `::progress TEXT`.
step() {
  local label=$1 advice=$2 started log rc=0
  shift 2
  STEP=$((STEP + 1))
  started=$(clock)
  log=$STATE/logs/$(printf '%02d' "$STEP")-$(printf '%s' "$label" | tr -cs 'A-Za-z0-9' '-').log
  [ -n "$TERMINAL" ] || printf '[%d/%d] %s …\n' "$STEP" "$STEPS" "$label"
  # A process group of its own, so that an interrupted step takes its children with it.
  set -m
  (
    exec 9>&-
    # Not before it is written down: nobody would end it if `./dev` were killed now. Tests and benches don't change the instance and are nobody's to end.
    until [ -z "${CLAIMED:-}" ] || { { read -r group _ <"$STATE/step"; } 2>/dev/null && [ "$group" = "$BASHPID" ]; }; do
      kill -0 $$ 2>/dev/null || exit 1
      sleep 0.01
    done
    set -euo pipefail
    "$@"
  ) </dev/null >"$log" 2>&1 &
  STEP_PID=$!
  set +m
  if [ -n "${CLAIMED:-}" ]; then
    printf '%s %s %s\n' "$STEP_PID" "$(process_ticks "$STEP_PID")" "$(boot_id)" >"$STATE/step.new"
    mv "$STATE/step.new" "$STATE/step"
  fi
  trap 'interrupted' INT TERM HUP
  if [ -n "$TERMINAL" ]; then watch_step "$label" "$started" "$log"; fi
  wait "$STEP_PID" || rc=$?
  STEP_PID=
  [ -z "${CLAIMED:-}" ] || rm -f "$STATE/step"
  trap - INT TERM HUP
  if [ "$rc" -eq 0 ]; then
    printf '%s[%d/%d] %s%-46s%s %s\n' "${TERMINAL:+$'\r\e[K'}" "$STEP" "$STEPS" "$GREEN" "$label" "$PLAIN" "$(took "$started")"
    return 0
  fi
  printf '%s[%d/%d] %s%s failed%s after %s; the end of %s:\n' "${TERMINAL:+$'\r\e[K'}" "$STEP" "$STEPS" "$RED" "$label" "$PLAIN" "$(took "$started")" "$log"
  grep -v '^::progress' "$log" | tail -n 25 | sed 's/^/    /'
  die "step \`$label\` failed" "$advice"
}

watch_step() {
  local label=$1 started=$2 log=$3 last columns
  while kill -0 "$STEP_PID" 2>/dev/null; do
    last=$(grep -a '^::progress ' "$log" 2>/dev/null | tail -n 1) || true
    last=${last#::progress }
    [ -n "$last" ] || last=$(tail -c 400 "$log" 2>/dev/null | tr -d '\000-\010\013-\037' | tail -n 1) || true
    columns=$(tput cols 2>/dev/null || echo 80)
    printf '\r\e[K%s [%d/%d] %s %s%s%s' "$(bar)" "$STEP" "$STEPS" "$label" "$DIM" \
      "$(printf '%s  %s' "$(took "$started")" "$last" | cut -c "1-$((columns > 60 ? columns - ${#label} - 26 : 20))")" "$PLAIN"
    read -r -t 0.2 <> <(:) || true
  done
}

interrupted() {
  [ -z "$STEP_PID" ] || kill -TERM -- "-$STEP_PID" 2>/dev/null || true
  printf '\n'
  die "interrupted in step $STEP" "run the same command again; it goes on from there"
}

# A step whose inputs have not changed since it last succeeded is not repeated.
stamped() { [ "$(cat "$STATE/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s' "$2" >"$STATE/stamps/$1"; }
