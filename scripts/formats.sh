# Formats of what an instance keeps on its disk: src/formats says which the programs of this checkout read and write, `formats` in the
# instance's folder which it may hold.

FORMATS=$ROOT/src/formats

# The lines `NAME OLDEST WRITTEN` of a file of formats.
format_lines() { sed -nE 's/^([a-z]+) +([0-9]+) +([0-9]+)( .*)?$/\1 \2 \3/p' "$1"; }

# Before anything is built, stopped or written: an instance that these programs would not read stays as it is.
refuse_unreadable_formats() {
  local held=$HOME_OF_INSTANCE/formats name _ has oldest written by
  # Of before there were such files: everything has its first format.
  [ -e "$held" ] || return 0
  by=$(sed -n 's/^# written by //p' "$held" | head -n 1)
  while read -r name _ has; do
    # Unknown is as format 0.
    read -r _ oldest written < <(format_lines "$FORMATS" | grep "^$name ") || oldest=0 written=0
    if [ "$has" -gt "$written" ]; then
      die "instance $ID keeps \`$name\` in format $has, and this checkout knows none after $written" \
        "nothing was changed; check out ${by:-the commit that was here before} or a newer one, or restore a backup (docs/operations/backup.md)"
    fi
    [ "$has" -ge "$oldest" ] ||
      die "instance $ID keeps \`$name\` in format $has, and this checkout reads from $oldest up" \
        "nothing was changed; \`./dev up\` with a version in between brings it there, see docs/operations/upgrade.md"
  done < <(format_lines "$held")
}

# Before the programs that may write them start.
note_formats() {
  local file=$HOME_OF_INSTANCE/formats commit
  commit=$(git -c safe.directory='*' -C "$ROOT" rev-parse --short=12 HEAD 2>/dev/null) || commit=
  { printf '# written by %s\n' "${commit:-a checkout without git}"; format_lines "$FORMATS"; } >"$file.new"
  mv "$file.new" "$file"
}
