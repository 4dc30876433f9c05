#!/usr/bin/env bash
# Installs the Python module into a virtual environment of its own and compares its vectors with those
# of p2s-encode: tests/python/install_and_compare.sh BUILD [PACK]. It takes minutes and fetches what
# pip needs, so ./test.sh leaves it out. The last line is "ok".
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$(cd "$1" && pwd)
pack=${2:-$root/packs/novels.h5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet "$root"
printf '%s\n' "A dog runs on the beach." "" "It's a café, isn't it?" "The old man." >"$folder/lines.txt"
"$build/p2s-encode" --encoder "$pack" --out "$folder/lines.npy" <"$folder/lines.txt"
cd "$folder"
venv/bin/python - "$pack" <<'PYTHON'
import sys
import numpy
import p2s

lines = open("lines.txt", encoding="utf-8").read().split("\n")[:-1]
encoder = p2s.Encoder(sys.argv[1])
vectors = encoder.encode(lines, use_norm=False)
assert vectors.dtype == numpy.float32 and vectors.shape == (4, encoder.size), vectors.shape
assert numpy.array_equal(vectors, numpy.load("lines.npy"))
unit = encoder.encode(lines)
assert numpy.allclose(numpy.linalg.norm(unit, axis=1), [1, 0, 1, 1], atol=1e-5)
assert encoder.encode([]).shape == (0, encoder.size)
assert encoder.words > 1000
try:
    p2s.Encoder("none.h5")
    raise SystemExit("a missing file was not refused")
except p2s.Error as error:
    assert "none.h5" in str(error) and "\n" not in str(error), error
PYTHON
echo ok
