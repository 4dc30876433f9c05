#!/usr/bin/env bash
# Installs what is needed, builds, runs every test in release and again under ASan + UBSan, the
# examples against the installed library, the format and the links. The last line is
# "N passed, N failed, N skipped"; the exit status is 0 only if none failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
exec </dev/null

passed=0 failed=0 skipped=0
pass() { passed=$((passed + 1)); }
fail() {
  failed=$((failed + 1))
  echo "FAILED: $*"
}
finish() {
  echo "$passed passed, $failed failed, $skipped skipped"
  [ "$failed" = 0 ]
  exit
}
section() { printf '\n== %s (%s s)\n' "$*" "$SECONDS"; }

# count_tests NAME STATUS LOG: adds up one doctest program. A case that printed "skipped: reason"
# is skipped, not passed; a program that crashed, or failed outside its cases, counts as one failed.
count_tests() {
  local name=$1 status=$2 log=$3 summary ok bad left declined
  summary=$(grep -aE '^\[doctest\] test cases:' "$log" | tail -1)
  if [ -z "$summary" ]; then
    fail "$name ended with status $status before its summary"
    tail -40 "$log"
    return
  fi
  read -r ok bad left < <(sed -E 's/.*\| *([0-9]+) passed \| *([0-9]+) failed \| *([0-9]+) skipped.*/\1 \2 \3/' <<<"$summary")
  declined=$(grep -acE '^skipped: ' "$log")
  passed=$((passed + ok - declined)) failed=$((failed + bad)) skipped=$((skipped + left + declined))
  echo "$name: $((ok - declined)) passed, $bad failed, $((left + declined)) skipped"
  grep -aE '^skipped: ' "$log" | sort | uniq -c
  if [ "$bad" != 0 ]; then
    grep -av '^skipped: ' "$log" | head -200
  elif [ "$status" != 0 ]; then
    fail "$name ended with status $status after its tests"
    tail -40 "$log"
  fi
}

# build_preset NAME: everything of a preset; a failed build is one failure and ends the run.
build_preset() {
  if { cmake --preset "$1" && cmake --build --preset "$1"; } >"build/$1.log" 2>&1; then
    grep -a '^-- p2s:' "build/$1.log"
    pass
  else
    grep -a -A20 'error' "build/$1.log" | head -100
    fail "the $1 build; the whole log is build/$1.log"
    finish
  fi
}

run_tests() {
  local program log status
  for program in "build/$1"/tests/test_*; do
    [ -x "$program" ] && [ -f "$program" ] || continue
    log=build/$1.$(basename "$program").log
    "$program" >"$log" 2>&1
    status=$?
    count_tests "$1 $(basename "$program")" "$status" "$log"
  done
}

check_examples() {
  local line status
  tests/install_and_run_examples.sh build/release >build/examples.log 2>build/examples.err
  status=$?
  while read -r line; do
    case $line in
      ok*) pass ;;
      *) fail "example ${line#FAILED }" ;;
    esac
  done <build/examples.log
  if [ "$status" != 0 ]; then cat build/examples.err; fi
  cat build/examples.log
}

check_format() {
  if git ls-files '*.h' '*.cpp' '*.cu' '*.cuh' | xargs clang-format --dry-run -Werror; then
    pass
  else
    fail "format: run clang-format -i on the files above"
  fi
}

# Every relative link of a Markdown page leads to a file.
check_links() {
  local page target broken=0
  while IFS=: read -r page target; do
    target=${target#](}
    target=${target%%[)#]*}
    [ -z "$target" ] || [ -e "$(dirname "$page")/$target" ] && continue
    echo "$page: link to $target, which does not exist"
    broken=1
  done < <(git ls-files '*.md' | xargs grep -oE '\]\([^):]*\)' | grep -v '://')
  if [ "$broken" = 0 ]; then pass; else fail "links"; fi
}

mkdir -p build
if ! ./setup_debian.sh checks; then
  fail "packages"
  finish
fi
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# Threads that wait do not spin: the tests also run on machines that have other work.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

section "format and links"
check_format
check_links
section "release build"
build_preset release
section "release tests"
run_tests release
if grep -qw avx512f /proc/cpuinfo; then
  P2S_ISA=avx2 build/release/tests/test_kernels >build/avx2.log 2>&1
  count_tests "release test_kernels, AVX2" $? build/avx2.log
else
  echo "release test_kernels, AVX-512: not run, this processor has none"
fi
section "examples against the installed library"
check_examples
section "ASan + UBSan build"
build_preset asan
section "ASan + UBSan tests"
run_tests asan
section "done"
finish
