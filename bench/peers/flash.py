"""FlashRNN's fused LSTM (PyPI flashrnn, which compiles its kernels when they are first called)."""
import torch

try:
    from flashrnn import flashrnn
except ImportError:
    flashrnn = None


def lstm_both(t, b, h):
    """A run both ways of the recurrence alone: the products with the input are given."""
    def operand(*shape):
        return torch.randn(shape, dtype=torch.bfloat16).mul(0.02).requires_grad_()

    gates_x, recurrent, bias = operand(b, t, 4, 1, h), operand(4, 1, h, h), operand(4, 1, h)
    seed = torch.randn(b, t, 1, h, dtype=torch.bfloat16)

    def both():
        for x in (gates_x, recurrent, bias):
            x.grad = None
        states, _ = flashrnn(gates_x, recurrent, bias, function="lstm", backend="cuda_fused")
        states[0].backward(seed.reshape(states[0].shape))
    return both
