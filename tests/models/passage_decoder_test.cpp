#include "models/passage_decoder.h"

#include <doctest/doctest.h>

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
