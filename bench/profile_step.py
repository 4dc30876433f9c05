#!/usr/bin/env python3
"""Where the time of a training step goes, by kernel, against the limit of each. Nothing but Python.

    python3 bench/profile_step.py [--sizes V D H T B] [--write]

Prints a table: milliseconds a step, share of the step, and the share of the machine's limit that the
kernel reaches (arithmetic in registers, or reading memory), measured in the same run. --write puts it
into docs/performance.md.
"""
import argparse
import json
import os
import pathlib
import subprocess

from peers import report

ROOT = pathlib.Path(__file__).resolve().parent.parent


def compare(build, *arguments, **environment):
    command = [build / "bench/p2s_compare", *map(str, arguments)]
    result = subprocess.run(command, check=True, capture_output=True, text=True,
                            env=os.environ | environment)
    return json.loads(result.stdout)


def table(line, peak):
    text = ["| kernel | calls a step | ms a step | share | of its limit |", "|---|---|---|---|---|"]
    runs, left = line["runs"], line["seconds"]
    for kernel in line["kernels"]:
        seconds = kernel["seconds"]
        left -= seconds
        reached = (kernel["flops"] / peak["fp32_flops"] or kernel["bytes"] / peak["bytes"]) / seconds
        if seconds < 0.002 * line["seconds"]:
            continue
        text.append(f"| {kernel['name']} | {kernel['calls'] / runs:.0f} | {1e3 * seconds / runs:.1f} | "
                    f"{100 * seconds / line['seconds']:.1f} % | {100 * reached:.0f} % of "
                    f"{'arithmetic' if kernel['flops'] else 'memory'} |")
    text.append(f"| outside kernels | | {1e3 * left / runs:.1f} | {100 * left / line['seconds']:.1f} % | |")
    return "\n".join(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--sizes", type=int, nargs=5, default=(20000, 620, 2400, 15, 64), metavar="N")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    peak = compare(args.build, "peak")
    line = compare(args.build, "skip_thought", "--repeats", args.repeats, "--sizes", *args.sizes, P2S_PROFILE="1")
    v, d, h, t, b = args.sizes
    text = (f"A skip-thought step, V {v}, {d}->{h}, T {t}, B {b}, full softmax: {line['ms']:.0f} ms, "
            f"{line['system_blocks']} blocks of memory asked of the system in {line['runs']} steady steps.\n\n"
            + table(line, peak))
    print(text)
    if args.write:
        report.replace(ROOT / "docs/performance.md", "profile_step.py", text)


if __name__ == "__main__":
    main()
