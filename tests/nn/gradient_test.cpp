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
  CHECK(gradient_norm(parameters) == doctest::Approx(3));
  CHECK(!unused.grad->touched());
  clear_gradients(parameters);
  CHECK(gradient_norm(parameters) == 0);
  other.grad_data()[0] = std::numeric_limits<real>::quiet_NaN();
  CHECK(gradient_norm(parameters) != gradient_norm(parameters));
}
