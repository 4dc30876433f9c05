#!/usr/bin/env bash
# Trains on a machine with a GPU for some minutes, in three steps:
#
#     bench/gpu_train.sh pack FOLDER...            # here: gpu_pack/data.tar.xz, of books, photographs, models
#     bench/gpu_train.sh MINUTES RUN ARGUMENTS...  # there: p2s-train ARGUMENTS with --out, --device, --resume
#     bench/gpu_train.sh join FOLDER               # here: a run that came back goes on with --resume
#
#     bench/gpu_train.sh 8 encoder skipthought --corpus gpu_pack/data/books --kind combine --precision bf16
#
# The run goes to $OUT/RUN, else build/gpu/runs/RUN, its model files in parts of 16 MB. Where
# gpu_pack/runs/RUN came along, it goes on from there. P2S_TRAIN_DEVICE=cpu tries it all without a GPU.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/gpu_build.sh

part=16M

pack_data() {
  [ $# -gt 0 ] || stop "pack: name the folders and files that the training reads"
  mkdir -p gpu_pack
  local arguments=() path
  for path in "$@"; do
    [ -e "$path" ] || stop "$path is not there"
    arguments+=(-C "$(dirname "$(realpath "$path")")" "$(basename "$path")")
  done
  tar -cJf gpu_pack/data.tar.xz "${arguments[@]}"
  local size
  size=$(du -m gpu_pack/data.tar.xz | cut -f1)
  [ "$size" -lt 64 ] || stop "gpu_pack/data.tar.xz has $size MB; 64 travel, the libraries among them"
  echo "gpu_train.sh: gpu_pack/data.tar.xz, $size MB"
}

split_models() {
  local file
  for file in "$1"/*.h5; do
    [ -e "$file" ] || continue
    sha256sum "$file" | cut -d' ' -f1 >"$file.sha256"
    split -b $part -d -a 3 "$file" "$file.part-"
    rm "$file"
  done
}

join_models() {
  local sum file
  for sum in "$1"/*.h5.sha256; do
    [ -e "$sum" ] || stop "$1 holds no model files in parts"
    file=${sum%.sha256}
    cat "$file".part-* >"$file"
    [ "$(sha256sum "$file" | cut -d' ' -f1)" = "$(cat "$sum")" ] ||
      stop "$file: its parts do not make up what was written; bring them back again"
    rm "$file".part-* "$sum"
  done
}

train() {
  local minutes=$1 name=$2 status=0
  shift 2
  local run=${OUT:-$PWD/$build/runs}/$name log resume=()
  mkdir -p "$run"
  log=$run/train.log
  if [ -d "gpu_pack/runs/$name" ]; then
    cp "gpu_pack/runs/$name"/* "$run"
    if compgen -G "$run/*.sha256" >/dev/null; then join_models "$run"; fi
    resume=(--resume)
  fi
  if [ -f gpu_pack/data.tar.xz ] && [ ! gpu_pack/data -nt gpu_pack/data.tar.xz ]; then
    rm -rf gpu_pack/data
    extract gpu_pack/data.tar.xz gpu_pack/data
    touch gpu_pack/data
  fi
  build_gpu p2s-train
  # An interrupt makes it save where it is; what is killed later has its last validation.
  timeout -s INT -k 60 "${minutes}m" $build/p2s-train "$@" --out "$run" \
    --device "${P2S_TRAIN_DEVICE:-cuda}" "${resume[@]}" >>"$log" 2>&1 || status=$?
  tr '\r' '\n' <"$log" | tail -3
  split_models "$run"
  # 124: the time was up; 130: it says so itself.
  case $status in
    0 | 124 | 130) echo "gpu_train.sh: the run is $run" ;;
    *) stop "p2s-train ended with status $status; $log" ;;
  esac
}

case ${1:-} in
  pack) pack_data "${@:2}" ;;
  join) [ $# = 2 ] || stop "join: name the run's folder"; join_models "$2" ;;
  '' | -h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0" ;;
  *) [ $# -ge 3 ] || stop "give MINUTES RUN and what p2s-train is to do"; train "$@" ;;
esac
