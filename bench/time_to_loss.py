#!/usr/bin/env python3
"""Seconds of training until skip-thoughts reach a validation loss: PyTorch's full softmax against ours.

    pip install torch numpy
    python3 bench/time_to_loss.py BOOKS [--genre thriller] [--peer-steps 80] [--write]

PyTorch trains 300->600 words of the 20,000 most frequent, T up to 30, B 64, for --peer-steps; its
validation loss at the end is the mark. p2s-train learns from the same tokenised books (PyTorch reads its
cache), with the same rate, clipping and batches of like length, with each softmax in turn; its steps until
the mark come from a run that validates often, its seconds from one of so many steps that does not.
Both losses are exact, over words of as many held-out sentences; both sides multiply in bf16 (PyTorch by
autocast) where the processor has such products. Needs p2s-train of the build folder.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

TUNABLES = "glibc.malloc.mmap_threshold=8589934592:glibc.malloc.trim_threshold=34359738368"
if os.environ.get("GLIBC_TUNABLES") != TUNABLES:  # as in compare_peers.py
    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, "GLIBC_TUNABLES": TUNABLES})

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from peers import models, report, rows

ROOT = pathlib.Path(__file__).resolve().parent.parent
VOCABULARY, EMBEDDING, HIDDEN, BATCH, LONGEST, RATE = 20000, 300, 600, 64, 30, 0.001
WORK, REQUIRED = "time to a validation loss, skip-thoughts 300->600", 4.0


class Corpus:
    """The trainer's cache (docs/formats.md)."""

    def __init__(self, path):
        data = path.read_bytes()
        size = int.from_bytes(data[8:16], "little")
        header = json.loads(data[16:16 + size])
        sentences, tokens = header["sentences"], header["tokens"]
        self.words, place = len(header["words"]), 16 + size

        def array(count, kind):
            nonlocal place
            place = (place + 63) // 64 * 64
            result = np.frombuffer(data, kind, count, place)
            place += result.nbytes
            return result
        self.offsets, self.ids = array(sentences + 1, np.int64), array(tokens, np.int32)
        self.sections = array(sentences, np.int32)
        array(sentences, np.int32)
        self.held_out = array(sentences, np.uint8)

    def triples(self, held_out):
        """Middles of three sentences of 1 to LONGEST words that follow each other."""
        lengths = np.diff(self.offsets)
        good = (lengths >= 1) & (lengths <= LONGEST) & (self.held_out == held_out)
        middle = np.arange(1, len(lengths) - 1)
        same = (self.sections[:-2] == self.sections[1:-1]) & (self.sections[2:] == self.sections[1:-1])
        return middle[same & good[:-2] & good[1:-1] & good[2:]]

    def sentence(self, i):
        return torch.tensor(np.append(self.ids[self.offsets[i]:self.offsets[i + 1]], 0), dtype=torch.long)

    def batches(self, held_out, seed):
        """Of like length, in random order, for ever."""
        rng = random.Random(seed)
        while True:
            order = self.triples(held_out).tolist()
            rng.shuffle(order)
            order.sort(key=lambda i: self.offsets[i + 1] - self.offsets[i])
            groups = [order[i:i + BATCH] for i in range(0, len(order) - BATCH + 1, BATCH)]
            rng.shuffle(groups)
            for group in groups:
                yield [nn.utils.rnn.pad_sequence([self.sentence(i + side) for i in group], padding_value=-1)
                       for side in (-1, 0, 1)]


class SkipThought(models.SkipThought):
    """For sentences of several lengths: only words are scored, and a thought is the state at its end."""

    def read(self, ids):
        return self.words(ids.clamp_min(0)) * (ids >= 0).unsqueeze(-1)

    def loss(self, before, middle, after):
        last = (middle >= 0).sum(0) - 1
        thought = self.encoder(self.read(middle))[0][last, torch.arange(middle.shape[1])].unsqueeze(0)
        states, targets = [], []
        for gru, side in zip((self.previous, self.next), (before, after)):
            x = self.read(side).roll(1, 0)
            y = gru(torch.cat((torch.zeros_like(x[:1]), x[1:])), thought.contiguous())[0]
            states.append(y[side >= 0]), targets.append(side[side >= 0])
        return F.cross_entropy(self.output(torch.cat(states)), torch.cat(targets))


