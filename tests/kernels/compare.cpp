#include "tests/kernels/compare.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "nn/base/rng.h"
#include "tests/op_cases/run_case.h"

namespace p2s {

bool cuda_to_test() {
  if (available(Device::cuda)) return true;
  const char* required = std::getenv("P2S_REQUIRE_CUDA");
  REQUIRE_MESSAGE((required == nullptr || std::string_view(required) != "1"),
                  "P2S_REQUIRE_CUDA=1, but this build or this machine has no CUDA device");
  std::puts("skipped: this build or this machine has no CUDA device");
  return false;
}

std::vector<Device> fast_devices() {
  if (available(Device::cuda)) return {Device::cpu, Device::cuda};
  return {Device::cpu};
}

std::vector<real> random_values(int64_t n, uint64_t seed) {
  Rng rng(seed);
  std::vector<real> values(static_cast<size_t>(n));
  for (real& value : values) value = real(rng.normal());
  return values;
}

Tensor random_tensor(const Shape& shape, Device device, uint64_t seed) {
  return Tensor(shape, device, random_values(shape.elements(), seed));
}

void check_agrees(double tolerance, const std::function<std::vector<Tensor>(Device)>& run) {
  const std::vector<Tensor> truth = run(Device::ref);
  for (Device device : fast_devices()) {
    INFO("device ", name(device));
    const std::vector<Tensor> result = run(device);
    REQUIRE(truth.size() == result.size());
    for (size_t i = 0; i < truth.size(); ++i) {
      INFO("output ", i);
      CHECK(largest_difference(truth[i].to_host(), result[i].to_host()) <= tolerance);
    }
  }
}

}  // namespace p2s
