// Teaches a small convolutional network to read digits that the program draws itself.
#include <algorithm>
#include <cstdio>

#include "nn/init.h"
#include "nn/ops.h"
#include "nn/optim.h"

using namespace p2s;

// 3 x 5 pixels a digit, a row an octal figure.
constexpr int kGlyphs[10] = {075557, 026227, 071747, 071717, 055711,
                             074717, 074757, 071122, 075757, 075717};
constexpr int64_t kSize = 12, kBatch = 64;

// A digit of twice the glyph's size at a random place in noise; returns which.
int32_t draw(Rng& rng, real* image) {
  for (int64_t i = 0; i < kSize * kSize; ++i) image[i] = real(0.2 * rng.normal());
  const auto digit = int32_t(rng.below(10));
  real* corner = image + rng.below(3) * kSize + rng.below(7);
  for (int64_t i = 0; i < 60; ++i) {
    const bool ink = kGlyphs[digit] >> (14 - i / 12 * 3 - i % 6 / 2) & 1;
    corner[i / 6 * kSize + i % 6] += ink;
  }
  return digit;
}

int main() {
  Rng rng(1);
  const Var filters = he({8, 3, 3, 1}, Device::cpu, rng);
  const Var weight = xavier({288, 10}, Device::cpu, rng), bias = zeros({10}, Device::cpu);
  Optimizer optimizer({{"filters", filters}, {"weight", weight}, {"bias", bias}}, {});
  const ConvOptions same{.pad_top = 1, .pad_bottom = 1, .pad_left = 1, .pad_right = 1};
  std::vector<real> images(kBatch * kSize * kSize);
  std::vector<int32_t> digits(kBatch);
  int right = 0;  // of the last 20 batches; every digit is new to the network when it is read
  for (int step = 0; step < 400; ++step) {
    for (int64_t b = 0; b < kBatch; ++b) digits[b] = draw(rng, &images[b * kSize * kSize]);
    Tape tape(Device::cpu, Tape::Mode::training);
    const Var x = Tensor({kBatch, kSize, kSize, 1}, Device::cpu, images);
    const Var maps = max_pool(tape, relu(tape, conv2d(tape, x, filters, {}, same)), {});
    const Var logits = linear(tape, reshape(tape, maps, {kBatch, 288}), weight, bias);
    const std::vector<real> scores = logits.value.to_host();
    for (auto row = scores.begin(); step >= 380 && row != scores.end(); row += 10) {
      right += std::max_element(row, row + 10) - row == digits[(row - scores.begin()) / 10];
    }
    const Ids targets({kBatch}, Device::cpu, digits);
    tape.backward(softmax_cross_entropy(tape, logits, targets, {}));
    optimizer.step(1e-2, 1.0 / kBatch);
    clear_gradients(optimizer.parameters());
  }
  std::printf("read %.1f%% of %d new digits\n", right * 100.0 / (20 * kBatch), int(20 * kBatch));
  return right > 0.95 * 20 * kBatch ? 0 : 1;
}
