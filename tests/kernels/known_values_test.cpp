#include <doctest/doctest.h>

#include <cmath>

#include "nn/ops.h"
#include "tests/kernels/compare.h"

// Values that can be worked out by hand: the reference could be wrong in the same way as the table
// that is compared with it.
namespace p2s {
namespace {

using Values = std::vector<real>;

// Runs `run` on the reference and on every fast device.
void check_values(const Values& truth, const std::function<Var(Tape&)>& run,
                  Tape::Mode mode = Tape::Mode::training) {
  std::vector<Device> devices = fast_devices();
  devices.push_back(Device::ref);
  for (Device device : devices) {
    CAPTURE(name(device));
    Tape tape(device, mode);
    const Values values = run(tape).value.to_host();
    REQUIRE(values.size() == truth.size());
    for (size_t i = 0; i < truth.size(); ++i) {
      CAPTURE(i);
      CHECK(values[i] == doctest::Approx(truth[i]).epsilon(1e-5));
    }
  }
}

Tensor on(Tape& tape, const Shape& shape, const Values& values) {
  return Tensor(shape, tape.device(), values);
}

}  // namespace

TEST_CASE("matmul by hand") {
  const Values a = {1, 2, 3, 4}, b = {5, 6, 7, 8};
  const auto product = [&](Transpose transpose) {
    return [&, transpose](Tape& tape) {
      return matmul(tape, on(tape, {2, 2}, a), on(tape, {2, 2}, b), transpose);
    };
  };
  check_values({19, 22, 43, 50}, product(Transpose::none));
  check_values({26, 30, 38, 44}, product(Transpose::a));
  check_values({17, 23, 39, 53}, product(Transpose::b));
  check_values({23, 31, 34, 46}, product(Transpose::both));
}

TEST_CASE("normalisations by hand") {
  const real s = std::sqrt(real(1.5));
  check_values({-s, 1, 2 * s + 1}, [](Tape& tape) {
    const Var gain = on(tape, {3}, {1, 5, 2}), bias = on(tape, {3}, {0, 1, 1});
    return layer_norm(tape, on(tape, {1, 3}, {1, 2, 3}), gain, bias, 0);
  });
  check_values({real(0.6), real(0.8), 0, 0}, [](Tape& tape) {
    return l2_normalize(tape, on(tape, {2, 2}, {3, 4, 0, 0}));
  });
  const auto batch = [](Tape& tape) {
    const Var gain = on(tape, {1}, {3}), bias = on(tape, {1}, {1});
    const BatchNormState state{on(tape, {1}, {2}), on(tape, {1}, {4})};
    return batch_norm(tape, on(tape, {2, 1}, {4, 8}), gain, bias, state, {.epsilon = 0});
  };
  check_values({-2, 4}, batch);
  check_values({4, 10}, batch, Tape::Mode::inference);
}

TEST_CASE("losses by hand") {
  check_values({std::log(real(4)) + 2 * std::log(real(2))}, [](Tape& tape) {
    const Values large = {7, 7, 7, 7, 0, 0, -90, -90, 1, 2, 3, 4};
    const std::vector<int32_t> targets = {2, 0, -1};
    return softmax_cross_entropy(tape, on(tape, {3, 4}, large), Ids({3}, tape.device(), targets),
                                 on(tape, {3}, {1, 2, 1}));
  });
  check_values({real(2.5)}, [](Tape& tape) {
    return squared_error(tape, on(tape, {2}, {1, 4}), on(tape, {2}, {2, 2}));
  });
  // Rows: 0.5 - 1 + 0.8 and 0.5 - 0 + 0.2; columns: 0.5 - 1 + 0.2 -> 0 and 0.5 - 0 + 0.8.
  check_values({real(0.3 + 0.7 + 1.3)}, [](Tape& tape) {
    const Values scores = {1, real(0.8), real(0.2), 0};
    return ranking_hinge(tape, on(tape, {2, 2}, scores), real(0.5), false);
  });
  // Of two violations in a row only the larger one counts.
  check_values({real(0.5)}, [](Tape& tape) {
    const Values scores = {1, 1, real(0.9), real(-1), 5, 0, real(-1), 0, 5};
    return ranking_hinge(tape, on(tape, {3, 3}, scores), real(0.5), true);
  });
  // The first sentence is below the first image; of the second only 3 and 4 stand out.
  check_values({0, -5, -1, -real(std::sqrt(32.0))}, [](Tape& tape) {
    const Var images = on(tape, {2, 3}, {1, 2, 3, 0, 2, 3}),
              sentences = on(tape, {2, 3}, {1, 1, 0, 4, 2, 7});
    return order_scores(tape, images, sentences);
  });
}

TEST_CASE("linear_cross_entropy is softmax_cross_entropy of linear") {
  const Values x = random_values(5 * 3, 1), w = random_values(3 * 7, 2), b = random_values(7, 3);
  const std::vector<int32_t> targets = {0, 6, -1, 3, 3};
  Tape tape(Device::ref, Tape::Mode::training);
  const Ids ids({5}, Device::ref, targets);
  const Var logits = linear(tape, on(tape, {5, 3}, x), on(tape, {3, 7}, w), on(tape, {7}, b));
  const real truth = softmax_cross_entropy(tape, logits, ids, {}).value.item();
  check_values({truth}, [&](Tape& t) {
    return linear_cross_entropy(t, on(t, {5, 3}, x), on(t, {3, 7}, w), on(t, {7}, b),
                                Ids({5}, t.device(), targets), {}, {.block_rows = 2});
  });
}

// One row of pixels, padded by 2 at the left and 1 at the right.
TEST_CASE("convolution by hand") {
  const auto convolve = [](const ConvOptions& options) {
    return [options](Tape& tape) {
      return conv2d(tape, on(tape, {1, 1, 4, 1}, {1, 2, 3, 4}),
                    on(tape, {1, 1, 3, 1}, {1, 10, 100}), on(tape, {1}, {-200}), options);
    };
  };
  const ConvOptions padded{.pad_left = 2, .pad_right = 1};
  check_values({-100, 10, 121, 232, -157}, convolve(padded));
  ConvOptions strided = padded;
  strided.stride = 2;
  strided.activation = Activation::relu6;
  check_values({0, 6, 0}, convolve(strided));
  // Each of two groups sees one of the two channels.
  check_values({10, 200}, [](Tape& tape) {
    return conv2d(tape, on(tape, {1, 1, 1, 2}, {1, 2}), on(tape, {2, 1, 1, 1}, {10, 100}), {},
                  {.groups = 2});
  });
}

TEST_CASE("pools by hand: padding takes no part") {
  const PoolOptions options{.window = 2, .stride = 2, .pad = 1};
  const Values x = {-1, -2, -3, -4};
  check_values(x, [&](Tape& tape) { return max_pool(tape, on(tape, {1, 2, 2, 1}, x), options); });
  check_values(x, [&](Tape& tape) {
    return average_pool(tape, on(tape, {1, 2, 2, 1}, x), options);
  });
  check_values({real(-2.5)}, [&](Tape& tape) {
    return average_pool(tape, on(tape, {1, 2, 2, 1}, x), {});
  });
}

// With zero weights every gate is sigmoid(bias): h = u h0 + (1 - u) c.
TEST_CASE("one GRU and one LSTM step by hand") {
  const real half = real(0.5);
  check_values({half * 3 + half * std::tanh(real(2))}, [](Tape& tape) {
    const GruWeights w{.input = on(tape, {1, 3}, {0, 0, 1}),
                       .recurrent = on(tape, {1, 3}, {0, 0, 0}),
                       .bias = on(tape, {3}, {0, 0, 1}),
                       .recurrent_gain = {},
                       .recurrent_bias = {},
                       .input_gain = {},
                       .input_bias = {}};
    return gru(tape, on(tape, {1, 1, 1}, {1}), on(tape, {1, 1}, {3}), {}, w);
  });
  // The reset gate takes half of h U.
  check_values({half * 3 + half * std::tanh(real(3) + half * 6)}, [](Tape& tape) {
    const GruWeights w{.input = on(tape, {1, 3}, {0, 0, 1}),
                       .recurrent = on(tape, {1, 3}, {0, 0, 2}),
                       .bias = on(tape, {3}, {0, 0, 2}),
                       .recurrent_gain = {},
                       .recurrent_bias = {},
                       .input_gain = {},
                       .input_bias = {}};
    return gru(tape, on(tape, {1, 1, 1}, {1}), on(tape, {1, 1}, {3}), {}, w);
  });
  check_values({half * std::tanh(half * 4 + half * std::tanh(real(1)))}, [](Tape& tape) {
    const LstmWeights w{.input = on(tape, {1, 4}, {0, 0, 0, 1}),
                        .recurrent = on(tape, {1, 4}, {0, 0, 0, 0}),
                        .bias = on(tape, {4}, {0, 0, 0, 0})};
    const LstmStates initial{on(tape, {1, 1}, {3}), on(tape, {1, 1}, {4})};
    return lstm(tape, on(tape, {1, 1, 1}, {1}), initial, {}, w).hidden;
  });
}

}  // namespace p2s
