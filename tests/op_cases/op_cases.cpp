#include "tests/op_cases/op_cases.h"

#include <algorithm>
#include <numeric>

#include "nn/base/error.h"
#include "nn/base/files.h"
#include "tests/op_cases/families.h"

namespace p2s {
namespace {

std::vector<real> distinct(size_t n, Rng& rng) {
  std::vector<int64_t> order(n);
  std::iota(order.begin(), order.end(), -int64_t(n) / 2);
  for (size_t i = n; i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  const real gap = n > 1000 ? real(50) / real(n) : real(0.05);
  std::vector<real> values(n);
  std::transform(order.begin(), order.end(), values.begin(),
                 [gap](int64_t place) { return gap * real(place); });
  return values;
}

real draw_one(Draw draw, Rng& rng) {
  switch (draw) {
    case Draw::normal:
      return real(rng.normal());
    case Draw::positive:
      return real(0.5) + real(1.5) * real(rng.uniform_double());
    case Draw::off_kinks:
      return real(rng.below(24)) / 2 - real(2.75);
    case Draw::grid:
      return real(rng.below(5)) / 2 - 1;
    case Draw::off_grid:
      return real(rng.below(8)) / 4 - real(0.875);
    case Draw::distinct:
      break;
  }
  fail(ErrorCode::internal, "op_cases: distinct numbers are drawn together");
}

std::vector<real> draw_values(const Operand& operand, Rng& rng) {
  const auto n = size_t(operand.shape.elements());
  if (operand.draw == Draw::distinct) return distinct(n, rng);
  std::vector<real> values(n);
  for (real& value : values) value = draw_one(operand.draw, rng);
  return values;
}

}  // namespace

std::vector<OpCase> op_cases(CaseSizes sizes) {
  std::vector<OpCase> cases;
  families::add_products(cases, sizes);
  families::add_elementwise(cases, sizes);
  families::add_layout(cases, sizes);
  families::add_tables(cases, sizes);
  families::add_reductions(cases, sizes);
  families::add_normalisations(cases, sizes);
  families::add_losses(cases, sizes);
  families::add_gru(cases, sizes);
  families::add_lstm(cases, sizes);
  families::add_attention(cases, sizes);
  families::add_convolutions(cases, sizes);
  families::add_pools(cases, sizes);
  return cases;
}

OpInputs make_inputs(const OpCase& op_case, Device device) {
  Rng rng(content_hash(op_case.name.data(), op_case.name.size()));
  OpInputs inputs;
  for (const Operand& operand : op_case.operands) {
    const Tensor value(operand.shape, device, draw_values(operand, rng));
    inputs.vars.push_back(operand.trained ? parameter(value) : Var(value));
  }
  for (const IdOperand& ids : op_case.ids) inputs.ids.emplace_back(ids.shape, device, ids.values);
  return inputs;
}

}  // namespace p2s
