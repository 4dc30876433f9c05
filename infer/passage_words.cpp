#include "infer/passage_words.h"

#include <numeric>

namespace p2s {
namespace {

Tensor gathered(const Tensor& x, const std::vector<int32_t>& rows) {
  const auto count = int64_t(rows.size());
  const Ids ids({count}, x.device(), rows);
  const Tensor y(x.shape().with(0, count), x.device());
  x.kernels().gather_rows(count, x.shape().columns(), ids.data(), x.data(), y.data());
  return y;
}

}  // namespace

std::vector<real> PassageWords::step(const std::vector<int32_t>& previous) {
  return decoder_.step(state_, previous).to_host();
}

void PassageWords::reorder(const std::vector<int32_t>& rows) {
  std::vector<int32_t> same(size_t(state_.hidden.shape()[0]));
  std::iota(same.begin(), same.end(), 0);
  if (rows == same) return;
  state_ = {gathered(state_.hidden, rows), gathered(state_.gates, rows)};
}

}  // namespace p2s
