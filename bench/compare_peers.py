#!/usr/bin/env python3
"""Runs the same work in p2s and in PyTorch or onnxruntime, in turns, and prints one JSON line a row.

    pip install torch torchvision onnxruntime onnx
    python3 bench/compare_peers.py [--rows PATTERN] [--rounds 3] [--threads 2] [--write]
    python3 bench/compare_peers.py --device cuda --compile    # on a machine with a GPU

A row: work, ours_ms and peer_ms (the best of all rounds), ratio = peer / ours (above 1: p2s is
faster), required (what the project asks of the ratio), share_of_limit (what we reach of the machine's
peak, measured in the same run: arithmetic in registers, or reading memory), ratio_at_limit (the ratio that
all of that peak would give). Layers also have the largest difference of output and of gradients, relative
to the largest number of PyTorch's. Exit status 1 if a row falls short. --write puts the rows into docs/performance/rows.jsonl, in place of those of the same
name, and the tables of docs/performance.md.

Needs the programs p2s_compare and p2s-generate of the build folder.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

TUNABLES = "glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=34359738368"
if os.environ.get("GLIBC_TUNABLES") != TUNABLES:
    # PyTorch is 1.3 to 2 times slower where glibc gives large blocks back after each step.
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "GLIBC_TUNABLES": TUNABLES})

import numpy as np
import torch

from peers import convnets, flash, layers, models, report, rows

ROOT = pathlib.Path(__file__).resolve().parent.parent
STORY_MS, STORY_MB = 700, 300
OUR_ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
PEAK_TRIES = 4


class Ours:
    """p2s_compare, one process a round."""

    def __init__(self, args, folder):
        self.build, self.threads, self.folder = pathlib.Path(args.build), args.threads, pathlib.Path(folder)
        self.device = args.device

    def run(self, what, sizes, *more):
        command = [self.build / "bench/p2s_compare", what, "--threads", str(self.threads), "--device",
                   self.device, *more]
        if sizes:
            command += ["--sizes", *map(str, sizes)]
        result = subprocess.run(command, check=True, capture_output=True, text=True, env=OUR_ENVIRONMENT)
        return json.loads(result.stdout)

    def write(self, layer):
        parts = [o.cpu().numpy().ravel() for o in (*layer.operands, layer.seed)]
        np.concatenate(parts).astype(np.float32).tofile(self.folder / "input")

    def files(self):
        return ["--input", self.folder / "input", "--output", self.folder / "output"]

    def results(self, layer):
        numbers = torch.from_numpy(np.fromfile(self.folder / "output", dtype=np.float32))
        return numbers.split([int(np.prod(layer.output_shape())), *(o.numel() for o in layer.operands)])


def best_ms(work, repeats):
    finish = torch.cuda.synchronize if torch.cuda.is_available() else lambda: None
    times = []
    for _ in range(repeats + 1):  # the first asks for memory
        finish()
        start = time.perf_counter()
        work()
        finish()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times[1:])


def differences(layer, ours):
    y = layer.both()
    theirs = [y.detach(), *layer.to_ours([x.grad for x in layer.inputs])]
    errors = [float((a.cpu().flatten().float() - b).abs().max() / a.cpu().abs().max().clamp_min(1e-6))
              for a, b in zip(theirs, ours)]
    return {"output_error": errors[0], "gradient_error": max(errors[1:])}


def compared(row, ours, args):
    """ours_ms, peer_ms and what else there is to say, the sides in turns."""
    more = ["--precision", row.precision, "--repeats", str(args.repeats), *row.extra]
    extra = {}
    if row.kind in ("layer", "flash"):
        layer = layers.layer(row.what, row.sizes)
        ours.write(layer)
        peer = layer.forward if row.key == "forward_ms" else layer.both
        if row.kind == "flash":
            peer = flash.lstm_both(*(row.sizes[i] for i in (0, 1, 3)))
        more += ours.files()
    elif row.kind == "convnet":
        peer = (convnets.onnx_forward(row.extra[1], row.sizes[0], args.threads) if row.what == "convnet"
                else convnets.torch_step(row.extra[1], row.sizes[0]))
    else:
        peer = models.MODELS[row.what](*row.sizes)
    peers = [peer, torch.compile(peer)] if args.compile and row.compiled else [peer]
    autocast = torch.autocast(args.device, torch.bfloat16, enabled=row.peer_precision == "bf16")
    our_times, peer_times = [], []
    for _ in range(args.rounds):
        line = ours.run(row.what, row.sizes, *more)
        our_times.append(line[row.key])
        # Around each run, as in training: it keeps rounded weights until it ends.
        peer_times += [best_ms(autocast(peer), args.repeats) for peer in peers]
    if row.kind == "layer":
        extra = differences(layer, ours.results(layer))
    elif "system_blocks" in line:
        extra = {"system_blocks": line["system_blocks"]}
    return min(our_times), min(peer_times), extra


def taken_memory(row, ours):
    """MB on both sides."""
    layer = layers.layer(row.what, row.sizes)
    ours.write(layer)
    taken = ours.run(row.what, row.sizes, "--repeats", "1", *ours.files())["peak_bytes"]
    taken -= sum(2 * 4 * operand.numel() for operand in layer.operands)
    command = [sys.executable, "-m", "peers.memory", row.what, *map(str, row.sizes)]
    result = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT / "bench")
    return taken / 1e6, int(result.stdout) / 1e6


LAUNCHER = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(1e3 * (time.perf_counter() - start), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def told_story(ours, args):
    """A fresh process tells a story of 100 words; the limit stands for the peer."""
    command = [ours.build / "p2s-generate", ROOT / "photos/coffee.jpg", "--threads", str(args.threads),
               "--device", args.device]
    times, megabytes = [], 0
    for _ in range(args.rounds):
        # From a process that is small itself: what starts another counts as the other's memory.
        launcher = [sys.executable, "-c", LAUNCHER, *map(str, command)]
        result = subprocess.run(launcher, check=True, capture_output=True, text=True, env=OUR_ENVIRONMENT)
        ms, kilobytes = map(float, result.stdout.split())
        times.append(ms)
        megabytes = max(megabytes, kilobytes / 1024)
    return min(times), STORY_MS, {"ours_mb": round(megabytes), "limit_mb": STORY_MB}


def measured(row, ours, peak, args):
    line = {"work": row.work}
    if "bf16" in (row.precision, row.peer_precision) and not peak["bf16_flops"]:
        return line | {"required": row.required, "skipped": "this processor has no bf16 products"}
    if row.kind == "flash" and flash.flashrnn is None:
        return line | {"required": row.required, "skipped": "flashrnn is not installed"}
    if row.kind == "memory":
        ours_mb, peer_mb = taken_memory(row, ours)
        ratio = round(peer_mb / ours_mb, 2)
        return line | {"ours_mb": round(ours_mb), "peer_mb": round(peer_mb), "ratio": ratio,
                       "required": row.required, "short": ratio < row.required}
    ours_ms, peer_ms, extra = (told_story(ours, args) if row.kind == "story" else
                               compared(row, ours, args))
    line |= {"ours_ms": round(ours_ms, 3), "peer_ms": round(peer_ms, 3),
             "ratio": round(peer_ms / ours_ms, 2), "required": row.required}
    if row.bytes:
        line["share_of_limit"] = round(row.bytes / ours_ms * 1e3 / peak["bytes"], 2)
    elif row.flops:
        limit = peak["bf16_flops" if row.precision == "bf16" else "fp32_flops"]
        line["share_of_limit"] = round(row.flops / ours_ms * 1e3 / limit, 2)
    if line.get("share_of_limit"):
        line["ratio_at_limit"] = round(line["ratio"] / line["share_of_limit"], 2)
    line["short"] = (line["ratio"] < row.required or line.get("share_of_limit", 1) < row.share or
                     extra.get("ours_mb", 0) > STORY_MB)
    if row.share:
        line["share_required"] = row.share
    return line | extra


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default=ROOT / "build/release", help="the build folder")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3, help="runs of each side in a round")
    parser.add_argument("--rows", default="", help="only rows whose name fits this regular expression")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="of both sides")
    parser.add_argument("--compile", action="store_true", help="the peer is the better of plain and compiled")
    parser.add_argument("--list", action="store_true", help="print the names of the rows")
    parser.add_argument("--write", action="store_true", help="update docs/performance")
    args = parser.parse_args()
    if args.write and args.device != "cpu":
        parser.error("--write keeps the CPU's rows only")
    chosen = [row for row in rows.all_rows(args.device) if re.search(args.rows, row.work)]
    if not chosen:
        sys.exit(f"--rows {args.rows}: fits no row's name; --list prints them")
    if args.list:
        print(*(row.work for row in chosen), sep="\n")
        return
    program = pathlib.Path(args.build) / "bench/p2s_compare"
    if not program.exists():
        sys.exit(f"{program}: not there; build it: cmake --build {args.build} --target p2s_compare")
    torch.set_num_threads(args.threads)
    torch.set_default_device(args.device)
    torch.manual_seed(1)
    lines = []
    with tempfile.TemporaryDirectory(prefix="p2s-compare-") as folder:
        ours = Ours(args, folder)
        # Whoever shares the machine can only lower what is measured.
        peaks = [ours.run("peak", []) for _ in range(PEAK_TRIES if args.device == "cpu" else 1)]
        peak = {key: max(each[key] for each in peaks) for key in peaks[0]}
        print(json.dumps({"peak": peak}), flush=True)
        for row in chosen:
            lines.append(measured(row, ours, peak, args))
            print(json.dumps(lines[-1]), flush=True)
            if args.write:
                report.write(ROOT / "docs", lines, peak, rows.order(), args.threads)
    sys.exit(any(line.get("short") for line in lines))


if __name__ == "__main__":
    main()
