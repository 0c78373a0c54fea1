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
  (set -euo pipefail; "$@") </dev/null >"$log" 2>&1 &
  STEP_PID=$!
  set +m
  trap 'interrupted' INT TERM
  if [ -n "$TERMINAL" ]; then watch_step "$label" "$started" "$log"; fi
  wait "$STEP_PID" || rc=$?
  STEP_PID=
  trap - INT TERM
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
