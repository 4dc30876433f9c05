#include "nn/base/orthogonal_matrix.h"

#include <Eigen/QR>

namespace p2s {

std::vector<double> random_orthogonal_matrix(int64_t n, Rng& rng) {
  Eigen::MatrixXd draws(n, n);
  for (int64_t i = 0; i < n * n; ++i) draws.data()[i] = rng.normal();
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(draws);
  Eigen::MatrixXd q = qr.householderQ();
  // Householder QR favours some signs; with R's diagonal made positive Q is uniform.
  for (int64_t j = 0; j < n; ++j) {
    if (qr.matrixQR()(j, j) < 0) q.col(j) *= -1;
  }
  std::vector<double> rows;
  rows.reserve(size_t(n * n));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < n; ++j) rows.push_back(q(i, j));
  }
  return rows;
}

}  // namespace p2s
