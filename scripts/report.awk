# Reads the events of go test -json; prints a line per package, all that a failed
# test said, and who was skipped; closes with a line that counts tests and
# subtests. With -v totals=FILE the numbers go into FILE, too. Fails if a test or
# a build failed.

function field(name) {
  if (!match($0, "\"" name "\":\"([^\"\\\\]|\\\\.)*\"")) return ""
  return text(substr($0, RSTART + length(name) + 4, RLENGTH - length(name) - 5))
}

# text undoes the escapes of JSON that go test uses.
function text(s) {
  if (index(s, "\\") == 0) return s
  gsub(/\\\\/, "\001", s)
  gsub(/\\n/, "\n", s)
  gsub(/\\t/, "\t", s)
  gsub(/\\r/, "", s)
  gsub(/\\"/, "\"", s)
  gsub(/\\u003c/, "<", s)
  gsub(/\\u003e/, ">", s)
  gsub(/\\u0026/, "\\&", s)
  gsub(/\\u001b/, "", s)
  gsub("\001", "\\", s)
  return s
}

!/^\{/ { print; next }

{
  action = field("Action")
  package = field("Package")
  test = field("Test")
  name = package " " test
}

action == "output" { said[name] = said[name] field("Output") }
action == "build-output" { printf "%s", field("Output") }
action == "build-fail" { broken++ }
action == "pass" && test != "" { passed++; delete said[name] }
action == "skip" && test != "" { skipped++; printf "SKIP  %s\n%s", name, said[name]; delete said[name] }
action == "fail" && test != "" { failed++; printf "FAIL  %s\n%s", name, said[name]; delete said[name]; blamed[package] = 1 }
action == "pass" && test == "" && match(said[name], /ok  \t[^\n]*\n/) { printf "%s", substr(said[name], RSTART, RLENGTH) }
# A package that fails without a failed test panicked, leaked, or did not build.
action == "fail" && test == "" {
  if (!(package in blamed)) { failed++; for (n in said) if (index(n, package " ") == 1) printf "%s", said[n] }
  printf "FAIL\t%s\n", package
}
test == "" && (action == "pass" || action == "fail" || action == "skip") { delete said[name] }
{ fflush() }

END {
  if (broken && !failed) failed = broken
  printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
  if (totals != "") printf "%d %d %d\n", passed, failed, skipped > totals
  exit failed > 0 || passed == 0
}
