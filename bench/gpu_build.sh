#!/usr/bin/env bash
# Sourced by gpu_pack.sh, gpu_check.sh and gpu_train.sh, in the repository's root: unpacks
# gpu_pack/pack.tar.xz and builds in build/gpu, with CUDA, or unpacks there the programs that
# gpu_pack.sh built. Everything that is missing is said in one line.

build=build/gpu
pack=$PWD/build/gpu_pack
libraries=usr/lib/x86_64-linux-gnu
from_build='$ORIGIN/..'  # build/gpu_pack, from build/gpu and, one up, from build/gpu/tests

stop() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

need() {
  command -v "$1" >/dev/null || stop "needs $1, which is not here; $2"
}

# The folder of PyTorch's CUDA libraries, for a toolkit that comes without cuBLAS.
python_cuda_folder() {
  python3 - <<'PY' 2>/dev/null || true
import importlib.util
found = importlib.util.find_spec("nvidia.cu13") or importlib.util.find_spec("nvidia.cublas")
if found:
    print(list(found.submodule_search_locations)[0])
PY
}

# extract TAR.XZ FOLDER, without xz's program.
extract() {
  mkdir -p "$2"
  python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$1" "$2" ||
    stop "$1 cannot be unpacked"
}

unpack() {
  [ -f gpu_pack/pack.tar.xz ] ||
    stop "gpu_pack/pack.tar.xz is not here: make it with bench/gpu_pack.sh where there is apt"
  [ "$pack/done" -nt gpu_pack/pack.tar.xz ] && return
  rm -rf "$pack"
  extract gpu_pack/pack.tar.xz "$pack"
  touch "$pack/done"
}

# cuBLASLt where the programs look first, beside the pack's libraries.
link_cublas() {
  local folder
  for folder in /usr/local/cuda/lib64 "$(python_cuda_folder)/lib"; do
    if compgen -G "$folder/libcublasLt.so.*" >/dev/null; then
      ln -sf "$folder"/libcublasLt.so.* "$pack/$libraries/"
      return
    fi
  done
}

# build_gpu TARGET... Programs find the pack's libraries, and those theirs, by their old-style rpath:
# in LD_LIBRARY_PATH the pack would also replace what Python loads.
build_gpu() {
  unpack
  link_cublas
  if [ -f gpu_pack/programs.tar.xz ]; then
    extract gpu_pack/programs.tar.xz $build
    return
  fi
  need cmake "it comes with PyTorch's image or pip install cmake"
  need ninja "it comes with PyTorch's image or pip install ninja"
  need g++ "install a C++ compiler"
  PATH=$PATH:/usr/local/cuda/bin
  need nvcc "CUDA 13's compiler is needed"
  local log=$build/build.log
  mkdir -p $build
  if ! { cmake -S . -B $build -G Ninja -DCMAKE_BUILD_TYPE=Release -DP2S_CUDA=ON -DP2S_WERROR=OFF \
    -DCMAKE_CUDA_ARCHITECTURES="${P2S_GPU_ARCHITECTURES:-90}" -DCMAKE_MODULE_PATH="$pack/modules" \
    -DCMAKE_LIBRARY_ARCHITECTURE=x86_64-linux-gnu \
    -DCMAKE_BUILD_RPATH="$from_build/gpu_pack/$libraries;$from_build/../gpu_pack/$libraries" \
    -DCMAKE_EXE_LINKER_FLAGS=-Wl,--disable-new-dtags \
    -DCMAKE_PREFIX_PATH="$pack/usr;$(python_cuda_folder)" &&
    ninja -C $build "$@"; } >$log 2>&1; then
    grep -aE 'error|Error|undefined reference' $log | head -20 >&2
    stop "the build failed; the whole log is $log"
  fi
}
