#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/dropout_mask.h"
#include "tests/kernels/compare.h"

// What the operations do not show of the kernels' contract.
namespace p2s {
namespace {

constexpr double kTolerance = 1e-5;

std::vector<Device> all_devices() {
  std::vector<Device> devices = fast_devices();
  devices.push_back(Device::ref);
  return devices;
}

}  // namespace

TEST_CASE("memory: aligned, copied both ways, filled") {
  for (Device device : all_devices()) {
    CAPTURE(name(device));
    const Kernels& k = kernels(device);
    for (size_t bytes : {size_t(0), size_t(1), size_t(100), size_t(1) << 20}) {
      void* block = k.allocate(bytes);
      CHECK(reinterpret_cast<uintptr_t>(block) % 64 == 0);
      k.release(block, bytes);
    }
    const std::vector<real> values = random_values(37, 1);
    const Tensor x({37}, device, values);
    CHECK(x.to_host() == values);
    CHECK(x.clone().to_host() == values);
    x.rows(5, 36).fill(3);
    CHECK(x.to_host()[4] == values[4]);
    CHECK(x.to_host()[5] == 3);
    CHECK(x.to_host()[35] == 3);
    CHECK(x.to_host()[36] == values[36]);
  }
}

namespace {

// The largest relative error of a function; below 1e-30 only the absolute size matters.
double worst_error(Device device, Unary op, const std::vector<real>& x, double (*truth)(double)) {
  const int64_t n = int64_t(x.size());
  const Tensor input({n}, device, x), y({n}, device);
  kernels(device).unary(op, n, input.data(), y.data());
  const std::vector<real> values = y.to_host();
  double error = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double t = truth(double(x[i]));
    error = std::max(error, std::abs(double(values[i]) - t) / std::max(std::abs(t), 1e-30));
  }
  return error;
}

}  // namespace

TEST_CASE("unary functions are accurate over their whole range") {
  std::vector<real> x, positive;
  for (int i = -4000; i <= 4000; ++i) x.push_back(real(i) * real(0.02));
  for (int i = -4000; i <= 4000; ++i) positive.push_back(real(std::exp(double(i) * 0.02)));
  for (int i = -99; i <= 100; ++i) positive.push_back(1 + real(i) * real(0.001));
  for (Device device : all_devices()) {
    CAPTURE(name(device));
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    CHECK(worst_error(device, Unary::exp, x, std::exp) < 1e-6);
    CHECK(worst_error(device, Unary::tanh, x, std::tanh) < 1e-6);
    CHECK(worst_error(device, Unary::sigmoid, x, sigmoid) < 1e-6);
    CHECK(worst_error(device, Unary::log, positive, std::log) < 1e-6);
    CHECK(worst_error(device, Unary::sqrt, positive, std::sqrt) < 1e-6);
  }
}

TEST_CASE("unary functions at the ends: saturation, infinity, NaN") {
  const real infinity = std::numeric_limits<real>::infinity();
  const std::vector<real> x = {-infinity, -200, 200, infinity, real(NAN)};
  for (Device device : all_devices()) {
    CAPTURE(name(device));
    const Tensor input({5}, device, x), y({5}, device);
    for (Unary op : {Unary::exp, Unary::sigmoid, Unary::tanh, Unary::relu, Unary::relu6, Unary::abs,
                     Unary::square, Unary::negative, Unary::log, Unary::sqrt}) {
      CAPTURE(int(op));
      kernels(device).unary(op, 5, input.data(), y.data());
      // A NaN must reach the loss, where training looks for it.
      CHECK(std::isnan(y.to_host()[4]));
      const std::vector<real> values = y.to_host();
      if (op == Unary::exp) {
        CHECK(values[0] == 0);
        CHECK(values[1] < 1e-37);
        CHECK(values[2] == infinity);
        CHECK(values[3] == infinity);
      } else if (op == Unary::sigmoid || op == Unary::tanh) {
        CHECK(values[1] == doctest::Approx(op == Unary::tanh ? -1 : 0));
        CHECK(values[2] == doctest::Approx(1));
        CHECK(values[0] == doctest::Approx(op == Unary::tanh ? -1 : 0));
        CHECK(values[3] == doctest::Approx(1));
      }
    }
  }
}

TEST_CASE("unary: the output may be the input") {
  check_agrees(kTolerance, [](Device device) {
    const Tensor x = random_tensor({67}, device, 1);
    kernels(device).unary(Unary::tanh, 67, x.data(), x.data());
    return std::vector<Tensor>{x};
  });
}

