#include <doctest/doctest.h>

#include <limits>
#include <vector>

#include "nn/ops.h"
#include "nn/optim.h"

using namespace p2s;

namespace {

constexpr Device kDevice = Device::ref;

Ids ids(std::vector<int32_t> values) { return Ids(Shape{int64_t(values.size())}, kDevice, values); }

// Adds the sum over table[ids] to the table's gradient.
void use(const Var& table, const std::vector<int32_t>& rows) {
  Tape tape(kDevice, Tape::Mode::training);
  tape.backward(sum(tape, embedding(tape, table, ids(rows))));
}

}  // namespace

TEST_CASE("a gradient has no memory before the first contribution") {
  const Var x = parameter(Tensor({2}, kDevice, real(1)));
  CHECK(!x.grad->touched());
  CHECK(x.grad->tensor().to_host() == std::vector<real>{0, 0});
  CHECK(x.grad->touched());
  x.grad->release();
  CHECK(!x.grad->touched());
}

TEST_CASE("the first contribution of a step overwrites what the step before left") {
  const Var x = parameter(Tensor({2}, kDevice, real(1)));
  CHECK(!x.grad_target().accumulate);
  x.grad->tensor().fill(3);
  CHECK(x.grad_target().accumulate);
  CHECK(x.grad_target().beta() == 1);
  x.grad->clear();
  CHECK(x.grad_target().beta() == 0);
  x.grad->clear();
  CHECK(x.grad->tensor().to_host() == std::vector<real>{0, 0});
  CHECK(Var(x.value).grad_target().data == nullptr);
}

TEST_CASE("a gradient that is given whole is taken as it is, and others are added to it") {
  const Var x = parameter(Tensor({2}, kDevice, real(1)));
  const Tensor first({2}, kDevice, real(3)), second({2}, kDevice, real(2));
  x.add_grad(first);
  CHECK(x.grad->data() == first.data());
  x.add_grad(second, real(0.5));
  CHECK(x.grad->dense());
  CHECK(x.grad->tensor().to_host() == std::vector<real>{4, 4});
  CHECK(second.to_host() == std::vector<real>{2, 2});
  x.grad->clear();
  x.add_grad(second, real(2));
  CHECK(x.grad->tensor().to_host() == std::vector<real>{4, 4});
  CHECK(first.to_host() == std::vector<real>{4, 4});  // given away, and left alone since
}

TEST_CASE("the seed of a backward pass is left as it was") {
  const Var x = parameter(Tensor({2}, kDevice, real(1)));
  const Tensor seed({2}, kDevice, real(3));
  for (int i = 0; i < 2; ++i) {
    Tape tape(kDevice, Tape::Mode::training);
    // Each sum gives its gradient on; x gets two of them.
    tape.backward(add(tape, add(tape, x, Var(x.value)), x), seed);
    CHECK(x.grad->tensor().to_host() == std::vector<real>{6, 6});
    CHECK(seed.to_host() == std::vector<real>{3, 3});
    x.grad->clear();
  }
}

TEST_CASE("a sparse use after a dense step finds zeros in the other rows") {
  const Var table = parameter(Tensor({3, 1}, kDevice, real(1)));
  table.grad_target();
  table.grad->tensor().fill(7);
  table.grad->clear();
  use(table, {2});
  CHECK(!table.grad->dense());
  CHECK(table.grad->tensor().to_host() == std::vector<real>{0, 0, 1});
}

TEST_CASE("an embedding touches its rows only, each once however often it is used") {
  const Var table = parameter(Tensor({5, 2}, kDevice, real(1)));
  use(table, {3, 1, -1, 3});
  CHECK(!table.grad->dense());
  CHECK(table.grad->rows() == std::vector<int32_t>{1, 3});
  CHECK(table.grad->tensor().to_host() == std::vector<real>{0, 0, 1, 1, 0, 0, 2, 2, 0, 0});
}

TEST_CASE("clearing a sparse gradient zeroes the rows it touched") {
  const Var table = parameter(Tensor({4, 1}, kDevice, real(1)));
  use(table, {0, 2});
  table.grad->clear();
  CHECK(table.grad->rows().empty());
  CHECK(table.grad->tensor().to_host() == std::vector<real>(4, 0));
  use(table, {1});
  CHECK(table.grad->rows() == std::vector<int32_t>{1});
  CHECK(table.grad->tensor().to_host() == std::vector<real>{0, 1, 0, 0});
}

TEST_CASE("a dense use makes a table's gradient dense until it is cleared") {
  const Var table = parameter(Tensor({3, 1}, kDevice, real(1)));
  use(table, {1});
  {
    Tape tape(kDevice, Tape::Mode::training);
    tape.backward(sum(tape, gather(tape, table, ids({2}))));
  }
  CHECK(table.grad->dense());
  CHECK(table.grad->tensor().to_host() == std::vector<real>{0, 1, 1});
  table.grad->clear();
  CHECK(!table.grad->dense());
  CHECK(table.grad->tensor().to_host() == std::vector<real>(3, 0));
}

TEST_CASE("the norm is over all gradients, of sparse ones the touched rows") {
  const Var table = parameter(Tensor({4, 1}, kDevice, real(1)));
  const Var other = parameter(Tensor({2}, kDevice, real(1)));
  const Var unused = parameter(Tensor({2}, kDevice, real(1)));
  const std::vector<NamedParameter> parameters{{"t", table}, {"o", other}, {"u", unused}};
  use(table, {0, 0, 3});
  other.grad_data()[1] = real(2);
  CHECK(gradient_norm(parameters).item() == doctest::Approx(3));
  CHECK(!unused.grad->touched());
  clear_gradients(parameters);
  CHECK(gradient_norm(parameters).item() == 0);
  other.grad_data()[0] = std::numeric_limits<real>::quiet_NaN();
  CHECK(std::isnan(gradient_norm(parameters).item()));
}
