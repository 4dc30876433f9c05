#include "nn/tape.h"

#include <doctest/doctest.h>

#include <memory>
#include <vector>

#include "nn/ops.h"
#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

constexpr Device kDevice = Device::ref;

Tensor row(std::vector<real> values) {
  return Tensor(Shape{int64_t(values.size())}, kDevice, values);
}

std::vector<real> gradient(const Var& var) { return var.grad->tensor().to_host(); }

}  // namespace

TEST_CASE("a variable that is used twice gets the sum of both gradients") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(row({1, 2, 3}));
  const Var y = add(tape, multiply(tape, x, x), affine(tape, x, 5));
  tape.backward(sum(tape, y));
  CHECK(gradient(x) == std::vector<real>{7, 9, 11});
}

TEST_CASE("gradients of several tapes add up until they are cleared") {
  const Var x = parameter(row({1, 2}));
  for (int i = 0; i < 3; ++i) {
    Tape tape(kDevice, Tape::Mode::training);
    tape.backward(sum(tape, affine(tape, x, 2)));
  }
  CHECK(gradient(x) == std::vector<real>{6, 6});
  x.grad->clear();
  CHECK(gradient(x) == std::vector<real>{0, 0});
}

TEST_CASE("backward leaves the tape empty and frees what it held") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(row({1, 2}));
  std::weak_ptr<Gradient> inner;
  {
    const Var y = sigmoid(tape, x);
    inner = y.grad;
    const Var loss = sum(tape, y);
    CHECK(tape.size() == 2);
    tape.backward(loss);
  }
  CHECK(tape.size() == 0);
  CHECK(inner.expired());
}

TEST_CASE("a tape that is thrown away frees what it held") {
  std::weak_ptr<Gradient> inner;
  {
    Tape tape(kDevice, Tape::Mode::training);
    inner = sigmoid(tape, parameter(row({1}))).grad;
    CHECK(!inner.expired());
  }
  CHECK(inner.expired());
}

TEST_CASE("inference records nothing and wants no gradient") {
  Tape tape(kDevice);
  const Var y = sum(tape, relu(tape, parameter(row({-1, 2}))));
  CHECK(y.value.item() == 2);
  CHECK(!y.wants_grad());
  CHECK(tape.size() == 0);
}

TEST_CASE("operations on constants record nothing in training either") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var constant(row({1, 2}));
  CHECK(!add(tape, constant, constant).wants_grad());
  CHECK(tape.size() == 0);
  const Var x = parameter(row({3, 4}));
  tape.backward(sum(tape, multiply(tape, x, constant)));
  CHECK(gradient(x) == std::vector<real>{1, 2});
  CHECK(constant.grad == nullptr);
}

TEST_CASE("branches that the loss does not use are not run") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(row({1, 2}));
  const Var unused = affine(tape, x, 100);
  bool ran = false;
  tape.record(unused, [&] { ran = true; });
  tape.backward(sum(tape, x));
  CHECK(!ran);
  CHECK(gradient(x) == std::vector<real>{1, 1});
}

TEST_CASE("backward scales by its seed and takes one a place for outputs that are not one number") {
  const Var x = parameter(row({1, 2}));
  Tape first(kDevice, Tape::Mode::training);
  first.backward(sum(first, x), real(0.5));
  CHECK(gradient(x) == std::vector<real>{0.5, 0.5});
  Tape second(kDevice, Tape::Mode::training);
  second.backward(affine(second, x, 2), row({10, 20}));
  CHECK(gradient(x) == std::vector<real>{20.5, 40.5});
}

TEST_CASE("backward refuses what it cannot differentiate") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(row({1, 2}));
  CHECK(contains(thrown_message(ErrorCode::shape, [&] { tape.backward(affine(tape, x, 1)); }),
                 "the loss is [2]"));
  CHECK(contains(thrown_message(ErrorCode::usage, [&] { tape.backward(Var(row({1}))); }),
                 "nothing to differentiate"));
  CHECK(contains(
      thrown_message(ErrorCode::shape, [&] { tape.backward(affine(tape, x, 1), row({1})); }),
      "seed [1] for output [2]"));
}

TEST_CASE("a chain of 200,000 operations unwinds without a deep stack") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(row({3}));
  Var y = x;
  for (int i = 0; i < 200000; ++i) y = affine(tape, y, 1, 0);
  CHECK(y.value.item() == 3);
  tape.backward(y);
  CHECK(gradient(x) == std::vector<real>{1});
  CHECK(tape.size() == 0);
}

TEST_CASE("a reshaped variable shares its value and passes its gradient on") {
  Tape tape(kDevice, Tape::Mode::training);
  const Var x = parameter(Tensor({2, 3}, kDevice, real(1)));
  const Var y = reshape(tape, x, {3, 2});
  CHECK(y.value.data() == x.value.data());
  CHECK(y.shape() == Shape{3, 2});
  tape.backward(y, Tensor(Shape{3, 2}, kDevice, std::vector<real>{1, 2, 3, 4, 5, 6}));
  CHECK(gradient(x) == std::vector<real>{1, 2, 3, 4, 5, 6});
  CHECK(x.grad->tensor().shape() == Shape{2, 3});
}

TEST_CASE("dropout drops in training only, and draws anew each time") {
  const Var x = parameter(Tensor({1000}, kDevice, real(1)));
  Tape inference(kDevice);
  CHECK(dropout(inference, x, real(0.5)).value.data() == x.value.data());
  Tape training(kDevice, Tape::Mode::training, 9);
  const auto first = dropout(training, x, real(0.5)).value.to_host();
  const auto second = dropout(training, x, real(0.5)).value.to_host();
  CHECK(first != second);
  Tape again(kDevice, Tape::Mode::training, 9);
  CHECK(dropout(again, x, real(0.5)).value.to_host() == first);
}
