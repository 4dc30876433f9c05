#!/usr/bin/env bash
# The one list of Debian packages. `setup_debian.sh` installs those that the build needs,
# `setup_debian.sh checks` those of ./test.sh as well. Asks for nothing and needs no network when
# all of them are there.
set -euo pipefail

packages=(g++ cmake ninja-build ccache
  libdnnl-dev ocl-icd-opencl-dev opencl-c-headers libeigen3-dev libhdf5-dev libstb-dev
  libcli11-dev libspdlog-dev libfmt-dev nlohmann-json3-dev libutf8proc-dev libxxhash-dev
  zlib1g-dev doctest-dev libbenchmark-dev)
if [ "${1:-}" = checks ]; then packages+=(clang-format clang-tidy); fi

missing=()
for package in "${packages[@]}"; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" != 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "setup_debian.sh: needs root or sudo to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "setup_debian.sh: installing with apt: ${missing[*]}" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { "${as_root[@]}" apt-get update &&
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null; then
  tail -20 "$log" >&2
  echo "setup_debian.sh: apt-get failed; its last lines are above" >&2
  exit 1
fi