def train_peer(corpus, steps, validation_batches, precision):
    torch.manual_seed(1)
    model = SkipThought(corpus.words, EMBEDDING, HIDDEN)
    nn.init.uniform_(model.words.weight, -0.1, 0.1)
    batches = corpus.batches(0, 1)
    autocast = torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16")

    def loss():
        with autocast:  # around each step: it keeps rounded weights until it ends
            return model.loss(*next(batches))
    step = models.trained(model, loss, RATE)
    start = time.perf_counter()
    for _ in range(steps):
        step()
    seconds = time.perf_counter() - start
    total = words = 0
    held_out = corpus.batches(1, 0)
    with torch.inference_mode():
        for _ in range(validation_batches):
            batch = next(held_out)
            count = int((batch[0] >= 0).sum() + (batch[2] >= 0).sum())
            total, words = total + float(model.loss(*batch)) * count, words + count
    return seconds, total / words


def run_ours(args, folder, *more):
    out = pathlib.Path(tempfile.mkdtemp(dir=folder))
    plain = {k: v for k, v in os.environ.items() if k != "GLIBC_TUNABLES"}
    command = [args.build / "p2s-train", "skipthought", "--corpus", args.books, "--genre", args.genre, "--out",
               out, "--vocab", VOCABULARY, "--embedding", EMBEDDING, "--hidden", HIDDEN, "--batch", BATCH,
               "--max-words", LONGEST, "--lr", RATE, "--grad-clip", 5, "--threads", args.threads, "--log-steps",
               1, "--validation-batches", args.validation_batches, "--precision", args.precision, *more]
    subprocess.run([str(c) for c in command], check=True, capture_output=True,
                   env=plain | {"P2S_CACHE": str(folder / "cache")})
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


def train_ours(args, folder, softmax, mark):
    """(steps, seconds) until the mark; None if it was not reached."""
    often = 10
    lines = run_ours(args, folder, "--softmax", softmax, "--steps", 3 * args.peer_steps, "--validate-steps", often)
    reached = [line["step"] for line in lines if "validation" in line and line["validation"]["loss"] <= mark]
    if not reached:
        return None
    lines = run_ours(args, folder, "--softmax", softmax, "--steps", reached[0], "--validate-steps", 10**6)
    return reached[0], [line["seconds"] for line in lines if "seconds" in line][-1]


def fastest_precision():
    return "bf16" if "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text() else "fp32"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("books")
    parser.add_argument("--genre", default="thriller")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--precision", choices=["fp32", "bf16"], default=fastest_precision(), help="of both sides")
    parser.add_argument("--peer-steps", type=int, default=80)
    parser.add_argument("--validation-batches", type=int, default=30)
    parser.add_argument("--softmax", nargs="+", default=["adaptive", "sampled"])
    parser.add_argument("--write", action="store_true", help="update docs/performance")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    with tempfile.TemporaryDirectory(prefix="p2s-time-to-loss-") as name:
        folder = pathlib.Path(name)
        run_ours(args, folder, "--steps", 1)  # makes the cache
        cache = max((folder / "cache").rglob("*"), key=lambda f: f.stat().st_size if f.is_file() else 0)
        peer_seconds, mark = train_peer(Corpus(cache), args.peer_steps, args.validation_batches,
                                        args.precision)
        print(json.dumps({"peer_seconds": round(peer_seconds, 1), "peer_steps": args.peer_steps,
                          "loss": round(mark, 4)}), flush=True)
        best = None
        for softmax in args.softmax:
            found = train_ours(args, folder, softmax, mark)
            print(json.dumps({"softmax": softmax, "steps_and_seconds": found}), flush=True)
            if found and (best is None or found[1] < best[1]):
                best = (*found, softmax)
    if best is None:
        sys.exit("no run of ours reached the mark")
    ratio = round(peer_seconds / best[1], 2)
    line = {"work": f"{WORK}", "ours_ms": round(1e3 * best[1]), "peer_ms": round(1e3 * peer_seconds),
            "ratio": ratio, "required": REQUIRED, "short": ratio < REQUIRED, "loss": round(mark, 4),
            "ours": f"{best[2]} softmax, {args.precision}, {best[0]} steps",
            "peer": f"{args.precision}, {args.peer_steps} steps"}
    print(json.dumps(line))
    if args.write:
        report.write_rows(ROOT / "docs", [line], rows.order())
    sys.exit(line["short"])


if __name__ == "__main__":
    main()
