#include "models/skip_thought.h"

#include <doctest/doctest.h>

#include "nn/base/error.h"
#include "nn/optim.h"

using namespace p2s;

namespace {

SkipThought make_model(bool layer_norm) {
  Rng rng(1);
  return SkipThought({.vocabulary = 12, .embedding = 6, .hidden = 8, .layer_norm = layer_norm},
                     Device::ref, rng);
}

const SentenceBatch kMiddle = pack_sentences({{2, 3, 0}, {4, 0}, {5, 6, 7, 0}});
const SentenceBatch kBefore = pack_sentences({{3, 0}, {4, 4, 0}, {9, 0}});
const SentenceBatch kAfter = pack_sentences({{8, 9, 10, 0}, {0}, {11, 2, 0}});

double loss_of(const SkipThought& model, const SentenceBatch& middle, const SentenceBatch& before,
               const SentenceBatch& after) {
  Tape tape(Device::ref);
  return double(model.loss(tape, middle, before, after).value.item());
}

}  // namespace

TEST_CASE("sentences are packed time-major and padded with -1") {
  CHECK(kMiddle.time == 4);
  CHECK(kMiddle.batch == 3);
  CHECK(kMiddle.tokens() == 9);
  CHECK(kMiddle.ids == std::vector<int32_t>{2, 4, 5, 3, 0, 6, 0, -1, 7, -1, -1, 0});
  CHECK(kMiddle.shifted().ids == std::vector<int32_t>{-1, -1, -1, 2, 4, 5, 3, 0, 6, 0, -1, 7});
}

TEST_CASE("the loss does not depend on padding or on the order of the batch") {
  for (bool layer_norm : {false, true}) {
    const SkipThought model = make_model(layer_norm);
    const double whole = loss_of(model, kMiddle, kBefore, kAfter);
    const auto one = [&](std::vector<int32_t> m, std::vector<int32_t> b, std::vector<int32_t> a) {
      const double words = double(b.size() + a.size());
      return words * loss_of(model, pack_sentences({m}), pack_sentences({b}), pack_sentences({a}));
    };
    const double apart = one({2, 3, 0}, {3, 0}, {8, 9, 10, 0}) + one({4, 0}, {4, 4, 0}, {0}) +
                         one({5, 6, 7, 0}, {9, 0}, {11, 2, 0});
    CHECK(whole == doctest::Approx(apart / 15).epsilon(1e-5));
  }
}

TEST_CASE("training learns which sentences stand beside which") {
  SkipThought model = make_model(true);
  Optimizer optimizer(parameters_of(model), {});
  double first = 0, last = 0;
  for (int step = 0; step < 120; ++step) {
    Tape tape(Device::ref, Tape::Mode::training, uint64_t(step));
    const Var loss = model.loss(tape, kMiddle, kBefore, kAfter);
    last = double(loss.value.item());
    if (step == 0) first = last;
    tape.backward(loss);
    optimizer.step(0.02);
    clear_gradients(optimizer.parameters());
  }
  CHECK(first > 2);
  CHECK(last < 0.3);
}

TEST_CASE("batches of different sizes are refused") {
  const SkipThought model = make_model(false);
  CHECK_THROWS_AS(loss_of(model, kMiddle, kBefore, pack_sentences({{1, 0}})), Error);
}
