#include "models/output_layer.h"

#include <doctest/doctest.h>

#include <cmath>

#include "nn/base/error.h"
#include "nn/init.h"

using namespace p2s;

namespace {

constexpr int64_t kWords = 50, kHidden = 16, kRows = 7;

OutputLayer make_layer(OutputConfig::Kind kind) {
  Rng rng(3);
  return OutputLayer({.kind = kind, .vocabulary = kWords, .hidden = kHidden, .samples = 40},
                     Device::ref, rng);
}

Var states() {
  Rng rng(5);
  return normal({kRows, kHidden}, Device::ref, rng, real(1));
}

const std::vector<int32_t> kTargets = {0, 4, 5, 19, 20, 49, 13};
const std::vector<real> kWeights = {1, 0.5, 2, 1, 1, 3, 1};

}  // namespace

TEST_CASE("every output layer's probabilities sum to one, and its loss is made of them") {
  for (auto kind :
       {OutputConfig::Kind::full, OutputConfig::Kind::adaptive, OutputConfig::Kind::sampled}) {
    CAPTURE(name(kind));
    const OutputLayer layer = make_layer(kind);
    Tape tape(Device::ref);
    const std::vector<real> log_p = layer.log_probabilities(tape, states()).to_host();
    double expected = 0;
    for (size_t row = 0; row < size_t(kRows); ++row) {
      double sum = 0;
      for (size_t word = 0; word < size_t(kWords); ++word)
        sum += std::exp(log_p[row * kWords + word]);
      CHECK(sum == doctest::Approx(1).epsilon(1e-5));
      expected -= kWeights[row] * log_p[row * kWords + size_t(kTargets[row])];
    }
    const Var loss = layer.loss(tape, states(), kTargets, kWeights);
    CHECK(loss.value.item() == doctest::Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("masked targets cost nothing") {
  for (auto kind :
       {OutputConfig::Kind::full, OutputConfig::Kind::adaptive, OutputConfig::Kind::sampled}) {
    CAPTURE(name(kind));
    const OutputLayer layer = make_layer(kind);
    Tape tape(Device::ref);
    CHECK(layer.loss(tape, states(), std::vector<int32_t>(kRows, -1), kWeights).value.item() == 0);
  }
}

TEST_CASE("the sampled loss trains few rows of the table, and falls") {
  const OutputLayer layer = make_layer(OutputConfig::Kind::sampled);
  Tape tape(Device::ref, Tape::Mode::training, 11);
  const Var loss = layer.loss(tape, states(), kTargets, kWeights);
  tape.backward(loss);
  CHECK_FALSE(layer.weight.grad->dense());
  CHECK(layer.weight.grad->rows().size() < size_t(kWords));
  for (int32_t target : kTargets) {
    const auto& rows = layer.weight.grad->rows();
    CHECK(std::find(rows.begin(), rows.end(), target) != rows.end());
  }
}

TEST_CASE("cutoffs that do not rise are refused") {
  Rng rng;
  OutputConfig config{
      .kind = OutputConfig::Kind::adaptive, .vocabulary = 50, .hidden = 8, .cutoffs = {20, 10}};
  CHECK_THROWS_AS(OutputLayer(config, Device::ref, rng), Error);
  CHECK_THROWS_WITH_AS(output_kind("hard"), doctest::Contains("full, adaptive, sampled"), Error);
}
