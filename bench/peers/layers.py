"""Single layers in PyTorch, with their operands as p2s lays them out."""
import torch
from torch import nn
from torch.nn import functional as F

GRU_GATES = (0, 1, 2)  # ours r, u, c are PyTorch's r, z, n
LSTM_GATES = (0, 1, 3, 2)  # ours i, f, o, g; PyTorch's i, f, g, o


class Layer:
    """Operands in the order of p2s_compare, then the gradient of the output (`seed`)."""

    def __init__(self, sizes, scale=1.0):
        self.sizes = sizes
        generator = torch.Generator(torch.get_default_device()).manual_seed(7)
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
    gates, kind = GRU_GATES, nn.GRU


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


class Product(Layer):
    def shapes(self):
        m, k, n = self.sizes
        return [(m, k), (k, n)]

    def output_shape(self):
        return (self.sizes[0], self.sizes[2])

    def run(self):
        a, b = self.inputs
        return a @ b


class Embedding(Layer):
    def shapes(self):
        v, d, _ = self.sizes
        return [(v, d)]

    def output_shape(self):
        return (self.sizes[2], self.sizes[1])

    def run(self):
        v, _, n = self.sizes
        return F.embedding(torch.arange(n) * 7 % v, self.inputs[0])


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


LAYERS = {"gru": (Gru, 0.02), "lstm": (Lstm, 0.02), "cross_entropy": (CrossEntropy, 0.02),
          "embedding": (Embedding, 1.0), "layer_norm": (LayerNorm, 1.0), "product": (Product, 0.02), "softmax": (Softmax, 1.0)}


def layer(name, sizes):
    kind, scale = LAYERS[name]
    return kind(sizes, scale)
