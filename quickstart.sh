#!/usr/bin/env bash
# Tells a story for a photograph: ./quickstart.sh [PHOTO] [--genre G] [any flag of p2s-generate].
# Installs what is missing (apt), builds what changed, runs. Docs: README.md, docs/cli.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$here/build/release

photo=$here/photos/temple.jpg
if [ $# -gt 0 ] && [[ $1 != -* ]]; then
  photo=$1
  shift
fi
"$here/setup_debian.sh"

# The build is quiet unless it fails.
log=$here/build/quickstart.log
mkdir -p "$here/build"
[ -x "$build/p2s-generate" ] || echo "quickstart.sh: building, a few minutes the first time" >&2
if ! { { [ -f "$build/build.ninja" ] || cmake -S "$here" --preset release; } &&
  cmake --build "$build" --target p2s-generate; } >"$log" 2>&1; then
  tail -40 "$log" >&2
  echo "quickstart.sh: the build failed; the whole log is $log" >&2
  exit 1
fi

export P2S_PACK=${P2S_PACK:-$here/packs/novels.h5}
arguments=("$photo")
[[ " $* " == *" --genre"* ]] || arguments+=(--genre thriller)
exec "$build/p2s-generate" "${arguments[@]}" "$@"
