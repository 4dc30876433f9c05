#include <doctest/doctest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/init.h"
#include "nn/ops.h"
#include "nn/optim.h"

using namespace p2s;

namespace {

constexpr int kSteps = 10;

// Forms the loss of one step on the tape.
using Loss = std::function<Var(Tape&)>;

std::vector<real> train(Device device, const std::vector<NamedParameter>& parameters,
                        const Loss& loss_of) {
  Optimizer optimizer(parameters, {});
  Rng seeds(1);
  std::vector<real> losses;
  for (int i = 0; i < kSteps; ++i) {
    Tape tape(device, Tape::Mode::training, seeds.key());
    const Var loss = loss_of(tape);
    losses.push_back(loss.value.item());
    tape.backward(loss);
    optimizer.step_clipped(0.02, gradient_norm(parameters), 5);
    clear_gradients(parameters);
  }
  for (const NamedParameter& parameter : parameters) {
    const std::vector<real> values = parameter.var.value.to_host();
    losses.insert(losses.end(), values.begin(), values.end());
  }
  return losses;
}

// Two layers with dropout that learn a fixed random mapping; first the losses, then the weights.
std::vector<real> train_mlp(Device device, uint64_t seed) {
  Rng rng(seed);
  const Tensor x = normal({16, 8}, device, rng, 1).value;
  const Tensor target = normal({16, 4}, device, rng, 1).value;
  const Var w1 = xavier({8, 32}, device, rng), b1 = zeros({32}, device);
  const Var w2 = xavier({32, 4}, device, rng), b2 = zeros({4}, device);
  return train(device, {{"w1", w1}, {"b1", b1}, {"w2", w2}, {"b2", b2}}, [&](Tape& tape) {
    const Var hidden = dropout(tape, tanh(tape, linear(tape, x, w1, b1)), real(0.1));
    return squared_error(tape, linear(tape, hidden, w2, b2), target);
  });
}

// A language model over 11 words that learns four sentences of different lengths by heart.
std::vector<real> train_gru(Device device, uint64_t seed) {
  constexpr int64_t kTime = 5, kBatch = 4, kWords = 11, kEmbedding = 6, kHidden = 12;
  Rng rng(seed);
  std::vector<int32_t> inputs(kTime * kBatch, -1), targets(kTime * kBatch, -1);
  const std::vector<int32_t> lengths{5, 3, 4, 1};
  real tokens = 0;
  for (int64_t b = 0; b < kBatch; ++b) {
    for (int64_t t = 0; t < lengths[size_t(b)]; ++t) {
      targets[size_t(t * kBatch + b)] = int32_t(rng.below(kWords));
      if (t > 0) inputs[size_t(t * kBatch + b)] = targets[size_t((t - 1) * kBatch + b)];
      tokens += 1;
    }
  }
  const Ids input_ids(Shape{kTime, kBatch}, device, inputs);
  const Ids target_ids(Shape{kTime * kBatch}, device, targets);
  const Ids length_ids(Shape{kBatch}, device, lengths);
  const Tensor weights({kTime * kBatch}, device, 1 / tokens);
  const Var words = uniform({kWords, kEmbedding}, device, rng, real(0.1));
  GruWeights gru_weights;
  gru_weights.input = uniform({kEmbedding, 3 * kHidden}, device, rng, real(0.1));
  gru_weights.recurrent = orthogonal({kHidden, 3 * kHidden}, device, rng);
  gru_weights.bias = zeros({3 * kHidden}, device);
  const Var out = uniform({kHidden, kWords}, device, rng, real(0.1)),
            bias = zeros({kWords}, device);
  std::vector<NamedParameter> parameters = parameters_of(gru_weights, "gru.");
  parameters.insert(parameters.end(), {{"words", words}, {"out", out}, {"bias", bias}});
  return train(device, parameters, [&](Tape& tape) {
    const Var states = gru(tape, embedding(tape, words, input_ids), {}, length_ids, gru_weights);
    return linear_cross_entropy(tape, states, out, bias, target_ids, weights);
  });
}

void check_losses(const std::vector<real>& measured, const std::vector<double>& stored) {
  for (size_t i = 0; i < stored.size(); ++i) {
    CAPTURE(i);
    CHECK(double(measured[i]) == doctest::Approx(stored[i]).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("ten steps of a small network give the stored losses") {
  for (const Device device : {Device::ref, Device::cpu}) {
    CAPTURE(name(device));
    check_losses(train_mlp(device, 1), {1.153687, 0.973681, 0.8134128, 0.8061183, 0.7178866,
                                        0.6288409, 0.6497511, 0.6644241, 0.6123859, 0.5302904});
  }
}

TEST_CASE("ten steps of a small GRU language model give the stored losses") {
  for (const Device device : {Device::ref, Device::cpu}) {
    CAPTURE(name(device));
    check_losses(train_gru(device, 1), {2.397885, 2.378202, 2.353092, 2.321709, 2.281253, 2.228605,
                                        2.161201, 2.078465, 1.985012, 1.893601});
  }
}

TEST_CASE("the same seed twice gives the same bits, another seed does not") {
  for (const Device device : {Device::ref, Device::cpu}) {
    CAPTURE(name(device));
    CHECK(train_mlp(device, 3) == train_mlp(device, 3));
    CHECK(train_gru(device, 3) == train_gru(device, 3));
    CHECK(train_mlp(device, 3) != train_mlp(device, 4));
  }
}
