#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/kernels/compare.h"

namespace p2s {
namespace {

constexpr double kTolerance = 1e-5;
constexpr int64_t kSizes[] = {1, 7, 16, 65, 1003, 70001};

Tensor positive_tensor(int64_t n, Device device, uint64_t seed) {
  std::vector<real> values = random_values(n, seed);
  for (real& value : values) value = std::abs(value);
  return Tensor({n}, device, values);
}

// The second part with half the rate.
std::vector<UpdateBlock> halves(UpdateBlock whole) {
  UpdateBlock first = whole, second = whole;
  first.size = whole.size / 2, second.size = whole.size - first.size;
  second.rate = whole.rate / 2;
  for (auto* part : {&second.first, &second.second, &second.weight}) {
    if (*part != nullptr) *part += first.size;
  }
  second.gradient += first.size;
  return {first, second};
}

real norm_of(Device device, const std::vector<UpdateBlock>& blocks) {
  const Tensor norm({1}, device);
  kernels(device).gradient_norm(int64_t(blocks.size()), blocks.data(), norm.data());
  return norm.item();
}

real norm_of(const Tensor& x) {
  return norm_of(x.device(), {{.size = x.elements(), .gradient = x.data()}});
}

}  // namespace

TEST_CASE("adam") {
  for (int64_t n : kSizes) {
    CAPTURE(n);
    check_agrees(kTolerance, [n](Device device) {
      const Tensor gradient = random_tensor({n}, device, 1), m = random_tensor({n}, device, 2),
                   v = positive_tensor(n, device, 3), w = random_tensor({n}, device, 4);
      const Tensor norm({1}, device, real(3));
      AdamStep step{.decay = real(0.01),
                    .scale = {.factor = real(0.7), .norm = norm.data(), .limit = 2}};
      const std::vector<UpdateBlock> blocks = halves({.size = n,
                                                      .rate = real(0.1),
                                                      .gradient = gradient.data(),
                                                      .first = m.data(),
                                                      .second = v.data(),
                                                      .weight = w.data()});
      for (int t = 1; t <= 3; ++t) {
        step.correction1 = 1 - real(std::pow(0.9, t));
        step.correction2 = 1 - real(std::pow(0.999, t));
        kernels(device).adam(2, blocks.data(), step);
      }
      return std::vector<Tensor>{m, v, w};
    });
  }
}

// From zero moments the first step is rate * sign(gradient), whatever the gradient's size.
TEST_CASE("adam: the first step in closed form") {
  std::vector<Device> devices = fast_devices();
  devices.push_back(Device::ref);
  for (Device device : devices) {
    CAPTURE(name(device));
    const std::vector<real> gradients = {real(0.001), -5};
    const Tensor gradient({2}, device, gradients);
    const Tensor m({2}, device, real(0)), v({2}, device, real(0)), w({2}, device, real(1));
    const AdamStep step{.correction1 = real(0.1), .correction2 = real(0.001)};
    const UpdateBlock block{2, real(0.25), gradient.data(), m.data(), v.data(), w.data()};
    kernels(device).adam(1, &block, step);
    CHECK(w.to_host()[0] == doctest::Approx(0.75).epsilon(1e-4));
    CHECK(w.to_host()[1] == doctest::Approx(1.25).epsilon(1e-4));
  }
}

TEST_CASE("sgd with and without momentum") {
  for (int64_t n : kSizes) {
    for (bool with_momentum : {false, true}) {
      CAPTURE(n);
      CAPTURE(with_momentum);
      check_agrees(kTolerance, [&](Device device) {
        const Tensor gradient = random_tensor({n}, device, 1), v = random_tensor({n}, device, 2),
                     w = random_tensor({n}, device, 3);
        const std::vector<UpdateBlock> blocks = halves({.size = n,
                                                        .rate = real(0.1),
                                                        .gradient = gradient.data(),
                                                        .first = with_momentum ? v.data() : nullptr,
                                                        .weight = w.data()});
        const Tensor norm({1}, device, real(4));
        const SgdStep step{.momentum = real(0.9),
                           .decay = real(0.01),
                           .scale = {.factor = real(0.5), .norm = norm.data(), .limit = 3}};
        for (int t = 0; t < 3; ++t) kernels(device).sgd(2, blocks.data(), step);
        return std::vector<Tensor>{v, w};
      });
    }
  }
}

TEST_CASE("gradient_norm") {
  for (Device device : fast_devices()) {
    CAPTURE(name(device));
    for (int64_t n : {int64_t(0), int64_t(1), int64_t(7), int64_t(65), int64_t(100003)}) {
      CAPTURE(n);
      CHECK(norm_of(random_tensor({n}, device, 1)) ==
            doctest::Approx(norm_of(random_tensor({n}, Device::ref, 1))).epsilon(1e-6));
    }
    const Tensor x = random_tensor({90}, device, 3), y = random_tensor({40}, device, 4);
    CHECK(
        norm_of(device, {{.size = 90, .gradient = x.data()}, {.size = 40, .gradient = y.data()}}) ==
        doctest::Approx(std::hypot(norm_of(x), norm_of(y))).epsilon(1e-6));
    CHECK(norm_of(device, {}) == 0);
    // Its square is no float.
    CHECK(norm_of(Tensor({3}, device, std::vector<real>{0, real(1e25), 0})) ==
          doctest::Approx(1e25));
    std::vector<real> values = random_values(67, 2);
    values[13] = std::numeric_limits<real>::infinity();
    CHECK(std::isinf(norm_of(Tensor({67}, device, values))));
    values[66] = std::numeric_limits<real>::quiet_NaN();
    CHECK(std::isnan(norm_of(Tensor({67}, device, values))));
  }
}

}  // namespace p2s