TEST_CASE("gradients accumulate, and are left out where nobody wants them") {
  check_agrees(kTolerance, [](Device device) {
    const Kernels& k = kernels(device);
    const Tensor x = random_tensor({6, 7}, device, 1), y = random_tensor({6, 7}, device, 2),
                 dy = random_tensor({6, 7}, device, 3), b = random_tensor({7}, device, 4);
    const Tensor dx = random_tensor({6, 7}, device, 5), db = random_tensor({7}, device, 6);
    k.unary_grad(Unary::sigmoid, 42, x.data(), y.data(), dy.data(), dx.data(), true);
    k.binary_grad(Binary::multiply, 42, 7, x.data(), b.data(), dy.data(), dx.data(), nullptr);
    k.binary_grad(Binary::multiply, 42, 7, x.data(), b.data(), dy.data(), nullptr, db.data());
    k.softmax_grad(6, 7, y.data(), dy.data(), dx.data(), true);
    k.log_softmax_grad(6, 7, y.data(), dy.data(), dx.data(), true);
    k.reduce_grad(Reduce::mean, 1, 6, 7, b.data(), nullptr, dx.data());
    return std::vector<Tensor>{dx, db};
  });
}

// Rows that begin anywhere, of a result that is written past the caches.
TEST_CASE("large results agree, and gradients overwrite where they do not accumulate") {
  constexpr int64_t rows = 1025, columns = 6151;
  static_assert(rows * columns * sizeof(real) >= (24 << 20));
  check_agrees(kTolerance, [](Device device) {
    const Kernels& k = kernels(device);
    const Tensor x = random_tensor({rows, columns}, device, 1),
                 dy = random_tensor({rows, columns}, device, 2),
                 gain = random_tensor({columns}, device, 3);
    const Tensor y({rows, columns}, device), dx({rows, columns}, device, real(9)),
        mean({rows}, device), inverse({rows}, device);
    std::vector<Tensor> results;
    const auto keep = [&](const Tensor& tensor) {  // the first and the last rows
      results.push_back(tensor.rows(0, 3).clone());
      results.push_back(tensor.rows(rows - 3, rows).clone());
    };
    k.softmax(rows, columns, x.data(), y.data()), keep(y);
    k.softmax_grad(rows, columns, y.data(), dy.data(), dx.data(), false), keep(dx);
    k.log_softmax(rows, columns, x.data(), y.data()), keep(y);
    k.log_softmax_grad(rows, columns, y.data(), dy.data(), dx.data(), false), keep(dx);
    k.layer_norm(rows, columns, columns, x.data(), gain.data(), gain.data(), real(1e-5), y.data(),
                 mean.data(), inverse.data());
    keep(y);
    k.layer_norm_grad(rows, columns, columns, x.data(), gain.data(), mean.data(), inverse.data(),
                      dy.data(), dx.data(), nullptr, nullptr, false);
    keep(dx);
    return results;
  });
}

TEST_CASE("rows of every width agree, where they begin anywhere and where all begin alike") {
  constexpr int64_t rows = 3;
  for (int64_t columns : {8, 1020, 1023, 1028, 2050, 4096, 4100, 4101}) {
    for (bool accumulate : {false, true}) {
      CAPTURE(columns);
      CAPTURE(accumulate);
      check_agrees(kTolerance, [&](Device device) {
        const Kernels& k = kernels(device);
        const Shape shape{rows, columns};
        const Tensor x = random_tensor(shape, device, 1), dy = random_tensor(shape, device, 2),
                     gain = random_tensor({columns}, device, 3);
        const Tensor normal(shape, device), mean({rows}, device), inverse({rows}, device);
        const Tensor p(shape, device), log_p(shape, device), losses({rows}, device),
            d_logits(shape, device);
        std::vector<Tensor> d;
        for (uint64_t i = 0; i < 3; ++i) d.push_back(random_tensor(shape, device, 4 + i));
        k.layer_norm(rows, columns, columns, x.data(), gain.data(), gain.data(), real(1e-5),
                     normal.data(), mean.data(), inverse.data());
        k.layer_norm_grad(rows, columns, columns, x.data(), gain.data(), mean.data(),
                          inverse.data(), dy.data(), d[0].data(), nullptr, nullptr, accumulate);
        k.softmax(rows, columns, x.data(), p.data());
        k.softmax_grad(rows, columns, p.data(), dy.data(), d[1].data(), accumulate);
        k.log_softmax(rows, columns, x.data(), log_p.data());
        k.log_softmax_grad(rows, columns, log_p.data(), dy.data(), d[2].data(), accumulate);
        const std::vector<int32_t> targets = {5, -1, 7};
        k.softmax_cross_entropy(rows, columns, x.data(), Ids({rows}, device, targets).data(),
                                nullptr, losses.data(), d_logits.data());
        return std::vector<Tensor>{normal, mean,     inverse, p,    log_p,
                                   losses, d_logits, d[0],    d[1], d[2]};
      });
    }
  }
}

