// Fits a line to noisy points: the smallest program that trains something.
#include <cmath>
#include <cstdio>

#include "nn/init.h"
#include "nn/ops.h"
#include "nn/optim.h"

using namespace p2s;

struct Line {
  Var slope = zeros({1, 1}, Device::cpu), offset = zeros({1}, Device::cpu);
  Var operator()(Tape& tape, const Var& x) const { return linear(tape, x, slope, offset); }
  template <class F>
  void visit(F&& f) {
    f("slope", slope), f("offset", offset);
  }
};

int main() {
  Rng rng(1);
  std::vector<real> x, y;
  for (int i = 0; i < 200; ++i) {
    x.push_back(rng.uniform() * 4 - 2);
    y.push_back(3 * x.back() - 1 + real(0.1 * rng.normal()));
  }
  const Tensor inputs({200, 1}, Device::cpu, x), targets({200, 1}, Device::cpu, y);

  Line line;
  Optimizer optimizer(parameters_of(line), {.kind = OptimizerOptions::Kind::sgd});
  for (int step = 0; step < 100; ++step) {
    Tape tape(Device::cpu, Tape::Mode::training);
    const Var error = squared_error(tape, line(tape, inputs), targets);
    tape.backward(error);
    optimizer.step(0.05);
    clear_gradients(optimizer.parameters());
    if (step % 20 == 0) std::printf("step %3d  error %.4f\n", step, double(error.value.item()));
  }
  const double slope = line.slope.value.item(), offset = line.offset.value.item();
  std::printf("y = %.3f x %+.3f (drawn around y = 3 x - 1)\n", slope, offset);
  return std::abs(slope - 3) < 0.05 && std::abs(offset + 1) < 0.05 ? 0 : 1;
}
