"""Whole models in PyTorch, at the sizes of p2s_compare; each function returns one run of the work."""
import math

import torch
from torch import nn
from torch.nn import functional as F


class SkipThought(nn.Module):
    """An encoder and two decoders with one word table and a full softmax (Kiros et al. 2015)."""

    def __init__(self, v, d, h):
        super().__init__()
        self.words = nn.Embedding(v, d)
        self.encoder, self.previous, self.next = nn.GRU(d, h), nn.GRU(d, h), nn.GRU(d, h)
        self.output = nn.Linear(h, v)

    def loss(self, before, middle, after):
        thought = self.encoder(self.words(middle))[1]
        states, sides = [], (before, after)
        for gru, side in zip((self.previous, self.next), sides):
            x = self.words(side).roll(1, 0)
            states.append(gru(torch.cat((torch.zeros_like(x[:1]), x[1:])), thought)[0])
        logits = self.output(torch.cat([s.flatten(0, 1) for s in states]))
        return F.cross_entropy(logits, torch.cat([s.flatten() for s in sides]))


class Vse(nn.Module):
    """A GRU over words and a linear map of image features; the hinge over all pairs."""

    def __init__(self, v, d, h, features=1280):
        super().__init__()
        self.words, self.sentence, self.image = nn.Embedding(v, d), nn.GRU(d, h), nn.Linear(features, h)

    def loss(self, words, features):
        s = F.normalize(self.sentence(self.words(words))[1][0], dim=-1)
        scores = F.normalize(self.image(features), dim=-1) @ s.T
        match = scores.diagonal()
        off = ~torch.eye(len(scores), dtype=torch.bool)
        cost = F.relu(0.2 - match[:, None] + scores) + F.relu(0.2 - match[None, :] + scores)
        return cost[off].sum() / len(scores)


def made_up(v, t, b):
    """Word ids as frequent as in text, as bench/training_steps.cpp draws them."""
    return (torch.rand(t, b) * math.log(v)).exp().long().sub(1).clamp(0, v - 1)


def trained(model, loss, rate=1e-4):
    """A step: gradients, clipping to norm 5, Adam."""
    optimizer = torch.optim.Adam(model.parameters(), lr=rate, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss().backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
    return step


def skip_thought(v, d, h, t, b):
    model = SkipThought(v, d, h)
    batch = [made_up(v, t, b) for _ in range(3)]
    return trained(model, lambda: model.loss(*batch))


def vse(v, d, h, t, b):
    model = Vse(v, d, h)
    words, features = made_up(v, t, b), torch.rand(b, 1280)
    return trained(model, lambda: model.loss(words, features))


def adam(count):
    weights = torch.full((count,), 0.5, requires_grad=True)
    weights.grad = torch.full((count,), 0.01)
    return torch.optim.Adam([weights], lr=1e-3, fused=True).step


def decode(d, h, v, stories):
    words, cell, output = nn.Embedding(v, d), nn.GRUCell(d, h), nn.Linear(h, v)
    state = {"h": torch.zeros(stories, h), "previous": torch.zeros(stories, dtype=torch.long)}

    @torch.inference_mode()
    def word():
        state["h"] = cell(words(state["previous"]), state["h"])
        state["previous"] = output(state["h"]).log_softmax(-1).argmax(-1)
    return word


MODELS = {"skip_thought": skip_thought, "vse": vse, "adam": adam, "decode": decode}
