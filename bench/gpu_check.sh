#!/usr/bin/env bash
# One command for a machine with a GPU: builds, runs every test with P2S_REQUIRE_CUDA=1, the kernels'
# under compute-sanitizer, the benchmarks with their share of the chip's limit, and the comparison
# with PyTorch; writes one report. The machine needs CUDA 13, g++, cmake, ninja and Python with
# PyTorch; all else comes from gpu_pack/ (bench/gpu_pack.sh).
#
#     bench/gpu_check.sh [STAGE...]     # build test sanitize bench compare; all of them by default
#     bench/gpu_check.sh flash          # against FlashRNN, which compiles for minutes first
#
# The report goes to $OUT/gpu_report.md, or build/gpu/gpu_report.md. Exit status: 0 if no stage failed.
# Each stage has a time limit, so that all fit in ten minutes; a later call goes on with the build.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/gpu_build.sh

stages=("$@")
[ ${#stages[@]} -gt 0 ] || stages=(build test sanitize bench compare)
out=${OUT:-$PWD/$build}
mkdir -p "$out" || stop "$out cannot be made"
report=$out/gpu_report.md
failed=0

wanted() { [[ " ${stages[*]} " == *" $1 "* ]]; }
say() { printf '%s\n' "$*" | tee -a "$report"; }
mark_failed() {
  failed=1
  say "FAILED: $*"
}

# The GPU, or one line and the end, except that a build may be tried without one.
gpu=$(nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader 2>/dev/null | head -1)
if [ -z "$gpu" ] && [ "${stages[*]}" != build ]; then
  stop "this machine shows no NVIDIA GPU (nvidia-smi); without one only \"gpu_check.sh build\" can run"
fi

{
  echo "# GPU check, $(git log -1 --format=%h 2>/dev/null || echo 'no git'), $(date -u +%Y-%m-%dT%H:%MZ)"
  echo
  echo "${gpu:-no GPU}; $(nproc) cores; $(PATH=$PATH:/usr/local/cuda/bin nvcc --version 2>/dev/null | grep release)"
} >"$report"

export OMP_WAIT_POLICY=passive
if wanted build || [ ! -x $build/bench/p2s_bench ]; then
  start=$SECONDS
  build_gpu all
  say "" "## Build" "" "$((SECONDS - start)) s"
fi

# Every test program at once: most of their time is the processor's.
run_tests() {
  local names=(kernels nn models train infer cli) name log status
  say "" "## Tests, P2S_REQUIRE_CUDA=1" ""
  for name in "${names[@]}"; do
    { P2S_REQUIRE_CUDA=1 timeout 150 $build/tests/test_"$name"; echo "status $?"; } \
      >"$out/test_$name.log" 2>&1 &
  done
  wait
  for name in "${names[@]}"; do
    log=$out/test_$name.log
    status=$(tail -1 "$log")
    say "- $name: $(grep -aE '^\[doctest\] test cases:' "$log" | tail -1 || true)"
    if [ "$status" != "status 0" ]; then
      mark_failed "test_$name ended with $status"
      grep -avE '^\[doctest\]|^=+$' "$log" | head -40 >>"$report"
    fi
  done
}

sanitize() {
  local tool log
  say "" "## compute-sanitizer" ""
  need compute-sanitizer "it comes with the CUDA toolkit"
  for tool in memcheck racecheck; do
    log=$out/sanitizer_$tool.log
    P2S_REQUIRE_CUDA=1 timeout 110 compute-sanitizer --tool $tool --error-exitcode 9 \
      $build/tests/test_kernels -tc="*CUDA agree*" >"$log" 2>&1
    local status=$?
    case $status in
      0) say "- $tool: clean; $(grep -a 'SUMMARY' "$log" | tail -1)" ;;
      124) say "- $tool: stopped at its time limit; so far $(grep -ac '=========     at' "$log") findings" ;;
      *) mark_failed "$tool: status $status; $log"; grep -a '=========' "$log" | head -20 >>"$report" ;;
    esac
  done
}

benchmarks() {
  say "" "## Kernels, with the share of the limit measured in the same run" "" '```'
  timeout 150 $build/bench/p2s_bench --benchmark_filter='^cuda/' --benchmark_min_time=0.03 \
    2>&1 | tee "$out/bench.log" | grep -aE '^cuda|^Benchmark' >>"$report" ||
    mark_failed "p2s_bench; $out/bench.log"
  say '```'
}

# peers NAME SECONDS ARGUMENTS...: rows of compare_peers.py.
peers() {
  local name=$1 limit=$2
  shift 2
  say "" "## Against PyTorch $(python3 -c 'import torch; print(torch.__version__)' 2>&1 | tail -1)" "" '```'
  timeout "$limit" python3 bench/compare_peers.py --build $build --device cuda --rounds 2 \
    --repeats 20 "$@" 2>"$out/$name.err" | tee -a "$report"
  local status=${PIPESTATUS[0]}
  say '```'
  [ "$status" = 0 ] || { mark_failed "compare_peers.py: status $status"; tail -5 "$out/$name.err" >>"$report"; }
}

flash() {
  local wheels=$build/wheels wheel
  for wheel in gpu_pack/wheels/*.whl; do
    [ -e "$wheel" ] || stop "gpu_pack/wheels is empty; bench/gpu_pack.sh flash fills it"
    python3 -m zipfile -e "$wheel" "$wheels"
  done
  PYTHONPATH=$wheels peers flash 400 --rows FlashRNN
}

if wanted test; then run_tests; fi
if wanted sanitize; then sanitize; fi
if wanted bench; then benchmarks; fi
if wanted compare; then peers compare 200 --compile; fi
if wanted flash; then flash; fi
say "" "gpu_check.sh: $([ $failed = 0 ] && echo 'nothing failed' || echo 'something FAILED'); the report is $report"
exit $failed
