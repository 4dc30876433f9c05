#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "nn/ops.h"
#include "nn/optim.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr Device kDevice = Device::ref;

Var weights(std::vector<real> values, const Shape& shape) {
  return parameter(Tensor(shape, kDevice, values));
}

void set_gradient(const Var& var, const std::vector<real>& values) {
  var.grad->clear();
  std::copy(values.begin(), values.end(), var.grad_data());
}

void touch_rows(const Var& table, std::vector<int32_t> rows) {
  table.grad->clear();
  Tape tape(kDevice, Tape::Mode::training);
  tape.backward(sum(tape, embedding(tape, table, Ids(Shape{int64_t(rows.size())}, kDevice, rows))));
}

// Adam as in the paper's algorithm 1, for one number.
struct ScalarAdam {
  double w, m = 0, v = 0;
  int t = 0;
  void step(double rate, double g, double decay = 0) {
    ++t;
    m = 0.9 * m + 0.1 * g;
    v = 0.999 * v + 0.001 * g * g;
    const double m_hat = m / (1 - std::pow(0.9, t)), v_hat = v / (1 - std::pow(0.999, t));
    w -= rate * (m_hat / (std::sqrt(v_hat) + 1e-8) + decay * w);
  }
};

}  // namespace

TEST_CASE("Adam makes the published steps") {
  const Var w = weights({1, -2}, {2});
  Optimizer adam({{"w", w}}, {});
  set_gradient(w, {real(0.5), -4});
  adam.step(0.1);
  // The first step is the rate itself, whatever the gradient's size.
  CHECK(w.value.to_host()[0] == doctest::Approx(0.9));
  CHECK(w.value.to_host()[1] == doctest::Approx(-1.9));
  ScalarAdam expected{1};
  expected.step(0.1, 0.5);
  for (double g : {0.25, -1.0, 3.0}) {
    set_gradient(w, {real(g), 0});
    adam.step(0.1);
    expected.step(0.1, g);
  }
  CHECK(w.value.to_host()[0] == doctest::Approx(expected.w).epsilon(1e-6));
  CHECK(adam.steps() == 4);
}

TEST_CASE("a parameter may go at a rate of its own, or stay") {
  const Var slow = weights({1}, {1}), still = weights({1}, {1}), usual = weights({1}, {1});
  Optimizer adam({{"slow", slow, 0.1}, {"still", still, 0}, {"usual", usual}}, {});
  for (const Var& w : {slow, still, usual}) set_gradient(w, {2});
  adam.step(0.1);
  CHECK(slow.value.item() == doctest::Approx(0.99));
  CHECK(still.value.item() == 1);
  CHECK(usual.value.item() == doctest::Approx(0.9));
}

TEST_CASE("Adam's weight decay is decoupled, its gradient scaled before the moments") {
  const Var w = weights({2}, {1});
  Optimizer adam({{"w", w}}, {.weight_decay = 0.1});
  ScalarAdam expected{2};
  // Adam forgets a scale that stays the same.
  for (double scale : {0.5, 2.0}) {
    set_gradient(w, {1});
    adam.step(0.01, scale);
    expected.step(0.01, scale, 0.1);
  }
  CHECK(w.value.item() == doctest::Approx(expected.w).epsilon(1e-6));
}

TEST_CASE("SGD with momentum and L2, and without") {
  const Var w = weights({1}, {1});
  Optimizer sgd({{"w", w}},
                {.kind = OptimizerOptions::Kind::sgd, .momentum = 0.5, .weight_decay = 0.1});
  set_gradient(w, {2});
  sgd.step(0.1);  // v = 2 + 0.1 * 1 = 2.1, w = 1 - 0.21
  CHECK(w.value.item() == doctest::Approx(0.79));
  set_gradient(w, {1});
  sgd.step(0.1, 2);  // v = 0.5 * 2.1 + 2 * 1 + 0.1 * 0.79 = 3.129
  CHECK(w.value.item() == doctest::Approx(0.79 - 0.3129));

  const Var plain = weights({1}, {1});
  Optimizer descent({{"w", plain}}, {.kind = OptimizerOptions::Kind::sgd, .momentum = 0});
  set_gradient(plain, {2});
  descent.step(0.1);
  CHECK(plain.value.item() == doctest::Approx(0.8));
  int states = 0;
  descent.visit_state([&](const std::string&, Tensor&) { ++states; });
  CHECK(states == 0);
}

