"""python3 -m peers.memory LAYER SIZES...: bytes that PyTorch takes for a layer, both ways, beyond its operands
and their gradients. A process of its own, because the peak of a process never falls."""
import os
import sys

import torch

from peers import layers


def resident(key):
    with open("/proc/self/status") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))


def main(name, sizes):
    layer = layers.layer(name, sizes)
    small = layers.layer(name, tuple(8 for _ in sizes))
    small.both()  # threads and code come first
    with open("/proc/self/clear_refs", "w") as reset:
        reset.write("5")
    before = resident("VmRSS")
    layer.both()
    gradients = sum(4 * x.numel() for x in layer.inputs)
    print(resident("VmHWM") - before - gradients)


if __name__ == "__main__":
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    main(sys.argv[1], tuple(map(int, sys.argv[2:])))
