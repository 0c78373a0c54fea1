# Programs of an instance: published by the digest of their sources, never run from the checkout.

PROGRAM_PROJECTS=(server:Rempart.Server node:Rempart.Node init:Rempart.Init cli:Rempart.Cli)
PUBLISHED=artifacts/publish

sources_digest() {
  find src programs.slnf Directory.Build.props Directory.Packages.props global.json -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16
}

publish_programs() {
  local digest=$1 entry target=$HOME_OF_INSTANCE/versions/$1
  if [ ! -d "$target" ]; then
    rm -rf "$target.new"
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
  ln -sfn "versions/$digest" "$HOME_OF_INSTANCE/current.new"
  mv -T "$HOME_OF_INSTANCE/current.new" "$HOME_OF_INSTANCE/current"
  ln -sfn ../current/cli/rempart "$HOME_OF_INSTANCE/bin/rempart"
  forget_old_versions "$digest"
}

# The three newest stay: a machine's or service's program may still be an older one.
forget_old_versions() {
  local version
  find "$HOME_OF_INSTANCE/versions" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +4 | cut -d' ' -f2- |
    while read -r version; do [ "${version##*/}" = "$1" ] || rm -rf "$version"; done
}
