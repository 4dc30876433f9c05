#!/usr/bin/env bash
# Tells a story for a photograph: ./quickstart.sh [PHOTO] [--genre G] [any flag of p2s-generate].
# Installs what is missing (apt), builds what changed, runs. Docs: README.md, docs/cli.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

photo=$here/photos/temple.jpg
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  photo=$(realpath -m -- "$1")
  shift
fi
cd "$here"
./setup_debian.sh

# The build is quiet unless it fails; the first one takes some minutes.
log=build/quickstart.log
mkdir -p build
[ -x build/release/p2s-generate ] || echo "quickstart.sh: building (minutes, the first time only)" >&2
if ! { { [ -f build/release/build.ninja ] || cmake --preset release; } &&
  cmake --build build/release --target p2s-generate; } >"$log" 2>&1; then
  tail -40 "$log" >&2
  echo "quickstart.sh: the build failed; the whole log is $here/$log" >&2
  exit 1
fi

arguments=("$photo")
[[ " $* " == *" --genre"* ]] || arguments+=(--genre thriller)
[[ " $* " == *" --pack"* ]] || arguments+=(--pack packs/novels.h5)
exec build/release/p2s-generate "${arguments[@]}" "$@"
