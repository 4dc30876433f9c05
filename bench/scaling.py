#!/usr/bin/env python3
"""Does cost grow as the work grows? Draws docs/performance/*.svg.

    pip install matplotlib
    python3 bench/scaling.py [hidden] [batch] [vocabulary] [memory]

Seconds of a skip-thought training step (full softmax, clipping, Adam) against its hidden size, batch and
vocabulary, beside the line that the arithmetic predicts: its operations at the speed of a large
product on this machine, measured in the same run. And the memory that a trainer keeps for itself
(the peak of RssAnon: without pages of files, which the system may take back) against the size of its
corpus of made-up books. Needs p2s_compare and p2s-train of the build folder.
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

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["svg.hashsalt"] = "p2s"
from matplotlib import pyplot

from peers.rows import step_flops

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs/performance"
BASE = {"vocabulary": 20000, "embedding": 300, "hidden": 600, "time": 15, "batch": 64}
STEPS = {"hidden": (150, 300, 600, 1200, 1800), "batch": (8, 16, 32, 64, 128, 256),
         "vocabulary": (2500, 5000, 10000, 20000, 40000)}
CORPORA_MB = (10, 100, 400)


def compare(build, *arguments):
    command = [build / "bench/p2s_compare", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def draw(name, xlabel, ylabel, lines):
    figure, axes = pyplot.subplots(figsize=(5, 3.2))
    for label, x, y, style in lines:
        axes.plot(x, y, style, label=label)
    axes.set_xlabel(xlabel), axes.set_ylabel(ylabel)
    axes.set_xlim(left=0), axes.set_ylim(bottom=0)
    axes.legend(), axes.grid(alpha=0.3)
    figure.tight_layout()
    FOLDER.mkdir(exist_ok=True)
    figure.savefig(FOLDER / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


def steps(build, what):
    speed = compare(build, "peak")["product_flops"]
    sizes = [BASE | {what: value} for value in STEPS[what]]
    measured, predicted = [], []
    for size in sizes:
        measured.append(compare(build, "skip_thought", "--repeats", 2, "--sizes", *size.values())["ms"] / 1e3)
        predicted.append(step_flops(*size.values()) / speed)
        print(json.dumps({what: size[what], "seconds": round(measured[-1], 4),
                          "predicted": round(predicted[-1], 4)}), flush=True)
    draw(f"step_{what}", what, "seconds a step", [("measured", STEPS[what], measured, "o-"),
                                                 ("arithmetic alone", STEPS[what], predicted, "--")])


def write_books(folder, megabytes):
    """Books of 1 MB: sentences of words whose frequency falls as 1 / rank."""
    rng = random.Random(1)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randint(2, 9))) for _ in range(30000)]
    weights = [1 / (i + 1) for i in range(len(words))]
    drawn = rng.choices(words, weights, k=1_000_000)
    for book in range(megabytes):
        text, size = [], 0
        while size < 1_000_000:
            first = rng.randrange(len(drawn) - 20)
            sentence = " ".join(drawn[first:first + rng.randint(5, 15)]).capitalize() + "."
            text.append(sentence), (size := size + len(sentence) + 1)
        (folder / f"book{book}.txt").write_text("\n".join(text))


def peak_memory(build, books, out, cache):
    """The largest RssAnon of a short run, in MB."""
    command = [build / "p2s-train", "skipthought", "--corpus", books, "--out", out, "--steps", "20",
               "--hidden", "64", "--embedding", "32", "--batch", "32", "--softmax", "sampled"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env=os.environ | {"P2S_CACHE": str(cache), "XDG_CACHE_HOME": str(cache)})
    most = 0
    while process.poll() is None:
        try:
            for line in open(f"/proc/{process.pid}/status"):
                if line.startswith("RssAnon"):
                    most = max(most, int(line.split()[1]) / 1024)
        except (FileNotFoundError, ProcessLookupError):
            break
        time.sleep(0.01)
    if process.wait():
        sys.exit(f"{command[0]}: exit status {process.returncode}")
    return most


def memory(build):
    most = []
    for megabytes in CORPORA_MB:
        with tempfile.TemporaryDirectory(prefix="p2s-scaling-") as name:
            folder = pathlib.Path(name)
            (folder / "books").mkdir()
            write_books(folder / "books", megabytes)
            most.append(peak_memory(build, folder / "books", folder / "run", folder / "cache"))
        print(json.dumps({"corpus_mb": megabytes, "memory_mb": round(most[-1])}), flush=True)
    draw("memory", "corpus, MB", "memory of the trainer, MB", [("measured", CORPORA_MB, most, "o-")])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("plots", nargs="*", help="hidden, batch, vocabulary, memory; default all")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    args = parser.parse_args()
    known = [*STEPS, "memory"]
    for plot in args.plots or known:
        if plot not in known:
            parser.error(f"{plot}: not one of {', '.join(known)}")
        memory(args.build) if plot == "memory" else steps(args.build, plot)


if __name__ == "__main__":
    main()
