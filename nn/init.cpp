#include "nn/init.h"

#include <cmath>
#include <vector>

#include "nn/base/error.h"
#include "nn/base/orthogonal_matrix.h"

namespace p2s {
namespace {

template <class Draw>
Var drawn(const Shape& shape, Device device, const Rng& rng, Draw&& draw) {
  if (rng.is_none()) return parameter(Tensor(shape, device));
  std::vector<real> values(size_t(shape.elements()));
  for (real& value : values) value = real(draw());
  return parameter(Tensor(shape, device, values));
}

struct Fans {
  double in, out;
};

Fans fans_of(const char* op, const Shape& shape) {
  check(shape.rank() == 2 || shape.rank() == 4, ErrorCode::shape,
        "{}: {} is neither a matrix [in,out] nor a convolution [K,R,S,C]", op, shape);
  if (shape.rank() == 2) return {double(shape[0]), double(shape[1])};
  const double window = double(shape[1] * shape[2]);
  return {window * double(shape[3]), window * double(shape[0])};
}

}  // namespace

Var zeros(const Shape& shape, Device device) { return parameter(Tensor(shape, device, real(0))); }

Var ones(const Shape& shape, Device device) { return parameter(Tensor(shape, device, real(1))); }

Var uniform(const Shape& shape, Device device, Rng& rng, real bound) {
  return drawn(shape, device, rng, [&] { return bound * (2 * real(rng.uniform()) - 1); });
}

Var normal(const Shape& shape, Device device, Rng& rng, real deviation) {
  return drawn(shape, device, rng, [&] { return double(deviation) * rng.normal(); });
}

Var xavier(const Shape& shape, Device device, Rng& rng) {
  const Fans fans = fans_of("xavier", shape);
  return uniform(shape, device, rng, real(std::sqrt(6.0 / (fans.in + fans.out))));
}

Var he(const Shape& shape, Device device, Rng& rng) {
  return normal(shape, device, rng, real(std::sqrt(2.0 / fans_of("he", shape).in)));
}

Var orthogonal(const Shape& shape, Device device, Rng& rng) {
  check(shape.rank() == 2 && shape[0] > 0 && shape[1] % shape[0] == 0, ErrorCode::shape,
        "orthogonal: {} is not [n, n * k]", shape);
  if (rng.is_none()) return parameter(Tensor(shape, device));
  const int64_t n = shape[0], columns = shape[1];
  std::vector<real> values(size_t(n * columns));
  for (int64_t block = 0; block < columns / n; ++block) {
    const std::vector<double> q = random_orthogonal_matrix(n, rng);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j)
        values[size_t(i * columns + block * n + j)] = real(q[size_t(i * n + j)]);
    }
  }
  return parameter(Tensor(shape, device, values));
}

}  // namespace p2s
