#include "nn/weight_average.h"

#include <algorithm>
#include <cmath>

namespace p2s {
namespace {

constexpr int64_t kEvery = 8;

}  // namespace

WeightAverage::WeightAverage(const std::vector<NamedParameter>& parameters, double decay)
    : decay_(decay) {
  if (decay == 0) return;
  for (const NamedParameter& p : parameters) means_.push_back({p, p.var.value.clone()});
}

void WeightAverage::update(int64_t step) {
  if (step % kEvery != 0) return;
  const double kept = std::min(decay_, double(1 + step) / double(10 + step));
  const auto share = real(std::pow(kept, double(kEvery)));
  for (Mean& mean : means_) {
    const Tensor& w = mean.parameter.var.value;
    const Kernels& k = w.kernels();
    k.affine(w.elements(), share, mean.value.data(), 0, mean.value.data());
    k.axpy(w.elements(), 1 - share, w.data(), mean.value.data());
  }
}

void WeightAverage::exchange() {
  for (Mean& mean : means_) {
    Tensor weight = mean.parameter.var.value;
    const Tensor kept = weight.clone();
    weight.copy_from(mean.value);
    mean.value.copy_from(kept);
  }
}

void WeightAverage::visit_state(const std::function<void(const std::string&, Tensor&)>& f) {
  for (Mean& mean : means_) f("average." + mean.parameter.name, mean.value);
}

}  // namespace p2s
