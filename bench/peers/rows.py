"""The rows of the comparison: what is run on both sides, and what is asked of the ratio."""
from dataclasses import dataclass, field, replace


@dataclass
class Row:
    work: str  # as the table names it
    kind: str  # layer, flash, memory, model, convnet or story: which of the sides' functions runs it
    what: str  # as p2s_compare names it
    sizes: tuple
    required: float  # the peer's time / ours, at least
    key: str = "ms"  # of p2s_compare's line: ms, forward_ms or both_ms
    flops: float = 0  # of one run; 0: bound by memory
    bytes: float = 0  # that have to be moved; 0: bound by arithmetic
    precision: str = "fp32"  # of our products
    peer_precision: str = "fp32"
    extra: list = field(default_factory=list)  # more arguments of p2s_compare
    share: float = 0  # of the machine's limit that is asked; 0: none
    compiled: bool = False  # whether --compile also times the peer compiled


def gru_flops(t, b, d, h, gates=3):
    return 2 * t * b * gates * h * (d + h)


def step_flops(v, d, h, t, b):
    """A skip-thought step: three recurrences and two sides' words, both ways."""
    return 3 * (3 * gru_flops(t, b, d, h) + 2 * 2 * t * b * h * v)


def recurrences():
    t, b, d, h = sizes = (30, 64, 620, 2400)
    for what, gates, forward, both in (("gru", 3, 2.6, 2.6), ("lstm", 4, 1.1, 1.0)):
        flops = gru_flops(t, b, d, h, gates)
        yield Row(f"{what.upper()} 620->2400 forward", "layer", what, sizes, forward, "forward_ms", flops)
        yield Row(f"{what.upper()} 620->2400 both ways", "layer", what, sizes, both, "both_ms", 3 * flops)
        yield Row(f"{what.upper()} 620->2400 both ways, bf16", "layer", what, sizes, 1.5, "both_ms",
                  3 * flops, precision="bf16", peer_precision="bf16")


def losses():
    n, h, v = sizes = (1920, 2400, 20000)
    yield Row("linear + softmax + cross-entropy both ways", "layer", "cross_entropy", sizes, 2.0,
              "both_ms", 6 * n * h * v)
    yield Row("the same: memory beyond operands and gradients", "memory", "cross_entropy", sizes, 4.0)


def steps():
    for d, h in ((620, 2400), (300, 600)):
        sizes = (20000, d, h, 15, 64)
        name = f"skip-thought step {d}->{h}"
        yield Row(name, "model", "skip_thought", sizes, 2.2, flops=step_flops(*sizes))
        yield Row(f"{name}, bf16", "model", "skip_thought", sizes, 1.35, flops=step_flops(*sizes),
                  precision="bf16", peer_precision="bf16")
    v, d, h, t, b = sizes = (10000, 300, 1024, 12, 128)
    yield Row("VSE step, GRU 1024", "model", "vse", sizes, 2.3,
              flops=3 * gru_flops(t, b, d, h) + 4 * b * 1280 * h)


def bound_by_memory():
    n, c = 4096, 2400
    yield Row("layer norm 4096x2400 forward", "layer", "layer_norm", (n, c), 1.0, "forward_ms", bytes=2 * 4 * n * c)
    yield Row("layer norm 4096x2400 both ways", "layer", "layer_norm", (n, c), 1.0, "both_ms", bytes=5 * 4 * n * c)
    n, c = 1024, 20000
    yield Row("softmax 1024x20000 forward", "layer", "softmax", (n, c), 1.0, "forward_ms", bytes=2 * 4 * n * c)
    yield Row("softmax 1024x20000 both ways", "layer", "softmax", (n, c), 1.0, "both_ms", bytes=5 * 4 * n * c)
    v, d, n = 20000, 620, 960
    yield Row("embedding 20000x620 of 960 words, both ways", "layer", "embedding", (v, d, n), 1.0, "both_ms",
              bytes=5 * 4 * n * d)
    yield Row("Adam over 50 M weights", "model", "adam", (50_000_000,), 1.0, bytes=7 * 4 * 50_000_000)


