# ./dev bench: builds bench/Rempart.Bench and runs the benches that are named, or all; tables here, JSON in bench/results/.

BENCH=$ROOT/artifacts/bin/Rempart.Bench/release/Rempart.Bench

bench() {
  require_host
  local digest
  digest=$(find bench src Directory.Build.props Directory.Packages.props -type f -not -path '*/obj/*' -not -path '*/results/*' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
  STEPS=1
  if [ ! -x "$BENCH" ] || ! stamped bench "$digest"; then build_benches; stamp bench "$digest"; fi
  exec "$BENCH" "$@"
}

build_benches() {
  step "Build the benches" "the compiler's messages above say where" dotnet build bench/Rempart.Bench -c Release -nologo -v minimal -nodeReuse:false
}
