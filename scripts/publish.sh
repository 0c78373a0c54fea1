# Programs of an instance: published by the digest of their sources, never run from the checkout.

PROGRAM_PROJECTS=(server:Rempart.Server node:Rempart.Node init:Rempart.Init cli:Rempart.Cli)
PUBLISHED=artifacts/publish

# Blanks and letters of any script are fine; with these MSBuild fails late and says something else.
require_buildable_path() {
  case $ROOT in
    *[\'\"\;\\]* | *$'\n'*) die "MSBuild can't build in $ROOT: one of \`'\`, \`\"\`, \`;\`, \`\\\` and a line break is in its path" "move the checkout; an instance that it has goes with it" ;;
  esac
}

sources_digest() {
  find src programs.slnf Directory.Build.props Directory.Packages.props global.json -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
}

publish_programs() {
  local digest=$1 entry target=$HOME_OF_INSTANCE/versions/$1
  # Of a run that was killed.
  rm -rf "$HOME_OF_INSTANCE"/versions/*.new
  if [ ! -d "$target" ] && ! copy_programs "$digest"; then
    install -d -m 0755 "$target.new"
    # One build for all, since they share most of their code. The analyzers are for who changes the code: `./dev test` runs them.
    rm -rf "$PUBLISHED"
    dotnet publish programs.slnf -c Release -nologo -v quiet -nodeReuse:false -p:DebugType=none -p:RunAnalyzers=false
    for entry in "${PROGRAM_PROJECTS[@]}"; do cp -r "$PUBLISHED/${entry#*:}/release" "$target.new/${entry%%:*}"; done
    rm -rf "$PUBLISHED"
    chown -R 0:0 "$target.new"
    chmod -R u=rwX,go=rX "$target.new"
    mv "$target.new" "$target"
  fi
  touch "$target"
  ln -sfn "versions/$digest" "$HOME_OF_INSTANCE/current.new"
  mv -T "$HOME_OF_INSTANCE/current.new" "$HOME_OF_INSTANCE/current"
  ln -sfn ../current/cli/rempart "$HOME_OF_INSTANCE/bin/rempart"
  forget_old_versions "$digest"
}

# Another instance of this host may have them of the same sources. They are root's, only read, and whole once they have this name.
copy_programs() {
  local other
  for other in "$INSTANCES"/i*/versions/"$1"; do
    [ -d "$other" ] || continue
    if cp -al "$other" "$HOME_OF_INSTANCE/versions/$1.new" && mv "$HOME_OF_INSTANCE/versions/$1.new" "$HOME_OF_INSTANCE/versions/$1"; then return 0; fi
    rm -rf "$HOME_OF_INSTANCE/versions/$1.new"
  done
  return 1
}

# The three newest stay, and those that something still runs from.
forget_old_versions() {
  local version
  find "$HOME_OF_INSTANCE/versions" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- |
    while read -r version; do
      [ "${version##*/}" = "$1" ] || [ -n "$(find /proc/[0-9]*/exe -maxdepth 0 -lname "$version/*" -print -quit 2>/dev/null)" ] || rm -rf "$version"
    done
}