TEST_CASE("LazyAdam moves touched rows and their moments only") {
  const Var table = weights({1, 1, 1, 1, 1, 1}, {6, 1});
  Optimizer adam({{"table", table}}, {});
  touch_rows(table, {1, 2, 4});
  adam.step(0.1);
  const std::vector<real> after_one = table.value.to_host();
  for (size_t row : {0, 3, 5}) CHECK(after_one[row] == 1);
  for (size_t row : {1, 2, 4}) CHECK(after_one[row] == doctest::Approx(0.9));

  // Row 2 lies between touched rows and has moments, but no gradient now.
  touch_rows(table, {1, 4, 5});
  adam.step(0.1);
  const std::vector<real> after_two = table.value.to_host();
  for (size_t row : {0, 2, 3}) CHECK(after_two[row] == after_one[row]);
  ScalarAdam twice{1};
  twice.step(0.1, 1), twice.step(0.1, 1);
  for (size_t row : {1, 4}) CHECK(after_two[row] == doctest::Approx(twice.w).epsilon(1e-6));
  // Row 5 comes late: fresh moments, but the correction of the second step.
  ScalarAdam late{1};
  late.t = 1;
  late.step(0.1, 1);
  CHECK(after_two[5] == doctest::Approx(late.w).epsilon(1e-6));
}

TEST_CASE("parameters without a gradient stay as they are") {
  const Var used = weights({1}, {1}), unused = weights({1}, {1});
  Optimizer adam({{"used", used}, {"unused", unused}}, {.weight_decay = 0.5});
  set_gradient(used, {1});
  adam.step(0.1);
  CHECK(used.value.item() < 1);
  CHECK(unused.value.item() == 1);
}

TEST_CASE("the state that a checkpoint keeps has names and continues to the same bits") {
  const auto step = [](Optimizer& optimizer, const Var& w, real g) {
    set_gradient(w, {g, -g});
    optimizer.step(0.1);
  };
  const Var a = weights({1, 2}, {2});
  Optimizer first({{"layer.w", a}}, {});
  step(first, a, 1), step(first, a, 3);
  std::map<std::string, Tensor> saved;
  first.visit_state([&](const std::string& name, Tensor& t) { saved[name] = t.clone(); });
  CHECK(saved.size() == 2);
  REQUIRE(saved.contains("adam.m.layer.w"));
  REQUIRE(saved.contains("adam.v.layer.w"));

  const Var b = parameter(a.value.clone());
  Optimizer second({{"layer.w", b}}, {});
  second.visit_state([&](const std::string& name, Tensor& t) { t.copy_from(saved.at(name)); });
  second.set_steps(first.steps());
  step(first, a, 2), step(second, b, 2);
  CHECK(a.value.to_host() == b.value.to_host());
}

TEST_CASE("an optimiser refuses constants by name") {
  CHECK(contains(thrown_message(ErrorCode::usage,
                                [] {
                                  Optimizer({{"frozen", Var(Tensor({1}, kDevice, real(1)))}}, {});
                                }),
                 "frozen is a constant"));
}

TEST_CASE("clipping scales by limit over norm, never up") {
  const auto moved = [](real gradient, double limit) {
    const Var w = weights({0}, {1});
    Optimizer sgd({{"w", w}}, {.kind = OptimizerOptions::Kind::sgd, .momentum = 0});
    set_gradient(w, {gradient});
    sgd.step_clipped(1, gradient_norm(sgd.parameters()), limit);
    return -w.value.item();
  };
  CHECK(moved(10, 5) == doctest::Approx(5));
  CHECK(moved(-10, 5) == doctest::Approx(-5));
  CHECK(moved(3, 5) == 3);
  CHECK(moved(0, 5) == 0);
  CHECK(moved(real(1e9), 0) == real(1e9));
  CHECK(moved(real(1e9), -1) == real(1e9));
}
