#!/usr/bin/env bash
# Makes gpu_pack/pack.tar.xz: the libraries and headers that p2s is built with and that a bare machine
# with a GPU (CUDA 13, g++, cmake, ninja, Python with PyTorch; no apt, no network) lacks.
# bench/gpu_check.sh and bench/gpu_train.sh unpack it there. With "programs" also programs.tar.xz, all
# that is built with them, so that no minute there goes on building (glibc 2.36 or newer is needed).
# With "flash" also FlashRNN's wheels, to compare with.
#
#     bench/gpu_pack.sh [programs] [flash]      # to gpu_pack, which git ignores
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/gpu_build.sh
folder=gpu_pack

limit_mb=64
packages=(libdnnl-dev libdnnl2 ocl-icd-opencl-dev ocl-icd-libopencl1 opencl-c-headers libeigen3-dev
  libhdf5-dev libstb-dev libcli11-dev libspdlog-dev libspdlog1.10 libfmt-dev libfmt9
  nlohmann-json3-dev libutf8proc-dev libutf8proc2 libxxhash-dev libxxhash0 doctest-dev
  libbenchmark-dev libbenchmark1debian zlib1g-dev zlib1g)

./setup_debian.sh
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# add FILE...: into the tree, links as links.
add() { printf '%s\n' "${@#/}" | tar -C / --no-recursion -cf - -T - | tar -C "$tree" -xf -; }

wanted='^/usr/include/|^/usr/share/(cmake|eigen3)/|^/usr/lib/cmake/|^/usr/lib/x86_64-linux-gnu/(cmake/|lib[^/]*\.so|libbenchmark_main\.a)'
unneeded='/usr/include/eigen3/unsupported/|hdf5/(openmpi|mpich)|libhdf5_(openmpi|mpich|serial_(cpp|fortran|hl)|serialhl)|/H5.*(cpp|\.mod)|/usr/include/stb/.*\.c$'
for package in "${packages[@]}"; do
  dpkg -L "$package" >/dev/null || { echo "gpu_pack.sh: $package is not installed" >&2; exit 1; }
  mapfile -t files < <(dpkg -L "$package" | grep -E "$wanted" | grep -vE "$unneeded" |
    while read -r f; do if [ -L "$f" ] || [ -f "$f" ]; then echo "$f"; fi; done)
  if [ ${#files[@]} -gt 0 ]; then add "${files[@]}"; fi
done
hdf5=/usr/lib/x86_64-linux-gnu/libhdf5_serial.so
add "$hdf5"*

# What these libraries load themselves, but for what comes with every g++.
system='/(ld-linux.*|libc|libm|libdl|librt|libpthread|libresolv|libstdc\+\+|libgcc_s|libgomp)\.so'
find "$tree" -name '*.so*' -type f -exec ldd {} + 2>/dev/null | awk '$3 ~ /^\// {print $3}' | sort -u |
  grep -vE "$system" | while read -r library; do
  real=$(readlink -f "$library")
  mkdir -p "$tree/usr/lib/x86_64-linux-gnu"
  cp -n "$real" "$tree/usr/lib/x86_64-linux-gnu/$(basename "$library")"
done
find "$tree" -name '*.so*' -type f -exec strip --strip-unneeded {} + 2>/dev/null || true

# CMake's own module asks the compiler wrapper, whose paths are this machine's.
mkdir -p "$tree/modules"
cat >"$tree/modules/FindHDF5.cmake" <<'CMAKE'
get_filename_component(root ${CMAKE_CURRENT_LIST_DIR}/../usr ABSOLUTE)
if(NOT TARGET HDF5::HDF5)
  add_library(HDF5::HDF5 SHARED IMPORTED)
  set_target_properties(HDF5::HDF5 PROPERTIES
    IMPORTED_LOCATION ${root}/lib/x86_64-linux-gnu/libhdf5_serial.so
    INTERFACE_INCLUDE_DIRECTORIES ${root}/include/hdf5/serial)
endif()
set(HDF5_FOUND TRUE)
CMAKE

mkdir -p "$folder"
tar -C "$tree" -cJf "$folder/pack.tar.xz" .
size=$(du -m "$folder/pack.tar.xz" | cut -f1)
if [ "$size" -ge $limit_mb ]; then
  echo "gpu_pack.sh: $folder/pack.tar.xz has $size MB, $limit_mb are too many" >&2
  exit 1
fi
if [[ " $* " == *" flash "* ]]; then
  rm -rf $folder/wheels
  python3 -m pip download --quiet --no-deps --dest $folder/wheels flashrnn einops
fi
if [[ " $* " == *" programs "* ]]; then
  rm -f $folder/programs.tar.xz
  build_gpu all
  stripped=$(mktemp -d)
  (cd $build && find . -type f -perm -u+x ! -path '*/CMakeFiles/*' \
    -exec cp --parents {} "$stripped" \; && strip "$stripped"/{p2s-*,bench/*,tests/*} 2>/dev/null)
  tar -C "$stripped" -cJf "$stripped.tar.xz" .
  mv "$stripped.tar.xz" $folder/programs.tar.xz
  rm -rf "$stripped"
  size=$((size + $(du -m $folder/programs.tar.xz | cut -f1)))
fi
echo "gpu_pack.sh: $folder, $size MB; carry it with the tree, then bench/gpu_check.sh there"
