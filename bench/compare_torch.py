#!/usr/bin/env python3
"""Runs the same layers and models in PyTorch and in p2s, alternating, and prints one JSON line a row.

    python3 bench/compare_torch.py --build build [--threads 2] [--rounds 3] [--only gru] [--small]

Needs torch and numpy (pip install torch numpy) and the program p2s_compare of the build folder.
A row: name, precision, forward and both ways in ms for each side (the best of all rounds), ratio =
PyTorch's time / ours (above 1: p2s is faster), and for layers the largest differences of output and
gradients, relative to the largest number of PyTorch's.
"""
import argparse
import json
import os
import pathlib
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
from torch import nn
from torch.nn import functional as F

GRU_GATES = (0, 1, 2)  # ours r, u, c are PyTorch's r, z, n
LSTM_GATES = (0, 1, 3, 2)  # ours i, f, o, g; PyTorch's i, f, g, o
STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3),
          (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))  # EfficientNet-Lite0


def best_ms(work, repeats):
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times[1:])


class Layer:
    """A layer with its operands as p2s lays them out, and the same in PyTorch."""

    def __init__(self, name, sizes, scale=1.0):
        self.name, self.sizes = name, sizes
        generator = torch.Generator().manual_seed(7)
        # Weights (matrices) as large as they are in models.
        self.operands = [(scale if len(shape) == 2 else 1) * torch.randn(shape, generator=generator)
                         for shape in self.shapes()]
        self.inputs = [o.clone().requires_grad_() for o in self.torch_operands()]
        self.seed = torch.randn(self.output_shape(), generator=generator)

    def torch_operands(self):
        return self.operands

    def to_ours(self, gradients):
        return gradients

    def forward(self):
        with torch.no_grad():
            return self.run()

    def both(self):
        for x in self.inputs:
            x.grad = None
        y = self.run()
        y.backward(self.seed.reshape(y.shape).to(y.dtype))
        return y


class Recurrent(Layer):
    gates, kind = GRU_GATES, nn.GRU

    def shapes(self):
        t, b, d, h = self.sizes
        n = len(self.gates) * h
        return [(t, b, d), (d, n), (h, n), (n,)]

    def output_shape(self):
        t, b, _, h = self.sizes
        return (t, b, h)

    def reorder(self, x, order):
        blocks = x.chunk(len(order), dim=-1)
        return torch.cat([blocks[i] for i in order], dim=-1)

    def torch_operands(self):
        x, w, u, b = self.operands
        _, _, d, h = self.sizes
        self.module = self.kind(d, h)
        with torch.no_grad():
            self.module.weight_ih_l0.copy_(self.reorder(w, self.gates).T)
            self.module.weight_hh_l0.copy_(self.reorder(u, self.gates).T)
            self.module.bias_ih_l0.copy_(self.reorder(b, self.gates))
            self.module.bias_hh_l0.zero_()
        return [x]

    def run(self):
        return self.module(self.inputs[0])[0]

    def both(self):
        self.module.zero_grad(set_to_none=True)
        return super().both()

    def to_ours(self, gradients):
        back = [self.gates.index(i) for i in range(len(self.gates))]
        m = self.module
        return gradients + [self.reorder(m.weight_ih_l0.grad.T, back),
                            self.reorder(m.weight_hh_l0.grad.T, back),
                            self.reorder(m.bias_ih_l0.grad, back)]


class Gru(Recurrent):
    pass


class Lstm(Recurrent):
    gates, kind = LSTM_GATES, nn.LSTM


class CrossEntropy(Layer):
    def shapes(self):
        n, h, v = self.sizes
        return [(n, h), (h, v), (v,)]

    def output_shape(self):
        return (1,)

    def run(self):
        x, w, b = self.inputs
        n, _, v = self.sizes
        return F.cross_entropy(x @ w + b, torch.arange(n) * 7 % v)


class LayerNorm(Layer):
    def shapes(self):
        n, c = self.sizes
        return [(n, c), (c,), (c,)]

    def output_shape(self):
        return tuple(self.sizes)

    def run(self):
        x, gain, bias = self.inputs
        return F.layer_norm(x, (self.sizes[1],), gain, bias)


