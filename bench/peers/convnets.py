"""Convolutional networks: forward in onnxruntime, a training step in PyTorch. Random weights."""
import io

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

STAGES = ((3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3),
          (5, 2, 6, 192, 4), (3, 1, 6, 320, 1))  # EfficientNet-Lite0


def conv(inside, outside, kernel, stride=1, groups=1, activation=True):
    layers = [nn.Conv2d(inside, outside, kernel, stride, kernel // 2, groups=groups, bias=False),
              nn.BatchNorm2d(outside)]
    return layers + [nn.ReLU6()] if activation else layers


class Block(nn.Module):
    def __init__(self, inside, expansion, outside, kernel, stride):
        super().__init__()
        wide = inside * expansion
        layers = conv(inside, wide, 1) if expansion > 1 else []
        layers += conv(wide, wide, kernel, stride, wide) + conv(wide, outside, 1, activation=False)
        self.layers, self.residual = nn.Sequential(*layers), stride == 1 and inside == outside

    def forward(self, x):
        return self.layers(x) + x if self.residual else self.layers(x)


def efficientnet_lite0():
    layers, channels = conv(3, 32, 3, 2), 32
    for kernel, stride, expansion, filters, repeats in STAGES:
        for i in range(repeats):
            layers.append(Block(channels, expansion, filters, kernel, stride if i == 0 else 1))
            channels = filters
    layers += [*conv(channels, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.2),
               nn.Linear(1280, 1000)]
    return nn.Sequential(*layers)


NETWORKS = {"efficientnet-lite0": efficientnet_lite0, "resnet-50": torchvision.models.resnet50,
            "vgg-19": torchvision.models.vgg19}


def onnx_forward(name, batch, threads):
    import onnxruntime
    images = torch.rand(batch, 3, 224, 224)
    file = io.BytesIO()
    torch.onnx.export(NETWORKS[name]().eval(), (images,), file, input_names=["images"], dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(file.getvalue(), options,
                                           providers=["CPUExecutionProvider"])
    numbers = images.numpy()
    return lambda: session.run(None, {"images": numbers})


def torch_step(name, batch):
    """All layers, by SGD with momentum; NHWC, which PyTorch is fastest in."""
    model = NETWORKS[name]().train().to(memory_format=torch.channels_last)
    images = torch.rand(batch, 3, 224, 224).to(memory_format=torch.channels_last)
    targets = torch.arange(batch) * 7
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.cross_entropy(model(images), targets).backward()
        optimizer.step()
    return step