TEST_CASE("dropout draws the same mask on every device") {
  constexpr int64_t n = 1003;
  constexpr uint64_t key = 0x123456789ABCDEFu;
  for (real p : {real(0), real(0.1), real(0.5), real(0.9)}) {
    CAPTURE(p);
    for (Device device : all_devices()) {
      CAPTURE(name(device));
      const Tensor x({n}, device, real(1)), y({n}, device);
      kernels(device).dropout(n, p, key, x.data(), y.data());
      const std::vector<real> values = y.to_host();
      int64_t wrong = 0;
      for (int64_t i = 0; i < n; ++i) {
        wrong += (values[size_t(i)] != 0) != dropout_keeps(key, i, p);
      }
      CHECK(wrong == 0);
      const auto kept = double(
          std::count_if(values.begin(), values.end(), [](real value) { return value != 0; }));
      CHECK(std::abs(kept / double(n) - (1 - double(p))) < 0.05);
      CHECK(*std::max_element(values.begin(), values.end()) ==
            doctest::Approx(1 / (1 - double(p))));
    }
  }
}

TEST_CASE("blocks of columns are copied and added") {
  for (bool accumulate : {false, true}) {
    for (int64_t columns : {1, 5, 33}) {
      CAPTURE(accumulate);
      CAPTURE(columns);
      check_agrees(kTolerance, [&](Device device) {
        const Tensor from = random_tensor({4, 40}, device, 1),
                     to = random_tensor({4, 37}, device, 2);
        kernels(device).copy_block(4, columns, from.data() + 3, 40, to.data() + 2, 37, accumulate);
        return std::vector<Tensor>{to};
      });
    }
  }
}

TEST_CASE("rows are added into a table with a scale, repeats and negative ids") {
  check_agrees(kTolerance, [](Device device) {
    const std::vector<int32_t> ids = {4, 0, 4, -1, 4, 2};
    const Tensor x = random_tensor({6, 19}, device, 1), table = random_tensor({5, 19}, device, 2);
    kernels(device).scatter_add_rows(6, 19, Ids({6}, device, ids).data(), real(-0.5), x.data(),
                                     table.data());
    return std::vector<Tensor>{table};
  });
}

TEST_CASE("rows of a table are set to zero") {
  check_agrees(0, [](Device device) {
    const std::vector<int32_t> ids = {4, 0};
    const Tensor table = random_tensor({5, 19}, device, 2);
    kernels(device).zero_rows(2, 19, Ids({2}, device, ids).data(), table.data());
    return std::vector<Tensor>{table};
  });
}

TEST_CASE("softmax and its relatives neither overflow nor vanish") {
  const std::vector<real> x = {1000, 999, -1000, -1000, -1001, -2000, 0, 0, 0};
  for (Device device : all_devices()) {
    CAPTURE(name(device));
    const Kernels& k = kernels(device);
    const Tensor logits({3, 3}, device, x), y({3, 3}, device), losses({3}, device);
    k.softmax(3, 3, logits.data(), y.data());
    const double first = 1 / (1 + std::exp(-1.0));
    CHECK(y.to_host()[0] == doctest::Approx(first));
    CHECK(y.to_host()[2] == 0);
    CHECK(y.to_host()[3] == doctest::Approx(first));
    k.log_softmax(3, 3, logits.data(), y.data());
    CHECK(y.to_host()[2] == doctest::Approx(-2000 + std::log(first)));
    const std::vector<int32_t> targets = {2, 0, 1};
    // The gradient may be written over the logits.
    k.softmax_cross_entropy(3, 3, logits.data(), Ids({3}, device, targets).data(), nullptr,
                            losses.data(), logits.data());
    CHECK(losses.to_host()[0] == doctest::Approx(2000 - std::log(first)));
    CHECK(losses.to_host()[2] == doctest::Approx(std::log(3.0)));
    CHECK(logits.to_host()[7] == doctest::Approx(1 / 3.0 - 1));
  }
}