class Softmax(Layer):
    def shapes(self):
        return [tuple(self.sizes)]

    def output_shape(self):
        return tuple(self.sizes)

    def run(self):
        return self.inputs[0].softmax(-1)


class Product(Layer):
    def shapes(self):
        m, k, n = self.sizes
        return [(m, k), (k, n)]

    def output_shape(self):
        return (self.sizes[0], self.sizes[2])

    def run(self):
        return self.inputs[0] @ self.inputs[1]


class SkipThought(nn.Module):
    """One training step at the sizes of p2s_compare skip_thought: full softmax, clipping, Adam."""

    def __init__(self, v, d, h, t, b):
        super().__init__()
        self.words = nn.Embedding(v, d)
        self.encoder, self.previous, self.next = nn.GRU(d, h), nn.GRU(d, h), nn.GRU(d, h)
        self.output = nn.Linear(h, v)
        self.batches = [torch.randint(v, (t, b)) for _ in range(3)]
        self.optimizer = torch.optim.Adam(self.parameters(), lr=1e-4)

    def loss(self):
        middle, *sides = self.batches
        thought = self.encoder(self.words(middle))[1]
        states = []
        for gru, side in zip((self.previous, self.next), sides):
            x = self.words(side).roll(1, 0)
            states.append(gru(torch.cat((torch.zeros_like(x[:1]), x[1:])), thought)[0])
        logits = self.output(torch.cat([s.flatten(0, 1) for s in states]))
        return F.cross_entropy(logits.float(), torch.cat([s.flatten() for s in sides]))

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss().backward()
        nn.utils.clip_grad_norm_(self.parameters(), 5.0)
        self.optimizer.step()


