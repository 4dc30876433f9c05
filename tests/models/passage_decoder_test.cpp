#include "models/passage_decoder.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "nn/base/error.h"
#include "nn/init.h"
#include "nn/optim.h"

using namespace p2s;

namespace {

PassageDecoder make_decoder(OutputConfig::Kind kind, Device device) {
  Rng rng(2);
  PassageDecoderConfig config{
      .vocabulary = 40, .embedding = 10, .hidden = 12, .thought = 6, .content = 5, .genres = 3};
  config.output.kind = kind;
  return PassageDecoder(config, device, rng);
}

PassageCondition told(Device device) {
  Rng rng(4);
  return {normal({2, 6}, device, rng, real(1)).value,
          normal({2, 5}, device, rng, real(1)).value,
          {0, 2}};
}

}  // namespace

TEST_CASE("word by word the decoder gives the probabilities that it was trained on") {
  const std::vector<std::vector<int32_t>> passages = {{7, 3, 39, 0}, {5, 0}};
  for (Device device : {Device::ref, Device::cpu}) {
    for (auto kind : {OutputConfig::Kind::full, OutputConfig::Kind::adaptive}) {
      const PassageDecoder decoder = make_decoder(kind, device);
      Tape tape(device);
      const double loss =
          double(decoder.loss(tape, pack_sentences(passages), told(device)).value.item());
      PassageDecoder::State state = decoder.start(told(device));
      double sum = 0;
      std::vector<int32_t> previous = {-1, -1};
      for (size_t t = 0; t < 4; ++t) {
        const std::vector<real> log_p = decoder.step(state, previous).to_host();
        for (size_t b = 0; b < 2; ++b) {
          if (t >= passages[b].size()) continue;
          previous[b] = passages[b][t];
          sum -= double(log_p[b * 40 + size_t(previous[b])]);
        }
      }
      CHECK(loss == doctest::Approx(sum / 6).epsilon(1e-4));
    }
  }
}

TEST_CASE("a packed decoder gives nearly the same probabilities, and fp32 gives the same again") {
  for (auto kind : {OutputConfig::Kind::full, OutputConfig::Kind::adaptive}) {
    PassageDecoder decoder = make_decoder(kind, Device::cpu);
    const auto first_word = [&](Precision precision) {
      decoder.pack(precision);
      PassageDecoder::State state = decoder.start(told(Device::cpu));
      decoder.step(state, {-1, -1});
      return decoder.step(state, {3, 7}).to_host();
    };
    const std::vector<real> exact = first_word(Precision::fp32);
    const std::vector<real> rounded = first_word(Precision::int8);
    double largest = 0;
    for (size_t i = 0; i < exact.size(); ++i) {
      largest = std::max(largest, std::abs(double(exact[i] - rounded[i])));
    }
    CHECK(largest > 0);
    CHECK(largest < 0.02);
    CHECK(first_word(Precision::fp32) == exact);
    CHECK(first_word(Precision::int8) == rounded);
    decoder.drop_unpacked();
    PassageDecoder::State state = decoder.start(told(Device::cpu));
    decoder.step(state, {-1, -1});
    CHECK(decoder.step(state, {3, 7}).to_host() == rounded);
    CHECK(!decoder.gru.recurrent.value.defined());
  }
}

TEST_CASE("the decoder learns to tell by thought, content and genre") {
  PassageDecoder decoder = make_decoder(OutputConfig::Kind::full, Device::cpu);
  Optimizer optimizer(parameters_of(decoder), {});
  double last = 0;
  for (int step = 0; step < 100; ++step) {
    Tape tape(Device::cpu, Tape::Mode::training, uint64_t(step));
    const Var loss =
        decoder.loss(tape, pack_sentences({{7, 3, 39, 0}, {8, 3, 5, 0}}), told(Device::cpu));
    last = double(loss.value.item());
    tape.backward(loss);
    optimizer.step(0.02);
    clear_gradients(optimizer.parameters());
  }
  CHECK(last < 0.2);
}

TEST_CASE("a mix that is all of one genre is that genre") {
  const PassageDecoder decoder = make_decoder(OutputConfig::Kind::full, Device::cpu);
  PassageCondition mixed = told(Device::cpu);
  const auto one = decoder.start(mixed).hidden.to_host();
  mixed.genres.clear();
  mixed.genre_mix = Tensor({2, 3}, Device::cpu, std::vector<real>{1, 0, 0, 0, 0, 1});
  const auto same = decoder.start(mixed).hidden.to_host();
  for (size_t i = 0; i < one.size(); ++i) CHECK(same[i] == doctest::Approx(one[i]));
  mixed.genre_mix = Tensor({2, 3}, Device::cpu, std::vector<real>{1, 0, 0, 0.5, 0, 0.5});
  CHECK(decoder.start(mixed).hidden.to_host() != same);
  mixed.genre_mix = Tensor({2, 2}, Device::cpu, real(0.5));
  CHECK_THROWS_AS(decoder.start(mixed), Error);
}
