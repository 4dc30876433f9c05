#include "nn/tensor.h"

#include <doctest/doctest.h>

#include <vector>

#include "tests/thrown_error.h"

using namespace p2s;
using namespace p2s::test;

namespace {

Tensor numbers(const Shape& shape) {
  std::vector<real> values(size_t(shape.elements()));
  for (size_t i = 0; i < values.size(); ++i) values[i] = real(i);
  return Tensor(shape, Device::ref, values);
}

}  // namespace

TEST_CASE("copies share the numbers, clones do not") {
  const Tensor a = numbers({2, 3});
  const Tensor shared = a, own = a.clone();
  a.fill(7);
  CHECK(shared.to_host() == std::vector<real>(6, 7));
  CHECK(own.to_host() == std::vector<real>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("rows and reshaped are views") {
  const Tensor a = numbers({4, 2});
  const Tensor middle = a.rows(1, 3);
  CHECK(middle.shape() == Shape{2, 2});
  CHECK(middle.to_host() == std::vector<real>{2, 3, 4, 5});
  middle.fill(9);
  CHECK(a.to_host() == std::vector<real>{0, 1, 9, 9, 9, 9, 6, 7});
  CHECK(a.reshaped({8}).data() == a.data());
  CHECK(a.rows(2, 2).elements() == 0);
}

TEST_CASE("a view keeps the numbers alive") {
  Tensor a = numbers({2, 2});
  const Tensor row = a.rows(1, 2);
  a = {};
  CHECK(row.to_host() == std::vector<real>{2, 3});
}

TEST_CASE("undefined tensors have no numbers") {
  const Tensor none;
  CHECK(!none.defined());
  CHECK(none.data() == nullptr);
  CHECK(!none.clone().defined());
}

TEST_CASE("tensors that do not fit are refused with both shapes") {
  const Tensor a = numbers({2, 3});
  const auto message = [](auto&& work) { return thrown_message(ErrorCode::shape, work); };
  CHECK(message([&] { a.reshaped({4}); }) == "reshape: [2,3] does not fit into [4]");
  CHECK(message([&] { a.rows(1, 3); }) == "rows: [1, 3) of [2,3]");
  CHECK(contains(message([&] { a.copy_from(numbers({5})); }), "[5]"));
  CHECK(contains(message([&] { static_cast<void>(a.item()); }), "more than one number"));
  CHECK(
      contains(message([&] { Tensor(Shape{3}, Device::ref, std::vector<real>(2)); }), "2 values"));
  CHECK(
      contains(message([&] { Ids(Shape{3}, Device::ref, std::vector<int32_t>(4)); }), "4 values"));
}

TEST_CASE("a device that is not there is refused") {
  if (available(Device::cuda)) return;
  CHECK(contains(thrown_message(ErrorCode::device, [] { numbers({2}).to(Device::cuda); }),
                 "give --device cpu"));
}
