# ./dev bench: every project in bench/ is a program that prints a table and writes bench/results/*.json.

bench() {
  require_host
  local project found=''
  for project in bench/*/*.csproj; do
    [ -e "$project" ] || continue
    found=1
    dotnet run --project "$project" -c Release -- "$@"
  done
  [ -n "$found" ] || die "there is no bench in bench/ yet" "each bench is a project bench/NAME/NAME.csproj"
}