def telling():
    d, h, v = 620, 2400, 20000
    weights = 3 * h * (d + h) + h * v
    for precision, size, required in (("fp32", 4, 1.0), ("bf16", 2, 3.5), ("int8", 1, 6.0)):
        yield Row(f"one story, a word, {precision} weights", "model", "decode", (d, h, v, 1), required,
                  bytes=size * weights, precision=precision)
    # The fp32 weights are there to compare with: what is asked of many stories, the other two do.
    for precision, required, bound in (("fp32", 1.0, {"flops": 2 * 50 * weights}),
                                       ("bf16", 4.0, {"flops": 2 * 50 * weights}),
                                       ("int8", 4.0, {"bytes": weights})):
        yield Row(f"50 stories, a word of each, {precision} weights", "model", "decode", (d, h, v, 50),
                  required, precision=precision, **bound)
    yield Row("photo to 100-word story, cold", "story", "generate", (), 1.0)


def convnets():
    for name, flops in (("efficientnet-lite0", 2 * 0.385e9), ("resnet-50", 2 * 4.09e9), ("vgg-19", 2 * 19.6e9)):
        for batch, images in ((1, "1 image"), (16, "16 images")):
            yield Row(f"{name} forward, {images}", "convnet", "convnet", (batch,), 1.0, flops=batch * flops,
                      extra=["--name", name])
        yield Row(f"{name} training step, 16 images", "convnet", "convnet_step", (16,), 1.2,
                  flops=3 * 16 * flops, extra=["--name", name])


BF16 = {"precision": "bf16", "peer_precision": "bf16"}


def recurrences_alone():
    """Few inputs, so that the recurrence is nearly all; PyTorch's is cuDNN's."""
    for h in (600, 1200):
        t, b, d, h = sizes = (30, 64, 16, h)
        flops = gru_flops(t, b, d, h)
        yield Row(f"GRU {d}->{h} forward, bf16", "layer", "gru", sizes, 2.0, "forward_ms", flops, **BF16)
        yield Row(f"GRU {d}->{h} both ways, bf16", "layer", "gru", sizes, 2.0, "both_ms", 3 * flops, **BF16)
    # FlashRNN has its fused kernel for LSTMs, and for sizes that its tiles divide.
    for h in (640, 1024):
        t, b, d, h = sizes = (30, 64, 16, h)
        yield Row(f"LSTM {d}->{h} both ways, bf16, FlashRNN", "flash", "lstm", sizes, 1.2, "both_ms",
                  3 * gru_flops(t, b, d, h, 4), **BF16)


def gpu_steps():
    for d, h in ((620, 2400), (300, 1200)):
        for b in (64, 512):
            sizes = (20000, d, h, 15, b)
            yield Row(f"skip-thought step {d}->{h}, B {b}, bf16", "model", "skip_thought", sizes, 1.5,
                      flops=step_flops(*sizes), compiled=True, **BF16)
    n, h, v = sizes = (1920, 2400, 20000)
    yield Row("linear + softmax + cross-entropy both ways, bf16", "layer", "cross_entropy", sizes, 1.5,
              "both_ms", 6 * n * h * v, compiled=True, **BF16)
    n = 4096
    # Both sides round floats first.
    yield Row(f"product {n}x{n}x{n} forward, bf16", "layer", "product", (n, n, n), 0.95, "forward_ms",
              2 * n**3, **BF16)


def gpu_rows():
    """What is asked of a GPU."""
    yield from recurrences_alone()
    yield from gpu_steps()
    for row in bound_by_memory():
        yield replace(row, share=0.85)


def order():
    """Of the table: these rows and those of time_to_loss.py."""
    return [row.work for row in all_rows()] + ["time to a validation loss, skip-thoughts 300->600"]


def all_rows(device="cpu"):
    if device == "cuda":
        yield from gpu_rows()
        return
    for group in (recurrences, losses, steps, bound_by_memory, telling, convnets):
        yield from group()
