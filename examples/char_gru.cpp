// A GRU that learns a rhyme letter by letter, then says it by itself.
#include <algorithm>
#include <cstdio>
#include <string>

#include "models/sentence_encoder.h"
#include "nn/init.h"
#include "nn/ops.h"
#include "nn/optim.h"

using namespace p2s;

const std::string kRhyme =
    "twinkle, twinkle, little star, how i wonder what you are! "
    "up above the world so high, like a diamond in the sky. ";
constexpr int64_t kLetters = 128, kHidden = 96, kTime = 40, kBatch = 16;

struct Speaker {
  Rng rng{1};
  Var letters = normal({kLetters, 32}, Device::cpu, rng, real(0.1));
  GruWeights memory = make_gru(32, kHidden, false, Device::cpu, rng);
  Var weight = xavier({kHidden, kLetters}, Device::cpu, rng), bias = zeros({kLetters}, Device::cpu);
  template <class F>
  void visit(F&& f) {
    f("letters", letters), f("memory", memory), f("weight", weight), f("bias", bias);
  }
  // ids [T,B] -> logits of the letters that follow them [T,B,V]
  Var operator()(Tape& tape, const Ids& ids) const {
    return linear(tape, gru(tape, embedding(tape, letters, ids), {}, {}, memory), weight, bias);
  }
};

int main() {
  std::vector<int32_t> letters, next;  // the rhyme from 16 places, 7 letters apart
  for (int64_t i = 0; i < kTime * kBatch; ++i) {
    const int64_t at = i / kBatch + i % kBatch * 7;
    letters.push_back(kRhyme[at % kRhyme.size()]);
    next.push_back(kRhyme[(at + 1) % kRhyme.size()]);
  }
  const Ids ids({kTime, kBatch}, Device::cpu, letters), targets({kTime, kBatch}, Device::cpu, next);
  Speaker speaker;
  Optimizer optimizer(parameters_of(speaker), {});
  for (int step = 0; step < 250; ++step) {
    Tape tape(Device::cpu, Tape::Mode::training);
    tape.backward(softmax_cross_entropy(tape, speaker(tape, ids), targets, {}));
    optimizer.step(5e-3, 1.0 / double(ids.elements()));
    clear_gradients(optimizer.parameters());
  }
  std::string said = kRhyme.substr(0, 1);
  for (int64_t n = 1; n < int64_t(kRhyme.size()); ++n) {
    Tape tape(Device::cpu);
    const std::vector<int32_t> so_far(said.begin(), said.end());
    const auto scores = speaker(tape, Ids({n, 1}, Device::cpu, so_far)).value.to_host();
    const auto row = scores.end() - kLetters;
    said += char(std::max_element(row, scores.end()) - row);
  }
  std::puts(said.c_str());
  return (kRhyme + kRhyme).find(said) != std::string::npos ? 0 : 1;
}
