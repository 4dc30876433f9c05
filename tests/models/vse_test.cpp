#include "models/vse.h"

#include <doctest/doctest.h>

#include "nn/base/error.h"
#include "nn/init.h"
#include "nn/optim.h"

using namespace p2s;

TEST_CASE("the embedding has unit rows, and training brings photographs to their captions") {
  Rng rng(6);
  Vse model({.vocabulary = 9, .word = 8, .embedding = 16, .features = 10}, Device::cpu, rng);
  const Var features(normal({4, 10}, Device::cpu, rng, real(1)).value);
  const SentenceBatch captions = pack_sentences({{2, 3}, {4, 5, 6}, {7}, {8, 2}});
  Optimizer optimizer(parameters_of(model), {});
  for (int step = 0; step < 60; ++step) {
    Tape tape(Device::cpu, Tape::Mode::training, uint64_t(step));
    const Var loss = model.loss(tape, features, captions, step > 30);
    tape.backward(loss);
    optimizer.step(0.01);
    clear_gradients(optimizer.parameters());
  }
  Tape tape(Device::cpu);
  const Var images = model.embed_images(tape, features);
  const Var sentences = model.embed_sentences(tape, captions);
  const std::vector<real> scores = matmul(tape, images, sentences, Transpose::b).value.to_host();
  const std::vector<real> squares = matmul(tape, images, images, Transpose::b).value.to_host();
  for (size_t i = 0; i < 4; ++i) {
    CHECK(squares[i * 5] == doctest::Approx(1).epsilon(1e-4));
    for (size_t j = 0; j < 4; ++j) {
      if (i != j) CHECK(scores[i * 5] > scores[i * 4 + j] + 0.2);
    }
  }
  CHECK_THROWS_AS(model.loss(tape, features, pack_sentences({{2}}), false), Error);
}
