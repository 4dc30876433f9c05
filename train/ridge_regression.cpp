#include "train/ridge_regression.h"

#include <Eigen/Cholesky>

#include "nn/base/error.h"

namespace p2s {
namespace {

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Rows>;

Map rows_of(const std::vector<float>& numbers, int64_t columns) {
  return {numbers.data(), int64_t(numbers.size()) / columns, columns};
}

}  // namespace

void RidgeRegression::add(const std::vector<float>& x, const std::vector<float>& y, bool held_out) {
  check(int64_t(x.size()) == inputs_ && int64_t(y.size()) == outputs_, ErrorCode::shape,
        "ridge regression: a pair of {} and {} numbers, {} and {} are needed", x.size(), y.size(),
        inputs_, outputs_);
  auto& xs = held_out ? held_out_x_ : x_;
  auto& ys = held_out ? held_out_y_ : y_;
  xs.insert(xs.end(), x.begin(), x.end());
  ys.insert(ys.end(), y.begin(), y.end());
}

void RidgeRegression::fit(double ridge) {
  check(!x_.empty(), ErrorCode::usage, "ridge regression: no pair to learn from");
  const Eigen::MatrixXd x = rows_of(x_, inputs_).cast<double>();
  const Eigen::MatrixXd y = rows_of(y_, outputs_).cast<double>();
  const Eigen::RowVectorXd mean_x = x.colwise().mean(), mean_y = y.colwise().mean();
  const Eigen::MatrixXd centred = x.rowwise() - mean_x;
  Eigen::MatrixXd normal = centred.transpose() * centred;
  normal.diagonal().array() += ridge * normal.diagonal().mean() + 1e-12;
  const Eigen::MatrixXd w = normal.ldlt().solve(centred.transpose() * (y.rowwise() - mean_y));
  const Eigen::RowVectorXd bias = mean_y - mean_x * w;
  weights_.resize(size_t(w.size()));
  Eigen::Map<Rows>(weights_.data(), inputs_, outputs_) = w.cast<float>();
  bias_.assign(size_t(outputs_), 0);
  Eigen::Map<Eigen::RowVectorXf>(bias_.data(), outputs_) = bias.cast<float>();
}

std::vector<float> RidgeRegression::predict(const std::vector<float>& xs) const {
  const Map x = rows_of(xs, inputs_);
  std::vector<float> ys(size_t(x.rows() * outputs_));
  Eigen::Map<Rows> y(ys.data(), x.rows(), outputs_);
  y.noalias() = x * rows_of(weights_, outputs_);
  y.rowwise() += Eigen::Map<const Eigen::RowVectorXf>(bias_.data(), outputs_);
  return ys;
}

RidgeRegression::Agreement RidgeRegression::held_out() const {
  Agreement result;
  if (held_out_x_.empty()) return result;
  const std::vector<float> predicted = predict(held_out_x_);
  const Eigen::MatrixXd got = rows_of(predicted, outputs_).cast<double>();
  const Eigen::MatrixXd right = rows_of(held_out_y_, outputs_).cast<double>();
  const Eigen::RowVectorXd mean = right.colwise().mean();
  const double left = (got - right).squaredNorm();
  const double all = (right.rowwise() - mean).squaredNorm();
  result.rows = right.rows();
  result.explained = all > 0 ? 1 - left / all : 0;
  for (int64_t row = 0; row < right.rows(); ++row) {
    const double lengths = got.row(row).norm() * right.row(row).norm();
    if (lengths > 0) result.cosine += got.row(row).dot(right.row(row)) / lengths;
  }
  result.cosine /= double(result.rows);
  return result;
}

}  // namespace p2s