TEST_CASE("layer norm over part of longer rows") {
  for (int64_t columns : {1, 9, 32}) {
    CAPTURE(columns);
    check_agrees(kTolerance, [columns](Device device) {
      const Kernels& k = kernels(device);
      const int64_t ld = columns + 5;
      const Tensor x = random_tensor({4, ld}, device, 1),
                   gain = random_tensor({columns}, device, 2),
                   bias = random_tensor({columns}, device, 3),
                   dy = random_tensor({4, ld}, device, 4);
      const Tensor y({4, ld}, device, real(7)), dx = random_tensor({4, ld}, device, 5);
      const Tensor mean({4}, device), inverse({4}, device);
      const Tensor d_gain({columns}, device, real(1)), d_bias({columns}, device, real(2));
      // Moments are not always wanted.
      k.layer_norm(4, columns, ld, x.data(), gain.data(), bias.data(), real(0.1), y.data(), nullptr,
                   nullptr);
      k.layer_norm(4, columns, ld, x.data(), gain.data(), bias.data(), real(0.1), y.data(),
                   mean.data(), inverse.data());
      k.layer_norm_grad(4, columns, ld, x.data(), gain.data(), mean.data(), inverse.data(),
                        dy.data(), dx.data(), d_gain.data(), d_bias.data(), true);
      const Tensor written({4, ld}, device, real(9));
      k.layer_norm_grad(4, columns, ld, x.data(), gain.data(), mean.data(), inverse.data(),
                        dy.data(), written.data(), nullptr, nullptr, false);
      return std::vector<Tensor>{y, mean, inverse, dx, written, d_gain, d_bias};
    });
  }
}

TEST_CASE("batch norm moves its running statistics") {
  check_agrees(kTolerance, [](Device device) {
    const Tensor x = random_tensor({9, 5}, device, 1), gain = random_tensor({5}, device, 2),
                 bias = random_tensor({5}, device, 3);
    const Tensor y({9, 5}, device), mean({5}, device), inverse({5}, device);
    const Tensor running_mean({5}, device, real(0.5)), running_variance({5}, device, real(2));
    kernels(device).batch_norm(9, 5, x.data(), gain.data(), bias.data(), nullptr, Activation::none,
                               real(1e-3), real(0.25), y.data(), mean.data(), inverse.data(),
                               running_mean.data(), running_variance.data());
    return std::vector<Tensor>{y, mean, inverse, running_mean, running_variance};
  });
}

TEST_CASE("batch norm of NaN has NaN statistics") {
  for (Device device : all_devices()) {
    const Tensor x({3, 1}, device, std::vector<real>{1, NAN, 2}), one({1}, device, real(1));
    const Tensor y({3, 1}, device), mean({1}, device), inverse({1}, device);
    const Tensor running_mean({1}, device, real(0)), running_variance({1}, device, real(1));
    kernels(device).batch_norm(3, 1, x.data(), one.data(), one.data(), nullptr, Activation::none,
                               real(1e-3), real(0.25), y.data(), mean.data(), inverse.data(),
                               running_mean.data(), running_variance.data());
    for (const Tensor& number : {mean, inverse, running_mean, running_variance}) {
      CHECK(std::isnan(number.to_host()[0]));
    }
  }
}

TEST_CASE("reduce and max pool note the place of the first maximum") {
  const std::vector<real> x = {1, 3, 3, 2, 0, 0, 5, 4, 5};
  for (Device device : all_devices()) {
    CAPTURE(name(device));
    const Kernels& k = kernels(device);
    const Tensor input({3, 3}, device, x), y({3}, device);
    const Ids arg({3}, device);
    k.reduce(Reduce::max, 3, 3, 1, input.data(), y.data(), arg.data());
    CHECK(y.to_host() == std::vector<real>{3, 2, 5});
    CHECK(arg.to_host() == std::vector<int32_t>{1, 0, 0});
    // Along the first axis.
    std::vector<real> columns(40, 1);
    columns[2 * 4] = columns[2 * 11] = 3;
    const Tensor tall({20, 2}, device, columns), most({2}, device);
    const Ids first({2}, device);
    k.reduce(Reduce::max, 1, 20, 2, tall.data(), most.data(), first.data());
    CHECK(most.to_host() == std::vector<real>{3, 1});
    CHECK(first.to_host() == std::vector<int32_t>{4, 0});
    // One image of 3x3 pixels: the windows begin at the left, then in the middle.
    const Pool2d pool{.batch = 1, .height = 3, .width = 3, .channels = 1, .window = 2, .stride = 1};
    const Tensor pooled({4}, device);
    const Ids places({4}, device);
    k.max_pool(pool, input.data(), pooled.data(), places.data());
    CHECK(pooled.to_host() == std::vector<real>{3, 3, 5, 5});
    CHECK(places.to_host() == std::vector<int32_t>{1, 1, 6, 8});
  }
}

}  // namespace p2s
