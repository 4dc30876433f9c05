#!/usr/bin/env bash
# Installs the library of a build folder to a temporary prefix, builds examples/ against it with
# find_package(p2s), and runs each: install_and_run_examples.sh BUILD. Prints one line an example,
# "ok NAME" or "FAILED NAME"; non-zero if any failed.
set -euo pipefail
build=$(cd "$1" && pwd)
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Threads that wait do not spin: the machine may have other work.
export OMP_WAIT_POLICY=${OMP_WAIT_POLICY:-passive}

quiet() {
  "$@" >"$scratch/log" 2>&1 </dev/null || {
    tail -30 "$scratch/log" >&2
    echo "FAILED ${*:1:3}"
    exit 1
  }
}
quiet cmake --install "$build" --prefix "$scratch/prefix"
quiet cmake -S "$root/examples" -B "$scratch/build" -G Ninja \
  -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$scratch/prefix"
quiet cmake --build "$scratch/build"

status=0
for source in "$root"/examples/*.cpp; do
  name=$(basename "$source" .cpp)
  if "$scratch/build/$name" >"$scratch/log" 2>&1 </dev/null; then
    echo "ok $name"
  else
    tail -30 "$scratch/log" >&2
    echo "FAILED $name"
    status=1
  fi
done
exit $status
