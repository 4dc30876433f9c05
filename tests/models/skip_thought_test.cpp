#include "models/skip_thought.h"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>

#include "models/thought_encoder.h"
#include "nn/base/error.h"
#include "nn/optim.h"

using namespace p2s;

namespace {

SkipThought make_model(const std::function<void(SkipThoughtConfig&)>& change = {}) {
  Rng rng(1);
  SkipThoughtConfig config{.vocabulary = 12, .embedding = 6, .hidden = 8};
  if (change) change(config);
  return SkipThought(config, Device::ref, rng);
}

void layer_norm(SkipThoughtConfig& c) { c.layer_norm = true; }
void bidirectional(SkipThoughtConfig& c) { c.bidirectional = true; }
void every_option(SkipThoughtConfig& c) {
  c.layer_norm = c.bidirectional = c.conditional = c.separate_words = true;
  c.previous = 0.5, c.itself = 2;
}

const SentenceBatch kMiddle = pack_sentences({{2, 3, 0}, {4, 0}, {5, 6, 7, 0}});
const SentenceBatch kBefore = pack_sentences({{3, 0}, {4, 4, 0}, {9, 0}});
const SentenceBatch kAfter = pack_sentences({{8, 9, 10, 0}, {0}, {11, 2, 0}});

const Neighbours kNeighbours{kBefore, kMiddle, kAfter};

double loss_of(const SkipThought& model, const Neighbours& neighbours) {
  Tape tape(Device::ref);
  return double(model.loss(tape, neighbours).value.item());
}

}  // namespace

TEST_CASE("sentences are packed time-major and padded with -1") {
  CHECK(kMiddle.time == 4);
  CHECK(kMiddle.batch == 3);
  CHECK(kMiddle.tokens() == 9);
  CHECK(kMiddle.ids == std::vector<int32_t>{2, 4, 5, 3, 0, 6, 0, -1, 7, -1, -1, 0});
  CHECK(kMiddle.shifted().ids == std::vector<int32_t>{-1, -1, -1, 2, 4, 5, 3, 0, 6, 0, -1, 7});
}

TEST_CASE("reversed sentences keep their padding behind them") {
  CHECK(kMiddle.reversed().ids == std::vector<int32_t>{0, 0, 0, 3, 4, 7, 2, -1, 6, -1, -1, 5});
  CHECK(kMiddle.reversed().reversed().ids == kMiddle.ids);
}

TEST_CASE("the loss does not depend on padding or on the order of the batch") {
  for (const auto& change : {layer_norm, bidirectional, every_option}) {
    const SkipThought model = make_model(change);
    double sum = 0, weight = 0;
    const auto one = [&](std::vector<int32_t> b, std::vector<int32_t> m, std::vector<int32_t> a) {
      const Neighbours n{pack_sentences({b}), pack_sentences({m}), pack_sentences({a})};
      sum += model.loss_weight(n) * loss_of(model, n);
      weight += model.loss_weight(n);
    };
    one({3, 0}, {2, 3, 0}, {8, 9, 10, 0});
    one({4, 4, 0}, {4, 0}, {0});
    one({9, 0}, {5, 6, 7, 0}, {11, 2, 0});
    CHECK(model.loss_weight(kNeighbours) == doctest::Approx(weight));
    CHECK(loss_of(model, kNeighbours) == doctest::Approx(sum / weight).epsilon(1e-5));
  }
}

TEST_CASE("every parameter of every option has a gradient, and training learns the neighbours") {
  for (const auto& change : {layer_norm, bidirectional, every_option}) {
    SkipThought model = make_model(change);
    Optimizer optimizer(parameters_of(model), {});
    double last = 0;
    for (int step = 0; step < 120; ++step) {
      Tape tape(Device::ref, Tape::Mode::training, uint64_t(step));
      const Var loss = model.loss(tape, kNeighbours);
      last = double(loss.value.item());
      if (step == 0) CHECK(last > 2);
      tape.backward(loss);
      for (const NamedParameter& p : optimizer.parameters()) {
        if (step == 0) CHECK_MESSAGE(gradient_norm({p}).item() > 0, p.name);
      }
      optimizer.step(0.02);
      clear_gradients(optimizer.parameters());
    }
    CHECK(last < 0.3);
  }
}

TEST_CASE("a target of weight 0 has no decoder; no target at all is refused") {
  SkipThought model = make_model([](SkipThoughtConfig& c) { c.previous = 0; });
  for (const NamedParameter& p : parameters_of(model)) CHECK(!p.name.starts_with("previous"));
  CHECK(model.loss_weight(kNeighbours) == kAfter.tokens());
  CHECK_THROWS_AS(make_model([](SkipThoughtConfig& c) { c.previous = c.next = 0; }), Error);
  CHECK_THROWS_AS(make_model([](SkipThoughtConfig& c) { c.next = -1; }), Error);
}

TEST_CASE("bi-skip: one half reads forth, the other back") {
  Rng rng(3);
  const SentenceEncoder encoder(12, 6, 8, false, Device::ref, rng, true);
  const auto vector = [&](const std::vector<int32_t>& words) {
    Tape tape(Device::ref);
    return encoder(tape, pack_sentences({words})).value.to_host();
  };
  CHECK(encoder.hidden() == 8);
  SentenceEncoder swapped = encoder;
  std::swap(swapped.gru, swapped.reverse);
  Tape tape(Device::ref);
  const auto there = vector({2, 3, 4});
  const auto back = swapped(tape, pack_sentences({{4, 3, 2}})).value.to_host();
  for (size_t i = 0; i < 4; ++i) {
    CHECK(there[i] == back[4 + i]);
    CHECK(there[4 + i] == back[i]);
  }
  CHECK_THROWS_AS(SentenceEncoder(12, 6, 7, false, Device::ref, rng, true), Error);
}

TEST_CASE("combine-skip: both parts' vectors side by side, each of length 1") {
  Rng rng(4);
  ThoughtEncoder encoder;
  encoder.parts.emplace_back(12, 6, 8, false, Device::ref, rng);
  encoder.parts.emplace_back(12, 5, 4, true, Device::ref, rng, true);
  CHECK(encoder.size() == 12);
  Tape tape(Device::ref);
  const auto vectors = encoder(tape, kMiddle).value.to_host();
  const auto first = encoder.parts[0](tape, kMiddle).value.to_host();
  for (size_t row = 0; row < 3; ++row) {
    double squares[2] = {0, 0}, own = 0;
    for (size_t i = 0; i < 12; ++i) {
      const double value = double(vectors[row * 12 + i]);
      squares[i < 8 ? 0 : 1] += value * value;
      if (i < 8) own += double(first[row * 8 + i]) * double(first[row * 8 + i]);
    }
    CHECK(squares[0] == doctest::Approx(1).epsilon(1e-5));
    CHECK(squares[1] == doctest::Approx(1).epsilon(1e-5));
    CHECK(double(vectors[row * 12]) ==
          doctest::Approx(double(first[row * 8]) / std::sqrt(own)).epsilon(1e-5));
  }
}

TEST_CASE("batches of different sizes are refused") {
  const SkipThought model = make_model();
  CHECK_THROWS_AS(loss_of(model, {kBefore, kMiddle, pack_sentences({{1, 0}})}), Error);
}