def convnet():
    """EfficientNet-Lite0 with folded batch norm; the residual sums are left out of the timing."""
    layers = [nn.Conv2d(3, 32, 3, 2, 1), nn.ReLU6()]
    channels = 32
    for kernel, stride, expansion, filters, repeats in STAGES:
        for i in range(repeats):
            wide = channels * expansion
            if expansion > 1:
                layers += [nn.Conv2d(channels, wide, 1), nn.ReLU6()]
            layers += [nn.Conv2d(wide, wide, kernel, stride if i == 0 else 1, kernel // 2,
                                 groups=wide), nn.ReLU6(), nn.Conv2d(wide, filters, 1)]
            channels = filters
    layers += [nn.Conv2d(channels, 1280, 1), nn.ReLU6(), nn.AdaptiveAvgPool2d(1)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


class Ours:
    def __init__(self, program, threads, folder):
        self.program, self.threads, self.folder = program, threads, pathlib.Path(folder)

    def write(self, layer):
        parts = [o.numpy().ravel() for o in (*layer.operands, layer.seed)]
        np.concatenate(parts).astype(np.float32).tofile(self.folder / "input")

    def run(self, name, sizes, precision, files=False):
        command = [self.program, name, *map(str, sizes), "--threads", str(self.threads)]
        if precision == "bf16":
            command.append("--bf16")
        if files:
            command += ["--input", self.folder / "input", "--output", self.folder / "output"]
        result = subprocess.run(command, check=True, capture_output=True, text=True)
        return json.loads(result.stdout)

    def results(self, layer):
        numbers = torch.from_numpy(np.fromfile(self.folder / "output", dtype=np.float32))
        sizes = [int(np.prod(layer.output_shape())), *(o.numel() for o in layer.operands)]
        return numbers.split(sizes)


def differences(layer, ours):
    y = layer.both()
    theirs = [y.detach(), *layer.to_ours([x.grad for x in layer.inputs])]
    errors = [float((a.flatten().float() - b).abs().max() / a.abs().max().clamp_min(1e-6))
              for a, b in zip(theirs, ours)]
    return {"output_error": errors[0], "gradient_error": max(errors[1:])}


def row(name, precision, torch_times, our_times, extra):
    line = {"name": name, "precision": precision}
    for way in our_times[0]:
        theirs = min(times[way] for times in torch_times)
        ours = min(times[way] for times in our_times)
        line |= {f"torch_{way}": round(theirs, 3), f"p2s_{way}": round(ours, 3),
                 f"ratio_{way.removesuffix('_ms')}": round(theirs / ours, 2)}
    print(json.dumps(line | extra), flush=True)


def compare_layer(layer, ours, precision, args):
    ours.write(layer)
    torch_times, our_times = [], []
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        for _ in range(args.rounds):
            torch_times.append({"forward_ms": best_ms(layer.forward, 3),
                                "both_ms": best_ms(layer.both, 3)})
            our_times.append(ours.run(layer.name, layer.sizes, precision, files=True))
    row(f"{layer.name} {'x'.join(map(str, layer.sizes))}", precision, torch_times, our_times,
        differences(layer, ours.results(layer)))


def compare_skip_thought(sizes, ours, precision, args):
    model = SkipThought(*sizes)
    torch_times, our_times = [], []

    def step():
        with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
            model.step()

    for _ in range(args.rounds):
        torch_times.append({"both_ms": best_ms(step, 2)})
        our_times.append(ours.run("skip_thought", sizes, precision))
    row(f"skip-thought step {'x'.join(map(str, sizes))}", precision, torch_times, our_times, {})


def compare_convnet(batch, ours, args):
    model = convnet()
    images = torch.randn(batch, 3, 224, 224).to(memory_format=torch.channels_last)
    torch_times, our_times = [], []
    with torch.inference_mode():
        for _ in range(args.rounds):
            torch_times.append({"forward_ms": best_ms(lambda: model(images), 5)})
            our_times.append(ours.run("convnet", [batch], "fp32"))
    row(f"efficientnet-lite0 batch {batch}", "fp32", torch_times, our_times, {})


def layers(small):
    if small:
        yield lambda: Gru("gru", (5, 8, 20, 24), 0.1)
        yield lambda: Lstm("lstm", (5, 8, 20, 24), 0.1)
        yield lambda: CrossEntropy("cross_entropy", (60, 24, 500), 0.1)
        yield lambda: LayerNorm("layer_norm", (64, 240))
        yield lambda: Softmax("softmax", (64, 500))
        yield lambda: Product("product", (64, 48, 80), 0.1)
        return
    for d, h in ((300, 600), (620, 2400)):
        yield lambda: Gru("gru", (30, 64, d, h), 0.02)
        yield lambda: Lstm("lstm", (30, 64, d, h), 0.02)
    yield lambda: CrossEntropy("cross_entropy", (960, 600, 20000), 0.02)
    yield lambda: LayerNorm("layer_norm", (4096, 2400))
    yield lambda: Softmax("softmax", (1024, 20000))
    yield lambda: Product("product", (1024, 1024, 1024), 0.1)
    yield lambda: Product("product", (64, 2400, 7200), 0.1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="the build folder with bench/p2s_compare")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help="rows whose name holds this text")
    parser.add_argument("--small", action="store_true", help="small sizes: agreement, not speed")
    args = parser.parse_args()
    program = pathlib.Path(args.build) / "bench" / "p2s_compare"
    if not program.exists():
        sys.exit(f"{program}: not there; build it: cmake --build {args.build} --target p2s_compare")
    torch.set_num_threads(args.threads)
    torch.manual_seed(1)
    with tempfile.TemporaryDirectory(prefix="p2s-compare-") as folder:
        ours = Ours(program, args.threads, folder)
        for make in layers(args.small):
            layer = make()
            if args.only not in layer.name:
                continue
            compare_layer(layer, ours, "fp32", args)
            if layer.name not in ("layer_norm", "softmax"):
                compare_layer(layer, ours, "bf16", args)
        if args.only in "skip_thought":
            for precision in ("fp32", "bf16"):
                compare_skip_thought((500, 20, 24, 5, 8) if args.small else (20000, 300, 600, 15, 64),
                                     ours, precision, args)
        if args.only in "convnet":
            for batch in (1,) if args.small else (1, 16):
                compare_convnet(batch, ours, args)


if __name__ == "__main__":
    main()
